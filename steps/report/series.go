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

// series returns a judgment over time, or nil if that is not known.
func (r *Report) series(j *judgment) *document.Series {
	if j.series == nil {
		return nil
	}
	// A model has its own order of classes; the document has that of the study.
	classes := r.classes(j.series.Classes)
	out := &document.Series{
		Frames: j.series.Frames, Seconds: j.series.Seconds, Areas: []document.AreaSeries{},
	}
	for i, a := range j.series.Areas {
		one := document.AreaSeries{
			Name: a.Name, Found: []int{}, Probability: a.Probability, Expected: a.Expected,
			Inputs: r.networkInputs(j, i),
		}
		for k, found := range a.Found {
			name := elementAt(j.series.Classes, found)
			one.Found = append(one.Found, classes[name])
			if name != a.Expect && one.FirstWrong == nil {
				one.FirstWrong = &j.series.Seconds[k]
			}
		}
		out.Areas = append(out.Areas, one)
	}
	return out
}

// classes returns the place of each of a model's classes in the document's, or -1 for a label that
// the study no longer has.
func (r *Report) classes(names []string) map[string]int {
	places := map[string]int{"": -1}
	for _, name := range names {
		places[name] = slices.Index(r.doc.Classes, name)
	}
	return places
}

// elementAt returns names[i], or "" if i is out of range.
func elementAt(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return ""
	}
	return names[i]
}

// networkInputs returns the pictures of area i as the network saw them, or as they were sent to the
// trainer, and adds them to the folder's files. Their names are digests, since the pictures of all
// models are mostly the same.
func (r *Report) networkInputs(j *judgment, i int) []document.NetworkInput {
	list := []document.NetworkInput{}
	for _, at := range j.crops.ofArea(i) {
		picture := j.crops[at]
		digest := store.Sum(picture).String()
		file := inputFile(digest)
		r.files[file] = func(*store.Store) ([]byte, error) { return picture, nil }
		list = append(list, document.NetworkInput{Frame: at.frame, File: file, Digest: digest})
	}
	for _, p := range j.inputs {
		// A picture is named after its frame and area: "000012-3.jpg".
		frame, area, ok := strings.Cut(strings.TrimSuffix(p.Name, ".jpg"), "-")
		n, err := strconv.Atoi(frame)
		if !ok || err != nil || area != strconv.Itoa(i) {
			continue
		}
		digest := p.Output.Digest.String()
		file := inputFile(digest)
		r.files[file] = storedContent(p.Output)
		list = append(list, document.NetworkInput{Frame: n, File: file, Digest: digest})
	}
	return list
}

// inputFile returns the path of a network input in the report's folder. 20 hex digits tell any
// realistic number of pictures apart.
func inputFile(digest string) string {
	return path.Join("seen", fileName(strings.TrimPrefix(digest, "sha256:")[:20])+".jpg")
}

// confusion counts over all judgments. It returns nil if one is not known frame by frame, or
// picture by picture.
func (r *Report) confusion(list []*judgment) *document.Confusion {
	// Keyed by expected and found label.
	counts := map[[2]string]int{}
	rows, columns := map[string]bool{}, map[string]bool{}
	for _, j := range list {
		if j.series == nil && j.answers == nil {
			return nil
		}
		for i, a := range j.answers {
			expected := j.summary.Areas[i].Expect
			rows[expected], columns[expected], columns[a.found] = true, true, true
			counts[[2]string{expected, a.found}]++
		}
		if j.series == nil {
			continue
		}
		for _, a := range j.series.Areas {
			rows[a.Expect], columns[a.Expect] = true, true
			for _, found := range a.Found {
				name := elementAt(j.series.Classes, found)
				columns[name] = true
				counts[[2]string{a.Expect, name}]++
			}
		}
	}
	out := &document.Confusion{
		Expected: sortedNames(rows), Found: sortedNames(columns), Counts: [][]int{},
	}
	for _, expected := range out.Expected {
		row := []int{}
		for _, found := range out.Found {
			row = append(row, counts[[2]string{expected, found}])
		}
		out.Counts = append(out.Counts, row)
	}
	return out
}

// sortedNames returns the keys of a set, sorted.
func sortedNames(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// judgedPictures returns the judged frames that the folder shows, spread evenly from the first to
// the last, and adds them to its files.
func (r *Report) judgedPictures(resolution, evaluation string, j *judgment) []document.Picture {
	var list []document.Picture
	for i, p := range j.pictures {
		if !evaluate.HasPreview(i, len(j.pictures)) {
			continue
		}
		file := path.Join(fileName(resolution), fileName(evaluation), fileName(p.Name))
		r.files[file] = storedContent(p.Output)
		list = append(list, document.Picture{File: file, Digest: p.Output.Digest.String()})
	}
	return list
}

// content returns the bytes of a file of the report's folder. A file whose error wraps
// store.ErrGone is left out.
type content func(st *store.Store) ([]byte, error)

// maxPicture is the largest picture that is copied, in bytes.
const maxPicture = 64 << 20

// storedContent returns the content of an object in the store.
func storedContent(out store.Output) content {
	return func(st *store.Store) ([]byte, error) { return st.Read(out, maxPicture) }
}
