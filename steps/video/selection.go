package video

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"snellen/engine/step"
)

// The names of the two sets.
const (
	Train      = "train"
	Validation = "validation"
)

// NewSelect returns the runner of select steps.
func NewSelect() step.Runner { return selector{} }

type selector struct{}

func (selector) Run(_ context.Context, job *step.Job) error {
	var params SelectParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	var probes []*ProbeResult
	for {
		path, there := job.Inputs[fmt.Sprintf("probe/%d", len(probes))]
		if !there {
			break
		}
		p, err := LoadProbeResult(path)
		if err != nil {
			return err
		}
		probes = append(probes, p)
	}
	var pictures *PictureSet
	if path, there := job.Inputs["pictures"]; there {
		var err error
		if pictures, err = LoadPictureSet(path); err != nil {
			return err
		}
	}
	selection, err := choose(probes, pictures, params)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(job.Out, "selection.json"), selection)
}

// A moment is one frame of a label's footage.
type moment struct {
	video, index int
	position     int     // among all moments
	seconds      float64 // in its video
	offset       float64 // seconds since the footage began, as if its videos were one
	duration     float64 // seconds until the next frame
}

// singleFrame is how long the only frame of a video lasts, in seconds: one of 25 a second.
const singleFrame = 0.04

// choose chooses at most params.Frames pictures and frames of videos. Pictures come first, since
// each is a moment of its own; the videos share what is left, if anything.
func choose(probes []*ProbeResult, pictures *PictureSet, params SelectParams) (*Selection, error) {
	if pictures == nil {
		return chooseFrames(probes, params)
	}
	chosen, err := choosePictures(pictures, params)
	if err != nil {
		return nil, err
	}
	s := newSelection(probes, nil, nil)
	if params.Frames -= len(chosen.Chosen); len(probes) > 0 && params.Frames > 1 {
		if params.ValidationFrom != nil {
			footage, _ := concatenate(probes, params.Frames)
			s = newSelection(probes, sampleEvenly(footage, params.Frames), nil)
		} else if s, err = chooseFrames(probes, params); err != nil {
			return nil, err
		}
	}
	surplus := len(pictures.Pictures) - len(chosen.Chosen) - s.Dropped.Gap
	for _, v := range s.Videos {
		surplus += v.Frames - len(v.Chosen)
	}
	s.Pictures, s.Dropped.Surplus = chosen, surplus
	return s, nil
}

// CheckLength returns the error with which a selection from these videos would fail because there
// is too little of them, or nil.
func CheckLength(probes []*ProbeResult, params SelectParams) error {
	_, err := chooseFrames(probes, params)
	return err
}

// chooseFrames chooses at most params.Frames of the videos' frames, at equal distances of time, and
// divides them into the two sets. The result depends on nothing but the label's own videos and the
// parameters, so another label or resolution does not change it.
func chooseFrames(probes []*ProbeResult, params SelectParams) (*Selection, error) {
	footage, length := concatenate(probes, params.Frames)
	random := rand.New(rand.NewPCG(uint64(params.Seed), 0x73656c656374))
	part := splitByBlocks
	if params.Split == "random" {
		part = splitRandomly
	}
	train, validation, gap := part(footage, length, params, random)
	if len(train) == 0 || len(validation) == 0 {
		return nil, step.WithHint(
			fmt.Errorf("%d frames in %.1f s are too few for two sets %g s apart", len(footage),
				length, params.Gap),
			"film the label for longer, or lower dataset.gap")
	}
	s := newSelection(probes, train, validation)
	s.Dropped = Dropped{Gap: gap, Surplus: len(footage) - len(train) - len(validation) - gap}
	return s, nil
}

// concatenate lays the videos end to end, without their pauses, for n frames to be chosen. A video
// lasts from its first frame to one frame after its last. length is in seconds.
func concatenate(probes []*ProbeResult, n int) (footage []moment, length float64) {
	durations := frameDurations(probes, n)
	for v, p := range probes {
		for i, s := range p.Seconds {
			footage = append(footage, moment{v, i, len(footage), s, length, durations[v][i]})
			length += durations[v][i]
		}
	}
	return footage, length
}

// shortestPause is in seconds. Frames of a webcam may come in pairs a millisecond apart, so that
// the intervals between pairs are far from typical: but nothing paused for a fifteenth of a second.
const shortestPause = 0.2

