//go:build native

// Package resemble runs the resemblance step: it finds judged areas that show training pictures.
//
// Features find for each judged area the few training frames that are most like it, among
// thousands. Whether one of them is the very picture is then seen from the pixels. The runner needs
// OpenCV, so it is linked into the worker alone.
package resemble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

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
	c := &comparison{job: job}
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
}

// A label is the training frames of one label.
type label struct {
	role    string
	moments []moment        // of its train frames, in order
	frames  *frames.Records // nil: not opened yet
}

// A moment is where a training frame comes from.
type moment struct {
	label, row int // row: its place among the label's train frames
	video      int
	picture    *int // nil: a frame of a video
	seconds    float64
}

// sameMoment is the distance in seconds up to which two frames of a video are one moment. Its frames
// are so alike that one of them says as much as all.
const sameMoment = 0.2

// near reports whether two frames are of one moment.
func (m moment) near(o moment) bool {
	return m.picture == nil && o.picture == nil && m.label == o.label && m.video == o.video &&
		math.Abs(m.seconds-o.seconds) <= sameMoment
}

// An area is a judged area, or a whole picture.
type area struct {
	camera  *camera
	place   int // among its camera's
	queries []*query
}

// A query is one judged picture of an area.
type query struct {
	crop    int // among the camera's crops
	seconds float64
	place   []float32 // in the space
	nearest []candidate
}

// A candidate is a training frame that may be what a judged picture shows.
type candidate struct {
	moment
	cosine float32 // of the two pictures' features
}

// candidates is how many training frames are compared with each judged picture.
const candidates = 4

// A camera is what an evaluation judges.
type camera struct {
	index int
	role  string
	crops *frames.Records
}

