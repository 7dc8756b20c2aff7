package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

const (
	// maxWorst is how many whole pictures of an evaluation have a card.
	maxWorst = 24
	// maxUnsure is how many have one if all are right.
	maxUnsure = 6
)

// A PictureScene is the section of one evaluation of whole pictures.
type PictureScene struct {
	document.Camera
	Table  Table  // labels by resolutions
	Matrix *Table // models by sizes of the pictures; nil if there is one size
	Cards  []Card
	Wrong  int // pictures that are wrong at a resolution; Cards has the first of them
}

// A Card is a whole picture and what each resolution's model found in it.
type Card struct {
	Picture *Picture // nil if it did not fit
	Name    string
	Expect  string
	At      string // "wrong at 40x30"
	Near    int    // how many near-duplicates it has, which have no card
	Answers []CardAnswer

	place  int     // among the evaluation's pictures
	wrong  int     // at how many resolutions
	chance float64 // the sum of the probabilities of the expected label
}

// A CardAnswer is the answer of one resolution's first model.
type CardAnswer struct {
	Resolution  string
	Found       string
	Probability string // "0.93"
	Mark        string
}

// JudgesPictures reports whether an evaluation judges whole pictures.
func (v *view) JudgesPictures() bool { return strings.Contains(v.Units(), "pictures") }

// PictureScenes returns the evaluations of whole pictures that have results.
func (v *view) PictureScenes() []PictureScene {
	var list []PictureScene
	for k, c := range v.Cameras {
		var rows []int
		for i, r := range v.Resolutions {
			if c.Pictures != nil && r.Evaluations[k].DetectionRate != nil {
				rows = append(rows, i)
			}
		}
		if len(rows) == 0 {
			continue
		}
		s := PictureScene{Camera: c, Table: v.labelRates(k, rows), Matrix: v.matrix(k, c, rows)}
		s.Cards, s.Wrong = v.cards(k, rows)
		list = append(list, s)
	}
	return list
}

// labelRates returns a table with a row for each label of an evaluation of whole pictures and one
// for all, and a column for each resolution.
func (v *view) labelRates(k int, rows []int) Table {
	c := v.Cameras[k]
	t := Table{
		ID: "labels-" + strconv.Itoa(k), Caption: "Share of each label's pictures that are right, " +
			c.Name,
		Head: append(columns("label"), Column{"pictures", true}),
	}
	all := []Cell{text("all labels"), integer(len(c.Pictures))}
	for _, i := range rows {
		r := v.Resolutions[i]
		t.Head = append(t.Head, Column{r.Resolution, true})
		e := r.Evaluations[k]
		all = append(all, rateCell(e.DetectionRate, e.Interval))
		for n, l := range e.Labels {
			if len(t.Rows) == n {
				t.Rows = append(t.Rows, []Cell{text(l.Label), integer(l.Pictures)})
			}
			t.Rows[n] = append(t.Rows[n], rateCell(&l.Rate, &l.Interval))
		}
	}
	t.Rows = append(t.Rows, all)
	return t
}

// cards returns the cards of an evaluation's worst whole pictures, and how many pictures are wrong
// at a resolution. Those that are wrong at the most resolutions come first. Of near-duplicates, the
// worst has a card.
func (v *view) cards(k int, rows []int) (list []Card, wrong int) {
	files := map[int]string{} // of the pictures that the folder has, by place
	for _, i := range rows {
		for _, p := range v.Resolutions[i].Evaluations[k].Pictures {
			if p.Place != nil {
				files[*p.Place] = p.File
			}
		}
	}
	pictures := v.Cameras[k].Pictures
	near := map[int]int{} // pictures of each group
	var all []Card
	for place, p := range pictures {
		near[p.Group]++
		card := v.card(k, place, rows)
		if card.wrong > 0 {
			wrong++
		}
		if files[place] != "" {
			all = append(all, card)
		}
	}
	slices.SortStableFunc(all, func(a, b Card) int {
		return cmp.Or(b.wrong-a.wrong, cmp.Compare(a.chance, b.chance))
	})
	most := maxWorst
	if wrong == 0 {
		most = maxUnsure
	}
	shown := map[int]bool{} // groups
	for _, one := range all {
		group := pictures[one.place].Group
		if len(list) == most || one.wrong == 0 && wrong > 0 {
			break
		}
		if shown[group] {
			continue
		}
		if group > 0 {
			shown[group], one.Near = true, near[group]-1
		}
		one.Picture = v.album.thumbnail(files[one.place])
		list = append(list, one)
	}
	return list, wrong
}

// card returns the card of a whole picture, without the picture itself.
func (v *view) card(k, place int, rows []int) Card {
	c := v.Cameras[k]
	one := Card{
		Name: c.Pictures[place].Name, Expect: c.Pictures[place].Expect, place: place,
	}
	var at []string
	known := 0
	for _, i := range rows {
		r := v.Resolutions[i]
		answer := CardAnswer{Resolution: r.Resolution, Found: unknown}
		if len(r.Runs) == 0 {
			continue
		}
		if found, probability := r.Runs[0].Found(k, place); found >= 0 {
			known++
			answer.Found = v.class(found)
			answer.Probability = strconv.FormatFloat(probability, 'f', 2, 64)
			one.chance += r.Runs[0].Evaluations[k].Answers.Expected[place]
			switch {
			case answer.Found != one.Expect:
				answer.Mark = "wrong"
				at = append(at, r.Resolution)
			case probability > c.Confident:
				answer.Mark = "right"
			default:
				answer.Mark = "unsure"
			}
		}
		one.Answers = append(one.Answers, answer)
	}
	one.wrong = len(at)
	switch {
	case known == 0:
	case len(at) == 0:
		one.At = "right at every resolution"
	case len(at) == known && known > 1:
		one.At = "wrong at every resolution"
	default:
		one.At = "wrong at " + strings.Join(at, ", ")
	}
	return one
}

// AlbumTable has a row for each label and evaluation with photographs.
func (v *view) AlbumTable() *Table {
	if len(v.Albums) == 0 {
		return nil
	}
	t := &Table{
		ID: "albums", Caption: "Photographs",
		Head: columns("of", "pictures", "sizes", "formats", "divided", "near-duplicates",
			"the largest group"),
	}
	t.Head[1].Number = true
	for _, a := range v.Albums {
		largest := ""
		if len(a.Groups) > 0 {
			largest = a.Groups[0].Names()
		}
		t.Rows = append(t.Rows, []Cell{
			text(a.Source), integer(a.Pictures), text(a.Sizes()), text(a.FormatNames()),
			text(a.Split), {Text: a.GroupCounts(), Sort: strconv.Itoa(a.Grouped())}, text(largest),
		})
	}
	return t
}

// judged returns what is judged, in words: "10 areas, 100 pictures".
func judged(cameras []document.Camera) string {
	areas, pictures := 0, 0
	for _, c := range cameras {
		areas, pictures = areas+len(c.Areas), pictures+len(c.Pictures)
	}
	switch {
	case pictures == 0:
		return term.Count(areas, "area")
	case areas == 0:
		return term.Count(pictures, "picture")
	}
	return fmt.Sprintf("%s, %s", term.Count(areas, "area"), term.Count(pictures, "picture"))
}
