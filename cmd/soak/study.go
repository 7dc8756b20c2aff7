//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"snellen/engine/regular"
)

// spec is a study that takes seconds: two labels, two resolutions, a network trained from nothing.
// The smaller resolution is named by the edit.
const spec = `study "tiny" {}

label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }

resolution "64x48" {}
resolution "%s" {}

dataset { frames = 8 }

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  resize          = 0
  epochs          = 1
  mini_batch_size = 4
}

evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [0, 0, 32, 48]
    expect = "A"
  }
}
`

// specs are the states of the study. One edit leads from the first to the second, and half of the
// steps are the same. The last one trains and judges in the cloud.
var specs = []string{fmt.Sprintf(spec, "32x24"), fmt.Sprintf(spec, "48x36"), cloudSpec}

// cloud is the place of the spec that needs it.
const cloud = 2

// cloudSpec is the study as SageMaker takes it.
var cloudSpec = strings.NewReplacer(
	"resolution \"%s\" {}\n", "", "frames = 8", "frames = 20", "num_layers      = 8", "num_layers      = 20",
	"resize          = 0", "resize          = 40", "mini_batch_size = 4", "mini_batch_size = 8",
	"evaluation \"shelf\"", `trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/stand-in"
  bucket        = "snellen"
  instance_type = "ml.g5.xlarge"
}

evaluation "shelf"`).Replace(spec)

// The footage is drawn by ffmpeg.
var footage = map[string]string{
	"A.mp4":     "testsrc2=s=64x48:r=10:d=2",
	"B.mp4":     "mandelbrot=s=64x48:r=10:end_pts=1000",
	"shelf.mp4": "testsrc=s=64x48:r=10:d=1",
}

// The folders of dir that nothing disturbs: reference(o, n) has the study and the store after specs
// 0 to n were applied, one after the other. exports has what is exported from the first.
func reference(o options, n int) string { return filepath.Join(o.dir, "reference", fmt.Sprint(n)) }

// makeReferences draws the footage, and applies the study.
func makeReferences(o options) error {
	e := &episode{options: o, dir: reference(o, 0)}
	if err := os.MkdirAll(e.study(), 0o777); err != nil {
		return err
	}
	for name, source := range footage {
		cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-t", "2",
			"-pix_fmt", "yuv420p", filepath.Join(e.study(), name))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("draw %s: %w\n%s", name, err, out)
		}
	}
	defer func() {
		if e.service != nil {
			e.service.kill()
		}
	}()
	for n, text := range specs {
		if n == cloud && s3Program() == "" {
			continue
		}
		e.dir = reference(o, n)
		if n > 0 {
			if err := copyTree(e.dir, reference(o, n-1)); err != nil {
				return err
			}
		}
		if err := os.WriteFile(e.spec(), []byte(text), 0o666); err != nil {
			return err
		}
		if n == cloud {
			if err := inCloud(e); err != nil {
				return err
			}
		}
		if err := e.must("apply", "-auto-approve"); err != nil {
			return err
		}
		for _, made := range exported {
			if err := e.must(made.args...); err != nil {
				return err
			}
		}
		if err := e.store().whole(false); err != nil {
			return err
		}
	}
	return nil
}

// exported are the exports of the first resolution, and the names of what they make beside the
// study's folder.
var exported = []struct {
	name string
	args []string
}{
	{"pictures", []string{"export", "dataset", "64x48", "../pictures"}},
	{"recordio", []string{"export", "dataset", "64x48", "../recordio", "-format", "recordio"}},
	{"model", []string{"export", "model", "64x48", "../model"}},
}

// copyTree copies a folder. Times and modes come along, as they do when a person moves a project.
func copyTree(to, from string) error {
	out, err := exec.Command("cp", "-aT", from, to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copy %s: %w\n%s", from, err, out)
	}
	return nil
}

