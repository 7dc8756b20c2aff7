//go:build native

// Package resemble runs the resemblance step: it finds judged areas that show training pictures.
//
// Each area is compared with ever fewer training frames, and ever more closely: features find some
// hundred among all, sketches a few of them, and the pixels say whether one is the very picture.
// The runner needs OpenCV, so it is linked into the worker alone.
package resemble

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/frames"
	"snellen/steps/train"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// New returns the runner of resemblance steps.
func New() step.Runner { return runner{} }

type runner struct{}

func (runner) Run(ctx context.Context, job *step.Job) (err error) {
	c := &comparison{job: job, sketches: map[frameKey]*vision.Sketch{}}
	if err := json.Unmarshal(job.Params, &c.params); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.read(); err != nil {
		return err
	}
	if err := c.compare(ctx); err != nil {
		return err
	}
	data, err := json.Marshal(c.result)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "areas.json"), append(data, '\n'), 0o666)
}

// A comparison is the work of one step.
type comparison struct {
	job    *step.Job
	params audit.AreasParams
	labels []*label
	areas  []*area
	result audit.Areas

	sketches map[frameKey]*vision.Sketch // of the first frames of groups
}

// A frameKey identifies a training frame.
type frameKey struct {
	label int
	set   string
	row   int
}

// A label is the training frames of one label.
type label struct {
	role    string
	moments map[string][]moment        // of its train and its validation frames, in order
	frames  map[string]*frames.Records // those that are open
}

// The sets of a label's frames. A network was not trained on the validation frames, but on their
// neighbours, and they chose its best epoch: to judge by them is no better.
var sets = []string{video.Train, video.Validation}

// A moment is where a training frame comes from.
type moment struct {
	label   int
	set     string
	row     int // its place among the frames of the set
	video   int
	picture *int // nil: a frame of a video
	seconds float64
}

// sameMoment is how many seconds of a video are one moment. Its frames are so alike that a quick
// look at one of them says as much as at all.
const sameMoment = 0.2

// A group is the frames of one moment of a video, or a photograph.
type group []moment

// An area is a judged area, or a whole picture.
type area struct {
	camera  *camera
	place   int // among its camera's
	looks   []look
	nearest []candidate // the nearest first
}

// A look is one judged picture of an area.
type look struct {
	crop    int // among the camera's crops
	seconds float64
	place   []float32 // in the space
}

// A candidate is a group of training frames that an area may show.
type candidate struct {
	group
	alike float32 // the larger, the more; only comparable with others of the same area
}

func byAlike(a, b candidate) int { return cmp.Compare(b.alike, a.alike) }

// An area is compared with ever fewer groups, and ever more closely. On handheld footage of 34
// areas that showed a training frame, each had its group among the first two by sketches.
const (
	byFeatures = 256 // groups whose features are the nearest
	byUpright  = 64  // groups among them whose sketches are most alike, without turns
	bySketches = 3   // groups among these whose sketches are most alike, with turns
	ofGroup    = 2   // frames of each of these
	sketched   = 2   // looks that are compared with sketches
)

// A camera is what an evaluation judges.
type camera struct {
	index int
	role  string
	crops *frames.Records
}

// close closes all files.
func (c *comparison) close() error {
	var err error
	for _, s := range c.sketches {
		err = errors.Join(err, s.Close())
	}
	for _, l := range c.labels {
		for _, f := range l.frames {
			err = errors.Join(err, f.Close())
		}
	}
	var last *camera
	for _, a := range c.areas {
		if a.camera != last {
			last = a.camera
			err = errors.Join(err, last.crops.Close())
		}
	}
	return err
}

// read reads what there is to compare, and finds the candidates.
func (c *comparison) read() error {
	for i := 0; ; i++ {
		l, err := c.label(i)
		if err != nil {
			return fmt.Errorf("label %d: %w", i, err)
		}
		if l == nil {
			break
		}
		c.labels = append(c.labels, l)
	}
	s, err := c.space()
	if err != nil {
		return err
	}
	for i, params := range c.params.Cameras {
		if err := c.camera(s, i, params); err != nil {
			return fmt.Errorf("camera %d: %w", i, err)
		}
	}
	return c.findNearest(s)
}

