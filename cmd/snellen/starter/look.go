// Package starter looks at a folder of footage and writes a spec that fits it.
//
// Look walks the folder, decides what is a label and what a camera saw, and reads the start of each
// file. What it returns says what was seen, and writes the spec. Names of files come from others:
// what a spec cannot name is left out, and said so.
package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"snellen/engine/step"
	"snellen/specs/builtin"
	pictures "snellen/steps/picture"
	"snellen/steps/video"
)

// A Found is what is in a folder: at least two labels.
type Found struct {
	*plan
	dir  string
	left []string // what was left out, and why
	hint string   // what to do about a picture that cannot be read

	fit   string   // how footage of another shape is scaled
	sizes [][2]int // the resolutions, the largest first
	large [][2]int // those that are larger than a video, before them
	small []*file  // the videos that are too small for the largest of these

	// Of videos and of pictures that belong to labels: what most of them are.
	clips, shots medium
}

// A seen is what is known of a file.
type seen struct {
	width, height int       // as shown
	rate, length  float64   // of a video; 0 if the file does not say
	times         []float64 // of its frames; nil if they are not known
	unusual       []string
}

func (s *seen) size() [2]int { return [2]int{s.width, s.height} }

// Look looks at a folder. report is called with the number of files whose start was read, from any
// goroutine. It is an error if there are fewer than two labels. The error is exec.ErrNotFound if
// there are videos and ffprobe is not installed.
func Look(ctx context.Context, dir string, report func(name string, done, total int),
) (*Found, error) {
	if !utf8.ValidString(dir) || strings.ContainsFunc(dir, unicode.IsControl) {
		return nil, step.WithHint(fmt.Errorf("a spec cannot name the folder %q", dir),
			"rename it, in UTF-8 and without control characters")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, openError(dir, err)
	}
	defer root.Close()
	f := &Found{dir: dir}
	w := &walker{ctx: ctx, dir: dir, root: root, files: builtin.NewFinder(dir), leave: f.leave}
	tree, err := w.walk(".")
	if err != nil {
		return nil, err
	}
	f.plan = arrange(tree, f.leave)
	if err := f.probe(ctx, report); err != nil {
		return nil, err
	}
	f.settle()
	if err := f.enough(); err != nil {
		return nil, err
	}
	return f, nil
}

// openError returns the error of a folder that cannot be looked at.
func openError(dir string, err error) error {
	const hint = "name a folder of videos, or of folders of pictures"
	switch fi, statErr := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return step.WithHint(fmt.Errorf("there is no folder %s", dir), hint)
	case statErr == nil && !fi.IsDir():
		return step.WithHint(fmt.Errorf("%s is not a folder", dir), hint)
	}
	return err
}

// leave notes that something was left out, and why.
func (f *Found) leave(name, why string) {
	f.left = append(f.left, fmt.Sprintf("%s: %s", pictures.ShownPath(name), why))
}

// used returns all files that the spec would name.
func (f *Found) used() (list []*file) {
	for _, l := range f.labels {
		list = append(append(list, l.of(clip)...), l.of(picture)...)
		for _, d := range []*folder{l.validation, l.test} {
			if d != nil {
				list = append(list, d.all(picture)...)
			}
		}
	}
	for _, s := range f.scenes {
		list = append(list, s.files()...)
	}
	return list
}

