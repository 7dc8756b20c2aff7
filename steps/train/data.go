//go:build native

package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"snellen/engine/step"
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

// A loadedSet is a set in memory: decoded once, 8-bit, in the size from which inputs are cropped.
type loadedSet struct {
	pictures []vision.Picture
	classes  []int64
}

// maxMemory bounds what a training keeps in memory, in bytes.
const maxMemory = 16 << 30

// A dataset is a training's two sets in memory.
type dataset struct {
	classes           []string
	train, validation loadedSet
}

// A loader reads a dataset into memory.
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

func (l *loader) load(ctx context.Context) (*dataset, error) {
	data, err := os.ReadFile(l.job.Inputs["dataset"])
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
		defer sets[i].Close()
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
	if out.train, err = l.set(ctx, sets[0], l.augment.decoding(), len(out.classes)); err != nil {
		return nil, err
	}
	out.validation, err = l.set(ctx, sets[1], l.preparation, len(out.classes))
	return &out, err
}

// counts returns the number of images of each class.
func (s loadedSet) counts(classes int) []int {
	n := make([]int, classes)
	for _, class := range s.classes {
		n[class]++
	}
	return n
}

// set decodes a set on several threads. Their number does not change the result.
func (l *loader) set(
	ctx context.Context, set Set, how vision.Preparation, classes int,
) (loadedSet, error) {
	s := loadedSet{make([]vision.Picture, set.Len()), make([]int64, set.Len())}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range l.threads {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < set.Len() &&
				ctx.Err() == nil; i = int(next.Add(1) - 1) {
				if err := l.image(&s, set, how, i, classes); err != nil {
					cancel(fmt.Errorf("image %d: %w", i, err))
				}
			}
		})
	}
	all.Wait()
	return s, context.Cause(ctx)
}

func (l *loader) image(
	s *loadedSet, set Set, how vision.Preparation, i, classes int,
) error {
	class, data, err := set.Read(i)
	if err != nil {
		return err
	}
	if class >= classes {
		return fmt.Errorf("its class is %d, of %d", class, classes)
	}
	if s.pictures[i], err = how.Decode(data); err != nil {
		return err
	}
	s.classes[i] = int64(class)
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
