package video

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"snellen/engine/regular"
	"snellen/engine/step"
)

// A PictureSet is the content of pictures.json: what photographs are, in their order.
type PictureSet struct {
	Pictures []PictureInfo `json:"pictures"`
}

// PictureInfo describes one photograph.
type PictureInfo struct {
	Width   int     `json:"width"` // pixels, as shown
	Height  int     `json:"height"`
	Digest  string  `json:"digest"` // SHA-256 of the file, in hexadecimal
	Hash    string  `json:"hash"`   // a difference hash like those of FrameHashes
	Reading Reading `json:"reading"`
}

// LoadPictureSet reads a pictures.json and checks it.
func LoadPictureSet(path string) (*PictureSet, error) {
	data, err := regular.Read(path, MaxJSON)
	if err != nil {
		return nil, err
	}
	return parsePictureSet(data)
}

func parsePictureSet(data []byte) (*PictureSet, error) {
	var s PictureSet
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	for i, p := range s.Pictures {
		_, err := parseHash(p.Hash)
		digest, err2 := hex.DecodeString(p.Digest)
		w, h := p.Reading.DisplaySize()
		if err != nil || err2 != nil || len(digest) != sha256.Size || w != p.Width ||
			h != p.Height || p.Reading.Check() != nil {
			return nil, fmt.Errorf("pictures: number %d is not valid", i)
		}
	}
	return &s, nil
}

// Hashes returns each picture's difference hash as a number.
func (s *PictureSet) Hashes() []uint64 {
	var list []uint64
	for _, p := range s.Pictures {
		hash, _ := parseHash(p.Hash) // parsePictureSet has checked it
		list = append(list, hash)
	}
	return list
}

