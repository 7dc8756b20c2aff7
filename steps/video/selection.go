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
	var probes []*ProbeResult
	for i := range len(job.Inputs) {
		p, err := LoadProbeResult(job.Inputs[fmt.Sprintf("probe/%d", i)])
		if err != nil {
			return err
		}
		probes = append(probes, p)
	}
	selection, err := chooseFrames(probes, params)
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

// singleFrame is how long the only frame of a video lasts, in seconds: one of 25.
const singleFrame = 0.04

// chooseFrames takes at most params.Frames of the videos' frames, in equal distances of time, and parts them into the sets.
// It depends on nothing but the label's own videos, so another label or resolution changes nothing.
func chooseFrames(probes []*ProbeResult, params SelectParams) (*Selection, error) {
	footage, length := concatenate(probes, params.Frames)
	random := rand.New(rand.NewPCG(uint64(params.Seed), 0x73656c656374))
	part := splitByBlocks
	if params.Split == "random" {
		part = splitRandomly
	}
	train, validation, gap := part(footage, length, params, random)
	if len(train) == 0 || len(validation) == 0 {
		return nil, step.WithHint(fmt.Errorf("%d frames in %.1f s are too few for two sets %g s apart", len(footage), length, params.Gap),
			"film the label for longer, or lower dataset.gap")
	}
	s := newSelection(probes, train, validation)
	s.Dropped = Dropped{Gap: gap, Surplus: len(footage) - len(train) - len(validation) - gap}
	return s, nil
}

// concatenate lays the videos one after the other, without their pauses, for n frames to be taken. A video lasts from its first
// frame to its last and one frame more.
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

// frameDurations is how long each frame of each video was filmed, in seconds, where n of them are to be taken. That is until the
// next one, but for a pause: there a camera waited for motion, or lay in a bag, and the frame before it counts as any other
// of its video. A pause is longer than half the distance at which frames are taken, so that no two frames around it come to
// be nearer than that, and longer than twice what is usual in its video.
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
				if d > max(half, 2*typical[v])*(1+1e-9) {
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

// intervals are from each frame to the next; the last lasts as long as is usual.
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

// setSizes is how many frames each set is to have.
func setSizes(footage []moment, params SelectParams) (train, validation int) {
	n := min(params.Frames, len(footage))
	validation = max(int(math.Round(params.Validation*float64(n))), 1)
	return n - validation, validation
}

// splitRandomly parts frames as the article did: neighbours in time may be in different sets.
func splitRandomly(footage []moment, _ float64, params SelectParams, random *rand.Rand) (train, validation []moment, gap int) {
	nTrain, nValidation := setSizes(footage, params)
	all := sampleEvenly(footage, nTrain+nValidation)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[nValidation:], all[:nValidation], 0
}

// At most a tenth of the footage is given up for gaps, and more blocks than these tell no more.
const (
	gapShare  = 0.1
	maxBlocks = 8
)

// splitByBlocks parts frames by blocks of time. The footage is cut into equal stretches, and in each a block, at a place that the
// seed chooses, is for validation. Frames nearer than the gap to one of validation, in the same video, are in no set: gap of
// them.
func splitByBlocks(footage []moment, length float64, params SelectParams, random *rand.Rand) (train, validation []moment, gap int) {
	inBlock := make([]bool, len(footage)) // of a block
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

// farFrom are those of some moments that are no nearer than so many seconds to the others, which were chosen.
func farFrom(footage, some, others []moment, seconds float64) []moment {
	chosen := make([]bool, len(footage))
	for _, m := range others {
		chosen[m.position] = true
	}
	return slices.DeleteFunc(slices.Clone(some), func(m moment) bool { return isNear(footage, chosen, m.position, seconds) })
}

// validationBlocks are where validation is, as beginnings and ends in seconds. Footage too short for a gap on both sides of a
// block has it at its beginning or at its end.
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

// isNear reports whether one of certain frames is within the gap of frame i, in the same video.
func isNear(footage []moment, marked []bool, i int, gap float64) bool {
	for _, direction := range []int{-1, 1} {
		for j := i + direction; j >= 0 && j < len(footage); j += direction {
			if footage[j].video != footage[i].video || math.Abs(footage[j].seconds-footage[i].seconds) >= gap {
				break
			}
			if marked[j] {
				return true
			}
		}
	}
	return false
}

// sampleEvenly takes n of the frames, or all where they are fewer, in distances of time as equal as the frames allow.
func sampleEvenly(frames []moment, n int) []moment {
	if n >= len(frames) {
		return slices.Clone(frames)
	}
	total := 0.0
	for _, m := range frames {
		total += m.duration
	}
	var taken []moment
	next, passed := 0, 0.0 // the first frame not yet passed by, and how long those before it last
	for i := range n {
		target := (float64(i) + 0.5) * total / float64(n)
		for next < len(frames)-(n-i) && passed+frames[next].duration <= target {
			passed += frames[next].duration
			next++
		}
		taken = append(taken, frames[next])
		passed += frames[next].duration
		next++
	}
	return taken
}

// newSelection puts the chosen frames in the videos' order, and measures how far apart the sets are.
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
			*chosen = append(*chosen, SelectedFrame{Index: m.index, Seconds: m.seconds, Set: set.name})
		}
	}
	for _, v := range s.Videos {
		slices.SortFunc(v.Chosen, func(a, b SelectedFrame) int { return a.Index - b.Index })
		s.Gap = minGap(s.Gap, smallestGap(v.Chosen))
	}
	return s
}

// smallestGap is the time between the nearest frames of different sets in one video, which are neighbours; -1 where there are none.
func smallestGap(chosen []SelectedFrame) float64 {
	least := -1.0
	for i := 1; i < len(chosen); i++ {
		if chosen[i].Set != chosen[i-1].Set {
			least = minGap(least, math.Round((chosen[i].Seconds-chosen[i-1].Seconds)*1e6)/1e6)
		}
	}
	return least
}

// minGap is the smaller of two distances, of which -1 is none.
func minGap(a, b float64) float64 {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// ParseSelection reads a selection.json and checks it.
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
	return &s, nil
}
