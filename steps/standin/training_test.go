package standin_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// files are the names in a model.tar.gz.
func files(t *testing.T, data []byte) []string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

// The article's study, replayed: what its table says, and the wave that its validation has.
func TestArticle(t *testing.T) {
	curves, err := standin.Article()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t,
		standin.Options{Replay: standin.BySize(curves),
			Quotas: map[string]float64{"ml.p3.2xlarge for training job usage": 9}})
	for _, c := range []struct {
		width, height, seconds, epochs int
		last, dip                      string
	}{
		{800, 600, 1737, 16, "0.936012", "0.903409"}, {640, 480, 2295, 21, "0.903409", "0.875000"},
		{320, 240, 2232, 21, "0.973011", "0.896307"},
		{160, 120, 2240, 21, "0.987216", "0.953125"}, {80, 60, 2376, 21, "1.000000", "1.000000"},
	} {
		name := fmt.Sprintf("article-%dx%d", c.width, c.height)
		q := w.job(name, w.records(64, 64, 17, c.width, c.height))
		q.HyperParameters = map[string]string{"early_stopping": "true", "epochs": "30",
			"image_shape": "3,224,224", "learning_rate": "0.001", "mini_batch_size": "32",
			"num_classes": "17", "num_layers": "101", "num_training_samples": "2720",
			"resize": "256", "use_pretrained_model": "1"}
		w.create(q)
		w.advance(2 * time.Hour)
		d := w.describe(name)
		if d.TrainingJobStatus != types.TrainingJobStatusCompleted ||
			int(*d.BillableTimeInSeconds) != c.seconds {
			t.Errorf("%s: %s %s, %d seconds", name, d.TrainingJobStatus,
				aws.ToString(d.FailureReason), *d.BillableTimeInSeconds)
		}
		lines := w.log(name)
		scores := grep(lines, "Validation-accuracy=")
		if len(scores) != c.epochs || !strings.HasSuffix(scores[len(scores)-1], "="+c.last) ||
			!strings.HasSuffix(scores[4], "="+c.dip) {
			t.Errorf("%s: %d epochs, fifth %s, last %s", name, len(scores), scores[4],
				scores[len(scores)-1])
		}
		if len(grep(lines, "Early stopping criteria met")) != 1 ||
			len(grep(lines, "Batch [80]")) != c.epochs {
			t.Errorf("%s: no early stop, or batches amiss", name)
		}
	}
}

// listed puts a dataset in the image form, with lists.
func (w *world) listed(train, validation int) []types.Channel {
	w.t.Helper()
	for name, n := range map[string]int{"train": train, "validation": validation} {
		var lines strings.Builder
		for i := range n {
			path := fmt.Sprintf("%03d/%06d.jpg", i%2, i)
			w.put("images/"+name+"/"+path, picture(w.t, 32, 24, uint8(i)))
			fmt.Fprintf(&lines, "%d\t%d\t%s\n", i, i%2, path)
		}
		w.put("images/"+name+"_lst/"+name+".lst", []byte(lines.String()))
	}
	var all []types.Channel
	for _, name := range []string{"train", "validation", "train_lst", "validation_lst"} {
		all = append(all, w.channel(name, "images/"+name+"/", "application/x-image"))
	}
	return all
}

// Real training is given what a container is, and what it leaves is the model.
func TestTrain(t *testing.T) {
	trained := make(chan *standin.Training, 1)
	w := newWorld(t, standin.Options{Train: func(_ context.Context, job *standin.Training) error {
		job.Log("hello")
		job.Epoch(standin.Epoch{Train: 0.5, Validation: 0.5,
			Right: []bool{true, true, false, false, true}})
		job.Epoch(standin.Epoch{Train: 0.75, Validation: 0.25})
		seen, err := filepath.Glob(filepath.Join(job.Channels["train"], "*", "*.jpg"))
		if err != nil || len(seen) != 8 {
			return fmt.Errorf("%d images: %w", len(seen), err)
		}
		trained <- job
		return os.WriteFile(filepath.Join(job.Model, "model.json"), []byte("{}"), 0o666)
	}})
	q := w.job("job", w.listed(8, 5))
	w.create(q)
	w.advance(2 * time.Minute)
	job := <-trained
	w.ended("job")
	if job.HyperParameters["num_layers"] != "20" || job.Image != image1 || len(job.Channels) != 4 {
		t.Errorf("%+v", job)
	}
	lines := w.log("job")
	if len(grep(lines, "hello")) != 1 ||
		len(grep(lines, "Creating record files for train.lst")) != 1 {
		t.Error("lines are missing")
	}
	// Of five images in batches of two, six are scored: the first again.
	scores := grep(lines, "Validation-accuracy=")
	if len(scores) != 2 || !strings.HasSuffix(scores[0], "=0.666667") ||
		!strings.HasSuffix(scores[1], "=0.250000") {
		t.Errorf("%q", scores)
	}
	if got := files(t, w.object("output/job/output/model.tar.gz")); !slices.Equal(got,
		[]string{"model.json"}) {
		t.Errorf("the model has %q", got)
	}
}

// ended lets time pass until a job is over: real training takes its own time.
func (w *world) ended(name string) *sagemaker.DescribeTrainingJobOutput {
	w.t.Helper()
	for {
		d := w.describe(name)
		if d.TrainingJobStatus != types.TrainingJobStatusInProgress &&
			d.TrainingJobStatus != types.TrainingJobStatusStopping {
			return d
		}
		w.advance(time.Second)
	}
}

