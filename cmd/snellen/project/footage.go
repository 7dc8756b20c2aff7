package project

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/picture"
	"snellen/steps/study"
	"snellen/steps/video"
)

// This file finds mistakes in footage before any step runs: videos that cannot be read, a frame
// that is not the video's, areas outside it, footage that is too short. It looks at each file for a
// moment (see video.ProbeQuickly), and so finds no damage inside a video: a probe step does.

// maxLook bounds the look at one video.
const maxLook = 20 * time.Second

// A Progress is told how many of all files were looked at. It may be called from any goroutine.
type Progress func(done, of int)

// CheckFootage looks at the videos and pictures of a study, as many at once as there are cores, and
// at the weights that its networks start from. It returns what is wrong with them, each mistake
// once. It takes about a quarter of a second of work for a video, and a moment for all else. The
// error is ctx's.
func CheckFootage(ctx context.Context, s *specs.Study,
	progress Progress) (specs.Diagnostics, error) {
	c := footageCheck{study: s}
	return c.run(ctx, progress)
}

func (c *footageCheck) run(ctx context.Context, progress Progress) (specs.Diagnostics, error) {
	s := c.study
	sources := c.sources()
	if _, err := exec.LookPath("ffprobe"); err != nil && len(sources) > 0 {
		c.add(specs.Problem{
			Message: "ffprobe is not installed: no video was looked at",
			Hint:    "apt install ffmpeg, or put it in PATH", Warning: true,
		})
	} else {
		c.look(ctx, sources, progress)
	}
	c.lookAtPictures(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c.checkPretrained()
	c.checkLabels()
	for _, e := range s.Evaluations {
		c.checkEvaluation(e)
		c.checkPictures(e)
	}
	return s.Diagnostics(c.problems), nil
}

// sampledVideos is how many videos of labels are looked at before their steps run: half a second's
// work on two cores. They tell what a study's videos have in common, such as their size. Each
// video's own step finds the rest, before anything is trained.
const sampledVideos = 4

// CheckPlanned looks at the footage that a plan's steps will probe: at the videos of evaluations,
// whose frame and areas people write by hand, at sampledVideos of labels, and at all pictures. What
// is cached was checked by the steps that made it. It looks at the weights as CheckFootage does.
func (p *Project) CheckPlanned(ctx context.Context, plan *engine.Plan,
	progress Progress) (specs.Diagnostics, error) {
	probed, resolutions := map[string]bool{}, map[string]bool{}
	for _, d := range plan.Decisions {
		at := d.Node.Address
		if k := d.Node.Kind; (k == video.Probe || k == picture.Pictures) &&
			d.Verdict != engine.Cached {
			probed[at] = true
		}
		if name, ok := address.Resolution(at, p.Resolutions()); ok {
			resolutions[name] = true
		}
	}
	part := *p.Study
	part.Resolutions = slices.DeleteFunc(slices.Clone(part.Resolutions),
		func(r specs.Resolution) bool { return !resolutions[r.Name] })
	part.Labels = slices.Clone(part.Labels)
	for k := range part.Labels {
		l := &part.Labels[k]
		toProbe := false
		for i := range l.Videos {
			toProbe = toProbe || probed["probe/"+address.Footage(l.Name, l.Videos, i)]
		}
		if !toProbe {
			l.Videos = nil
		}
		if !probed[address.Pictures(l.Name)] {
			l.Pictures = nil
		}
	}
	part.Evaluations = slices.DeleteFunc(slices.Clone(part.Evaluations),
		func(e specs.Evaluation) bool { return !probed[address.CameraProbe(e.Name)] })
	c := footageCheck{study: &part, most: sampledVideos}
	return c.run(ctx, progress)
}

// A source is a video as a spec names it, and where.
type source struct {
	path   string
	stream *int
	where  specs.Where
	name   string // of the attribute that has the path
}

// key identifies what is read.
func (s source) key() string {
	if s.stream == nil {
		return s.path
	}
	return fmt.Sprintf("%s\x00%d", s.path, *s.stream)
}

// A footageCheck is one look at a study's videos.
type footageCheck struct {
	study    *specs.Study
	most     int                          // videos of labels to look at; 0: all
	headers  map[string]picture.Header    // of pictures that can be read, by path
	found    map[string]*video.QuickProbe // by source.key; nil: it could not be read
	problems []specs.Problem
}

func (c *footageCheck) add(p specs.Problem) { c.problems = append(c.problems, p) }

// sources returns the study's videos, each once.
func (c *footageCheck) sources() []source {
	var list []source
	seen := map[string]bool{}
	add := func(s source) {
		if !seen[s.key()] {
			list, seen[s.key()] = append(list, s), true
		}
	}
	for _, l := range c.study.Labels {
		for _, path := range l.Videos {
			add(source{path, l.Stream, l.Where, "videos"})
		}
	}
	if n := len(list); c.most > 0 && n > c.most {
		all := list
		list = nil
		for i := range c.most { // spread evenly
			list = append(list, all[i*n/c.most])
		}
	}
	for _, e := range c.study.Evaluations {
		if e.Video != "" {
			add(source{e.Video, e.Stream, e.Where, "video"})
		}
	}
	return list
}

// look probes the sources quickly, and adds what is wrong with each.
func (c *footageCheck) look(ctx context.Context, sources []source, progress Progress) {
	probes := make([]*video.QuickProbe, len(sources))
	errs := make([]error, len(sources))
	var all sync.WaitGroup
	var next, done atomic.Int64
	for range min(runtime.NumCPU(), len(sources)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(sources)) && ctx.Err() == nil; {
				probes[i], errs[i] = lookAt(ctx, sources[i])
				progress(int(done.Add(1)), len(sources))
				i = next.Add(1) - 1
			}
		})
	}
	all.Wait()
	c.found = map[string]*video.QuickProbe{}
	for i, s := range sources {
		c.found[s.key()] = probes[i]
		if errs[i] != nil {
			c.add(s.problem(errs[i]))
		}
	}
}

