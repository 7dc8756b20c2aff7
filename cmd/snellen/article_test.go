package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snellen/steps/sagemaker/standin"
)

const articleStudy = `
study "article" {}

labels {
  for_each = fileset("footage", "*.mp4")
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["footage/${each.value}"]
}

resolutions { for_each = ["800x600", "640x480", "320x240", "160x120", "80x60"] }

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

trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "BUCKET"
  instance_type = "ml.p2.xlarge"
}
`

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
	{"800x600", 0.93, 2, 15, 1737}, {"640x480", 0.94, 2, 20, 2295}, {"320x240", 0.985, 3, 20, 2232}, {"160x120", 0.987, 3, 20, 2240}, {"80x60", 1.0, 1, 20, 2376},
}

// TestArticle repeats the study that Snellen automates, against a stand-in that replays its five trainings: 17 labels, five
// resolutions, its hyperparameters, and a dataset of its size, whose pictures are blank. The table must come out to the digit.
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
	dir := articleFolder(t, s.bucket)
	out := mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	for _, word := range []string{"The split is random", " 800x600 0.936* 15 28m57s ", "Cloud: 5 training jobs, 10880 s billed, 3.40 USD"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), word) {
			t.Errorf("%q is not in\n%s", word, out)
		}
	}
	data, err := snellen(dir, s, "report", "-format", "json").Output()
	var report struct {
		Resolutions []struct {
			Resolution   string  `json:"resolution"`
			Accuracy     float64 `json:"accuracy"`
			Epoch        int     `json:"epoch"`
			TrainSeconds float64 `json:"train_seconds"`
		} `json:"resolutions"`
	}
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil || len(report.Resolutions) != len(articleTable) {
		t.Fatalf("%v\n%s", err, data)
	}
	for i, want := range articleTable {
		got := report.Resolutions[i]
		cut := math.Floor(got.Accuracy*math.Pow10(want.decimals)) / math.Pow10(want.decimals)
		if got.Resolution != want.resolution || cut != want.accuracy || got.Epoch != want.epoch || got.TrainSeconds != want.seconds {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	s.nothingLeft(t, dir, 5)
}

// articleFolder is a folder with the spec and a video of 220 frames for each label, all of one picture.
func articleFolder(t *testing.T, bucket string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "footage"), 0o777); err != nil {
		t.Fatal(err)
	}
	video := filepath.Join(dir, "blank.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:s=800x600:r=25:d=8.8", "-preset", "ultrafast", "-pix_fmt", "yuv420p", video)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(video)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range articleLabels {
		if err := os.WriteFile(filepath.Join(dir, "footage", name+".mp4"), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	spec := strings.Replace(articleStudy, "BUCKET", bucket, 1)
	if err := os.WriteFile(filepath.Join(dir, "article.hcl"), bytes.TrimSpace([]byte(spec)), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}