// probe reads the start of each file that would be used, several at a time. Those that cannot be
// read are left out.
func (f *Found) probe(ctx context.Context, report func(name string, done, total int)) error {
	files := f.sample(f.used())
	problems := make([]error, len(files))
	var done atomic.Int64
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, one := range files {
		group.Go(func() error {
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			at := filepath.Join(f.dir, filepath.FromSlash(one.path))
			one.seen, problems[i] = lookAt(inner, at, one.kind)
			if errors.Is(problems[i], exec.ErrNotFound) {
				return problems[i]
			}
			report(pictures.ShownPath(one.path), int(done.Add(1)), len(files))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for i, err := range problems {
		if err != nil {
			files[i].left = true
			f.leave(files[i].path, err.Error())
			if files[i].kind == picture {
				f.hint = cmp.Or(f.hint, step.Hint(err))
			}
		}
	}
	return nil
}

// maxClips bounds the videos whose start is read: each takes some tenths of a second.
const maxClips = 1000

// sample returns the files to look at: all pictures, and at most maxClips videos, evenly.
func (f *Found) sample(files []*file) (list []*file) {
	clips := 0
	for _, one := range files {
		if one.kind == clip {
			clips++
		}
	}
	n := 0
	for _, one := range files {
		if one.kind == clip {
			n++
			if n*maxClips/clips == (n-1)*maxClips/clips && clips > maxClips {
				continue
			}
		}
		list = append(list, one)
	}
	if clips > maxClips {
		f.clips.unseen = clips - maxClips
	}
	return list
}

// Of a video of at most maxTimed bytes the times of all frames are read, as validate does. Those of
// a longer one would take long to read, and it is long enough. They are kept up to maxTimes.
const (
	maxTimed = 256 << 20
	maxTimes = 20_000
)

// lookAt reads the start of a file.
func lookAt(ctx context.Context, path string, k kind) (*seen, error) {
	if k == picture {
		h, err := pictures.ReadHeader(path)
		if err != nil {
			return nil, err
		}
		s := &seen{}
		s.width, s.height = h.Shown()
		return s, s.check()
	}
	look := video.ProbeQuickly
	if fi, err := os.Stat(path); err == nil && fi.Size() > maxTimed {
		look = video.ProbeStart
	}
	p, err := look(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	s := &seen{rate: p.Rate, length: p.Length, times: p.Seconds, unusual: p.Reading.Unusual()}
	if n := len(s.times); n > 0 {
		s.length = s.times[n-1] + 1/s.rate
	}
	if len(s.times) > maxTimes { // enough in any case
		s.times = nil
	}
	s.width, s.height = p.Reading.DisplaySize()
	return s, s.check()
}

// check refuses footage that is smaller than a resolution may be.
func (s *seen) check() error {
	if min(s.width, s.height) < minSide {
		return fmt.Errorf("it has %dx%d pixels, and %d a side are needed", s.width, s.height,
			minSide)
	}
	return nil
}

// prune drops labels and scenes of which nothing can be used. Where some label has no pictures for
// validation, none has: the two ways to choose them would not be comparable.
func (f *Found) prune() {
	apart := 0
	f.drop(func(l *label) string {
		for _, set := range []**folder{&l.validation, &l.test} {
			if *set != nil && len((*set).all(picture)) == 0 {
				*set = nil
			}
		}
		if len(l.of(clip))+len(l.of(picture)) == 0 {
			return "nothing of this label can be used"
		}
		if l.validation != nil {
			apart++
		}
		return ""
	})
	if apart > 0 && apart < len(f.labels) {
		f.leave(f.validation.path, fmt.Sprintf("it has pictures of %d of %d labels only", apart,
			len(f.labels)))
		for _, l := range f.labels {
			l.validation = nil
		}
	}
	f.drop(tooLittle)
	var scenes []*scene
	for _, s := range f.scenes {
		if len(s.files()) > 0 {
			scenes = append(scenes, s)
		}
	}
	f.scenes = scenes
}

// tooLittle returns why the footage of a label is too little for two sets, or "".
func tooLittle(l *label) string {
	pictures, videos := len(l.of(picture)), l.of(clip)
	if pictures == 1 && len(videos) == 0 && l.validation == nil {
		return "it has one picture, and a label needs two"
	}
	if pictures > 0 {
		return ""
	}
	var probes []*video.ProbeResult
	for _, one := range videos {
		if one.seen == nil || one.seen.length == 0 {
			return "" // it may be long
		}
		times := one.seen.times
		if times == nil {
			n := int(min(math.Round(one.seen.rate*one.seen.length), maxTimes))
			for i := range max(n, 1) {
				times = append(times, float64(i)/one.seen.rate)
			}
		}
		probes = append(probes, &video.ProbeResult{Frames: len(times), Seconds: times})
	}
	// As the spec has them, and as the language's defaults are.
	err := video.CheckLength(probes, video.SelectParams{Frames: 200, Validation: 0.2,
		Split: "blocks", Gap: 0.5, Seed: 2020})
	if err != nil {
		return err.Error()
	}
	return ""
}

// drop drops the labels for which there is a reason.
func (f *Found) drop(why func(*label) string) {
	var kept []*label
	for _, l := range f.labels {
		if reason := why(l); reason != "" {
			f.leave(l.name, reason)
		} else {
			kept = append(kept, l)
		}
	}
	f.labels = kept
}

// enough returns an error where a study is not possible.
func (f *Found) enough() error {
	if len(f.labels) >= 2 {
		return nil
	}
	var text string
	switch n := len(f.scenes); {
	case len(f.labels) == 1:
		text = fmt.Sprintf("a study needs two labels, and %s has one, %s", f.dir, f.labels[0].name)
	case n > 0:
		text = fmt.Sprintf("a study needs two labels, and %s has only what a camera saw", f.dir)
	default:
		text = fmt.Sprintf("there is nothing to recognise in %s", f.dir)
	}
	const most = 5
	for i, why := range f.left {
		if i == most {
			text += fmt.Sprintf("\nand %d more", len(f.left)-most)
			break
		}
		text += "\nleft out: " + why
	}
	return step.WithHint(errors.New(text), cmp.Or(f.hint, "name each video after what it shows, "+
		"like OATLY.mp4, or put the videos or pictures of each label into a folder named after "+
		"it, like OATLY/1.jpg"))
}
