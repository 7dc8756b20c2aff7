package studio

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"snellen/cmd/snellen/project"
	"snellen/engine/draft"
	"snellen/engine/regular"
	"snellen/specs"
	"snellen/steps/evaluate"
)

// eyes look at clips: how long and how large they are, a frame of one, and what is left of an area
// at each resolution. Two workers do that: one makes small pictures, since a page wants many, and
// the other what a person waits for. Pictures are kept until the server ends.
type eyes struct {
	dir           string // for pictures
	small, drawer *project.AreaDrawer

	mu       sync.Mutex
	pictures []*keptPicture          // the oldest first
	clips    map[string]project.Clip // that were looked at
}

func newEyes(dir string) (*eyes, error) {
	e := &eyes{dir: dir, clips: map[string]project.Clip{}}
	var err error
	if e.small, err = project.NewAreaDrawer(); err != nil {
		return nil, err
	}
	if e.drawer, err = project.NewAreaDrawer(); err != nil {
		e.small.Close()
		return nil, err
	}
	return e, nil
}

func (e *eyes) close() {
	e.small.Close()
	e.drawer.Close()
}

// glance looks at a clip, once for each content of its file.
func (e *eyes) glance(ctx context.Context, v specs.Evaluation) (project.Clip, error) {
	file := v.Video
	if file == "" && len(v.Stills) > 0 {
		file = v.Stills[0]
	}
	name := fmt.Sprint(file, "\x00", stampOf(file))
	if v.Stream != nil {
		name += fmt.Sprint("\x00", *v.Stream)
	}
	e.mu.Lock()
	c, ok := e.clips[name]
	e.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := project.GlanceAt(ctx, v)
	if err == nil {
		e.mu.Lock()
		e.clips[name] = c
		e.mu.Unlock()
	}
	return c, err
}

// facts returns what a quick look at a file tells.
func (e *eyes) facts(ctx context.Context, name string) facts {
	c, err := e.glance(ctx, evaluationOf(name))
	if err != nil {
		return facts{problem: firstLine(err.Error())}
	}
	f := facts{width: c.Frame.Width, height: c.Frame.Height}
	if c.Quick != nil {
		f.seconds, f.rate = c.Quick.Length, c.Quick.Rate
	}
	return f
}

// evaluationOf returns one that a camera would have of a file.
func evaluationOf(name string) specs.Evaluation {
	name = filepath.FromSlash(name)
	if isPicture(name) {
		return specs.Evaluation{Stills: []string{name}, Quality: specs.DefaultQuality}
	}
	return specs.Evaluation{Video: name, Quality: specs.DefaultQuality}
}

// A viewed is what areas are drawn on: an evaluation's video or stills, or a clip that will be one.
type viewed struct {
	specs.Evaluation
	sizes []evaluate.Size // of the resolutions
	names []string
}

// view returns what a page asks for by an evaluation or by a path.
func (s *server) view(evaluation, name string) (viewed, error) {
	var v viewed
	study, _, err := s.load()
	if err != nil {
		return v, err
	}
	if study != nil {
		for _, r := range study.Resolutions {
			v.sizes = append(v.sizes, evaluate.Size{Width: r.Width, Height: r.Height})
			v.names = append(v.names, r.Name)
		}
	}
	if evaluation == "" {
		c, err := s.files.find(name)
		v.Evaluation = evaluationOf(c.Path)
		return v, err
	}
	options := project.LoadOptions(s.Variables, project.ToRead)
	for _, e := range specs.Evaluations(s.Spec, options) {
		if e.Name == evaluation && (e.Video != "" || len(e.Stills) > 0) {
			v.Evaluation = e
			return v, nil
		}
	}
	return v, errGone(fmt.Sprintf("there is no evaluation %.100q with a camera", evaluation))
}

// chart returns what is asked of a drawer to show a frame in the size that areas refer to.
func (v viewed) chart(at float64) project.Chart {
	return project.Chart{Seconds: at, Quality: v.Quality,
		Frame: evaluate.Size{Width: v.Width, Height: v.Height}}
}

// A kept picture is made by the first who asks for it; others wait.
type keptPicture struct {
	sync.Mutex
	dir string
}

// maxKept is how many pictures are kept. A slider over a long clip asks for thousands.
const maxKept = 1000

// kept returns a picture that was made before, or makes it now.
func (e *eyes) kept(name string, make func(dir string) error) ([]byte, error) {
	one, old := e.keep(name)
	if old != nil {
		old.Lock()
		os.RemoveAll(old.dir)
		old.Unlock()
	}
	one.Lock()
	defer one.Unlock()
	at := filepath.Join(one.dir, "frame.jpg")
	if data, err := regular.Read(at, maxPicture); err == nil {
		return data, nil
	}
	if err := os.MkdirAll(one.dir, 0o700); err != nil {
		return nil, err
	}
	if err := make(one.dir); err != nil {
		return nil, problem{http.StatusUnprocessableEntity, err}
	}
	return regular.Read(at, maxPicture)
}

