package specs

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs/builtin"
	"snellen/specs/secret"
)

// Options control how a spec is loaded. A variable's value is taken from the last of Assignments
// that sets it, else from NAME.vars.hcl beside NAME.hcl, else from Env, else from its default.
type Options struct {
	Assignments []Assignment // later ones win
	Env         []string     // as of os.Environ: SNELLEN_VAR_name sets a variable

	// Source is the spec's text when it differs from the file's content, as in an editor. If it is
	// nil, the file is read.
	Source []byte

	// Vars is likewise the text of NAME.vars.hcl. An empty one stands for no such file.
	Vars []byte

	// AllowUnset accepts variables that have no value. What uses them is not checked, and the study
	// is nil.
	AllowUnset bool

	// WithoutFootage accepts a study whose videos are missing, for callers that only read results.
	WithoutFootage bool

	// Rules are additional rules, such as those of a cloud service. They are called only for a
	// study that is otherwise valid.
	Rules func(*Study) []Problem
}

// A Problem is what such a rule reports.
type Problem struct {
	At            Position // zero: the whole spec
	Message, Hint string
	Warning       bool
}

// An Assignment sets one variable or, if File is set, names a file of values.
type Assignment struct{ Name, Value, File string }

// Load reads a spec and finds all its mistakes at once. The study is nil when there is an error, or
// when a variable has no value and Options.AllowUnset is set. Load runs no program and changes
// nothing; it reads the spec, its variables files, and the files that functions name.
func Load(path string, o Options) (*Study, Diagnostics) {
	n := newCollector()
	l, src := n.newLoader(path, o)
	if l == nil {
		return nil, n.list
	}
	body := n.parse(l.file, src)
	if body == nil {
		return nil, n.list.sorted()
	}
	study := l.build(body)
	if o.Rules != nil && !n.list.HasErrors() && len(l.unresolved) == 0 {
		n.addProblems(o.Rules(study), l.file)
	}
	if n.list.HasErrors() || len(l.unresolved) > 0 {
		study = nil
	}
	return study, n.list.sorted()
}

// Labels returns the labels that a spec declares, as far as its mistakes let them be known.
func Labels(path string, o Options) []Label {
	if l := namesOf(path, o); l != nil {
		return l.readLabels()
	}
	return nil
}

// Evaluations returns the evaluations that a spec declares, as far as its mistakes let them be
// known: their areas may leave the frame, and overlap.
func Evaluations(path string, o Options) []Evaluation {
	l := namesOf(path, o)
	if l == nil {
		return nil
	}
	l.readLabels()
	return l.readEvaluations()
}

// namesOf returns a loader that knows a spec's variables and locals, or nil if the spec cannot be
// read.
func namesOf(path string, o Options) *loader {
	l, src := newCollector().newLoader(path, o)
	if l == nil {
		return nil
	}
	file := Parse(l.file, src)
	if file == nil {
		return nil
	}
	l.declareNames(file.Body.(*hclsyntax.Body))
	return l
}

// newLoader reads a spec's text and returns a loader for it. If the text cannot be read, it records
// why and returns nil.
func (n *collector) newLoader(path string, o Options) (*loader, []byte) {
	name, dir := filepath.ToSlash(path), filepath.Dir(path)
	src, err := o.Source, error(nil)
	if src == nil {
		src, err = builtin.ReadFile(path, builtin.MaxSize)
	}
	if err != nil {
		n.add(fileStart(name),
			"run snellen init FOLDER to write one for your footage, or name one", err.Error())
		return nil, nil
	}
	return &loader{scope: newScope(n, dir), options: o, file: name, path: path, dir: dir,
		stats: map[string]string{}, incomplete: map[*block]bool{}}, src
}

// addProblems adds what the caller's rules reported.
func (n *collector) addProblems(found []Problem, file string) {
	for _, p := range found {
		at := fileStart(file)
		if p.At.Line > 0 {
			at = lineRange(p.At, n.sources[p.At.File])
		}
		n.record(Diagnostic{Message: p.Message, Hint: p.Hint, Warning: p.Warning}, at)
	}
}

