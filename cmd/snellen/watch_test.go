package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/cmd/snellen/view/schema"
	"snellen/steps/evaluate"
)

// watchedStudy is one whose areas expect what a test fills in.
const watchedStudy = `
study "tiny" {}

label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }

resolution "64x48" {}
resolution "32x24" {}

dataset { frames = 20 }

hyperparameters {
  num_layers      = 8
  image_shape     = "3,32,32"
  epochs          = 1
  mini_batch_size = 4
  learning_rate   = 0.001 # so that it is sure of nothing
}

evaluation "shelf" {
  video     = "shelf.mp4"
  every     = 1
  confident = CONFIDENT
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [2, 8, 16, 32]
    expect = "LEFT"
  }
  area "middle" {
    rect   = [24, 8, 16, 32]
    expect = "MIDDLE"
  }
  area "right" {
    rect   = [46, 8, 16, 32]
    expect = "RIGHT"
  }
}
`

// A watchWorld is a folder with a study whose models the real worker trained.
type watchWorld struct{ dir, worker string }

func newWatchWorld(t *testing.T) watchWorld {
	t.Helper()
	w := newFootage(t)
	// What is drawn over a picture without colours can be told by its own.
	draw(t, filepath.Join(w.dir, "shelf.mp4"), "testsrc=s=64x48:r=10:d=1,format=gray")
	w.spec(t, 0.5, "A", "A", "A")
	mustRun(t, w.snellen("apply", "-auto-approve"))
	return w
}

// newFootage returns a world with the videos of the labels A and B alone.
func newFootage(t testing.TB) watchWorld {
	t.Helper()
	w := watchWorld{dir: t.TempDir(), worker: realWorker()}
	if w.worker == "" {
		t.Skip("snellen-worker is not built: make build")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	videos, err := drawFootage()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range videos {
		w.write(t, name, data)
	}
	return w
}

func (w watchWorld) write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// spec writes the study, with what its areas expect.
func (w watchWorld) spec(t *testing.T, confident float64, left, middle, right string) {
	t.Helper()
	fill := strings.NewReplacer("CONFIDENT", fmt.Sprint(confident), "LEFT", left, "MIDDLE", middle,
		"RIGHT", right)
	w.write(t, "tiny.hcl", []byte(fill.Replace(watchedStudy)))
}

func (w watchWorld) snellen(args ...string) *exec.Cmd {
	cmd := exec.Command("snellen", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "SNELLEN_STORE="+filepath.Join(w.dir, "store"),
		"SNELLEN_WORKER="+w.worker, "NO_COLOR=1")
	return cmd
}

// draw makes a video of ffmpeg's own.
func draw(t testing.TB, path, source string) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-pix_fmt",
		"yuv420p", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("draw %s: %v\n%s", path, err, out)
	}
}

// countFrames counts a video's frames by decoding it.
func countFrames(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-show_entries",
		"stream=nb_read_frames", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatalf("%s is no video: %v", path, err)
	}
	return strings.TrimSpace(string(out))
}

// A watchLine is any line that watch prints with -json.
type watchLine struct {
	Type    string               `json:"type"`
	Model   string               `json:"model"`
	Areas   []evaluate.Detection `json:"areas"`
	Path    string               `json:"path"`
	Again   bool                 `json:"again"`
	Read    int                  `json:"read"`
	Judged  int                  `json:"judged"`
	Dropped int                  `json:"dropped"`
}

func watchLines(t *testing.T, text string) (list []watchLine) {
	t.Helper()
	if err := schema.CheckLines(text); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(text) {
		var l watchLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	return list
}

// judgements are the detections of all lines.
func judgements(lines []watchLine) (all []evaluate.Detection) {
	for _, l := range lines {
		if l.Type == "watch_judged" {
			all = append(all, l.Areas...)
		}
	}
	return all
}

func TestWatch(t *testing.T) {
	w := newWatchWorld(t)
	t.Run("judges as apply does", w.judgesAlike)
	t.Run("records", w.records)
	t.Run("lost camera", w.losesCamera)
	t.Run("nothing to watch", w.nothing)
}

// judgesAlike: the same pictures give the same probabilities, to the last digit.
func (w watchWorld) judgesAlike(t *testing.T) {
	out, err := w.snellen("watch", "-video", "shelf.mp4", "-headless", "-json", "-resolution",
		"32x24").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := watchLines(t, string(out))
	live := judgements(lines)
	last := lines[len(lines)-1]
	if len(live) != 30 || last.Type != "watch_summary" || last.Read != 10 || last.Judged != 10 ||
		last.Dropped != 0 {
		t.Fatalf("%d judgements, and the end is %+v", len(live), last)
	}
	applied := w.detections(t, live)
	for i := range live {
		live[i].Seconds = math.Round(live[i].Seconds*1e6) / 1e6
		if a, b := fmt.Sprint(live[i]), fmt.Sprint(applied[i]); a != b {
			t.Fatalf("live %s, applied %s", a, b)
		}
	}
}

// detections are those of the evaluation in the store that begins as live does.
func (w watchWorld) detections(t *testing.T, live []evaluate.Detection) []evaluate.Detection {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "store", "objects", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the store has %d objects, %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), `{"frame":0,`) {
			continue
		}
		list, err := evaluate.ReadDetections(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == len(live) && slices.Equal(list[0].Probabilities, live[0].Probabilities) {
			return list
		}
	}
	t.Fatal("no evaluation begins so")
	return nil
}

