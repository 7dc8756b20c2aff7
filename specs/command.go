package specs

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"snellen/specs/builtin"
)

// Command describes the user's own programs that train and judge, by SageMaker's container
// contract.
type Command struct {
	Program    []string          // with its arguments
	Files      []string          // relative to Dir, slash-separated, sorted
	Dir        string            // the spec's folder, relative to the caller's
	Env        map[string]string // in addition to the contract's variables
	Threads    int               // of one training or evaluation
	GPUs       int
	MaxRuntime int      // seconds for one training
	Server     *Program // nil: nothing to judge with
	Where      Where
}

// A Program serves a trained model.
type Program struct {
	Program  []string // with its arguments
	Files    []string // as in Command
	Parallel int      // concurrent requests
	MaxWait  int      // seconds until it must answer /ping
	Where    Where
}

const (
	maxFiles = 1000 // of a program
	maxWords = 100  // of a command line, or names of a map
)

var (
	programAttr = strList("program", "the program and its arguments, without a shell: "+
		"`[\"python3\", \"train.py\"]`. The program is found in PATH, or is one of `files`: "+
		"`./train`").required()
	programFilesAttr = paths("files", "the program's files, relative to the spec's folder. The "+
		"program sees no other files when it runs, and changing one of these runs it again. Also "+
		"list what pins its libraries, such as `requirements.txt`").defaultText("none")
)

var serveBlock = &block{
	name: "serve", single: true,
	meaning: "The program that serves a trained model for judging: it answers `GET /ping` with " +
		"200 when it is ready. It answers `POST /invocations`, whose body is a JPEG, with a " +
		"probability for each label in the order of the label names, as `[0.1, 0.9]`, " +
		"`{\"prediction\": [...]}` or `{\"predictions\": [{\"prediction\": [...]}]}`. It listens " +
		"on the loopback interface, on the port in `SAGEMAKER_BIND_TO_PORT`. A study with " +
		"evaluations needs this block.",
	attributes: []attribute{
		programAttr, programFilesAttr,
		integer("parallel", 1, "concurrent requests that it gets").between(1, 200),
		integer("max_wait", 120, "seconds to wait until it answers `/ping`").between(1, day),
	},
}

var commandBlock = &block{
	name: "trainer", label: "command", single: true,
	meaning: "Your own program trains, by SageMaker's container contract. The folder in " +
		"`SAGEMAKER_BASE_DIR` has `input/config`, the channels `train` and `validation` in " +
		"`input/data`, and `model`. `SM_MODEL_DIR`, `SM_CHANNEL_TRAIN`, `SM_HPS` and the other " +
		"variables of SageMaker's training toolkit are set as well. The program prints lines " +
		"like `Epoch[3] Train-accuracy=0.91` and `Epoch[3] Validation-accuracy=0.93`, leaves the " +
		"best epoch's model in `SM_MODEL_DIR`, and writes the reason of a failure into " +
		"`output/failure`. `hyperparameters` are passed as strings, with `seed` added. A " +
		"complete example: `specs/examples/command`.",
	attributes: []attribute{
		programAttr, programFilesAttr,
		anyValue("env", "names and values of further environment variables, for both programs, "+
			"which otherwise get only PATH and the contract's variables. Never write a secret "+
			"here: it would be recorded").defaultText("none"),
		integer("threads", 1, "cores that one training uses, passed as `SM_NUM_CPUS` and "+
			"`OMP_NUM_THREADS`").between(1, 256),
		integer("gpus", 0, "GPUs that one training uses, passed as `SM_NUM_GPUS`").between(0, 64),
		integer("max_runtime", 4*60*60, "seconds that a training may take").between(1, 28*day),
	},
	blocks: []*block{serveBlock},
}

// readCommand reads a trainer "command" block. It always returns a Command; mistakes are recorded.
func (l *loader) readCommand(b *hclsyntax.Block) *Command {
	s := l.decode(commandBlock, b.Body, b.DefRange(), nil)
	c := &Command{Dir: l.dir, Where: s.positions()}
	s.assign(map[string]any{
		"program": &c.Program, "files": &c.Files, "threads": &c.Threads, "gpus": &c.GPUs,
		"max_runtime": &c.MaxRuntime,
	}, true)
	c.Files = l.cleanFiles(s, c.Files)
	l.checkProgram(s, c.Program, c.Files)
	c.Env = l.readStringMap(s, "env", `write env = { TOKENIZERS_PARALLELISM = "false" }`,
		variableProblem)
	if found := blocksOf(s.body, serveBlock.name); len(found) > 0 {
		c.Server = l.readServer(found[0])
	}
	return c
}

// readServer reads the serve block.
func (l *loader) readServer(b *hclsyntax.Block) *Program {
	s := l.decode(serveBlock, b.Body, b.DefRange(), nil)
	p := &Program{Where: s.positions()}
	s.assign(map[string]any{"program": &p.Program, "files": &p.Files, "parallel": &p.Parallel,
		"max_wait": &p.MaxWait}, true)
	p.Files = l.cleanFiles(s, p.Files)
	l.checkProgram(s, p.Program, p.Files)
	return p
}

