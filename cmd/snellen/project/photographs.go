package project

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/picture"
)

// This file finds mistakes in photographs before any step runs. It reads headers alone, so a folder
// of thousands costs a moment, and finds no damage behind a header: a pictures step does.

// photographs are the pictures of one label or of one evaluation.
type photographs struct {
	paths []string
	at    []specs.Position // where each is named
}

func labelPhotographs(l specs.Label) photographs {
	p := photographs{paths: l.Pictures}
	for i := range l.Pictures {
		where := l.Where["pictures"]
		if l.Validation != nil && i >= *l.Validation {
			where = l.Where["validation"]
		}
		p.at = append(p.at, where)
	}
	return p
}

func evaluationPhotographs(e specs.Evaluation) photographs {
	p := photographs{paths: e.Stills}
	for range e.Stills {
		p.at = append(p.at, e.Where["stills"])
	}
	for _, s := range e.Samples {
		p.paths, p.at = append(p.paths, s.Path), append(p.at, s.At)
	}
	return p
}

// maxUnreadable bounds how many pictures are named that cannot be read.
const maxUnreadable = 100

// lookAtPictures reads the headers of all pictures of the study, each once, and adds what is wrong
// with each.
func (c *footageCheck) lookAtPictures(ctx context.Context) {
	var all photographs
	add := func(p photographs) {
		all.paths, all.at = append(all.paths, p.paths...), append(all.at, p.at...)
	}
	for _, l := range c.study.Labels {
		add(labelPhotographs(l))
	}
	for _, e := range c.study.Evaluations {
		add(evaluationPhotographs(e))
	}
	headers := make([]picture.Header, len(all.paths))
	errs := make([]error, len(all.paths))
	var readers sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.NumCPU(), len(all.paths)) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all.paths)) && ctx.Err() == nil; {
				headers[i], errs[i] = picture.ReadHeader(all.paths[i])
				i = next.Add(1) - 1
			}
		})
	}
	readers.Wait()
	c.headers = map[string]picture.Header{}
	bad := 0
	for i, path := range all.paths {
		if errs[i] == nil {
			c.headers[path] = headers[i]
		} else if bad++; bad <= maxUnreadable {
			c.add(specs.Problem{At: all.at[i], Hint: step.Hint(errs[i]),
				Message: fmt.Sprintf("%s: %v", picture.ShownPath(path), errs[i])})
		}
	}
	if bad > maxUnreadable {
		c.add(specs.Problem{Message: fmt.Sprintf("%d more pictures cannot be read",
			bad-maxUnreadable)})
	}
}

// shownPictures returns a label's pictures that can be read.
func (c *footageCheck) shownPictures(l specs.Label) (known []shown) {
	p := labelPhotographs(l)
	for i, path := range p.paths {
		if h, ok := c.headers[path]; ok {
			w, height := h.Shown()
			known = append(known, shown{picture.ShownPath(path), p.at[i], w, height})
		}
	}
	return known
}

// checkPictures adds what is wrong with the stills or the whole pictures of an evaluation.
func (c *footageCheck) checkPictures(e specs.Evaluation) {
	var first shown
	for _, path := range e.Stills {
		h, ok := c.headers[path]
		if !ok {
			continue
		}
		w, height := h.Shown()
		v := shown{picture.ShownPath(path), e.Where["stills"], w, height}
		if first.path == "" {
			first = v
			c.checkFrame(e, first)
		}
		if v.width != first.width || v.height != first.height {
			c.add(specs.Problem{At: v.at, Message: fmt.Sprintf("%v, and %v", v, first),
				Hint: "areas need stills of one size: leave the others out"})
			break
		}
	}
	for _, size := range e.Sizes {
		for _, s := range e.Samples {
			h, ok := c.headers[s.Path]
			if w, height := h.Shown(); ok && (size.Width > w || size.Height > height) {
				c.add(specs.Problem{At: e.Where["at"], Hint: "use a smaller size",
					Message: fmt.Sprintf("size %q is larger than %s, which is %dx%d", size.Name,
						picture.ShownPath(s.Path), w, height)})
				break
			}
		}
	}
}