// A loader turns one parsed spec into a study.
type loader struct {
	*scope
	options Options
	file    string // the spec's name in messages
	path    string // the spec's path
	dir     string // its folder, relative to the caller's
	stats   map[string]string

	root        *section // the top level
	base        *section // the study's hyperparameters
	dataset     *section
	local       *section             // trainer "local"; nil: another one
	labelRanges map[string]hcl.Range // labels by name
	// Plural blocks with elements that are unknown because of a mistake.
	incomplete map[*block]bool
}

// build reads the file from names to uses: first what expressions may refer to, then the blocks,
// then the rules over several blocks.
func (l *loader) build(body *hclsyntax.Body) *Study {
	l.declareNames(body)
	s := &Study{File: l.path}
	l.readStudy(s)
	s.Labels = l.readLabels()
	l.readTranscode(&s.Transcode)
	l.readDataset(&s.Dataset, s.Labels)
	l.readTrainer(&s.Trainer)
	s.Budget = l.readBudget()
	s.Shared = l.readShared()
	s.Resolutions = l.readResolutions(s)
	l.checkPretrained(s)
	s.Evaluations = l.readEvaluations()
	l.checkServe(s)
	l.readDecision(s)
	l.readGates(s)
	s.Arguments = l.arguments()
	s.Secrets = secret.Variables(l.secrets)
	return s
}

// declareNames evaluates variables and locals, so that expressions may use them.
func (l *loader) declareNames(body *hclsyntax.Body) {
	l.root = &section{block: language, header: fileStart(l.file), body: body,
		invalid: map[string]bool{}}
	l.checkShape(l.root)
	l.readVariables(blocksOf(body, "variable"))
	l.readLocals(blocksOf(body, "locals"))
}

// singleBlock decodes a block that occurs at most once. If it is absent, the result has no values,
// and its defaults apply.
func (l *loader) singleBlock(of *block) *section {
	if found := blocksOf(l.root.body, of.name); len(found) > 0 {
		return l.decode(of, found[0].Body, found[0].DefRange(), nil)
	}
	return &section{block: of, header: l.root.header, body: &hclsyntax.Body{},
		values: map[string]any{}, invalid: map[string]bool{}}
}

// readStudy reads the study block.
func (l *loader) readStudy(s *Study) {
	head := l.singleBlock(studyBlock)
	s.Where = head.positions()
	seed := 0
	head.assign(map[string]any{"seed": &seed, "replicates": &s.Replicates}, true)
	s.Seed = int64(seed)
	if found := blocksOf(l.root.body, "study"); len(found) > 0 {
		if s.Name = l.blockLabel(found[0]); l.checkName("study", s.Name, labelRange(found[0])) {
			s.Where["name"] = position(labelRange(found[0]))
		}
	}
}

// readTranscode reads the transcode block, or its defaults.
func (l *loader) readTranscode(t *Transcode) {
	s := l.singleBlock(transcodeBlock)
	s.assign(map[string]any{"codec": &t.Codec, "crf": &t.CRF, "preset": &t.Preset,
		"filter": &t.Filter, "fit": &t.Fit}, true)
	t.Where = s.positions()
}

// readDataset reads the dataset block, and checks that neither set is empty, and that each label's
// videos are used.
func (l *loader) readDataset(d *Dataset, labels []Label) {
	s := l.singleBlock(datasetBlock)
	s.assign(map[string]any{
		"frames": &d.Frames, "validation": &d.Validation, "split": &d.Split, "gap": &d.Gap,
		"format": &d.Format, "quality": &d.Quality,
		"contrast": &d.Contrast,
	}, true)
	if d.Split == "groups" { // the same split, as pictures have it
		d.Split = "blocks"
	}
	d.Where = s.positions()
	l.dataset = s
	if train, validation := splitSizes(d); s.valid("frames", "validation") &&
		(train == 0 || validation == 0) {
		l.add(s.at("validation"), "raise frames, or move validation towards 0.5",
			fmt.Sprintf("%d frames per label leave one of the two sets empty", d.Frames))
		s.invalid["frames"] = true
	}
	for _, label := range labels {
		if n := len(label.Pictures); n > 0 && len(label.Videos) > 0 && n >= d.Frames {
			l.warn(s.at("frames"), "raise frames", fmt.Sprintf("label %q has %d pictures, which "+
				"make up its %d frames: no frame of its videos is used", label.Name, n, d.Frames))
		}
	}
}