// same returns an error where the study's folder is not as after an undisturbed apply of spec n:
// another file, another output in the lock, another figure in the report, or a torn file.
func (e *episode) same(n int) error {
	want, got := filepath.Join(reference(e.options, n), "study"), e.study()
	names, err := files(want)
	if err != nil {
		return err
	}
	have, err := files(got)
	if err != nil {
		return err
	}
	for _, name := range have {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s is left over beside the spec", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(have, name) {
			return fmt.Errorf("%s is missing", name)
		}
		a, err := read(filepath.Join(want, name))
		if err != nil {
			return err
		}
		b, err := read(filepath.Join(got, name))
		if err != nil {
			return err
		}
		switch base := filepath.Base(name); {
		case base == "tiny.lock.hcl":
			a, b = jobLine.ReplaceAll(a, nil), jobLine.ReplaceAll(b, nil)
		case base == "report.json":
			a, err = figures(a)
			if err == nil {
				b, err = figures(b)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case slices.Contains([]string{"report.md", "report.txt", "results.csv", ".made"}, base):
			if len(b) == 0 {
				return fmt.Errorf("%s is empty", name)
			}
			continue // they hold times, and what report.json holds
		case base == "index.html":
			if !bytes.HasSuffix(bytes.TrimSpace(b), []byte("</html>")) {
				return fmt.Errorf("%s is torn", name)
			}
			continue
		}
		if !bytes.Equal(a, b) {
			return fmt.Errorf("%s differs from that of an undisturbed run", name)
		}
	}
	return nil
}

// jobLine is what a lock file says of a training job: its name, and when it ran.
var jobLine = regexp.MustCompile(`(?m)^ *"job.json" .*\n`)

// timed are the names of report.json's numbers that depend on how fast the machine was.
var timed = []string{"train_seconds", "seconds", "mean", "low", "high", "training_seconds",
	"billable_seconds", "billed_usd"}

// figures returns a report's JSON without its times.
func figures(data []byte) ([]byte, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, err
	}
	strip(value)
	return json.Marshal(value)
}

func strip(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range timed {
			if _, ok := value[name].(float64); ok {
				delete(value, name)
			}
		}
		if value["name"] == "job.json" {
			delete(value, "digest")
			delete(value, "bytes")
		}
		for _, v := range value {
			strip(v)
		}
	case []any:
		for i, v := range value {
			if text, ok := v.(string); ok && strings.HasPrefix(text, "Cloud: ") {
				value[i] = "Cloud" // times, and what they cost
			}
			strip(v)
		}
	}
}

// files lists all that is in a folder and is no folder, with slashes.
func files(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	return names, err
}

// sameTree returns an error where two folders differ, in names or bytes.
func sameTree(want, got string) error {
	a, err := files(want)
	if err != nil {
		return err
	}
	b, err := files(got)
	if err != nil {
		return err
	}
	if !slices.Equal(a, b) {
		return fmt.Errorf("%s holds %q, and not %q", got, b, a)
	}
	for _, name := range a {
		x, err := read(filepath.Join(want, name))
		if err != nil {
			return err
		}
		y, err := read(filepath.Join(got, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			return fmt.Errorf("%s in %s differs from that of an undisturbed run", name, got)
		}
	}
	return nil
}

// read reads a file of a study.
func read(path string) ([]byte, error) { return regular.Read(path, 1<<30) }

// must runs snellen, which must succeed.
func (e *episode) must(args ...string) error {
	_, err := e.succeed(args...)
	return err
}

// succeed runs a command that must end well.
func (e *episode) succeed(args ...string) (*command, error) {
	c, err := e.finish(args...)
	if err != nil {
		return nil, err
	}
	if code := c.ProcessState.ExitCode(); code != 0 {
		return nil, fmt.Errorf("exit %d of an undisturbed command: %s\n%s", code, c, c.tail())
	}
	return c, nil
}

// patience is how long an undisturbed command may take on a busy machine. It is a hang otherwise.
const patience = 3 * time.Minute

// finish runs a command that must end in time, and without a crash, but may fail.
func (e *episode) finish(args ...string) (*command, error) {
	c, err := e.start(args...)
	if err != nil {
		return nil, err
	}
	if !c.wait(patience) {
		c.Process.Kill()
		return nil, fmt.Errorf("it hangs: %s", c)
	}
	return c, c.trouble()
}
