package report

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/report/document"
	"snellen/steps/video"
)

// albums returns the photographs of a study that were read, in the order of labels and evaluations,
// and the sizes of those of labels, each once.
func (in reader) albums(study *specs.Study) (list []document.Album, sizes [][2]int, err error) {
	for _, l := range study.Labels {
		a, set, err := in.album("label "+l.Name, address.Pictures(l.Name), l.Pictures)
		if err != nil {
			return nil, nil, err
		}
		if set == nil {
			continue
		}
		a.Split = pictureSplit(study, l)
		var s video.Selection
		if _, err := in.json(address.Select(l.Name, ""), "selection.json", &s); err != nil {
			return nil, nil, err
		}
		if s.Pictures != nil && s.Pictures.Pictures == a.Pictures {
			a.Groups = groups(s.Pictures.Groups, l.Pictures)
		}
		list = append(list, a)
		for _, p := range set.Pictures {
			if size := [2]int{p.Width, p.Height}; !slices.Contains(sizes, size) {
				sizes = append(sizes, size)
			}
		}
	}
	for _, e := range study.Evaluations {
		paths := picturesOf(e)
		a, set, err := in.album("evaluation "+e.Name, address.CameraProbe(e.Name), paths)
		if err != nil {
			return nil, nil, err
		}
		if set == nil {
			continue
		}
		if e.Samples != nil {
			a.Groups = groups(sampleGroups(set.Groups(audit.Near), e.Samples), paths)
		}
		list = append(list, a)
	}
	return list, sizes, nil
}

// picturesOf returns the paths of an evaluation's stills or whole pictures.
func picturesOf(e specs.Evaluation) []string {
	paths := e.Stills
	for _, s := range e.Samples {
		paths = append(paths, s.Path)
	}
	return paths
}

// pictureSplit returns how a label's photographs are divided, as document.Album.Split has it.
func pictureSplit(study *specs.Study, l specs.Label) string {
	switch {
	case l.Validation != nil:
		return document.SplitDeclared
	case study.Dataset.Split == "random":
		return document.SplitRandom
	}
	return document.SplitGroups
}

// album returns the photographs at paths, as the step at an address read them. The set is nil if
// there are none, or if that is not known.
func (in reader) album(source, at string, paths []string) (document.Album, *video.PictureSet,
	error) {
	a := document.Album{
		Source: source, Address: at, Pictures: len(paths), Notes: []string{},
		Groups: []document.PicturesAlike{},
	}
	if len(paths) == 0 {
		return a, nil, nil
	}
	var set video.PictureSet
	ok, err := in.json(at, "pictures.json", &set)
	// Those of an earlier spec may be others.
	if err != nil || !ok || len(set.Pictures) != len(paths) {
		return a, nil, err
	}
	pixels := func(a, b video.PictureInfo) int {
		return cmp.Or(a.Width*a.Height-b.Width*b.Height, a.Width-b.Width)
	}
	small := slices.MinFunc(set.Pictures, pixels)
	large := slices.MaxFunc(set.Pictures, pixels)
	a.Smallest, a.Largest = [2]int{small.Width, small.Height}, [2]int{large.Width, large.Height}
	names := shortNames(paths)
	a.Formats = alike(names, func(i int) string { return format(paths[i]) })
	a.Readings = alike(names, func(i int) string {
		return strings.Join(set.Pictures[i].Reading.Describe()[1:], "; ") // without its size
	})
	_, err = in.json(at, video.NotesFile, &a.Notes)
	return a, &set, err
}

// alike groups pictures by a text about each, the most frequent first.
func alike(names []string, text func(i int) string) []document.PicturesAlike {
	list := []document.PicturesAlike{}
	at := map[string]int{}
	for i, name := range names {
		text := text(i)
		k, known := at[text]
		if !known {
			k, at[text] = len(list), len(list)
			list = append(list, document.PicturesAlike{Text: text})
		}
		if list[k].Count++; list[k].Count <= document.MaxFiles {
			list[k].Files = append(list[k].Files, name)
		}
	}
	sortAlike(list)
	return list
}

// sortAlike sorts from the most pictures to the fewest, and leaves equal ones in their order.
func sortAlike(list []document.PicturesAlike) {
	slices.SortStableFunc(list, func(a, b document.PicturesAlike) int { return b.Count - a.Count })
}

// sampleGroups divides groups of whole pictures by their labels.
func sampleGroups(all [][]int, pictures []specs.Sample) [][]int {
	var list [][]int
	for _, g := range all {
		at := map[string]int{}
		for _, i := range g {
			k, known := at[pictures[i].Expect]
			if !known {
				k, at[pictures[i].Expect] = len(list), len(list)
				list = append(list, nil)
			}
			list[k] = append(list[k], i)
		}
	}
	return list
}

// groups returns the groups of more than one picture, of the pictures at paths.
func groups(indices [][]int, paths []string) []document.PicturesAlike {
	list := []document.PicturesAlike{}
	names := shortNames(paths)
	for _, g := range indices {
		if len(g) < 2 || slices.Max(g) >= len(names) {
			continue
		}
		one := document.PicturesAlike{Count: len(g)}
		for _, i := range g[:min(len(g), document.MaxFiles)] {
			one.Files = append(one.Files, names[i])
		}
		list = append(list, one)
	}
	sortAlike(list)
	return list
}

// formats are the names of formats by the endings of files.
var formats = map[string]string{
	".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".png": "PNG",
	".webp": "WebP", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP", ".dib": "BMP",
}

// format returns the format that a file's name says.
func format(path string) string {
	return cmp.Or(formats[strings.ToLower(filepath.Ext(path))], "other")
}

// shortNames returns paths without the folders that all of them share: a report may be published.
func shortNames(paths []string) []string {
	var list []string
	for _, p := range paths {
		list = append(list, filepath.ToSlash(p))
	}
	if len(list) == 0 {
		return nil
	}
	shared := len(list[0]) // bytes of the beginning that all share
	for _, p := range list {
		shared = min(shared, len(p))
		for list[0][:shared] != p[:shared] {
			shared--
		}
	}
	shared = 1 + strings.LastIndexByte(list[0][:shared], '/')
	for i, p := range list {
		list[i] = p[shared:]
	}
	return list
}