func (w watchWorld) records(t *testing.T) {
	text := mustRun(t, w.snellen("watch", "-video", "shelf.mp4", "-headless", "-record",
		"judged.mp4"))
	for _, want := range []string{"10 pictures judged in ", "; 0 dropped\n", "model ",
		"left    A"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	if n := countFrames(t, filepath.Join(w.dir, "judged.mp4")); n != "10" {
		t.Errorf("the record has %s frames, want 10", n)
	}
	out, err := w.snellen("watch", "-video", "shelf.mp4", "-headless", "-record",
		"judged.mp4").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is there already") {
		t.Errorf("a record was written over: %s", out)
	}
}

// losesCamera: a camera is a named pipe here, whose writer goes away and comes back.
func (w watchWorld) losesCamera(t *testing.T) {
	camera := filepath.Join(w.dir, "camera")
	if err := mkfifo(camera); err != nil {
		t.Fatal(err)
	}
	cmd := w.snellen("watch", "-camera", "camera", "-headless", "-json", "-record", "live.avi")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	var seen strings.Builder
	lines := bufio.NewScanner(io.TeeReader(stdout, &seen))
	for range 2 {
		film := exec.Command("ffmpeg", "-v", "error", "-y", "-i", "shelf.mp4", "-c", "copy", "-f",
			"matroska", "camera")
		film.Dir = w.dir
		mustRun(t, film)
		until(t, lines, "watch_lost")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	until(t, lines, "watch_summary")
	for lines.Scan() { // until it has ended
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	var opened []bool
	var last watchLine
	for _, l := range watchLines(t, seen.String()) {
		switch l.Type {
		case "watch_opened":
			opened = append(opened, l.Again)
		case "watch_summary":
			last = l
		}
	}
	if fmt.Sprint(opened) != "[false true]" || last.Read != 20 || last.Judged < 2 ||
		last.Judged+last.Dropped != 20 {
		t.Errorf("opened %v, ended %+v", opened, last)
	}
	countFrames(t, filepath.Join(w.dir, "live.avi"))
}

// until reads lines up to one of that type.
func until(t *testing.T, lines *bufio.Scanner, kind string) string {
	t.Helper()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), `{"type":"`+kind+`"`) {
			return lines.Text()
		}
	}
	t.Fatalf("it ended before %s", kind)
	return ""
}

// nothing: what cannot be watched is told, with what to type.
func (w watchWorld) nothing(t *testing.T) {
	w.write(t, "text.mp4", []byte("no video"))
	for _, c := range []struct {
		args       []string
		want, hint string
	}{
		{[]string{"-headless", "-video", "none.mp4"}, "none.mp4: no such file", "-video FILE"},
		{[]string{"-headless", "-video", "text.mp4"}, "text.mp4: this is no", "ffprobe"},
		{[]string{"-headless", "-camera", "250"}, "/dev/video250: no such file",
			"name another by -camera"},
		{[]string{"-headless", "-camera", "shelf.mp4"}, "is neither a camera nor a named pipe",
			"name another by -camera"},
		{[]string{"-headless", "-camera", "0", "-video", "shelf.mp4"}, "exclude each other", ""},
		{[]string{"-headless", "-video", "shelf.mp4", "-record", "x.txt"}, "x.txt", "ends in .mp4"},
		{[]string{"-headless", "-video", "shelf.mp4", "-resolution", "1x1"}, `no resolution "1x1"`, "one of: 64x48, 32x24"},
		{[]string{"-headless", "-video", "shelf.mp4", "-evaluation", "door"}, `no evaluation "door"`, "one of: shelf"},
		{[]string{"-headless", "-video", "shelf.mp4", "-endpoint", "e"}, "does not say where SageMaker is", `write trainer "sagemaker"`},
		{[]string{"-headless", "-video", "shelf.mp4", "-store", "empty"}, "no trained model",
			"snellen apply"},
		{[]string{"-video", "shelf.mp4"}, "no display", "pass -headless"},
	} {
		cmd := w.snellen(append([]string{"watch"}, c.args...)...)
		cmd.Env = append(cmd.Env, "DISPLAY=", "WAYLAND_DISPLAY=")
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitError || !strings.Contains(string(out), c.want) ||
			c.hint != "" && !strings.Contains(string(out), c.hint) {
			t.Errorf("%v: %v, %s", c.args, err, out)
		}
	}
}