// label reads where a label's frames come from. It returns nil if there is no such label.
func (c *comparison) label(i int) (*label, error) {
	l := &label{
		role: "label/" + strconv.Itoa(i), moments: map[string][]moment{},
		frames: map[string]*frames.Records{},
	}
	path, there := c.job.Inputs[l.role+"/selection"]
	if !there {
		return nil, nil
	}
	data, err := regular.Read(path, video.MaxJSON)
	if err != nil {
		return nil, err
	}
	s, err := video.ParseSelection(data)
	if err != nil {
		return nil, err
	}
	add := func(m moment, set string) {
		m.label, m.set, m.row = i, set, len(l.moments[set])
		l.moments[set] = append(l.moments[set], m)
	}
	for v, selected := range s.Videos {
		for _, f := range selected.Chosen {
			add(moment{video: v, seconds: f.Seconds}, f.Set)
		}
	}
	if s.Pictures != nil {
		for _, p := range s.Pictures.Chosen {
			add(moment{picture: &p.Index}, p.Set)
		}
	}
	return l, nil
}

// table reads the features of a label's frames.
func (c *comparison) table(l *label) (train.Table, error) {
	t, err := train.LoadFeatures(c.job.Inputs[l.role+"/features"])
	for _, set := range sets {
		if n := len(l.moments[set]); err == nil && t.Len(set) != n {
			err = fmt.Errorf("there are features of %d %s frames, but the selection has %d",
				t.Len(set), set, n)
		}
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", l.role, err)
	}
	return t, nil
}

// space returns the space of all labels' frames.
func (c *comparison) space() (space, error) {
	var s space
	count := 0
	for _, l := range c.labels {
		t, err := c.table(l)
		if err != nil {
			return space{}, err
		}
		if s.mean == nil {
			s.mean = make([]float64, t.Width)
		}
		if t.Width != len(s.mean) {
			return space{}, fmt.Errorf("%s has %d features, and others have %d", l.role, t.Width,
				len(s.mean))
		}
		for i := range t.Len(video.Train) {
			count++
			for j, v := range t.Row(video.Train, i) {
				s.mean[j] += float64(v)
			}
		}
	}
	if count == 0 {
		return space{}, errors.New("there are no training frames")
	}
	for j := range s.mean {
		s.mean[j] /= float64(count)
	}
	return s, nil
}

// camera adds the areas of an evaluation.
func (c *comparison) camera(s space, i int, params audit.JudgedCamera) error {
	cam := &camera{index: i, role: "camera/" + strconv.Itoa(i)}
	t, err := train.LoadFeatures(c.job.Inputs[cam.role+"/features"])
	if err != nil {
		return err
	}
	if cam.crops, err = frames.OpenRecords(c.job.Inputs[cam.role+"/crops"]); err != nil {
		return err
	}
	n, areas := cam.crops.Len(), params.Areas
	if areas == 0 {
		areas = n
	}
	if areas == 0 || n%areas != 0 || t.Len("images") != n || t.Width != len(s.mean) {
		cam.crops.Close()
		return fmt.Errorf("%d pictures with %d rows of %d features are not those of %d areas", n,
			t.Len("images"), t.Width, areas)
	}
	seconds, err := c.seconds(cam, params, n/areas)
	if err != nil {
		cam.crops.Close()
		return err
	}
	for place := range areas {
		a := &area{camera: cam, place: place}
		for _, k := range spread(n/areas, c.params.Frames) {
			crop := k*areas + place
			a.looks = append(a.looks, look{crop, seconds[k], s.place(t.Row("images", crop))})
		}
		c.areas = append(c.areas, a)
	}
	return nil
}

