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

// NewDataset gives what runs dataset steps.
func NewDataset() step.Runner { return joiner{} }

type joiner struct{}

// A place is where an image is: the class that it is of, and its number there.
type place struct{ class, index int }

func (joiner) Run(ctx context.Context, job *step.Job) error {
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
		if err == nil {
			j := joining{params: params, set: set.name, sources: sources, job: job, progress: &progress}
			err = j.run(ctx)
			*set.counts, summary.Bytes = j.counts(), summary.Bytes+j.bytes
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

// openAll opens a set's records, in class order; those that were opened are given with an error, too.
func openAll(job *step.Job, set string, classes []string) (sources []*Records, err error) {
	for class, name := range classes {
		records, err := OpenRecords(job.Inputs[set+"/"+strconv.Itoa(class)])
		if err != nil {
			return sources, err
		}
		sources = append(sources, records)
		if records.Len() == 0 {
			return sources, step.WithHint(fmt.Errorf("label %s has no frames for %s", name, set), "film it for longer, or lower dataset.gap")
		}
	}
	return sources, nil
}

// joining is the making of one set.
type joining struct {
	params   DatasetParams
	set      string
	sources  []*Records
	job      *step.Job
	progress *step.Progress
	bytes    int64 // of the images so far
}

func (j *joining) counts() []int {
	var n []int
	for _, s := range j.sources {
		n = append(n, s.Len())
	}
	return n
}

// order is a shuffle that the seed decides: who trains from the list alone must not see one class after the other.
func (j *joining) order() []place {
	var all []place
	for class, s := range j.sources {
		for i := range s.Len() {
			all = append(all, place{class, i})
		}
	}
	random := rand.New(rand.NewPCG(uint64(j.params.Seed), uint64(len(j.set))))
	random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all
}

// put takes one more image of a class into the set.
type put func(p place, image []byte) error

func (j *joining) run(ctx context.Context) (err error) {
	lst, err := os.Create(filepath.Join(j.job.Out, j.set+".lst"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lst.Close()) }()
	all := j.order()
	j.progress.Total += float64(len(all))
	if j.params.Format == "image" {
		return j.each(ctx, all, lst, j.putFile)
	}
	rec, err := os.Create(filepath.Join(j.job.Out, j.set+".rec"))
	if err != nil {
		return err
	}
	w := NewWriter(rec)
	err = j.each(ctx, all, lst, func(p place, image []byte) error { return w.Write(p.class, image) })
	return errors.Join(err, w.Flush(), rec.Close())
}

// reportEvery is after how many images progress is told.
const reportEvery = 500

func (j *joining) each(ctx context.Context, all []place, lst io.Writer, put put) error {
	for i, p := range all {
		if i%reportEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.job.Report(step.Progress{Done: j.progress.Done, Total: j.progress.Total, Unit: "images"})
		}
		_, image, err := j.sources[p.class].Read(p.index)
		if err != nil {
			return err
		}
		if err := put(p, image); err != nil {
			return err
		}
		if _, err := io.WriteString(lst, listed{p.class, j.path(p)}.line(i)); err != nil {
			return err
		}
		j.bytes += int64(len(image))
		j.progress.Done++
	}
	return nil
}

// path is where an image is in the image form: by the class's number, since a label may be no file's name.
func (j *joining) path(p place) string { return fmt.Sprintf("%03d/%06d.jpg", p.class, p.index) }

func (j *joining) putFile(p place, image []byte) error {
	path := filepath.Join(j.job.Out, j.set, filepath.FromSlash(j.path(p)))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, image, 0o666)
}