// readTrainer reads the trainer block: its label selects which of the three kinds it is.
func (l *loader) readTrainer(t *Trainer) {
	t.Name = "local"
	found := blocksOf(l.root.body, "trainer")
	if len(found) > 0 && len(found[0].Labels) == 1 && found[0].Labels[0] != t.Name {
		switch name := found[0].Labels[0]; name {
		case "sagemaker":
			t.Name, t.SageMaker = name, l.readSageMaker(found[0])
		case "command":
			t.Name, t.Command = name, l.readCommand(found[0])
		default: // do not check its attributes against trainer "local"
			l.add(labelRange(found[0]), l.suggest(name, []string{"local", "sagemaker", "command"}),
				fmt.Sprintf("there is no trainer %q", name))
		}
		return
	}
	s := l.singleBlock(trainerBlock)
	s.assign(map[string]any{"threads": &t.Threads, "device": &t.Device,
		"fine_tune": &t.FineTune, "augment_copies": &t.Copies}, true)
	if path, given := s.values["pretrained"].(string); given {
		t.Pretrained = l.weightsPath(path, s.at("pretrained"))
	}
	t.Where = s.positions()
	l.local = s
}

// weightsPath returns the path of a pretrained network's file as seen from the caller's folder.
func (l *loader) weightsPath(path string, at hcl.Range) string {
	if path != "" && filepath.Ext(path) != ".safetensors" {
		l.add(at, "snellen docs pretrained says how to convert others",
			fmt.Sprintf("pretrained must be a .safetensors file, not %s", filepath.Base(path)))
		return path
	}
	return l.footagePath("file", path, at)
}

// checkPretrained warns about what the trainer block says of pretrained networks where no
// resolution has one.
func (l *loader) checkPretrained(s *Study) {
	if l.local == nil || l.list.HasErrors() || slices.ContainsFunc(s.Resolutions,
		func(r Resolution) bool { return r.Hyperparameters.UsePretrained == 1 }) {
		return
	}
	for _, name := range []string{"pretrained", "fine_tune", "augment_copies"} {
		if v, given := l.local.values[name]; given && v != false {
			l.warn(l.local.at(name), "write hyperparameters { use_pretrained_model = 1 }",
				name+" has no effect: no resolution has use_pretrained_model = 1")
		}
	}
}

// footagePath returns the path of a "video" or a "picture" as seen from the caller's folder, and
// records when the file cannot be used. Each file is looked at once.
func (l *loader) footagePath(what, path string, at hcl.Range) string {
	if path == "" {
		l.add(at, "", "a "+what+"'s path is empty")
		return ""
	}
	path = l.files.Find(path)
	if l.options.WithoutFootage {
		return path
	}
	problem, ok := l.stats[path]
	if !ok {
		problem = fileProblem(what, path)
		l.stats[path] = problem
	}
	if problem != "" {
		l.add(at, "paths are relative to the spec's folder, and those of -var to the current "+
			"folder", problem)
	}
	return path
}

// splitSizes returns the most frames that a label can have in each set. The select step rounds in
// the same way.
func splitSizes(d *Dataset) (train, validation int) {
	validation = max(int(math.Round(d.Validation*float64(d.Frames))), 1)
	return d.Frames - validation, validation
}

// fileProblem returns why path cannot be read as a "video" or a "picture", or "".
func fileProblem(what, path string) string {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + " does not exist"
	case err != nil:
		return builtin.ReadError(path, err).Error()
	case fi.IsDir():
		return path + " is a folder, not a " + what
	case !fi.Mode().IsRegular():
		return path + " is not a regular file"
	}
	return ""
}