// seconds returns the times of a camera's judged frames. That of a still is its number.
func (c *comparison) seconds(cam *camera, params audit.JudgedCamera, n int) ([]float64, error) {
	seconds := make([]float64, n)
	for k := range seconds {
		seconds[k] = float64(k * params.Every)
	}
	path, there := c.job.Inputs[cam.role+"/probe"]
	if !there {
		return seconds, nil
	}
	p, err := video.LoadProbeResult(path)
	if err != nil {
		return nil, err
	}
	if (n-1)*params.Every >= len(p.Seconds) {
		return nil, fmt.Errorf("%d frames were judged, and the video has %d", n, len(p.Seconds))
	}
	for k := range seconds {
		seconds[k] = p.Seconds[k*params.Every]
	}
	return seconds, nil
}

// spread returns at most count of n numbers from 0, spread evenly.
func spread(n, count int) []int {
	count = min(n, count)
	var list []int
	for i := range count {
		list = append(list, (2*i+1)*n/(2*count))
	}
	return list
}

// findNearest fills in each area's candidates by features.
func (c *comparison) findNearest(s space) error {
	for _, l := range c.labels {
		t, err := c.table(l)
		if err != nil {
			return err
		}
		for _, set := range sets {
			places := make([][][]float32, len(l.moments[set])) // of each frame and of its copies
			for i := range places {
				places[i] = append(places[i], s.place(t.Row(set, i)))
				if set == video.Train {
					n := t.Len("copies") / len(places)
					for k := range n {
						places[i] = append(places[i], s.place(t.Row("copies", i*n+k)))
					}
				}
			}
			for _, g := range groups(l.moments[set]) {
				for _, a := range c.areas {
					a.nearest = append(a.nearest, candidate{g, a.cosine(g, places)})
				}
			}
		}
		for _, a := range c.areas {
			slices.SortStableFunc(a.nearest, byAlike)
			a.nearest = a.nearest[:min(len(a.nearest), byFeatures)]
		}
	}
	return nil
}

// groups divides the frames of a set into moments.
func groups(frames []moment) []group {
	var list []group
	for i, m := range frames {
		if n := len(list); i > 0 && m.picture == nil && list[n-1][0].picture == nil &&
			m.video == list[n-1][0].video && m.seconds-list[n-1][0].seconds < sameMoment {
			list[n-1] = append(list[n-1], m)
			continue
		}
		list = append(list, group{m})
	}
	return list
}

// cosine returns how near a group of frames is to an area, by the angle between their features.
func (a *area) cosine(g group, places [][][]float32) float32 {
	most := float32(-1)
	for _, m := range g {
		for _, place := range places[m.row] {
			for _, look := range a.looks {
				most = max(most, dot(look.place, place))
			}
		}
	}
	return most
}

// compare compares all areas with their candidates.
func (c *comparison) compare(ctx context.Context) error {
	c.result = audit.Areas{Compared: len(c.areas), Leaked: []audit.LeakedArea{}}
	for i, a := range c.areas {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.area(a); err != nil {
			return fmt.Errorf("%s, area %d: %w", a.camera.role, a.place+1, err)
		}
		c.job.Report(step.Progress{Done: float64(i + 1), Total: float64(len(c.areas)),
			Unit: "areas"})
	}
	return nil
}