// Path returns the path of one of the programs' files, as seen from the caller's folder.
func (c *Command) Path(name string) string { return builtin.NewFinder(c.Dir).Find(name) }

// checkProgram records what is wrong with a command line. It cannot tell whether a program found in
// PATH exists where the step will run, so it checks only files of the study.
func (l *loader) checkProgram(s *section, words, files []string) {
	if !s.valid("program", "files") {
		return
	}
	switch {
	case len(words) == 0 || words[0] == "":
		l.add(s.at("program"), `write program = ["python3", "train.py"]`, "program is empty")
	case len(words) > maxWords:
		l.add(s.at("program"), "",
			fmt.Sprintf("a program may have at most %d words, and this has %d", maxWords,
				len(words)))
	case len(words) == 1 && strings.Contains(words[0], " "):
		l.add(s.at("program"), "write "+quoteWords(words[0]),
			"a program runs without a shell, so each word is an element of its own")
	case strings.Contains(words[0], "/") && !path.IsAbs(words[0]) &&
		!slices.Contains(files, path.Clean(words[0])):
		l.add(s.at("program"), fmt.Sprintf("write files = [%q]", path.Clean(words[0])),
			fmt.Sprintf("%s is not among the program's files", words[0]))
	}
}

// quoteWords returns a command line as the list that it should have been.
func quoteWords(line string) string {
	var quoted []string
	for _, w := range strings.Fields(line) {
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// cleanFiles returns the files as clean slash-separated paths, sorted and without duplicates. Files
// outside the spec's folder, or missing, are recorded and left out.
func (l *loader) cleanFiles(s *section, given []string) []string {
	if len(given) > maxFiles {
		l.add(s.at("files"), "",
			fmt.Sprintf("at most %d files are allowed, and these are %d", maxFiles, len(given)))
		return nil
	}
	var list []string
	for i, name := range given {
		name = path.Clean(filepath.ToSlash(name))
		if given[i] == "" || !filepath.IsLocal(filepath.FromSlash(name)) ||
			strings.ContainsAny(name, `\`) {
			l.add(s.elementAt("files", i), "move it into the spec's folder",
				fmt.Sprintf("%q is not in the spec's folder", given[i]))
			continue
		}
		if !l.options.WithoutFootage {
			if problem := fileProblem("file", l.files.Find(name)); problem != "" {
				l.add(s.elementAt("files", i), "paths are relative to the spec's folder",
					strings.Replace(problem, ", not a file",
						": list the files in it, for example with fileset", 1))
				continue
			}
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// readStringMap reads an attribute that maps names to strings. Numbers and booleans become the
// strings that HCL writes for them. The problem function returns what is wrong with a name, and a
// hint, or "". Wrong entries are recorded and left out.
func (l *loader) readStringMap(
	s *section, name, like string, problem func(string) (string, string),
) map[string]string {
	v, ok := s.values[name].(cty.Value)
	if !ok {
		return nil
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		l.add(s.at(name), like, name+" must be a map")
		return nil
	}
	all := v.AsValueMap()
	if len(all) > maxWords {
		l.add(s.at(name), "", fmt.Sprintf("%s may have at most %d names, and this has %d", name,
			maxWords, len(all)))
		return nil
	}
	a, _ := s.block.attribute(name)
	texts := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		wrong, hint := problem(key)
		value, err := convert.Convert(all[key], cty.String)
		switch {
		case wrong != "":
		case err != nil || value.IsNull():
			wrong = fmt.Sprintf("the value of %s in %s must be a string or a number", key, name)
		default:
			texts[key], wrong = a.parseString(value)
		}
		if wrong != "" {
			l.add(s.at(name), hint, wrong)
		}
	}
	return texts
}

var (
	// variableForm is what POSIX allows, with a limit of 100 characters.
	variableForm = newForm(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)
	// secretForm matches names that usually hold secrets. It is a safeguard, not a promise.
	secretForm = newForm(`(?i)(^|_)(token|secret|password|passwd|credentials?|` +
		`api_?key|access_?key|private_?key)(_|$)|^AWS_`)
)

// variableProblem returns what is wrong with the name of an environment variable, or "".
func variableProblem(name string) (problem, hint string) {
	switch {
	case !variableForm.matches(name):
		return fmt.Sprintf("%q is not a valid name of an environment variable", name),
			"use letters, digits and _"
	case strings.HasPrefix(name, "SM_") || strings.HasPrefix(name, "SAGEMAKER_"):
		return fmt.Sprintf("%s is set by the container contract", name), "remove or rename it"
	case secretForm.matches(name):
		return fmt.Sprintf("%s looks like a secret, and env is recorded in the store", name),
			"have the program read secrets from a file outside the study"
	}
	return "", ""
}

// checkServe records that a command trainer has no program to serve models, but there is something
// to judge.
func (l *loader) checkServe(s *Study) {
	c := s.Trainer.Command
	if c == nil || c.Server != nil || len(s.Evaluations) == 0 {
		return
	}
	b := blocksOf(l.root.body, "trainer")[0]
	l.add(b.DefRange(), `write serve { program = ["python3", "serve.py"]  files = ["serve.py"] }`,
		"this trainer block lacks serve, but the study has evaluations")
}
