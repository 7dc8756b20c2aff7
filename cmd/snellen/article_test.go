package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snellen/steps/standin"
)

const articleStudy = `
study "article" {}

labels {
  for_each = fileset("footage", "*.mp4")
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["footage/${each.value}"]
}

resolutions {
  for_each = ["800x600", "640x480", "320x240", "160x120", "80x60"]
RESOLUTIONS}

dataset {
  frames     = 200
  validation = 0.2
  split      = "random"
}

hyperparameters {
  num_layers           = 101
  image_shape          = "3,224,224"
  resize               = 256
  epochs               = 30
  early_stopping       = true
  learning_rate        = 0.001
  mini_batch_size      = 32
  use_pretrained_model = 1
  num_classes          = 17
  num_training_samples = 2720
}

TRAINER
`

const articleCloud = `trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "BUCKET"
  instance_type = "ml.p2.xlarge"
}`

const articleCommand = `trainer "command" {
  program = ["fake-trainer", "train.txt"]
  files   = setunion(["train.txt"], fileset(".", "*.log"))
}`

var articleLabels = []string{
	"PORIPPY(GREEN)", "OREO", "CUNTRY_MAM", "PORIPPY(RED)", "BANANA", "CHEDDER_CHEESE", "PRETZEL(YELLOW)", "FURUGURA(BROWN)", "NOIR", "PRIME",
	"CRATZ(RED)", "CRATZ(GREEN)", "PRETZEL(BLACK)", "CRATZ(ORANGE)", "ASPARA", "FURUGURA(RED)", "PRETZEL(GREEN)",
}

// articleTable is what was published. It cut its accuracies, two of them to two decimals.
var articleTable = []struct {
	resolution string
	accuracy   float64
	decimals   int
	epoch      int
	seconds    float64
}{
	{"800x600", 0.93, 2, 15, 1737}, {"640x480", 0.94, 2, 20, 2295}, {"320x240", 0.985, 3, 20, 2232},
	{"160x120", 0.987, 3, 20, 2240}, {"80x60", 1.0, 1, 20, 2376},
}

// TestArticle repeats the study that Snellen automates, against a stand-in that replays its five
// trainings: 17 labels, five resolutions, its hyperparameters, and a dataset of its size, whose
// pictures are blank. The table must come out to the digit.
func TestArticle(t *testing.T) {
	curves, err := standin.Article()
	if err != nil {
		t.Fatal(err)
	}
	clock := standin.NewClock(time.Date(2020, 7, 14, 22, 20, 42, 0, time.UTC))
	s := newSkyAt(t, standin.Options{Replay: standin.BySize(curves)}, clock)
	s.watch = func(m standin.Moment) {
		if !m.Done && m.Call == "DescribeTrainingJob" {
			clock.Advance(100 * time.Second) // time passes for who asks
		}
	}
	dir := articleFolder(t, "", strings.Replace(articleCloud, "BUCKET", s.bucket, 1))
	out := mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	for _, word := range []string{"The split is random", " 800x600 - 0.936* 5 16 28m57s ",
		"Cloud: 5 training jobs, 10880 s billed, 3.40 USD"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), word) {
			t.Errorf("%q is not in\n%s", word, out)
		}
	}
	data, err := snellen(dir, s, "report", "-format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range articleReport(t, data) {
		if got.TrainSeconds != articleTable[i].seconds {
			t.Errorf("%s took %g s, want %g", got.Resolution, got.TrainSeconds,
				articleTable[i].seconds)
		}
	}
	s.nothingLeft(t, dir, 5)
}

// An articleRow is a row of the report's table.
type articleRow struct {
	Resolution   string         `json:"resolution"`
	Accuracy     float64        `json:"accuracy"`
	Epoch        int            `json:"epoch"`
	Epochs       int            `json:"epochs"`
	TrainSeconds float64        `json:"train_seconds"`
	Curve        []articleEpoch `json:"curve"`
	Runs         []struct {
		EarlyStopped bool `json:"early_stopped"`
	} `json:"runs"`
}

type articleEpoch struct {
	Train      float64 `json:"train_accuracy"`
	Validation float64 `json:"validation_accuracy"`
}

