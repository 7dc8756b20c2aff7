package video

import (
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// still is the reading of a small picture.
var still = Reading{Width: 8, Height: 8, PixelAspect: "1:1", Range: "limited", Matrix: "bt601"}

// steady returns a probe of n frames at a constant rate.
func steady(n int, rate float64) *ProbeResult {
	p := &ProbeResult{Width: 8, Height: 8, Frames: n, Reading: still}
	for i := range n {
		p.Seconds = append(p.Seconds, float64(i)/rate)
	}
	return p
}

func counts(s *Selection) (train, validation int) {
	for _, v := range s.Videos {
		for _, c := range v.Chosen {
			if c.Set == Train {
				train++
			} else {
				validation++
			}
		}
	}
	return train, validation
}

// TestSelectArticle is the study's own case: 220 frames in 11 s yield 200, split four to one, half
// a second apart.
func TestSelectArticle(t *testing.T) {
	s, err := chooseFrames([]*ProbeResult{steady(220, 20)},
		SelectParams{Frames: 200, Validation: 0.2, Split: "blocks", Gap: 0.5, Seed: 2020})
	if err != nil {
		t.Fatal(err)
	}
	train, validation := counts(s)
	if train < 159 || train > 160 || validation != 40 || s.Gap < 0.5 {
		t.Errorf("%d train, %d validation, %g s apart", train, validation, s.Gap)
	}
	if d := s.Dropped; d.Gap < 18 || d.Gap > 20 || d.Gap+d.Surplus+train+validation != 220 {
		t.Errorf("dropped %+v of 220 frames, %d and %d of which were taken", d, train, validation)
	}
	s, err = chooseFrames([]*ProbeResult{steady(220, 20)},
		SelectParams{Frames: 200, Validation: 0.2, Split: "random", Gap: 0.5, Seed: 2020})
	if err != nil {
		t.Fatal(err)
	}
	if train, validation := counts(s); train != 160 || validation != 40 ||
		math.Abs(s.Gap-0.05) > 1e-9 {
		t.Errorf("random: %d train, %d validation, %g s apart", train, validation, s.Gap)
	}
}

func TestSelectLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var probes []*ProbeResult
		for range rapid.IntRange(1, 3).Draw(t, "videos") {
			p := &ProbeResult{Width: 8, Height: 8}
			at := 0.0
			for range rapid.IntRange(1, 400).Draw(t, "frames") {
				p.Seconds = append(p.Seconds, at)
				at += rapid.SampledFrom([]float64{0.02, 0.05, 0.5, 20}).Draw(t, "lasts")
			}
			p.Frames = len(p.Seconds)
			probes = append(probes, p)
		}
		params := SelectParams{
			Frames:     rapid.IntRange(2, 300).Draw(t, "n"),
			Validation: rapid.SampledFrom([]float64{0.1, 0.2, 0.5}).Draw(t, "validation"),
			Split:      rapid.SampledFrom([]string{"blocks", "random"}).Draw(t, "split"),
			Gap:        rapid.SampledFrom([]float64{0, 0.3, 2}).Draw(t, "gap"),
			Seed:       rapid.Int64().Draw(t, "seed"),
		}
		s, err := chooseFrames(probes, params)
		if err != nil {
			if !strings.Contains(err.Error(), "too few for two sets") {
				t.Fatal(err)
			}
			return
		}
		train, validation := counts(s)
		if train+validation > params.Frames || train < 1 || validation < 1 {
			t.Errorf("%d and %d of at most %d", train, validation, params.Frames)
		}
		if params.Split == "blocks" && s.Gap >= 0 && s.Gap < params.Gap-1e-6 {
			t.Errorf("%g s apart, less than %g", s.Gap, params.Gap)
		}
		data, _ := json.Marshal(s)
		if again, err := ParseSelection(data); err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("read again: %v", err)
		}
		if again, _ := chooseFrames(probes, params); !reflect.DeepEqual(s, again) {
			t.Error("the second time gave another selection")
		}
	})
}

// filming returns a probe of n frames, with the time to the next frame returned by lasts.
func filming(n int, lasts func(i int) float64) *ProbeResult {
	p := &ProbeResult{Width: 8, Height: 8, Frames: n, Reading: still}
	at := 0.0
	for i := range n {
		p.Seconds = append(p.Seconds, at)
		at += lasts(i)
	}
	return p
}

