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
	Given []Given  // in the caller's order
	Env   []string // as of os.Environ: SNELLEN_VAR_name sets a variable

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
type Given struct{ Name, Value, File string }

// Load reads a spec. All its mistakes are found at once; where there is one, or a variable has no value, the study is nil.
func Load(path string, o Options) (*Study, Diagnostics) {
	n := newNotebook()
	l, src := n.loader(path, o)
	if l == nil {
		return nil, n.list
	}
	body := n.parse(l.file, src)
	if body == nil {
		return nil, n.list.sorted()
	}
	study := l.study(body)
	if o.Rules != nil && !n.list.HasErrors() && len(l.broken) == 0 {
		n.rules(o.Rules(study), l.file)
	}
	if n.list.HasErrors() || len(l.broken) > 0 {
		study = nil
	}
	return study, n.list.sorted()
}

// Labels gives the labels that a spec declares, as far as its mistakes let them be known.
func Labels(path string, o Options) []Label {
	l, src := newNotebook().loader(path, o)
	if l == nil {
		return nil
	}
	file := Parse(l.file, src)
	if file == nil {
		return nil
	}
	l.names(file.Body.(*hclsyntax.Body))
	return l.labels()
}

// loader reads a spec's text and makes its loader. Where it cannot be read, that is noted, and the loader is nil.
func (n *notebook) loader(path string, o Options) (*loader, []byte) {
	name, dir := filepath.ToSlash(path), filepath.Dir(path)
	src, err := o.Source, error(nil)
	if src == nil {
		src, err = readBounded(path)
	}
	if err != nil {
		n.add(start(name), "type snellen init to begin a spec, or name one", err.Error())
		return nil, nil
	}
	return &loader{scope: newScope(n, dir), options: o, file: name, path: path, dir: dir, stats: map[string]string{}, lost: map[*block]bool{}}, src
}

// rules notes what rules of others found.
func (n *notebook) rules(found []Problem, file string) {
	for _, p := range found {
		at := start(file)
		if p.At.Line > 0 {
			at.Filename, at.Start.Line, at.End.Line = p.At.File, p.At.Line, p.At.Line
		}
		n.note(Diagnostic{Message: p.Message, Hint: p.Hint, Warning: p.Warning}, at)
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

	root     *section // of the whole file
	base     *section // hyperparameters; nil where there is no such block
	dataset  *section
	labelled map[string]hcl.Range // labels by name
	lost     map[*block]bool      // plural blocks whose elements cannot all be known for a mistake
}

// study carries the file from top to bottom: names first, then what uses them, then the rules over several blocks.
func (l *loader) study(body *hclsyntax.Body) *Study {
	l.names(body)
	s := &Study{File: l.path}
	l.head(s)
	s.Labels = l.labels()
	l.transcode(&s.Transcode)
	l.frames(&s.Dataset)
	l.trainer(&s.Trainer)
	s.Budget = l.budget()
	s.Resolutions = l.resolutions(s)
	s.Evaluations = l.evaluations()
	l.commandRules(s)
	l.decide(s)
	l.gates(s)
	s.Again = l.again()
	return s
}

// names reads what expressions may use.
func (l *loader) names(body *hclsyntax.Body) {
	l.root = &section{block: language, header: start(l.file), body: body, broken: map[string]bool{}}
	l.shape(l.root)
	l.variablesOf(blocksOf(body, "variable"))
	l.localsOf(blocksOf(body, "locals"))
}

// only gives a block that is there at most once, decoded; where it is absent, the decoded nothing.
func (l *loader) only(of *block) *section {
	if found := blocksOf(l.root.body, of.name); len(found) > 0 {
		return l.section(of, found[0].Body, found[0].DefRange(), nil)
	}
	return &section{block: of, header: l.root.header, body: &hclsyntax.Body{}, values: map[string]any{}, broken: map[string]bool{}}
}

func (l *loader) head(s *Study) {
	head := l.only(studyBlock)
	s.Where = head.where()
	seed := 0
	head.into(map[string]any{"seed": &seed, "replicates": &s.Replicates}, true)
	s.Seed = int64(seed)
	if found := blocksOf(l.root.body, "study"); len(found) > 0 {
		if s.Name = l.label(found[0]); l.named("study", s.Name, labelRange(found[0])) {
			s.Where["name"] = position(labelRange(found[0]))
		}
	}
}

func (l *loader) transcode(t *Transcode) {
	s := l.only(transcodeBlock)
	s.into(map[string]any{"codec": &t.Codec, "crf": &t.CRF, "preset": &t.Preset, "filter": &t.Filter, "fit": &t.Fit}, true)
	t.Where = s.where()
}

func (l *loader) frames(d *Dataset) {
	s := l.only(datasetBlock)
	s.into(map[string]any{
		"frames": &d.Frames, "validation": &d.Validation, "split": &d.Split, "gap": &d.Gap, "format": &d.Format, "quality": &d.Quality,
		"contrast": &d.Contrast,
	}, true)
	d.Where = s.where()
	l.dataset = s
	if train, validation := setSizes(d); s.sound("frames", "validation") && (train == 0 || validation == 0) {
		l.add(s.at("validation"), "raise frames, or move validation towards 0.5", fmt.Sprintf("of %d frames a label, none is left for one of the sets", d.Frames))
		s.broken["frames"] = true
	}
}

func (l *loader) trainer(t *Trainer) {
	t.Name = "local"
	found := blocksOf(l.root.body, "trainer")
	if len(found) > 0 && len(found[0].Labels) == 1 && found[0].Labels[0] != t.Name {
		switch name := found[0].Labels[0]; name {
		case "sagemaker":
			t.Name, t.SageMaker = name, l.sagemaker(found[0])
		case "command":
			t.Name, t.Command = name, l.command(found[0])
		default: // another trainer's attributes are not local's
			l.add(labelRange(found[0]), suggest(name, []string{"local", "sagemaker", "command"}), fmt.Sprintf("there is no trainer %q", name))
		}
		return
	}
	s := l.only(trainerBlock)
	s.into(map[string]any{"threads": &t.Threads, "device": &t.Device}, true)
	t.Where = s.where()
}

// footage notes a video that cannot be used, and gives where it is seen from the caller's folder.
func (l *loader) footage(path string, at hcl.Range) string {
	if path == "" {
		l.add(at, "", "a video's path is empty")
		return ""
	}
	path = under(l.dir, path)
	if l.options.WithoutFootage {
		return path
	}
	problem, ok := l.stats[path]
	if !ok {
		problem = fileProblem(path)
		l.stats[path] = problem
	}
	if problem != "" {
		l.add(at, "paths start at the spec's folder; those of -var at the current one", problem)
	}
	return path
}

// setSizes are the most frames that a label gives to each set; select rounds in the same way.
func setSizes(d *Dataset) (train, validation int) {
	validation = max(int(math.Round(d.Validation*float64(d.Frames))), 1)
	return d.Frames - validation, validation
}

func fileProblem(path string) string {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + " does not exist"
	case err != nil:
		return cause(path, err).Error()
	case fi.IsDir():
		return path + " is a folder, not a video"
	case !fi.Mode().IsRegular():
		return path + " is no regular file"
	}
	return ""
}
