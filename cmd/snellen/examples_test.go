package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/cmdline"
	"snellen/specs"
)

// TestEveryCommandHasAnExampleThatCanBeTyped reads each line of each example as the program would
// read it.
func TestEveryCommandHasAnExampleThatCanBeTyped(t *testing.T) {
	root := (&app{}).root()
	root.InitDefaultHelpCmd()
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			visit(sub)
		}
		if c == root || c.Hidden {
			return
		}
		name := strings.TrimPrefix(c.CommandPath(), "snellen ")
		if c.Name() == "help" {
			return
		}
		if c.Example == "" {
			t.Errorf("%s has no example", name)
		}
		for line := range strings.Lines(c.Example) {
			if problem := exampleProblem(line, name); problem != "" {
				t.Errorf("%s: %s: %q", name, problem, line)
			}
		}
	}
	visit(root)
}

// exampleProblem says what is wrong with an example's line, or returns "".
func exampleProblem(line, name string) string {
	line = strings.TrimSpace(strings.Replace(strings.TrimSpace(line), "source <(", "", 1))
	typed, _, _ := strings.Cut(line, " #")
	for _, end := range []string{")", " |", " >", " <"} {
		typed, _, _ = strings.Cut(typed, end)
	}
	words, err := cmdline.Split(typed)
	if err != nil || len(words) < 2 || words[0] != "snellen" {
		return "no command line"
	}
	words, err = cmdline.Arguments(words[1:], "")
	if err != nil {
		return err.Error()
	}
	c, rest, err := (&app{}).root().Find(words)
	switch {
	case err != nil:
		return err.Error()
	case !strings.HasPrefix(c.CommandPath(), "snellen "+name):
		return "another command's"
	}
	if err := c.ParseFlags(rest); err != nil {
		return err.Error()
	}
	return ""
}

// BenchmarkCompletion completes an address of the five-resolution study, as a shell asks for it: a
// whole process.
func BenchmarkCompletion(b *testing.B) {
	snellen := grocery(b)
	for b.Loop() {
		if out := snellen("__complete", "plan", "-target", "320x240/"); !strings.Contains(out,
			"320x240/train\n") {
			b.Fatal(out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/completion")
}

// BenchmarkUnchanged plans, applies and explains the five-resolution study with nothing changed:
// whole processes, and reports the medians. Its trainings are the fake worker's; everything
// before them is real.
func BenchmarkUnchanged(b *testing.B) {
	snellen := grocery(b)
	snellen("apply", "-auto-approve")
	for b.Loop() {
		for _, args := range [][]string{{"plan"}, {"apply"}, {"explain", "320x240/train"}} {
			took := make([]float64, 25)
			for i := range took {
				began := time.Now()
				snellen(args...)
				took[i] = time.Since(began).Seconds()
			}
			slices.Sort(took)
			b.ReportMetric(1000*took[len(took)/2], "ms/"+args[0])
		}
	}
}

// grocery makes a folder with the five-resolution study, and returns what runs snellen in it and
// returns its output.
func grocery(b *testing.B) func(args ...string) string {
	dir := b.TempDir()
	data, err := specs.Examples.ReadFile("examples/grocery.hcl")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "grocery.hcl"), data, 0o666)
	}
	if err == nil {
		err = os.Symlink(sharedFootage(b), filepath.Join(dir, "footage"))
	}
	if err != nil {
		b.Fatal(err)
	}
	return func(args ...string) string {
		cmd := exec.Command("snellen", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "SNELLEN_STORE="+filepath.Join(dir, "store"),
			"SNELLEN_WORKER=fake-worker")
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("%s: %v\n%s", args[0], err, out)
		}
		return string(out)
	}
}

// BenchmarkStudy applies the five-resolution study from an empty store, with the real worker.
func BenchmarkStudy(b *testing.B) {
	worker := realWorker()
	if worker == "" {
		b.Skip("snellen-worker is not built: make build")
	}
	dir := b.TempDir()
	data, err := os.ReadFile(filepath.Join("..", "..", "specs", "examples", "grocery.hcl"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "grocery.hcl"), data, 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	footage := sharedFootage(b)
	var took time.Duration
	for b.Loop() {
		store := b.TempDir()
		cmd := exec.Command("snellen", "apply", "-auto-approve", "-var", "footage="+footage)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "SNELLEN_STORE="+store,
			"SNELLEN_WORKER="+worker)
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		took += time.Since(began)
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/study")
}

// sharedFootage is the folder of footage that is handed around beside the repository.
func sharedFootage(b *testing.B) string {
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "footage"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		b.Skipf("there is no footage: %v", err)
	}
	return path
}