// keep returns a picture by its name, and one that gives way to it, or nil.
func (e *eyes) keep(name string) (one, old *keptPicture) {
	sum := sha256.Sum256([]byte(name))
	dir := filepath.Join(e.dir, hex.EncodeToString(sum[:16]))
	e.mu.Lock()
	defer e.mu.Unlock()
	at := slices.IndexFunc(e.pictures, func(p *keptPicture) bool { return p.dir == dir })
	if at >= 0 {
		return e.pictures[at], nil
	}
	one = &keptPicture{dir: dir}
	e.pictures = append(e.pictures, one)
	if len(e.pictures) > maxKept {
		old = e.pictures[0]
		e.pictures = slices.Clone(e.pictures[1:])
	}
	return one, old
}

// thumbSide is the width of a small picture, in pixels: twice what the page shows.
const thumbSide = 320

// thumb returns a small picture of a clip: a frame from within it.
func (e *eyes) thumb(ctx context.Context, c clip) ([]byte, error) {
	name := fmt.Sprintf("thumb %s %d %v", c.Path, c.Bytes, c.Modified)
	return e.kept(name, func(dir string) error {
		seen, err := e.glance(ctx, evaluationOf(c.Path))
		if err != nil {
			return err
		}
		chart := project.Chart{Side: thumbSide}
		if seen.Quick != nil {
			chart.Seconds = seen.Quick.Length / 2
		}
		return e.small.Chart(ctx, seen, chart, dir)
	})
}

// frame returns the frame that is shown at a time.
func (e *eyes) frame(ctx context.Context, v viewed, at float64) ([]byte, error) {
	return e.kept(v.name(at), func(dir string) error {
		seen, err := e.glance(ctx, v.Evaluation)
		if err != nil {
			return err
		}
		return e.drawer.Chart(ctx, seen, v.chart(at), dir)
	})
}

// name identifies a frame, as long as its file stays as it is.
func (v viewed) name(at float64) string {
	file := v.Video
	if n := int(at); file == "" && n < len(v.Stills) {
		file = v.Stills[n]
	}
	return fmt.Sprintf("frame %s %v %dx%d %v", file, at, v.Width, v.Height, stampOf(file))
}

// A chartRequest asks how areas look to a network at each resolution.
type chartRequest struct {
	Evaluation string  `json:"evaluation"`
	Path       string  `json:"path"`
	At         float64 `json:"at"`
	Areas      []struct {
		X      int `json:"x"`
		Y      int `json:"y"`
		Width  int `json:"width"`
		Height int `json:"height"`
	} `json:"areas"`
}

// A chart has the crop of each area at each size: a picture as a data URL, "" where the area leaves
// the frame.
type chart struct {
	Sizes []string   `json:"sizes"`
	Crops [][]string `json:"crops"` // by area, then by size
}

// maxCharted is how many areas are looked at in one request.
const maxCharted = 64

func (s *server) chart(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q chartRequest
	if err := read(r, &q); err != nil {
		return nil, err
	}
	if len(q.Areas) > maxCharted || !(q.At >= 0) {
		return nil, problem{http.StatusBadRequest,
			fmt.Errorf("at most %d areas, at a time from 0 on", maxCharted)}
	}
	v, err := s.view(q.Evaluation, q.Path)
	if err != nil {
		return nil, err
	}
	var rects [][4]int
	for _, a := range q.Areas {
		rects = append(rects, [4]int{a.X, a.Y, a.Width, a.Height})
	}
	made, err := draft.NewTemporary()
	if err != nil {
		return nil, err
	}
	defer made.Discard()
	seen, err := s.eyes.glance(r.Context(), v.Evaluation)
	if err != nil {
		return nil, err
	}
	wanted := v.chart(q.At)
	wanted.Sizes, wanted.Rects = v.sizes, rects
	if err := s.eyes.drawer.Chart(r.Context(), seen, wanted, made.Path); err != nil {
		return nil, err
	}
	out := chart{Sizes: v.names, Crops: [][]string{}}
	for a := range rects {
		row := []string{}
		for i := range v.sizes {
			data, err := regular.Read(filepath.Join(made.Path, "chart",
				fmt.Sprintf("%d-%d.jpg", a, i)), maxPicture)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			text := ""
			if err == nil {
				text = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
			}
			row = append(row, text)
		}
		out.Crops = append(out.Crops, row)
	}
	return out, nil
}
