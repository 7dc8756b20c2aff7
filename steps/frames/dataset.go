package frames

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/step"
)

// NewDataset returns the runner of dataset steps. It is pure Go.
func NewDataset() step.Runner { return datasetRunner{} }

type datasetRunner struct{}

// An imageRef identifies an image: its class, and its index among the images of that class.
type imageRef struct{ class, index int }

// Run builds both sets, one after the other, and writes the summary last.
func (datasetRunner) Run(ctx context.Context, job *step.Job) error {
	var params DatasetParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	summary := Summary{Classes: params.Classes}
	var progress step.Progress
	for _, set := range []struct {
		name   string
		counts *[]int
	}{{"train", &summary.Train}, {"validation", &summary.Validation}} {
		sources, err := openAll(job, set.name, params.Classes)
		if err == nil && set.name == "train" {
			err = writeSamples(filepath.Join(job.Out, "samples.rec"), sources)
		}
		if err == nil {
			b := setBuilder{params: params, set: set.name, sources: sources, job: job,
				progress: &progress}
			err = b.run(ctx)
			*set.counts, summary.Bytes = b.counts(), summary.Bytes+b.bytes
		}
		for _, s := range sources {
			s.Close()
		}
		if err != nil {
			return err
		}
	}
	data, err := json.Marshal(summary)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "dataset.json"), append(data, '\n'), 0o666)
}

// openAll opens a set's records, in class order. The caller closes what it returns, which is not
// empty even with an error. A class without images is an error, because nothing can be learned or
// measured about it.
func openAll(job *step.Job, set string, classes []string) (sources []*Records, err error) {
	for class, name := range classes {
		records, err := OpenRecords(job.Inputs[set+"/"+strconv.Itoa(class)])
		if err != nil {
			return sources, err
		}
		sources = append(sources, records)
		if records.Len() == 0 {
			return sources, step.WithHint(fmt.Errorf("label %s has no frames for %s", name, set),
				"film it for longer, or lower dataset.gap")
		}
	}
	return sources, nil
}

// writeSamples packs the middle image of each class.
func writeSamples(path string, sources []*Records) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := NewWriter(file)
	for class, s := range sources {
		_, image, problem := s.Read(s.Len() / 2)
		if err = problem; err == nil {
			err = w.Write(class, image)
		}
		if err != nil {
			break
		}
	}
	return errors.Join(err, w.Flush(), file.Close())
}

// A setBuilder builds one set.
type setBuilder struct {
	params   DatasetParams
	set      string
	sources  []*Records
	job      *step.Job
	progress *step.Progress
	bytes    int64 // of the images so far
}

// counts returns the number of images of each class.
func (b *setBuilder) counts() []int {
	var n []int
	for _, s := range b.sources {
		n = append(n, s.Len())
	}
	return n
}

// order returns all images, shuffled with the seed: a trainer that reads them in order must not see
// one class after the other.
func (b *setBuilder) order() []imageRef {
	var all []imageRef
	for class, s := range b.sources {
		for i := range s.Len() {
			all = append(all, imageRef{class, i})
		}
	}
	random := rand.New(rand.NewPCG(uint64(b.params.Seed), uint64(len(b.set))))
	random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all
}

// A storeFunc adds an image to the set.
type storeFunc func(p imageRef, image []byte) error

// run writes the set's list and its images, as RecordIO or as files.
func (b *setBuilder) run(ctx context.Context) (err error) {
	lst, err := os.Create(filepath.Join(b.job.Out, b.set+".lst"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lst.Close()) }()
	all := b.order()
	b.progress.Total += float64(len(all))
	if b.params.Format == "image" {
		return b.writeAll(ctx, all, lst, b.putFile)
	}
	rec, err := os.Create(filepath.Join(b.job.Out, b.set+".rec"))
	if err != nil {
		return err
	}
	w := NewWriter(rec)
	err = b.writeAll(ctx, all, lst,
		func(p imageRef, image []byte) error { return w.Write(p.class, image) })
	return errors.Join(err, w.Flush(), rec.Close())
}

// reportEvery is the number of images between two reports of progress.
const reportEvery = 500

// writeAll reads the images in order, passes each to store, and adds its line to the list.
func (b *setBuilder) writeAll(
	ctx context.Context, all []imageRef, lst io.Writer, store storeFunc,
) error {
	for i, p := range all {
		if i%reportEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.job.Report(step.Progress{Done: b.progress.Done, Total: b.progress.Total,
				Unit: "images"})
		}
		_, image, err := b.sources[p.class].Read(p.index)
		if err != nil {
			return err
		}
		if err := store(p, image); err != nil {
			return err
		}
		if _, err := io.WriteString(lst, entry{p.class, imagePath(p.class, p.index)}.line(i)); err != nil {
			return err
		}
		b.bytes += int64(len(image))
		b.progress.Done++
	}
	return nil
}

// putFile stores an image as a file.
func (b *setBuilder) putFile(p imageRef, image []byte) error {
	path := filepath.Join(b.job.Out, b.set, filepath.FromSlash(imagePath(p.class, p.index)))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, image, 0o666)
}