// area compares one area, and adds it to the result if it shows a training picture. It stops as
// soon as too few of its frames can.
func (c *comparison) area(a *area) (err error) {
	nearest, err := c.likely(a)
	if err != nil {
		return err
	}
	var scenes []*vision.Scene
	defer func() {
		for _, s := range scenes {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, m := range nearest {
		data, err := c.frame(m)
		if err != nil {
			return err
		}
		s, err := vision.NewScene(data)
		if err != nil {
			return fmt.Errorf("%s: %w", c.labels[m.label].role, err)
		}
		scenes = append(scenes, s)
	}
	leak := audit.LeakedArea{Evaluation: a.camera.index, Area: a.place, Similarity: -1}
	for i, look := range a.looks {
		if 2*(leak.Frames+len(a.looks)-i) <= len(a.looks) {
			return nil
		}
		_, data, err := a.camera.crops.Read(look.crop)
		if err != nil {
			return err
		}
		found, like, err := match(data, scenes, c.params.Grey)
		if err != nil {
			return err
		}
		if found < 0 || like.Grey < c.params.Grey || like.Detail < c.params.Detail {
			continue
		}
		leak.Frames++
		if like.Grey > leak.Similarity {
			m := nearest[found]
			leak.Label, leak.Video, leak.Picture = m.label, m.video, m.picture
			leak.LabelSeconds, leak.Seconds, leak.Similarity = m.seconds, look.seconds, like.Grey
		}
	}
	if 2*leak.Frames > len(a.looks) {
		leak.Similarity = math.Round(leak.Similarity*1e4) / 1e4
		c.result.Leaked = append(c.result.Leaked, leak)
	}
	return nil
}

// match returns the scene that a judged picture fits best, and how well, without details if the
// correlation of their grey values is less than grey.
func match(data []byte, scenes []*vision.Scene, grey float64) (int, vision.Likeness, error) {
	part, err := vision.NewPart(data)
	if err != nil {
		return -1, vision.Likeness{}, err
	}
	defer part.Close()
	return part.Best(scenes, grey)
}

// likely returns the training frames that an area is most likely to show.
func (c *comparison) likely(a *area) (likely []moment, err error) {
	var parts []*vision.Part
	defer func() {
		for _, p := range parts {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, k := range spread(len(a.looks), sketched) {
		_, data, err := a.camera.crops.Read(a.looks[k].crop)
		if err != nil {
			return nil, err
		}
		part, err := vision.NewPart(data)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	list, err := c.best(byUpright, a.nearest, false, parts[:1])
	if err != nil {
		return nil, err
	}
	if list, err = c.best(bySketches, list, true, parts); err != nil {
		return nil, err
	}
	var frames []moment
	for _, one := range list {
		for _, k := range spread(len(one.group), ofGroup) {
			frames = append(frames, one.group[k])
		}
	}
	return frames, nil
}

// best returns the count groups whose sketches are most alike one of the judged pictures.
func (c *comparison) best(
	count int, of []candidate, turned bool, parts []*vision.Part,
) ([]candidate, error) {
	list := slices.Clone(of)
	for i := range list {
		s, err := c.sketch(list[i].group)
		if err != nil {
			return nil, err
		}
		list[i].alike = -1
		for _, p := range parts {
			alike, err := p.Guess(s, turned)
			if err != nil {
				return nil, err
			}
			list[i].alike = max(list[i].alike, float32(alike))
		}
	}
	slices.SortStableFunc(list, byAlike)
	return list[:min(len(list), count)], nil
}

// sketch returns the sketch of a group, which is drawn once.
func (c *comparison) sketch(g group) (*vision.Sketch, error) {
	first := g[0]
	key := frameKey{first.label, first.set, first.row}
	if s := c.sketches[key]; s != nil {
		return s, nil
	}
	data, err := c.frame(first)
	if err != nil {
		return nil, err
	}
	s, err := vision.NewSketch(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.labels[first.label].role, err)
	}
	c.sketches[key] = s
	return s, nil
}

// frame reads a training frame.
func (c *comparison) frame(m moment) ([]byte, error) {
	l := c.labels[m.label]
	records, there := l.frames[m.set]
	if !there {
		var err error
		if records, err = frames.OpenRecords(c.job.Inputs[l.role+"/"+m.set]); err != nil {
			return nil, err
		}
		l.frames[m.set] = records
	}
	if n := len(l.moments[m.set]); records.Len() != n {
		return nil, fmt.Errorf("%s: there are %d %s frames, but the selection has %d", l.role,
			records.Len(), m.set, n)
	}
	_, data, err := records.Read(m.row)
	return data, err
}