// articleReport reads a report, and holds its table to what was published: the best accuracy, and
// the last epoch.
func articleReport(t *testing.T, data []byte) []articleRow {
	t.Helper()
	var report struct {
		Resolutions []articleRow `json:"resolutions"`
	}
	if err := json.Unmarshal(data, &report); err != nil ||
		len(report.Resolutions) != len(articleTable) {
		t.Fatalf("%v\n%s", err, data)
	}
	for i, want := range articleTable {
		got := report.Resolutions[i]
		cut := math.Floor(got.Accuracy*math.Pow10(want.decimals)) / math.Pow10(want.decimals)
		if got.Resolution != want.resolution || cut != want.accuracy || got.Epoch != want.epoch ||
			got.Epochs != want.epoch+1 || len(got.Runs) != 1 || !got.Runs[0].EarlyStopped {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	return report.Resolutions
}

// TestArticleByCommand repeats it with a program that prints the article's own curves, figure by
// figure, as its log.
func TestArticleByCommand(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "article", "results.json"))
	if err != nil {
		t.Skip("the article's results are not here: ", err)
	}
	var article struct {
		Results []struct {
			Resolution string       `json:"resolution"`
			Curve      [][3]float64 `json:"curve"` // epoch, train, validation
			Table      struct {
				Accuracy float64 `json:"accuracy"`
				Epoch    int     `json:"epoch"`
			} `json:"table"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &article); err != nil {
		t.Fatal(err)
	}
	dir := articleFolder(t, "  hyperparameters { extra = { trees = 200, log = "+
		"\"${each.value}.log\" } }\n", articleCommand)
	files := map[string]string{"train.txt": "replay\nmodel weights of it\n"}
	for _, r := range article.Results {
		var log strings.Builder
		for _, e := range r.Curve {
			fmt.Fprintf(&log, "Epoch[%g] Train-accuracy=%g\nEpoch[%g] Validation-accuracy=%g\n",
				e[0], e[1], e[0], e[2])
		}
		files[r.Resolution+".log"] = log.String() + "Early stopping criteria met\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := strings.Join(strings.Fields(mustRun(t, again(dir))), " ")
	for _, row := range []string{" 800x600 - 0.936* 5 16 ", " 640x480 - 0.949* 15 21 ",
		" 320x240 - 0.985* 15 21 ", " 160x120 - 0.987* 20 21 ", " 80x60 - 1.000* 4 21 ",
		"The split is random"} {
		if !strings.Contains(out, row) {
			t.Errorf("%q is not in\n%s", row, out)
		}
	}
	cmd := again(dir)
	cmd.Args = []string{"snellen", "report", "-format", "json"}
	if data, err = cmd.Output(); err != nil {
		t.Fatal(err)
	}
	for i, got := range articleReport(t, data) {
		want := article.Results[i]
		if want.Resolution != got.Resolution || want.Table.Epoch != got.Epoch ||
			want.Table.Accuracy != articleTable[i].accuracy || len(want.Curve) != len(got.Curve) {
			t.Fatalf("%s: %d epochs, want %s with %d", got.Resolution, len(got.Curve),
				want.Resolution, len(want.Curve))
		}
		for k, e := range got.Curve {
			if e.Train != want.Curve[k][1] || e.Validation != want.Curve[k][2] {
				t.Errorf("%s, epoch %d: %+v, want %v", got.Resolution, k, e, want.Curve[k])
			}
		}
	}
}

// articleFolder is a folder with the spec, whose resolutions hold this and whose trainer is that,
// and a video of 220 frames for each label, all of one picture.
func articleFolder(t *testing.T, resolutions, trainer string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "footage"), 0o777); err != nil {
		t.Fatal(err)
	}
	video := filepath.Join(dir, "blank.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"color=gray:s=800x600:r=25:d=8.8", "-preset", "ultrafast", "-pix_fmt", "yuv420p", video)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(video)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range articleLabels {
		if err := os.WriteFile(filepath.Join(dir, "footage", name+".mp4"), data,
			0o666); err != nil {
			t.Fatal(err)
		}
	}
	spec := strings.NewReplacer("RESOLUTIONS", resolutions, "TRAINER",
		trainer).Replace(articleStudy)
	if err := os.WriteFile(filepath.Join(dir, "article.hcl"), bytes.TrimSpace([]byte(spec)),
		0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}
