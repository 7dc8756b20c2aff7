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

// NewSelect gives what runs select steps.
func NewSelect() step.Runner { return selector{} }

type selector struct{}

func (selector) Run(_ context.Context, job *step.Job) error {
	var params SelectParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	var probes []*Probed
	for i := range len(job.Inputs) {
		p, err := OpenProbed(job.Inputs[fmt.Sprintf("probe/%d", i)])
		if err != nil {
			return err
		}
		probes = append(probes, p)
	}
	selection, err := choose(probes, params)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(job.Out, "selection.json"), selection)
}

// A moment is one frame of a label's footage.
type moment struct {
	video, index int
	place        int     // among all moments
	seconds      float64 // in its video
	at           float64 // seconds since the footage began, as if its videos were one
	lasts        float64 // seconds until the next frame
}

// alone is how long the only frame of a video lasts, in seconds: one of 25.
const alone = 0.04

// choose takes at most params.Frames of the videos' frames, in equal distances of time, and parts them into the sets.
// It depends on nothing but the label's own videos, so another label or resolution changes nothing.
func choose(probes []*Probed, params SelectParams) (*Selection, error) {
	footage, length := joined(probes, params.Frames)
	random := rand.New(rand.NewPCG(uint64(params.Seed), 0x73656c656374))
	part := parted
	if params.Split == "random" {
		part = shuffled
	}
	train, validation, gap := part(footage, length, params, random)
	if len(train) == 0 || len(validation) == 0 {
		return nil, step.WithHint(fmt.Errorf("%d frames in %.1f s are too few for two sets %g s apart", len(footage), length, params.Gap),
			"film the label for longer, or lower dataset.gap")
	}
	s := selection(probes, train, validation)
	s.Dropped = Dropped{Gap: gap, Surplus: len(footage) - len(train) - len(validation) - gap}
	return s, nil
}

// joined lays the videos one after the other, without their pauses, for n frames to be taken. A video lasts from its first
// frame to its last and one frame more.
func joined(probes []*Probed, n int) (footage []moment, length float64) {
	lasts := filmed(probes, n)
	for v, p := range probes {
		for i, s := range p.Seconds {
			footage = append(footage, moment{v, i, len(footage), s, length, lasts[v][i]})
			length += lasts[v][i]
		}
	}
	return footage, length
}

// filmed is how long each frame of each video was filmed, in seconds, where n of them are to be taken. That is until the
// next one, but for a pause: there a camera waited for motion, or lay in a bag, and the frame before it counts as any other
// of its video. A pause is longer than half the distance at which frames are taken, so that no two frames around it come to
// be nearer than that, and longer than twice what is usual in its video.
func filmed(probes []*Probed, n int) [][]float64 {
	lasts := make([][]float64, len(probes))
	usual := make([]float64, len(probes))
	total, frames := 0.0, 0
	for v, p := range probes {
		lasts[v] = durations(p.Seconds)
		usual[v] = median(lasts[v])
		for _, d := range lasts[v] {
			total += d
		}
		frames += len(p.Seconds)
	}
	for {
		half := total / float64(min(n, frames)) / 2
		paused := 0.0
		for v := range lasts {
			for i, d := range lasts[v] {
				if d > max(half, 2*usual[v])*(1+1e-9) {
					lasts[v][i] = usual[v]
					paused += d - usual[v]
				}
			}
		}
		if paused == 0 {
			return lasts
		}
		total -= paused
	}
}