// Groups returns the pictures that hang together, as indices: two are in one group if their hashes
// differ in at most near bits, or if a chain of such pictures connects them. Groups are in the
// order of their first pictures; most have one picture.
func (s *PictureSet) Groups(near int) [][]int {
	hashes := s.Hashes()
	first := make([]int, len(hashes)) // an earlier picture of the same group, or the picture itself
	root := func(i int) int {
		for first[i] != i {
			first[i] = first[first[i]]
			i = first[i]
		}
		return i
	}
	for i, a := range hashes {
		first[i] = i
		for k, b := range hashes[:i] {
			if bits.OnesCount64(a^b) <= near {
				x, y := root(i), root(k)
				first[max(x, y)] = min(x, y)
			}
		}
	}
	place := map[int]int{}
	var groups [][]int
	for i := range hashes {
		g, known := place[root(i)]
		if !known {
			g = len(groups)
			place[root(i)] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// SelectedPicture is one chosen picture.
type SelectedPicture struct {
	Index int    `json:"index"` // among the label's pictures, from 0
	Set   string `json:"set"`   // "train" or "validation"
}

// SelectedPictures are the pictures' part of a Selection.
type SelectedPictures struct {
	Pictures int               `json:"pictures"` // of the label
	Chosen   []SelectedPicture `json:"chosen"`   // ascending by index

	// Groups are the near-duplicates that were kept together: the indices of each group of more
	// than one picture.
	Groups [][]int `json:"groups,omitempty"`
}

// choosePictures chooses at most params.Frames pictures and divides them into the two sets. What
// becomes of a picture depends on its content, on the seed and on its near-duplicates, so adding
// another picture leaves it where it is.
func choosePictures(set *PictureSet, params SelectParams) (*SelectedPictures, error) {
	c := pictureChoice{set: set, params: params}
	for i := range set.Pictures {
		c.all = append(c.all, i)
	}
	slices.SortStableFunc(c.all, func(a, b int) int {
		return slices.Compare(c.rank("choose", a), c.rank("choose", b))
	})
	out := &SelectedPictures{Pictures: len(c.all)}
	var train, validation []int
	switch {
	case params.ValidationFrom != nil:
		train, validation = c.splitAsDeclared()
	case params.Split == "random":
		train, validation = c.split(singles(len(c.all)))
	default:
		groups := set.Groups(params.Near)
		train, validation = c.split(groups)
		out.Groups = slices.DeleteFunc(groups, func(g []int) bool { return len(g) == 1 })
		if len(out.Groups) == 0 {
			out.Groups = nil
		}
	}
	if len(train) == 0 || len(validation) == 0 {
		return nil, step.WithHint(
			fmt.Errorf("the %d pictures are near-duplicates of each other, so they cannot be "+
				"divided into two sets", len(c.all)),
			"add pictures that differ, name others in validation, or set dataset.split to "+
				`"random"`)
	}
	for _, i := range train {
		out.Chosen = append(out.Chosen, SelectedPicture{i, Train})
	}
	for _, i := range validation {
		out.Chosen = append(out.Chosen, SelectedPicture{i, Validation})
	}
	slices.SortFunc(out.Chosen, func(a, b SelectedPicture) int { return a.Index - b.Index })
	return out, nil
}

// singles returns n groups of one.
func singles(n int) [][]int {
	groups := make([][]int, n)
	for i := range groups {
		groups[i] = []int{i}
	}
	return groups
}

// A pictureChoice is the choice of a label's pictures.
type pictureChoice struct {
	set    *PictureSet
	params SelectParams
	all    []int // in the order in which they are chosen
}

// rank returns what stands for a picture in an order that the seed shuffles, for one purpose.
func (c pictureChoice) rank(purpose string, picture int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s", c.params.Seed, purpose,
		c.set.Pictures[picture].Digest))
	return sum[:]
}

// split divides groups, each of which stays whole, by the ranks of their first pictures: a new
// picture rarely becomes the first. A group that is larger than the validation set should be is
// for training.
func (c pictureChoice) split(groups [][]int) (train, validation []int) {
	n := min(c.params.Frames, len(c.all))
	wanted := max(int(math.Round(c.params.Validation*float64(n))), 1)
	surplus := make([]bool, len(c.all))
	for _, i := range c.all[n:] {
		surplus[i] = true
	}
	share := func(g []int) float64 {
		return float64(binary.BigEndian.Uint64(c.rank("split", g[0]))) / (1 << 64)
	}
	var sets [2][][]int // for training, for validation
	for _, g := range groups {
		first := share(g)
		g = slices.DeleteFunc(slices.Clone(g), func(i int) bool { return surplus[i] })
		if len(g) == 0 {
			continue
		}
		to := 0
		if first < c.params.Validation && len(g) <= wanted {
			to = 1
		}
		sets[to] = append(sets[to], g)
	}
	for i, set := range sets { // neither is left empty if there are two groups
		if other := sets[1-i]; len(set) == 0 && len(other) > 1 {
			least := slices.MinFunc(other, func(a, b []int) int {
				return cmp.Or(len(a)-len(b),
					slices.Compare(c.rank("split", a[0]), c.rank("split", b[0])))
			})
			sets[i] = [][]int{least}
			sets[1-i] = slices.DeleteFunc(other, func(g []int) bool { return g[0] == least[0] })
		}
	}
	return slices.Concat(sets[0]...), slices.Concat(sets[1]...)
}

// splitAsDeclared divides pictures as the label says. If they are too many, the validation set has
// its share of those that are chosen.
func (c pictureChoice) splitAsDeclared() (train, validation []int) {
	for _, i := range c.all {
		if i < *c.params.ValidationFrom {
			train = append(train, i)
		} else {
			validation = append(validation, i)
		}
	}
	wanted := max(int(math.Round(c.params.Validation*float64(c.params.Frames))), 1)
	if len(c.all) > c.params.Frames {
		wanted = max(wanted, c.params.Frames-len(train))
		validation = validation[:min(wanted, len(validation))]
		train = train[:min(c.params.Frames-len(validation), len(train))]
	}
	return train, validation
}