// close closes all files.
func (c *comparison) close() error {
	var err error
	for _, l := range c.labels {
		if l.frames != nil {
			err = errors.Join(err, l.frames.Close())
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
	frames := 0
	for i := 0; ; i++ {
		l, err := c.label(i)
		if err != nil {
			return fmt.Errorf("label %d: %w", i, err)
		}
		if l == nil {
			break
		}
		c.labels = append(c.labels, l)
		frames += len(l.moments)
	}
	s, err := c.space(frames)
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

// label reads where a label's train frames come from. It returns nil if there is no such label.
func (c *comparison) label(i int) (*label, error) {
	l := &label{role: "label/" + strconv.Itoa(i)}
	path, there := c.job.Inputs[l.role+"/selection"]
	if !there {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := video.ParseSelection(data)
	if err != nil {
		return nil, err
	}
	add := func(m moment, set string) {
		if set == video.Train {
			m.label, m.row = i, len(l.moments)
			l.moments = append(l.moments, m)
		}
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
	if err == nil && t.Len("train") != len(l.moments) {
		err = fmt.Errorf("there are features of %d frames, but the selection has %d",
			t.Len("train"), len(l.moments))
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", l.role, err)
	}
	return t, nil
}

// space returns the space of all labels' frames.
func (c *comparison) space(frames int) (space, error) {
	var g *gatherer
	for _, l := range c.labels {
		t, err := c.table(l)
		if err != nil {
			return space{}, err
		}
		if g == nil {
			g = newGatherer(frames, t.Width)
		}
		if t.Width != len(g.sum) {
			return space{}, fmt.Errorf("%s has %d features, and others have %d", l.role, t.Width,
				len(g.sum))
		}
		g.add(t)
	}
	if g == nil {
		return space{}, errors.New("there are no labels")
	}
	return g.space(), nil
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
			a.queries = append(a.queries, &query{
				crop: crop, seconds: seconds[k], place: s.place(t.Row("images", crop)),
			})
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

// findNearest fills in each query's candidates.
func (c *comparison) findNearest(s space) error {
	for _, l := range c.labels {
		t, err := c.table(l)
		if err != nil {
			return err
		}
		var places [][]float32
		for i := range l.moments {
			places = append(places, s.place(t.Row("train", i)))
		}
		for _, a := range c.areas {
			for _, q := range a.queries {
				q.consider(l, places)
			}
		}
	}
	return nil
}

// consider adds a label's frames to the candidates if they are nearer than those.
func (q *query) consider(l *label, places [][]float32) {
	var list []candidate
	for i, m := range l.moments {
		cosine := dot(q.place, places[i])
		if len(q.nearest) < candidates || cosine > q.nearest[candidates-1].cosine {
			list = append(list, candidate{m, cosine})
		}
	}
	byCosine := func(a, b candidate) int {
		switch {
		case a.cosine > b.cosine:
			return -1
		case a.cosine < b.cosine:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, byCosine)
	for _, one := range list {
		near := func(o candidate) bool { return o.near(one.moment) }
		if !slices.ContainsFunc(q.nearest, near) {
			q.nearest = append(q.nearest, one)
			slices.SortStableFunc(q.nearest, byCosine)
			q.nearest = q.nearest[:min(len(q.nearest), candidates)]
		}
	}
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

// area compares one area, and adds it to the result if it shows a training picture.
func (c *comparison) area(a *area) (err error) {
	scenes := sceneCache{}
	defer func() { err = errors.Join(err, scenes.close()) }()
	leak := audit.LeakedArea{Evaluation: a.camera.index, Area: a.place, Similarity: -1}
	for _, q := range a.queries {
		found, like, err := c.picture(a, q, scenes)
		if err != nil {
			return err
		}
		if found < 0 || like.Grey < c.params.Grey || like.Detail < c.params.Detail {
			continue
		}
		leak.Frames++
		if like.Grey > leak.Similarity {
			m := q.nearest[found].moment
			leak.Label, leak.Video, leak.Picture, leak.LabelSeconds = m.label, m.video, m.picture,
				m.seconds
			leak.Seconds, leak.Similarity = q.seconds, math.Round(like.Grey*1e4)/1e4
		}
	}
	if 2*leak.Frames > len(a.queries) {
		c.result.Leaked = append(c.result.Leaked, leak)
	}
	return nil
}

// picture compares one judged picture with its candidates, and returns the one that it fits best.
func (c *comparison) picture(a *area, q *query, known sceneCache) (int, vision.Likeness, error) {
	_, data, err := a.camera.crops.Read(q.crop)
	if err != nil {
		return -1, vision.Likeness{}, err
	}
	part, err := vision.NewPart(data)
	if err != nil {
		return -1, vision.Likeness{}, err
	}
	defer part.Close()
	var scenes []*vision.Scene
	for _, one := range q.nearest {
		s, err := known.scene(c.labels[one.label], one.moment, c.job)
		if err != nil {
			return -1, vision.Likeness{}, fmt.Errorf("%s: %w", c.labels[one.label].role, err)
		}
		scenes = append(scenes, s)
	}
	return part.Best(scenes)
}

// A sceneCache has training frames by label and row.
type sceneCache map[[2]int]*vision.Scene

func (s sceneCache) close() error {
	var err error
	for _, one := range s {
		err = errors.Join(err, one.Close())
	}
	return err
}

// scene returns a label's training frame, which is read at most once.
func (s sceneCache) scene(l *label, m moment, job *step.Job) (*vision.Scene, error) {
	key := [2]int{m.label, m.row}
	if s[key] != nil {
		return s[key], nil
	}
	if l.frames == nil {
		records, err := frames.OpenRecords(job.Inputs[l.role+"/frames"])
		if err != nil {
			return nil, err
		}
		l.frames = records
	}
	if l.frames.Len() != len(l.moments) {
		return nil, fmt.Errorf("there are %d frames, but the selection has %d", l.frames.Len(),
			len(l.moments))
	}
	_, data, err := l.frames.Read(m.row)
	if err != nil {
		return nil, err
	}
	scene, err := vision.NewScene(data)
	if err == nil {
		s[key] = scene
	}
	return scene, err
}