// lookAt probes one video quickly, within maxLook.
func lookAt(ctx context.Context, s source) (*video.QuickProbe, error) {
	ctx, cancel := context.WithTimeout(ctx, maxLook)
	defer cancel()
	return video.ProbeQuickly(ctx, s.path, s.stream)
}

// probed returns what is known of a video, or nil.
func (c *footageCheck) probed(path string, stream *int) *video.ProbeResult {
	if q := c.found[source{path: path, stream: stream}.key()]; q != nil {
		return q.Result()
	}
	return nil
}

// problem returns the error of a look as a problem of the spec.
func (s source) problem(err error) specs.Problem {
	p := specs.Problem{At: s.where[s.name], Hint: step.Hint(err)}
	if _, ok := errors.AsType[video.NoStreamError](err); ok {
		p.At = s.where["stream"]
	}
	if errors.Is(err, context.DeadlineExceeded) {
		p.Warning = true
		err = fmt.Errorf("looking at it took more than %s", maxLook)
	}
	p.Message = s.path + ": " + err.Error()
	return p
}

// checkLabels adds what is wrong with the labels' footage beside what each video has.
func (c *footageCheck) checkLabels() {
	c.checkLengths()
	var known []shown
	for _, l := range c.study.Labels {
		for _, path := range l.Videos {
			if p := c.probed(path, l.Stream); p != nil {
				known = append(known, shown{path, l.Where["videos"], p.Width, p.Height})
			}
		}
		known = append(known, c.shownPictures(l)...)
	}
	if len(known) == 0 {
		return
	}
	for _, r := range c.study.Resolutions {
		c.checkEnlarged(r, known)
	}
	if c.study.Transcode.Fit == "squeeze" {
		c.checkShapes(known)
	}
}

// checkLengths adds labels whose footage is too short for two sets. Footage that ends at the same
// gap is one mistake.
func (c *footageCheck) checkLengths() {
	var names []string
	var first specs.Problem
	for _, l := range c.study.Labels {
		var probes []*video.ProbeResult
		for _, path := range l.Videos {
			p := c.probed(path, l.Stream)
			if p != nil && p.Frames > 0 {
				probes = append(probes, p)
			}
		}
		if len(l.Videos) == 0 || len(l.Pictures) > 0 || len(probes) < len(l.Videos) {
			continue // a picture may make up for a video, and what is not known may be long
		}
		err := video.CheckLength(probes, study.SelectParams(c.study, l))
		if err == nil {
			continue
		}
		names = append(names, fmt.Sprintf("%q", l.Name))
		if len(names) == 1 {
			first = specs.Problem{At: l.Where["videos"], Hint: step.Hint(err),
				Message: fmt.Sprintf("label %q: %v", l.Name, err)}
		}
	}
	if len(names) > 1 {
		first.Message += fmt.Sprintf("; so are %s", few(names[1:], 3))
	}
	if len(names) > 0 {
		c.add(first)
	}
}

// A shown is a label's video with the size at which it is shown.
type shown struct {
	path          string
	at            specs.Position
	width, height int
}

func (s shown) String() string { return fmt.Sprintf("%s is %dx%d", s.path, s.width, s.height) }

// checkEnlarged adds a resolution for which videos would have to grow, which transcode refuses.
func (c *footageCheck) checkEnlarged(r specs.Resolution, known []shown) {
	var small []string
	for _, v := range known {
		w, h := video.ScaledSize(c.study.Transcode.Fit, v.width, v.height, r.Width, r.Height)
		if w > v.width || h > v.height {
			small = append(small, v.String())
		}
	}
	if len(small) > 0 {
		c.add(specs.Problem{At: r.At,
			Message: fmt.Sprintf("resolution %q is larger than its footage: %s", r.Name,
				few(small, 1)),
			Hint: "film in a higher resolution, or remove this one: upscaling adds no detail"})
	}
}

