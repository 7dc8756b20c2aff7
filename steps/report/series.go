package report

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/store"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// series is a judgment over time; nil where it is not known.
func (r *Report) series(j *judgment) *document.Series {
	if j.series == nil {
		return nil
	}
	classes := r.classes(j.series.Classes)
	out := &document.Series{Frames: j.series.Frames, Seconds: j.series.Seconds, Areas: []document.AreaSeries{}}
	for i, a := range j.series.Areas {
		one := document.AreaSeries{Name: a.Name, Found: []int{}, Probability: a.Probability, Expected: a.Expected, Seen: r.seen(j, i)}
		for k, found := range a.Found {
			name := at(j.series.Classes, found)
			if one.Found = append(one.Found, classes[name]); name != a.Expect && one.Breaks == nil {
				one.Breaks = &j.series.Seconds[k]
			}
		}
		out.Areas = append(out.Areas, one)
	}
	return out
}

// classes are the places of a model's classes in the document's; -1 where it has no such label.
func (r *Report) classes(names []string) map[string]int {
	places := map[string]int{"": -1}
	for _, name := range names {
		places[name] = slices.Index(r.doc.Classes, name)
	}
	return places
}

func at(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return ""
	}
	return names[i]
}

// seen are the pictures of area i as the network saw them, or as they were given to it. Those of all models are mostly the same, and are kept once.
func (r *Report) seen(j *judgment, i int) []document.Seen {
	list := []document.Seen{}
	for _, at := range j.given.of(i) {
		picture := j.given[at]
		digest := store.Sum(picture).String()
		file := seenFile(digest)
		r.files[file] = func(*store.Store) ([]byte, error) { return picture, nil }
		list = append(list, document.Seen{Frame: at.frame, File: file, Digest: digest})
	}
	for _, p := range j.seen {
		frame, area, ok := strings.Cut(strings.TrimSuffix(p.Name, ".jpg"), "-")
		n, err := strconv.Atoi(frame)
		if !ok || err != nil || area != strconv.Itoa(i) {
			continue
		}
		digest := p.Output.Digest.String()
		file := seenFile(digest)
		r.files[file] = stored(p.Output)
		list = append(list, document.Seen{Frame: n, File: file, Digest: digest})
	}
	return list
}

func seenFile(digest string) string {
	return path.Join("seen", fileName(strings.TrimPrefix(digest, "sha256:")[:20])+".jpg")
}

// confusion counts over all judgments; nil where they are not known frame by frame.
func (r *Report) confusion(list []*judgment) *document.Confusion {
	counts := map[[2]string]int{}
	rows, columns := map[string]bool{}, map[string]bool{}
	for _, j := range list {
		if j.series == nil {
			return nil
		}
		for _, a := range j.series.Areas {
			rows[a.Expect], columns[a.Expect] = true, true
			for _, found := range a.Found {
				name := at(j.series.Classes, found)
				columns[name] = true
				counts[[2]string{a.Expect, name}]++
			}
		}
	}
	out := &document.Confusion{Expected: ordered(rows), Found: ordered(columns), Counts: [][]int{}}
	for _, expected := range out.Expected {
		row := []int{}
		for _, found := range out.Found {
			row = append(row, counts[[2]string{expected, found}])
		}
		out.Counts = append(out.Counts, row)
	}
	return out
}

func ordered(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// shownPictures are the judged frames that the folder has: the first, the last, and those between.
func (r *Report) shownPictures(resolution, evaluation string, j *judgment) []document.Picture {
	var list []document.Picture
	for i, p := range j.pictures {
		if !evaluate.HasPreview(i, len(j.pictures)) {
			continue
		}
		file := path.Join(fileName(resolution), fileName(evaluation), fileName(p.Name))
		r.files[file] = stored(p.Output)
		list = append(list, document.Picture{File: file, Digest: p.Output.Digest.String()})
	}
	return list
}

// content makes a file of the report's folder; an error that wraps store.ErrGone leaves it out.
type content func(st *store.Store) ([]byte, error)

// maxPicture bounds a picture that is copied, bytes.
const maxPicture = 64 << 20

func stored(out store.Output) content {
	return func(st *store.Store) ([]byte, error) { return st.Read(out, maxPicture) }
}
