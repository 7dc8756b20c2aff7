package video

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"snellen/engine/step"
)

// photographs returns a set of n pictures, each in a burst of so many near-duplicates.
func photographs(n, burst int) *PictureSet {
	random := rand.New(rand.NewPCG(1, 2))
	set := &PictureSet{}
	var scene uint64
	for i := range n {
		if i%burst == 0 {
			scene = random.Uint64()
		}
		digest := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		set.Pictures = append(set.Pictures, PictureInfo{Width: 8, Height: 8,
			Digest: hex.EncodeToString(digest[:]),
			Hash:   fmt.Sprintf("%016x", scene^1<<(i%burst)^1<<(i%burst+9))})
	}
	return set
}

// setOf returns the set of each chosen picture, by its digest.
func setOf(set *PictureSet, s *SelectedPictures) map[string]string {
	sets := map[string]string{}
	for _, c := range s.Chosen {
		sets[set.Pictures[c.Index].Digest] = c.Set
	}
	return sets
}

func chosen(t *testing.T, set *PictureSet, params SelectParams) *SelectedPictures {
	t.Helper()
	s, err := choosePictures(set, params)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func count(s *SelectedPictures, set string) (n int) {
	for _, c := range s.Chosen {
		if c.Set == set {
			n++
		}
	}
	return n
}

var grouped = SelectParams{Frames: 1000, Validation: 0.25, Split: "blocks", Seed: 7, Near: 6}

// Near-duplicates stand on one side, and the sets have about the sizes that were asked for.
func TestPicturesInGroups(t *testing.T) {
	set := photographs(400, 4)
	s := chosen(t, set, grouped)
	if n := count(s, Validation); len(s.Chosen) != 400 || n < 60 || n > 140 {
		t.Errorf("%d of %d pictures are for validation", n, len(s.Chosen))
	}
	if len(s.Groups) != 100 {
		t.Errorf("%d groups", len(s.Groups))
	}
	sets := setOf(set, s)
	for _, g := range s.Groups {
		for _, i := range g {
			if sets[set.Pictures[i].Digest] != sets[set.Pictures[g[0]].Digest] {
				t.Fatalf("group %v stands on both sides", g)
			}
		}
	}
}

// Adding a picture, at whichever place, moves no other.
func TestAnotherPictureMovesNone(t *testing.T) {
	for _, split := range []string{"blocks", "random"} {
		params := grouped
		params.Split = split
		all := photographs(120, 3)
		for _, new := range []int{0, 2, 60, 118, 119} {
			set := &PictureSet{Pictures: slices.Delete(slices.Clone(all.Pictures), new, new+1)}
			before, after := setOf(set, chosen(t, set, params)), setOf(all, chosen(t, all, params))
			if split == "blocks" && new%3 == 0 {
				continue // it becomes the first of its group, which may move
			}
			for digest, side := range before {
				if after[digest] != side {
					t.Errorf("%s: with picture %d, another is for %s", split, new, after[digest])
				}
			}
		}
	}
}

// No more than so many pictures are chosen, and the split of those is not another.
func TestFewerPictures(t *testing.T) {
	set := photographs(300, 1)
	params := grouped
	all := setOf(set, chosen(t, set, params))
	params.Frames = 100
	s := chosen(t, set, params)
	if len(s.Chosen) != 100 {
		t.Errorf("%d pictures", len(s.Chosen))
	}
	for digest, side := range setOf(set, s) {
		if all[digest] != side {
			t.Error("a picture changed sides")
		}
	}
}

// Even two pictures make two sets; pictures that are all alike do not, unless the split is random.
func TestFewPictures(t *testing.T) {
	for n := 2; n < 12; n++ {
		for seed := range int64(50) {
			params := grouped
			params.Seed = seed
			s := chosen(t, photographs(n, 1), params)
			if count(s, Train) == 0 || count(s, Validation) == 0 || len(s.Chosen) != n {
				t.Fatalf("%d pictures, seed %d: %+v", n, seed, s.Chosen)
			}
		}
	}
	alike := photographs(5, 5)
	if _, err := choosePictures(alike, grouped); err == nil || step.Hint(err) == "" {
		t.Errorf("five near-duplicates: %v", err)
	}
	random := grouped
	random.Split = "random"
	if s := chosen(t, alike, random); count(s, Validation) == 0 || len(s.Groups) > 0 {
		t.Errorf("at random: %+v", s)
	}
}

// A label that says which pictures are for validation is obeyed.
func TestDeclaredValidation(t *testing.T) {
	params := grouped
	from := 30
	params.ValidationFrom = &from
	s := chosen(t, photographs(40, 1), params)
	for _, c := range s.Chosen {
		if (c.Set == Validation) != (c.Index >= from) {
			t.Errorf("picture %d is for %s", c.Index, c.Set)
		}
	}
	params.Frames = 20
	s = chosen(t, photographs(40, 1), params)
	if v, n := count(s, Validation), count(s, Train); v != 5 || n != 15 {
		t.Errorf("of 20, %d are for training and %d for validation", n, v)
	}
}

// Pictures come before the frames of videos, which share what is left.
func TestPicturesAndVideos(t *testing.T) {
	probes := []*ProbeResult{{Frames: 500, Seconds: make([]float64, 500)}}
	for i := range probes[0].Seconds {
		probes[0].Seconds[i] = float64(i) / 25
	}
	params := grouped
	params.Frames, params.Gap = 100, 0.5
	set := photographs(40, 1)
	s, err := choose(probes, set, params)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Videos[0].Chosen); len(s.Pictures.Chosen) != 40 || n < 50 || n > 60 {
		t.Errorf("%d pictures and %d frames", len(s.Pictures.Chosen), n)
	}
	params.Frames = 30
	if s, err = choose(probes, set, params); err != nil || len(s.Pictures.Chosen) != 30 ||
		len(s.Videos[0].Chosen) != 0 || s.Dropped.Surplus != 510 {
		t.Errorf("%+v, %v", s, err)
	}
	params.Frames = 100
	from := 30
	params.ValidationFrom = &from
	if s, err = choose(probes, set, params); err != nil || len(s.Videos[0].Chosen) != 60 ||
		s.Gap != -1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzPictureSet(f *testing.F) {
	f.Add([]byte(`{"pictures":[{"width":1,"height":1,"digest":"00","hash":"0123456789abcdef"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := parsePictureSet(data)
		if err != nil || len(set.Pictures) < 2 {
			return
		}
		if s, err := choosePictures(set, grouped); err == nil && len(s.Chosen) < 2 {
			t.Errorf("%+v", s)
		}
	})
}