// TestPausesAreNoFootage: with any seed, frames are spread over what was filmed, without pauses,
// and no two are closer than half the distance between chosen frames.
func TestPausesAreNoFootage(t *testing.T) {
	for name, c := range map[string]struct {
		probe  *ProbeResult
		filmed float64 // seconds
	}{
		"two pauses": {filming(150, func(i int) float64 {
			if i == 49 || i == 99 {
				return 14
			}
			return 0.04
		}), 6},
		"bursts of five": {filming(150, func(i int) float64 {
			if i%5 == 4 {
				return 3
			}
			return 0.04
		}), 6},
		"pauses of a second": {filming(300, func(i int) float64 {
			if i%40 == 39 {
				return 1
			}
			return 1.0 / 30
		}), 10},
		"timelapse": {filming(150, func(int) float64 { return 10 }), 1500},
		"slow motion": {filming(267, func(i int) float64 {
			if i > 13 && i < 254 {
				return 1.0 / 240
			}
			return 1.0 / 30
		}), 14.0/30 + 240.0/240 + 13.0/30},
	} {
		for seed := range int64(40) {
			for _, split := range []string{"blocks", "random"} {
				s, err := chooseFrames([]*ProbeResult{c.probe},
					SelectParams{Frames: 20, Validation: 0.2, Split: split,
						Gap: min(0.5, c.filmed/12), Seed: seed})
				if err != nil {
					t.Fatalf("%s, seed %d, %s: %v", name, seed, split, err)
				}
				if train, validation := counts(s); train != 16 || validation != 4 {
					t.Errorf("%s, seed %d, %s: %d and %d frames", name, seed, split, train,
						validation)
				}
				chosen := s.Videos[0].Chosen
				for i := 1; i < len(chosen); i++ {
					if d := chosen[i].Seconds - chosen[i-1].Seconds; d < c.filmed/20/2 {
						t.Errorf("%s, seed %d, %s: frames %d and %d are %.3f s apart, of %.1f s",
							name, seed, split, chosen[i-1].Index, chosen[i].Index, d, c.filmed)
					}
				}
			}
		}
	}
}

// TestSpreadIsByTime: frames are spread over time, not over indices. A stretch with ten times the
// frames has no more of them chosen.
func TestSpreadIsByTime(t *testing.T) {
	var frames []moment
	for i := range 100 {
		frames = append(frames, moment{index: i, offset: float64(i) * 0.1, duration: 0.1})
	}
	for i := range 1000 {
		frames = append(frames, moment{index: 100 + i, offset: 10 + float64(i)*0.01,
			duration: 0.01})
	}
	early := 0
	taken := sampleEvenly(frames, 20)
	for _, m := range taken {
		if m.offset < 10 {
			early++
		}
	}
	if early != 10 || len(taken) != 20 {
		t.Errorf("%d of %d frames are of the first half", early, len(taken))
	}
	if got := sampleEvenly(frames, 5000); len(got) != len(frames) {
		t.Errorf("%d of %d frames", len(got), len(frames))
	}
	if !slices.IsSortedFunc(taken, func(a, b moment) int { return a.index - b.index }) {
		t.Error("not in order")
	}
}

// A webcam's frames may come in pairs a millisecond apart: the time between pairs is no pause.
func TestPairsOfFramesAreNoPauses(t *testing.T) {
	pairs := filming(150, func(i int) float64 { return []float64{0.001, 0.0657}[i%2] })
	for seed := range int64(40) {
		s, err := chooseFrames([]*ProbeResult{pairs}, SelectParams{Frames: 60, Validation: 0.2,
			Split: "blocks", Gap: 0.2, Seed: seed})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		chosen := s.Videos[0].Chosen
		if first, last := chosen[0].Seconds, chosen[len(chosen)-1].Seconds; len(chosen) < 50 ||
			first > 0.5 || last < 4.4 {
			t.Errorf("seed %d: %d frames from %g to %g s", seed, len(chosen), first, last)
		}
	}
}

func TestSelectRunner(t *testing.T) {
	dir := t.TempDir()
	inputs := map[string]string{"probe/0": filepath.Join(dir, "0"),
		"probe/1": filepath.Join(dir, "1")}
	if err := writeJSON(inputs["probe/0"], steady(100, 10)); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(inputs["probe/1"], steady(100, 20)); err != nil {
		t.Fatal(err)
	}
	j := job(t, SelectParams{Frames: 50, Validation: 0.2, Split: "blocks", Gap: 0.5, Seed: 1},
		inputs)
	if err := NewSelect().Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	s, err := ParseSelection(read(t, filepath.Join(j.Out, "selection.json")))
	if err != nil {
		t.Fatal(err)
	}
	if first, second := len(s.Videos[0].Chosen), len(s.Videos[1].Chosen); first+second != 50 ||
		first < 25 || second < 10 {
		t.Errorf("%d and %d frames of videos of 10 s and 5 s", first, second)
	}
	if err := writeJSON(inputs["probe/1"], map[string]int{"frames": 3}); err != nil {
		t.Fatal(err)
	}
	if err := NewSelect().Run(t.Context(), j); err == nil {
		t.Error("a probe without times was taken")
	}
}

func FuzzReadSelection(f *testing.F) {
	f.Add([]byte(
		`{"videos":[{"frames":2,"chosen":[{"index":1,"seconds":0.1,"set":"train"}]}],"smallest_distance":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSelection(data)
		if err != nil {
			return
		}
		for _, v := range s.Videos {
			for _, c := range v.Chosen {
				if c.Index < 0 || c.Index >= v.Frames {
					t.Errorf("%+v", v)
				}
			}
		}
	})
}
