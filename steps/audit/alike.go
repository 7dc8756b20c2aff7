package audit

import (
	"context"
	"math/bits"

	"snellen/engine/step"
	"snellen/steps/video"
)

// sampled is how many frames of a source are compared with other sources, spread evenly: enough to see shared footage, and
// few enough for a thousand labels.
const sampled = 200

// compare fills the result.
func (a *auditing) compare(ctx context.Context) error {
	a.result.Twins, a.result.Cameras = []Shared{}, []Shared{}
	for i, frames := range a.labels {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l := &a.result.Labels[i]
		train, validation := of(frames, video.Train), of(frames, video.Validation)
		l.Train, l.Validation = len(train), len(validation)
		l.Near, l.Nearest = alike(validation, train, a.params.Near)
		a.job.Report(step.Progress{Done: float64(i + 1), Total: float64(len(a.labels)), Unit: "labels"})
	}
	var labels [][]Frame
	for _, frames := range a.labels {
		labels = append(labels, sample(frames))
	}
	var twins []Shared
	for i := range labels {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		twins = append(twins, a.shared(i, labels[i], labels, i+1)...)
	}
	a.result.Twins = append(a.result.Twins, notable(twins)...)
	for i, frames := range a.cameras {
		a.result.Cameras = append(a.result.Cameras, notable(a.shared(i, sample(frames), labels, 0))...)
	}
	return nil
}

// shared compares a source with the labels from one on.
func (a *auditing) shared(i int, frames []Frame, labels [][]Frame, from int) []Shared {
	var list []Shared
	for j := from; j < len(labels); j++ {
		if near, nearest := alike(frames, labels[j], a.params.Near); nearest != nil {
			list = append(list, Shared{i, j, len(frames), near, *nearest})
		}
	}
	return list
}

// notable keeps those that share something, and the nearest of all.
func notable(list []Shared) []Shared {
	best := 0
	for i, s := range list {
		if s.Nearest.Bits < list[best].Nearest.Bits {
			best = i
		}
	}
	var out []Shared
	for i, s := range list {
		if s.Near > 0 || i == best {
			out = append(out, s)
		}
	}
	return out
}

// alike counts the frames of a that have a near-duplicate in b, and gives the most alike; nil where there are none.
func alike(a, b []Frame, near int) (count int, nearest *Pair) {
	for _, x := range a {
		best := -1
		for i, y := range b {
			if best < 0 || bits.OnesCount64(x.hash^y.hash) < bits.OnesCount64(x.hash^b[best].hash) {
				best = i
			}
		}
		if best < 0 {
			return 0, nil
		}
		differ := bits.OnesCount64(x.hash ^ b[best].hash)
		if differ <= near {
			count++
		}
		if nearest == nil || differ < nearest.Bits {
			nearest = &Pair{differ, x, b[best]}
		}
	}
	return count, nearest
}

func of(frames []Frame, set string) []Frame {
	var out []Frame
	for _, f := range frames {
		if f.Set == set {
			out = append(out, f)
		}
	}
	return out
}

func sample(frames []Frame) []Frame {
	if len(frames) <= sampled {
		return frames
	}
	var out []Frame
	for i := range sampled {
		out = append(out, frames[i*len(frames)/sampled])
	}
	return out
}
