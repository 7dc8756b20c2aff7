package specs

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Options are what a spec is loaded with. A variable's value is the last of Given that has it, else that of NAME.vars.hcl
// beside NAME.hcl, else that of Env, else its default.
type Options struct {
	Assignments []Assignment // in the caller's order
	Env         []string     // as of os.Environ: SNELLEN_VAR_name sets a variable

	// Source is the spec's text where that is not, or not yet, what its file holds; nil: the file is read.
	Source []byte

	// Open takes variables that have no value yet: what uses them is not looked at.
	Open bool

	// WithoutFootage takes a study whose videos are gone, for those who only read results.
	WithoutFootage bool

	// Rules are those of others, such as a service's, on a study that is right otherwise.
	Rules func(*Study) []Problem
}

// A Problem is what a rule finds wrong.
type Problem struct {
	At            Position // where it was written; a zero one is the whole spec
	Message, Hint string
	Warning       bool
}

// A Given is one variable's value or, where File is set, a file of values.
type Assignment struct{ Name, Value, File string }

// Load reads a spec. All its mistakes are found at once; where there is one, or a variable has no value, the study is nil.
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

// Labels gives the labels that a spec declares, as far as its mistakes let them be known.
func Labels(path string, o Options) []Label {
	l, src := newCollector().newLoader(path, o)
	if l == nil {
		return nil
	}
	file := Parse(l.file, src)
	if file == nil {
		return nil
	}
	l.declareNames(file.Body.(*hclsyntax.Body))
	return l.readLabels()
}

// loader reads a spec's text and makes its loader. Where it cannot be read, that is noted, and the loader is nil.
func (n *collector) newLoader(path string, o Options) (*loader, []byte) {
	name, dir := filepath.ToSlash(path), filepath.Dir(path)
	src, err := o.Source, error(nil)
	if src == nil {
		src, err = readLimited(path)
	}
	if err != nil {
		n.add(fileStart(name), "run snellen init to start a spec, or name one", err.Error())
		return nil, nil
	}
	return &loader{scope: newScope(n, dir), options: o, file: name, path: path, dir: dir, stats: map[string]string{}, incomplete: map[*block]bool{}}, src
}

// rules notes what rules of others found.
func (n *collector) addProblems(found []Problem, file string) {
	for _, p := range found {
		at := fileStart(file)
		if p.At.Line > 0 {
			at.Filename, at.Start.Line, at.End.Line = p.At.File, p.At.Line, p.At.Line
		}
		n.record(Diagnostic{Message: p.Message, Hint: p.Hint, Warning: p.Warning}, at)
	}
}

// A loader turns one parsed spec into a study.
type loader struct {
	*scope
	options Options
	file    string // the spec, as it is named in messages
	path    string // the spec, as it was given
	dir     string // its folder, seen from the caller's
	stats   map[string]string

	root        *section // of the whole file
	base        *section // hyperparameters; nil where there is no such block
	dataset     *section
	labelRanges map[string]hcl.Range // labels by name
	incomplete  map[*block]bool      // plural blocks whose elements cannot all be known for a mistake
}

// study carries the file from top to bottom: names first, then what uses them, then the rules over several blocks.
func (l *loader) build(body *hclsyntax.Body) *Study {
	l.declareNames(body)
	s := &Study{File: l.path}
	l.readStudy(s)
	s.Labels = l.readLabels()
	l.readTranscode(&s.Transcode)
	l.readDataset(&s.Dataset)
	l.readTrainer(&s.Trainer)
	s.Budget = l.readBudget()
	s.Resolutions = l.readResolutions(s)
	s.Evaluations = l.readEvaluations()
	l.checkServe(s)
	l.readDecision(s)
	l.readGates(s)
	s.Arguments = l.arguments()
	return s
}

// names reads what expressions may use.
func (l *loader) declareNames(body *hclsyntax.Body) {
	l.root = &section{block: language, header: fileStart(l.file), body: body, invalid: map[string]bool{}}
	l.checkShape(l.root)
	l.readVariables(blocksOf(body, "variable"))
	l.readLocals(blocksOf(body, "locals"))
}

// only gives a block that is there at most once, decoded; where it is absent, the decoded nothing.
func (l *loader) singleBlock(of *block) *section {
	if found := blocksOf(l.root.body, of.name); len(found) > 0 {
		return l.decode(of, found[0].Body, found[0].DefRange(), nil)
	}
	return &section{block: of, header: l.root.header, body: &hclsyntax.Body{}, values: map[string]any{}, invalid: map[string]bool{}}
}

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

func (l *loader) readTranscode(t *Transcode) {
	s := l.singleBlock(transcodeBlock)
	s.assign(map[string]any{"codec": &t.Codec, "crf": &t.CRF, "preset": &t.Preset, "filter": &t.Filter, "fit": &t.Fit}, true)
	t.Where = s.positions()
}

func (l *loader) readDataset(d *Dataset) {
	s := l.singleBlock(datasetBlock)
	s.assign(map[string]any{
		"frames": &d.Frames, "validation": &d.Validation, "split": &d.Split, "gap": &d.Gap, "format": &d.Format, "quality": &d.Quality,
		"contrast": &d.Contrast,
	}, true)
	d.Where = s.positions()
	l.dataset = s
	if train, validation := splitSizes(d); s.valid("frames", "validation") && (train == 0 || validation == 0) {
		l.add(s.at("validation"), "raise frames, or move validation towards 0.5", fmt.Sprintf("%d frames per label leave one of the two sets empty", d.Frames))
		s.invalid["frames"] = true
	}
}

func (l *loader) readTrainer(t *Trainer) {
	t.Name = "local"
	found := blocksOf(l.root.body, "trainer")
	if len(found) > 0 && len(found[0].Labels) == 1 && found[0].Labels[0] != t.Name {
		switch name := found[0].Labels[0]; name {
		case "sagemaker":
			t.Name, t.SageMaker = name, l.readSageMaker(found[0])
		case "command":
			t.Name, t.Command = name, l.readCommand(found[0])
		default: // another trainer's attributes are not local's
			l.add(labelRange(found[0]), suggest(name, []string{"local", "sagemaker", "command"}), fmt.Sprintf("there is no trainer %q", name))
		}
		return
	}
	s := l.singleBlock(trainerBlock)
	s.assign(map[string]any{"threads": &t.Threads, "device": &t.Device}, true)
	t.Where = s.positions()
}

// footage notes a video that cannot be used, and gives where it is seen from the caller's folder.
func (l *loader) videoPath(path string, at hcl.Range) string {
	if path == "" {
		l.add(at, "", "a video's path is empty")
		return ""
	}
	path = resolvePath(l.dir, path)
	if l.options.WithoutFootage {
		return path
	}
	problem, ok := l.stats[path]
	if !ok {
		problem = fileProblem(path)
		l.stats[path] = problem
	}
	if problem != "" {
		l.add(at, "paths are relative to the spec's folder, and those of -var to the current folder", problem)
	}
	return path
}

// setSizes are the most frames that a label gives to each set; select rounds in the same way.
func splitSizes(d *Dataset) (train, validation int) {
	validation = max(int(math.Round(d.Validation*float64(d.Frames))), 1)
	return d.Frames - validation, validation
}

func fileProblem(path string) string {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + " does not exist"
	case err != nil:
		return readError(path, err).Error()
	case fi.IsDir():
		return path + " is a folder, not a video"
	case !fi.Mode().IsRegular():
		return path + " is not a regular file"
	}
	return ""
}