// checkShapes adds videos that are squeezed to other shapes than their own. The worst is where they
// differ among themselves: then a label may be known by how its pictures are distorted.
func (c *footageCheck) checkShapes(known []shown) {
	const hint = `to keep their shape write transcode { fit = "pad" }, or "crop"`
	count := map[[2]int]int{}
	typical := known[0]
	for _, v := range known {
		size := [2]int{v.width, v.height}
		if count[size]++; count[size] > count[[2]int{typical.width, typical.height}] {
			typical = v
		}
	}
	for _, v := range known {
		if video.Distorts(v.width, v.height, typical.width, typical.height) {
			c.add(specs.Problem{Warning: true, At: v.at, Hint: hint,
				Message: fmt.Sprintf("%v, and %v: both are squeezed to one shape, by which a "+
					"network may tell their labels apart", v, typical)})
			return
		}
	}
	var names []string
	var at specs.Position
	for _, r := range c.study.Resolutions {
		if video.Distorts(typical.width, typical.height, r.Width, r.Height) {
			if names = append(names, r.Name); len(names) == 1 {
				at = r.At
			}
		}
	}
	if len(names) > 0 {
		c.add(specs.Problem{Warning: true, At: at, Hint: hint,
			Message: fmt.Sprintf("footage of %dx%d is squeezed to another shape: %s", typical.width,
				typical.height, few(names, 3))})
	}
}

// checkEvaluation adds what is wrong with an evaluation of a video.
func (c *footageCheck) checkEvaluation(e specs.Evaluation) {
	p := c.probed(e.Video, e.Stream)
	if p == nil {
		return
	}
	c.checkFrame(e, shown{path: e.Video, width: p.Width, height: p.Height})
	if p.Frames > 1 && e.Every >= p.Frames {
		c.add(specs.Problem{Warning: true, At: e.Where["every"], Hint: "lower every",
			Message: fmt.Sprintf("only the first of the %d frames of %s is judged", p.Frames,
				e.Video)})
	}
}

// checkFrame adds what is wrong with the size of a camera's frames, or with areas in them.
func (c *footageCheck) checkFrame(e specs.Evaluation, camera shown) {
	p := video.ProbeResult{Width: camera.width, Height: camera.height}
	if err := p.CheckFrameSize(e.Width, e.Height); err != nil {
		wrong := "width"
		if p.Width == e.Width {
			wrong = "height"
		}
		c.add(specs.Problem{At: e.Where[wrong], Message: camera.path + ": " + err.Error(),
			Hint: step.Hint(err)})
	} else if e.Width == 0 {
		c.problems = append(c.problems, e.CheckAreas(p.Width, p.Height)...)
	}
}

// few lists at most so many texts, and counts the others.
func few(texts []string, most int) string {
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}

// CameraFrame returns the size of a camera's frames, in pixels, in which an evaluation places its
// areas: what the spec declares, else that of the first still, or of the video, as it is now or was
// when it was probed last. All areas lie within it.
func (p *Project) CameraFrame(ctx context.Context, e specs.Evaluation) (w, h int, err error) {
	if e.Width > 0 {
		return e.Width, e.Height, nil // package specs has checked the areas
	}
	if e.Stills != nil {
		header, err := picture.ReadHeader(e.Stills[0])
		if err != nil {
			err := fmt.Errorf("the frame of evaluation %q is that of its still %s: %w", e.Name,
				picture.ShownPath(e.Stills[0]), err)
			return 0, 0, step.WithHint(err, "put the still back, or write frame { width = ... }")
		}
		w, h = header.Shown()
	} else if w, h, err = p.videoFrame(ctx, e); err != nil {
		return 0, 0, err
	}
	for _, problem := range e.CheckAreas(w, h) {
		return 0, 0, step.WithHint(fmt.Errorf("%s:%d: %s", problem.At.File, problem.At.Line,
			problem.Message), problem.Hint)
	}
	return w, h, nil
}

// videoFrame returns the size of the frames of an evaluation's video, as CameraFrame does.
func (p *Project) videoFrame(ctx context.Context, e specs.Evaluation) (w, h int, err error) {
	var reading *video.Reading
	quick, missing := video.ProbeStart(ctx, e.Video, e.Stream)
	if missing == nil {
		reading = &quick.Reading
	} else if r, err := p.Store.Lookup(p.Last.Keys[address.CameraProbe(e.Name)]); err == nil {
		reading = p.ReadingOf(r)
	}
	if reading == nil {
		err := fmt.Errorf("the frame of evaluation %q is its video's: %w", e.Name, missing)
		return 0, 0, step.WithHint(err, "put the video back, or write frame { width = ... }")
	}
	w, h = reading.DisplaySize()
	return w, h, nil
}