// frameDurations returns how long each frame of each video was filmed, in seconds, if n frames are
// to be chosen. A frame lasts until the next one, except before a pause: a camera waited for motion
// there, or was switched off, so the frame counts like any other of its video. A pause is no
// shorter than shortestPause, longer than twice the video's typical interval, and longer than half
// the distance between chosen frames; so two frames around a pause never come closer than that.
// Each pause shortens the footage and with it the distance, so this repeats until no pause is
// found.
func frameDurations(probes []*ProbeResult, n int) [][]float64 {
	durations := make([][]float64, len(probes))
	typical := make([]float64, len(probes))
	total, frames := 0.0, 0
	for v, p := range probes {
		durations[v] = intervals(p.Seconds)
		typical[v] = median(durations[v])
		for _, d := range durations[v] {
			total += d
		}
		frames += len(p.Seconds)
	}
	for {
		half := total / float64(min(n, frames)) / 2
		paused := 0.0
		for v := range durations {
			for i, d := range durations[v] {
				if d > max(half, 2*typical[v], shortestPause)*(1+1e-9) {
					durations[v][i] = typical[v]
					paused += d - typical[v]
				}
			}
		}
		if paused == 0 {
			return durations
		}
		total -= paused
	}
}

// intervals returns the time from each frame to the next. The last frame lasts as long as the
// median.
func intervals(seconds []float64) []float64 {
	n := len(seconds)
	list := make([]float64, n)
	for i := range n - 1 {
		list[i] = seconds[i+1] - seconds[i]
	}
	if list[n-1] = singleFrame; n > 1 {
		list[n-1] = median(list[:n-1])
	}
	return list
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// setSizes returns how many frames each set should have.
func setSizes(footage []moment, params SelectParams) (train, validation int) {
	n := min(params.Frames, len(footage))
	validation = max(int(math.Round(params.Validation*float64(n))), 1)
	return n - validation, validation
}

// splitRandomly divides frames as the article did: neighbours in time may be in different sets, and
// there is no gap.
func splitRandomly(
	footage []moment, _ float64, params SelectParams, random *rand.Rand,
) (train, validation []moment, gap int) {
	nTrain, nValidation := setSizes(footage, params)
	all := sampleEvenly(footage, nTrain+nValidation)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[nValidation:], all[:nValidation], 0
}

// At most gapShare of the footage is given up for gaps. More than maxBlocks blocks would not
// measure anything better.
const (
	gapShare  = 0.1
	maxBlocks = 8
)

// splitByBlocks divides frames by blocks of time. The footage is cut into equal stretches; in each
// of them one block, placed by the seed, is for validation. Frames within params.Gap of a
// validation frame of the same video are in neither set, and gap counts them.
func splitByBlocks(
	footage []moment, length float64, params SelectParams, random *rand.Rand,
) (train, validation []moment, gap int) {
	inBlock := make([]bool, len(footage)) // whether a frame is in a block
	for _, b := range validationBlocks(length, params, random) {
		for i, m := range footage {
			inBlock[i] = inBlock[i] || m.offset >= b[0] && m.offset < b[1]
		}
	}
	for i, m := range footage {
		switch {
		case inBlock[i]:
			validation = append(validation, m)
		case !isNear(footage, inBlock, i, params.Gap):
			train = append(train, m)
		default:
			gap++
		}
	}
	nTrain, nValidation := setSizes(footage, params)
	validation = sampleEvenly(validation, nValidation)
	if half := length / float64(nTrain+nValidation) / 2; half > params.Gap {
		if apart := farFrom(footage, train, validation, half); len(apart) >= nTrain {
			train = apart
		}
	}
	return sampleEvenly(train, nTrain), validation, gap
}

// farFrom returns the moments in some that are at least so many seconds from all moments in others.
func farFrom(footage, some, others []moment, seconds float64) []moment {
	chosen := make([]bool, len(footage))
	for _, m := range others {
		chosen[m.position] = true
	}
	return slices.DeleteFunc(slices.Clone(some),
		func(m moment) bool { return isNear(footage, chosen, m.position, seconds) })
}

// validationBlocks returns the begin and end of each validation block, in seconds. Footage that is
// too short for a gap on both sides of a block has one block, at its beginning or at its end.
func validationBlocks(length float64, params SelectParams, random *rand.Rand) [][2]float64 {
	n := maxBlocks
	if params.Gap > 0 {
		n = min(int(gapShare*length/(2*params.Gap)), maxBlocks)
	}
	if n == 0 {
		size := params.Validation * max(length-params.Gap, 0)
		if random.IntN(2) == 0 {
			return [][2]float64{{0, size}}
		}
		return [][2]float64{{length - size, math.Inf(1)}}
	}
	stretch := length / float64(n)
	size := params.Validation * (stretch - 2*params.Gap)
	var list [][2]float64
	for i := range n {
		begin := float64(i)*stretch + params.Gap + random.Float64()*(stretch-2*params.Gap-size)
		list = append(list, [2]float64{begin, begin + size})
	}
	return list
}

// isNear reports whether a marked frame is within the gap of frame i, in the same video.
func isNear(footage []moment, marked []bool, i int, gap float64) bool {
	for _, direction := range []int{-1, 1} {
		for j := i + direction; j >= 0 && j < len(footage); j += direction {
			if footage[j].video != footage[i].video ||
				math.Abs(footage[j].seconds-footage[i].seconds) >= gap {
				break
			}
			if marked[j] {
				return true
			}
		}
	}
	return false
}

// sampleEvenly returns n of the frames, or all if there are fewer, at distances of time as equal as
// the frames allow.
func sampleEvenly(frames []moment, n int) []moment {
	if n >= len(frames) {
		return slices.Clone(frames)
	}
	total := 0.0
	for _, m := range frames {
		total += m.duration
	}
	var sample []moment
	next, passed := 0, 0.0 // the next frame, and the duration of those before it
	for i := range n {
		target := (float64(i) + 0.5) * total / float64(n)
		for next < len(frames)-(n-i) && passed+frames[next].duration <= target {
			passed += frames[next].duration
			next++
		}
		sample = append(sample, frames[next])
		passed += frames[next].duration
		next++
	}
	return sample
}

// newSelection puts the chosen frames in the order of the videos, and measures the smallest gap
// between the sets.
func newSelection(probes []*ProbeResult, train, validation []moment) *Selection {
	s := &Selection{Videos: make([]SelectedVideo, len(probes)), Gap: -1}
	for v, p := range probes {
		s.Videos[v] = SelectedVideo{Frames: p.Frames, Chosen: []SelectedFrame{}}
	}
	for _, set := range []struct {
		name    string
		moments []moment
	}{{Train, train}, {Validation, validation}} {
		for _, m := range set.moments {
			chosen := &s.Videos[m.video].Chosen
			*chosen = append(*chosen, SelectedFrame{Index: m.index, Seconds: m.seconds,
				Set: set.name})
		}
	}
	for _, v := range s.Videos {
		slices.SortFunc(v.Chosen, func(a, b SelectedFrame) int { return a.Index - b.Index })
		s.Gap = minGap(s.Gap, smallestGap(v.Chosen))
	}
	return s
}

// smallestGap returns the time in seconds between the nearest frames of different sets in one
// video, or -1 if there are none. Such frames are neighbours.
func smallestGap(chosen []SelectedFrame) float64 {
	least := -1.0
	for i := 1; i < len(chosen); i++ {
		if chosen[i].Set != chosen[i-1].Set {
			least = minGap(least, math.Round((chosen[i].Seconds-chosen[i-1].Seconds)*1e6)/1e6)
		}
	}
	return least
}

// minGap returns the smaller of two gaps; -1 means none.
func minGap(a, b float64) float64 {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// ParseSelection parses a selection.json and checks it.
func ParseSelection(data []byte) (*Selection, error) {
	var s Selection
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("selection: %w", err)
	}
	for _, v := range s.Videos {
		before := -1
		for _, c := range v.Chosen {
			if c.Index <= before || c.Index >= v.Frames || c.Set != Train && c.Set != Validation {
				return nil, errors.New("selection: the frames are not in order, or not the video's")
			}
			before = c.Index
		}
	}
	if p := s.Pictures; p != nil {
		before := -1
		for _, c := range p.Chosen {
			if c.Index <= before || c.Index >= p.Pictures || c.Set != Train && c.Set != Validation {
				return nil, errors.New(
					"selection: the pictures are not in order, or not the label's")
			}
			before = c.Index
		}
	}
	return &s, nil
}