// durations are from each frame to the next; the last lasts as long as is usual.
func durations(seconds []float64) []float64 {
	n := len(seconds)
	list := make([]float64, n)
	for i := range n - 1 {
		list[i] = seconds[i+1] - seconds[i]
	}
	if list[n-1] = alone; n > 1 {
		list[n-1] = median(list[:n-1])
	}
	return list
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// wanted is how many frames each set is to have.
func wanted(footage []moment, params SelectParams) (train, validation int) {
	n := min(params.Frames, len(footage))
	validation = max(int(math.Round(params.Validation*float64(n))), 1)
	return n - validation, validation
}

// shuffled parts frames as the article did: neighbours in time may be in different sets.
func shuffled(footage []moment, _ float64, params SelectParams, random *rand.Rand) (train, validation []moment, gap int) {
	nTrain, nValidation := wanted(footage, params)
	all := spread(footage, nTrain+nValidation)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[nValidation:], all[:nValidation], 0
}

// At most a tenth of the footage is given up for gaps, and more blocks than these tell no more.
const (
	gapShare  = 0.1
	maxBlocks = 8
)

// parted parts frames by blocks of time. The footage is cut into equal stretches, and in each a block, at a place that the
// seed chooses, is for validation. Frames nearer than the gap to one of validation, in the same video, are in no set: gap of
// them.
func parted(footage []moment, length float64, params SelectParams, random *rand.Rand) (train, validation []moment, gap int) {
	inner := make([]bool, len(footage)) // of a block
	for _, b := range blocks(length, params, random) {
		for i, m := range footage {
			inner[i] = inner[i] || m.at >= b[0] && m.at < b[1]
		}
	}
	for i, m := range footage {
		switch {
		case inner[i]:
			validation = append(validation, m)
		case !near(footage, inner, i, params.Gap):
			train = append(train, m)
		default:
			gap++
		}
	}
	nTrain, nValidation := wanted(footage, params)
	validation = spread(validation, nValidation)
	if half := length / float64(nTrain+nValidation) / 2; half > params.Gap {
		if apart := away(footage, train, validation, half); len(apart) >= nTrain {
			train = apart
		}
	}
	return spread(train, nTrain), validation, gap
}

// away are those of some moments that are no nearer than so many seconds to the others, which were chosen.
func away(footage, some, others []moment, seconds float64) []moment {
	chosen := make([]bool, len(footage))
	for _, m := range others {
		chosen[m.place] = true
	}
	return slices.DeleteFunc(slices.Clone(some), func(m moment) bool { return near(footage, chosen, m.place, seconds) })
}

// blocks are where validation is, as beginnings and ends in seconds. Footage too short for a gap on both sides of a
// block has it at its beginning or at its end.
func blocks(length float64, params SelectParams, random *rand.Rand) [][2]float64 {
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

// near reports whether one of certain frames is within the gap of frame i, in the same video.
func near(footage []moment, inner []bool, i int, gap float64) bool {
	for _, direction := range []int{-1, 1} {
		for j := i + direction; j >= 0 && j < len(footage); j += direction {
			if footage[j].video != footage[i].video || math.Abs(footage[j].seconds-footage[i].seconds) >= gap {
				break
			}
			if inner[j] {
				return true
			}
		}
	}
	return false
}

// spread takes n of the frames, or all where they are fewer, in distances of time as equal as the frames allow.
func spread(frames []moment, n int) []moment {
	if n >= len(frames) {
		return slices.Clone(frames)
	}
	total := 0.0
	for _, m := range frames {
		total += m.lasts
	}
	var taken []moment
	next, passed := 0, 0.0 // the first frame not yet passed by, and how long those before it last
	for i := range n {
		target := (float64(i) + 0.5) * total / float64(n)
		for next < len(frames)-(n-i) && passed+frames[next].lasts <= target {
			passed += frames[next].lasts
			next++
		}
		taken = append(taken, frames[next])
		passed += frames[next].lasts
		next++
	}
	return taken
}

// selection puts the chosen frames in the videos' order, and measures how far apart the sets are.
func selection(probes []*Probed, train, validation []moment) *Selection {
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
			*chosen = append(*chosen, SelectedFrame{Index: m.index, Seconds: m.seconds, Set: set.name})
		}
	}
	for _, v := range s.Videos {
		slices.SortFunc(v.Chosen, func(a, b SelectedFrame) int { return a.Index - b.Index })
		s.Gap = nearer(s.Gap, distance(v.Chosen))
	}
	return s
}

// distance is the time between the nearest frames of different sets in one video, which are neighbours; -1 where there are none.
func distance(chosen []SelectedFrame) float64 {
	least := -1.0
	for i := 1; i < len(chosen); i++ {
		if chosen[i].Set != chosen[i-1].Set {
			least = nearer(least, math.Round((chosen[i].Seconds-chosen[i-1].Seconds)*1e6)/1e6)
		}
	}
	return least
}

// nearer is the smaller of two distances, of which -1 is none.
func nearer(a, b float64) float64 {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// ReadSelection reads a selection.json and checks it.
func ReadSelection(data []byte) (*Selection, error) {
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
	return &s, nil
}