func TestTrainFails(t *testing.T) {
	w := newWorld(t,
		standin.Options{
			Train: func(context.Context,
				*standin.Training) error {
				return errors.New(strings.Repeat("it broke; ", 200))
			}})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	w.advance(2 * time.Minute)
	d := w.ended("job")
	if d.TrainingJobStatus != types.TrainingJobStatusFailed ||
		!strings.HasPrefix(*d.FailureReason, "AlgorithmError: it broke; ") ||
		len(*d.FailureReason) != 1024 {
		t.Errorf("%s: %s", d.TrainingJobStatus, *d.FailureReason)
	}
}

// A training that is stopped saves what it has.
func TestTrainStopped(t *testing.T) {
	begun := make(chan struct{})
	w := newWorld(t, standin.Options{Train: func(ctx context.Context, job *standin.Training) error {
		close(begun)
		<-ctx.Done()
		return errors.Join(ctx.Err(),
			os.WriteFile(filepath.Join(job.Model, "half"), []byte("half"), 0o666))
	}})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	w.advance(2 * time.Minute)
	<-begun
	if _, err := w.maker.StopTrainingJob(t.Context(),
		&sagemaker.StopTrainingJobInput{TrainingJobName: aws.String("job")}); err != nil {
		t.Fatal(err)
	}
	d := w.ended("job")
	if d.TrainingJobStatus != types.TrainingJobStatusStopped ||
		path(d) != "Starting Downloading Training Stopping Stopped" {
		t.Errorf("%s, by %s", d.TrainingJobStatus, path(d))
	}
	if got := files(t, w.object("output/job/output/model.tar.gz")); !slices.Equal(got,
		[]string{"half"}) {
		t.Errorf("the model has %q", got)
	}
}

func TestBadData(t *testing.T) {
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.5)),
			Quotas: map[string]float64{"ml.p3.2xlarge for training job usage": 99}})
	good := w.listed(8, 4)
	for name, c := range map[string]struct{ key, data, reason string }{
		"columns": {"images/train_lst/train.lst", "0\t0\n",
			"ClientError: train.lst, line 1: it has 2 columns"},
		"missing": {"images/train_lst/train.lst", "0\t0\tnone.jpg\n",
			"ClientError: train.lst, line 1: the image \"none.jpg\" is not in the channel"},
		"out": {"images/train_lst/train.lst", "0\t0\t../../x.jpg\n",
			"ClientError: train.lst, line 1: the path"},
		"twice": {"images/train_lst/train.lst", "0\t0\t000/000000.jpg\n0\t1\t001/000001.jpg\n",
			"ClientError: train.lst, line 2: the index"},
		"no image": {"images/train/000/000000.jpg", "text",
			"ClientError: train.lst, line 1: image 0"},
	} {
		before := w.object(c.key)
		w.put(c.key, []byte(c.data))
		job := "bad-" + strings.ReplaceAll(name, " ", "-")
		w.create(w.job(job, good))
		w.advance(time.Hour)
		if d := w.describe(job); d.TrainingJobStatus != types.TrainingJobStatusFailed ||
			!strings.HasPrefix(*d.FailureReason, c.reason) {
			t.Errorf("%s: %s %s", name, d.TrainingJobStatus, aws.ToString(d.FailureReason))
		}
		w.put(c.key, before)
	}
	wrong := w.records(8, 4, 2, 32, 24)
	wrong[0].ContentType = aws.String("text/csv")
	w.create(w.job("content", wrong))
	w.advance(time.Hour)
	if d := w.describe("content"); !strings.HasPrefix(aws.ToString(d.FailureReason),
		"ClientError: content type of channel train") {
		t.Errorf("content: %s", aws.ToString(d.FailureReason))
	}
}

// What is published agrees with whole batches that run over the end, to the last of 100 values;
// with every image scored once it does not.
func TestArticleIsCounted(t *testing.T) {
	curves, err := standin.Article()
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	for size, c := range curves {
		for epoch, e := range c.Epochs {
			values++
			scored := 672.0
			if epoch%4 == 0 {
				scored = 704
			}
			if k := e.Validation * scored; k != float64(int(k+0.5)) &&
				(k-float64(int(k+0.5)) > 1e-9 || float64(int(k+0.5))-k > 1e-9) {
				t.Errorf("%s, epoch %d: %g of %g images", size, epoch, k, scored)
			}
		}
	}
	if values != 100 {
		t.Errorf("%d values", values)
	}
	if data, err := os.ReadFile(
		filepath.Join("..", "..", "..", "shared", "article", "results.json")); err == nil {
		published(t, data, curves)
	}
}

// published holds article.json to the study itself, where that is at hand.
func published(t *testing.T, data []byte, curves map[string]standin.Curve) {
	var study struct {
		Results []struct {
			Resolution string
			Curve      [][3]float64
			Table      struct {
				Seconds int `json:"training_seconds"`
			}
		}
	}
	if err := json.Unmarshal(data, &study); err != nil {
		t.Fatal(err)
	}
	for _, r := range study.Results {
		c := curves[r.Resolution]
		if len(c.Epochs) != len(r.Curve) || c.Took != time.Duration(r.Table.Seconds)*time.Second {
			t.Errorf("%s: %d epochs in %v", r.Resolution, len(c.Epochs), c.Took)
			continue
		}
		for i, e := range r.Curve {
			if got := fmt.Sprintf("%.3f %.3f", c.Epochs[i].Train,
				c.Epochs[i].Validation); got != fmt.Sprintf("%.3f %.3f", e[1], e[2]) {
				t.Errorf("%s, epoch %d: %s, published %v", r.Resolution, i, got, e)
			}
		}
	}
}
