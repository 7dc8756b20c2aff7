//go:build native

package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/vision"
)

// A Set is images with their classes. Read may be called from any goroutine.
type Set interface {
	Len() int
	Read(i int) (class int, image []byte, err error)
	Close() error
}

// An OpenSet opens a set, which is a file, or a folder with a list of its images. list is "" for a
// file.
type OpenSet func(path, list string) (Set, error)

// A loadedSet is a set in memory: decoded once, 8-bit, in the size from which inputs are cropped. Of
// a set from which cuts are taken, only the classes are: its pictures are larger, and networks that
// take them are slow enough to decode them at every use.
type loadedSet struct {
	pictures []vision.Picture
	classes  []int64

	file Set // in place of pictures
	how  vision.Preparation
}

// picture returns picture i.
func (s loadedSet) picture(i int) (vision.Picture, error) {
	if s.file == nil {
		return s.pictures[i], nil
	}
	_, data, err := s.file.Read(i)
	if err != nil {
		return vision.Picture{}, err
	}
	return s.how.Decode(data)
}

// maxMemory bounds what a training keeps in memory, in bytes.
const maxMemory = 16 << 30

// A dataset is a training's two sets.
type dataset struct {
	classes           []string
	train, validation loadedSet
}

// Close closes the set whose pictures are read at every use, if there is one.
func (d *dataset) Close() error {
	if d.train.file == nil {
		return nil
	}
	return d.train.file.Close()
}

// A loader reads a dataset.
type loader struct {
	job         *step.Job
	open        OpenSet
	preparation vision.Preparation
	shapes      bool         // pictures keep theirs
	augment     augmentation // of the training set
	threads     int
	done        atomic.Int64 // images of both sets
	total       int64
	bytes       atomic.Int64
}

// load reads the dataset, which the caller closes.
func (l *loader) load(ctx context.Context) (_ *dataset, err error) {
	data, err := regular.Read(l.job.Inputs["dataset"], frames.MaxSummary)
	if err != nil {
		return nil, err
	}
	var out dataset
	about := struct {
		Classes *[]string `json:"classes"`
	}{&out.classes}
	if err := json.Unmarshal(data, &about); err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	var sets [2]Set
	for i, name := range []string{"train", "validation"} {
		path, list := l.job.Inputs[name], l.job.Inputs[name+".lst"]
		if fi, err := os.Stat(path); err == nil && !fi.IsDir() {
			list = "" // a .rec file has its images' classes itself
		}
		if sets[i], err = l.open(path, list); err != nil {
			return nil, err
		}
		kept := i == 0 && l.augment.cuts()
		defer func() {
			if !kept || err != nil {
				sets[i].Close()
			}
		}()
		if sets[i].Len() == 0 {
			return nil, fmt.Errorf("the %s set is empty", name)
		}
		l.total += int64(sets[i].Len())
	}
	if !l.shapes {
		_, first, err := sets[0].Read(0)
		if err == nil {
			l.preparation, err = l.preparation.ForShapeOf(first)
		}
		if err != nil {
			return nil, err
		}
	}
	l.augment.preparation = l.preparation
	kept := loadedSet{}
	if l.augment.cuts() {
		kept.file, kept.how = sets[0], l.augment.decoding()
	}
	if out.train, err = l.set(ctx, sets[0], kept, len(out.classes)); err != nil {
		return nil, err
	}
	out.validation, err = l.set(ctx, sets[1], loadedSet{}, len(out.classes))
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// counts returns the number of images of each class.
func (s loadedSet) counts(classes int) []int {
	n := make([]int, classes)
	for _, class := range s.classes {
		n[class]++
	}
	return n
}

// set completes s with what a set has, and decodes it on several threads unless s reads it at every
// use. Their number does not change the result.
func (l *loader) set(
	ctx context.Context, set Set, s loadedSet, classes int,
) (loadedSet, error) {
	s.classes = make([]int64, set.Len())
	if s.file == nil {
		s.pictures = make([]vision.Picture, set.Len())
	}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(l.threads)
	for i := range set.Len() {
		all.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := l.image(&s, set, i, classes); err != nil {
				return fmt.Errorf("image %d: %w", i, err)
			}
			return nil
		})
	}
	return s, all.Wait()
}

func (l *loader) image(s *loadedSet, set Set, i, classes int) error {
	class, data, err := set.Read(i)
	if err != nil {
		return err
	}
	if class >= classes {
		return fmt.Errorf("its class is %d, of %d", class, classes)
	}
	s.classes[i] = int64(class)
	if s.file != nil {
		return nil
	}
	if s.pictures[i], err = l.preparation.Decode(data); err != nil {
		return err
	}
	if l.bytes.Add(int64(len(s.pictures[i].RGB))) > maxMemory {
		return step.WithHint(
			fmt.Errorf("the dataset takes more than %d GiB of memory in the training size",
				maxMemory>>30), "lower dataset.frames or resize")
	}
	if n := l.done.Add(1); n%200 == 0 {
		l.job.Report(step.Progress{Done: float64(n), Total: float64(l.total),
			Unit: "images decoded"})
	}
	return nil
}
