package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/specs"
	"snellen/steps/frames"
)

// python is a Python that the example in specs/examples/command can run with.
func python(t *testing.T) string {
	t.Helper()
	// the first may be another than Debian's, which has its packages
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import numpy, sklearn, PIL").Run() == nil {
			return name
		}
	}
	t.Skip("no Python has scikit-learn and Pillow: apt install python3-sklearn python3-pil")
	return ""
}

// exampleFolder has the example's programs, and its spec for two labels in small videos.
func exampleFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	drawn, err := drawFootage()
	if err != nil {
		t.Fatal(err)
	}
	videos := maps.Clone(drawn)
	for _, name := range []string{"train.py", "serve.py", "images.py", "command.hcl"} {
		if videos[name], err = specs.Examples.ReadFile("examples/command/" + name); err != nil {
			t.Fatal(err)
		}
	}
	head, _, _ := bytes.Cut(videos["command.hcl"], []byte("evaluation "))
	head = bytes.Replace(head, []byte(`["640x480", "160x120", "40x30"]`), []byte(`["64x48"]`), 1)
	head = bytes.Replace(head, []byte("{ frames = 150 }"),
		[]byte("{\n  frames = 20\n  format = var.form\n}"), 1)
	head = bytes.Replace(head, []byte("mini_batch_size = 32"), []byte("mini_batch_size = 4"), 1)
	_, shelf, _ := strings.Cut(strings.Replace(tinyStudy, `"shelf.mp4"`, `"footage/shelf.mp4"`, 1), "evaluation")
	videos["command.hcl"] = append(head,
		"variable \"form\" { default = \"recordio\" }\nevaluation"+shelf...)
	for name, data := range videos {
		to := filepath.Join(dir, name)
		if strings.HasSuffix(name, ".mp4") {
			to = filepath.Join(dir, "footage", name)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPythonExample trains and judges with the shipped example and the real worker, from both forms
// of the dataset: the same frames in the same order give the same model.
func TestPythonExample(t *testing.T) {
	program, worker := python(t), realWorker()
	if _, err := exec.LookPath("ffmpeg"); err != nil || worker == "" {
		t.Skip("ffmpeg or snellen-worker is missing: make build")
	}
	dir := exampleFolder(t)
	run := func(args ...string) []byte {
		t.Helper()
		cmd := again(dir, "SNELLEN_WORKER="+worker)
		cmd.Args = append([]string{"snellen"}, append(args, "-var", "python="+program)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		return out
	}
	run("apply", "-auto-approve")
	var report struct {
		Resolutions []struct {
			Accuracy float64 `json:"accuracy"`
			Epoch    int     `json:"epoch"`
			Runs     []struct {
				Detection *float64 `json:"detection_rate"`
			} `json:"runs"`
		} `json:"resolutions"`
	}
	if err := json.Unmarshal(run("report", "-format", "json"), &report); err != nil ||
		len(report.Resolutions) != 1 {
		t.Fatalf("%v, %+v", err, report)
	}
	if r := report.Resolutions[0]; r.Accuracy < 0.9 || r.Epoch != 11 || len(r.Runs) != 1 ||
		r.Runs[0].Detection == nil {
		t.Errorf("two pictures that differ in everything are told apart like this: %+v", r)
	}
	model := func(args ...string) string {
		_, outputs, _ := strings.Cut(string(run(append([]string{"explain", "64x48/train"},
			args...)...)), "\nRecord\n")
		var lines []string
		for line := range strings.Lines(outputs) {
			if strings.Contains(line, "model/") {
				lines = append(lines, strings.Join(strings.Fields(line), " "))
			}
		}
		return strings.Join(lines, "\n")
	}
	before := model()
	run("apply", "-auto-approve", "-var", "form=image")
	if after := model("-var", "form=image"); before != after ||
		!strings.Contains(before, "model/network.npz") {
		t.Errorf("from RecordIO\n%s\nfrom images\n%s", before, after)
	}
}

// TestPythonRecords reads with the example what RecordIO splits.
func TestPythonRecords(t *testing.T) {
	program := python(t)
	source, err := specs.Examples.ReadFile("examples/command/images.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var file bytes.Buffer
	var want strings.Builder
	w := frames.NewWriter(&file)
	mark := "\x0a\x23\xd7\xce"
	for class, image := range []string{"plain", mark, "abcd" + mark + mark + "x", "1" + mark, mark +
		"abcd" + mark} {
		if err := w.Write(class, []byte(image)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%d %x\n", class, image)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"images.py": source, "x.rec": file.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-c",
		"import images\nfor c, j in images.records('x.rec'): print(c, j.hex())")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != want.String() {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want.String())
	}
}
