package starter

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
	"snellen/steps/term"
)

// This file decides what is a label, and what a camera saw.

// A label is what a study recognises.
type label struct {
	name    string
	files   []*file // videos named after it
	folders []*folder
	// Its folders in the sets for validation and testing; nil if there is none.
	validation, test *folder
}

// of returns the label's files of a kind that are for training, or of which some are chosen for
// validation.
func (l *label) of(k kind) []*file {
	var list []*file
	for _, f := range l.files {
		if f.kind == k && !f.left {
			list = append(list, f)
		}
	}
	for _, d := range l.folders {
		list = append(list, d.all(k)...)
	}
	return list
}

// A scene is what a camera saw: a video, a folder of stills, or one still.
type scene struct {
	name         string
	video, still *file
	stills       *folder
}

// files returns what the scene consists of and is not left out.
func (s *scene) files() (list []*file) {
	for _, f := range []*file{s.video, s.still} {
		if f != nil && !f.left {
			list = append(list, f)
		}
	}
	if s.stills != nil {
		list = append(list, s.stills.all(picture)...)
	}
	return list
}

// Names of folders and files with a meaning, in lower case.
var (
	trainNames      = []string{"train", "training"}
	validationNames = []string{"val", "valid", "validation"}
	testNames       = []string{"test", "testing"}
	// What a folder beside others is called that holds all of one medium.
	mediaNames = []string{"clips", "footage", "images", "img", "movies", "photos", "pictures",
		"videos"}

	// A camera's video is named shelf, shelf-2, shelf (3).
	sceneName = regexp.MustCompile(`^(shelf|camera|scene|test)[-_. ]*\(?[0-9]*\)?$`)
	// Where no video is named so, it may have a further word.
	longSceneName = regexp.MustCompile(
		`^(shelf|camera|scene|test)[-_. ].+$|^.+[-_. ](shelf|scene)[-_. ]*\(?[0-9]*\)?$`)
)

// A plan is what becomes of a folder's content.
type plan struct {
	base   *folder // where labels are: files and folders named after them
	labels []*label
	scenes []*scene

	validation, test *folder // folders of labels; nil if there is none
	split            bool    // the labels are in a folder like train
	leave            func(path, why string)
}

// arrange finds the labels and scenes in a folder.
func arrange(root *folder, leave func(path, why string)) *plan {
	p := &plan{base: root, leave: leave}
	roots := p.descend()
	p.findLabels(roots)
	if len(p.labels) >= 2 && len(p.scenes) == 0 {
		p.takeScenes(longSceneName, 2)
	}
	return p
}

// descend goes down from the base to the folders of the labels, and finds scenes and sets on the
// way. Most often there is one such folder. There are several where videos and pictures are apart.
func (p *plan) descend() []*folder {
	for {
		var rest []*folder
		p.findScenes(p.base)
		for _, d := range p.base.folders {
			name := strings.ToLower(d.name())
			switch {
			case d.empty() || p.isScene(d):
			case slices.Contains(trainNames, name):
				p.split, rest = true, append(rest, d)
			case p.validation == nil && len(d.folders) > 0 &&
				slices.Contains(validationNames, name):
				p.validation = d
			case p.test == nil && len(d.folders) > 0 && slices.Contains(testNames, name):
				p.test = d
			default:
				rest = append(rest, d)
			}
		}
		if p.split {
			for _, d := range rest {
				if slices.Contains(trainNames, strings.ToLower(d.name())) {
					p.base = d
				} else {
					p.leave(d.path, "it is beside the folder of the training set")
				}
			}
			return []*folder{p.base}
		}
		if p.used(p.base) > 0 || len(rest) == 0 {
			return []*folder{p.base}
		}
		if len(rest) > 1 {
			for _, d := range rest {
				if !slices.Contains(mediaNames, strings.ToLower(d.name())) {
					return []*folder{p.base}
				}
			}
			return rest
		}
		if len(rest[0].own(clip)) == 0 && len(rest[0].folders) == 0 {
			return []*folder{p.base} // one folder of pictures: a label
		}
		p.base = rest[0]
	}
}

// used returns how many videos in a folder itself are no scenes.
func (p *plan) used(d *folder) (n int) {
	for _, f := range d.own(clip) {
		if !slices.ContainsFunc(p.scenes, func(s *scene) bool { return s.video == f }) {
			n++
		}
	}
	return n
}

// isScene reports whether a folder holds what a camera saw.
func (p *plan) isScene(d *folder) bool {
	return slices.ContainsFunc(p.scenes, func(s *scene) bool {
		return s.stills == d || s.video != nil && path.Dir(s.video.path) == d.path
	})
}

// findScenes finds what a camera saw, in a folder.
func (p *plan) findScenes(d *folder) {
	for _, f := range d.files {
		if f.left || !sceneName.MatchString(strings.ToLower(f.stem())) {
			continue
		}
		if f.kind == clip {
			p.addScene(&scene{name: f.stem(), video: f})
		} else {
			p.addScene(&scene{name: f.stem(), still: f})
		}
	}
	for _, below := range d.folders {
		if !sceneName.MatchString(strings.ToLower(below.name())) || below.empty() ||
			slices.ContainsFunc(below.folders, func(d *folder) bool { return !d.empty() }) {
			continue
		}
		videos := below.own(clip)
		for _, f := range videos {
			s := &scene{name: below.name(), video: f}
			if len(videos) > 1 {
				s.name += "-" + f.stem()
			}
			p.addScene(s)
		}
		// Among folders of pictures, camera is rather something to recognise.
		if len(videos) == 0 && !strings.HasPrefix(strings.ToLower(below.name()), "camera") {
			p.addScene(&scene{name: below.name(), stills: below})
		}
	}
}

// addScene adds a scene under a name that no other has.
func (p *plan) addScene(s *scene) {
	s.name = specs.Normal(s.name)
	taken := func(name string) bool {
		return slices.ContainsFunc(p.scenes, func(o *scene) bool { return o.name == name })
	}
	if specs.NameProblem("evaluation", s.name) != "" {
		s.name = "camera"
	}
	for name, i := s.name, 2; taken(s.name); i++ {
		s.name = name + "-" + strconv.Itoa(i)
	}
	p.scenes = append(p.scenes, s)
}

// takeScenes makes scenes of the videos whose names match a pattern, if enough labels remain.
func (p *plan) takeScenes(pattern *regexp.Regexp, least int) {
	matches := func(l *label) bool {
		return len(l.folders) == 0 && len(l.of(clip)) == 1 &&
			pattern.MatchString(strings.ToLower(l.name))
	}
	n := 0
	for _, l := range p.labels {
		if matches(l) {
			n++
		}
	}
	if len(p.labels)-n < least {
		return
	}
	p.labels = slices.DeleteFunc(p.labels, func(l *label) bool {
		if !matches(l) {
			return false
		}
		p.addScene(&scene{name: l.name, video: l.of(clip)[0]})
		return true
	})
}

// findLabels finds the labels in the folders where they are.
func (p *plan) findLabels(roots []*folder) {
	byName := map[string]*label{}
	get := func(name, at string) *label {
		name = specs.Normal(name)
		if problem := specs.NameProblem("label", name); problem != "" {
			p.leave(at, "a label's name "+problem)
			return nil
		}
		if byName[name] == nil {
			byName[name] = &label{name: name}
			p.labels = append(p.labels, byName[name])
		}
		return byName[name]
	}
	for _, root := range roots {
		p.findFolders(root, get)
		p.findFiles(root, get)
	}
	for _, l := range p.labels {
		l.validation, l.test = below(p.validation, l.name), below(p.test, l.name)
	}
	for _, set := range []*folder{p.validation, p.test} {
		p.leaveUnknown(set, byName)
	}
	slices.SortFunc(p.labels, func(a, b *label) int { return strings.Compare(a.name, b.name) })
}

// below returns the folder with a name in a set, or nil.
func below(set *folder, name string) *folder {
	if set == nil {
		return nil
	}
	for _, d := range set.folders {
		if specs.Normal(d.name()) == name && len(d.all(picture)) > 0 {
			return d
		}
	}
	return nil
}

// leaveUnknown says what of a set for validation or testing cannot be used.
func (p *plan) leaveUnknown(set *folder, labels map[string]*label) {
	if set == nil {
		return
	}
	for _, d := range set.folders {
		if !d.empty() && labels[specs.Normal(d.name())] == nil {
			p.leave(d.path, "there is no label "+strconv.Quote(specs.Normal(d.name())))
		}
	}
	for _, f := range set.all(clip) {
		f.left = true
		p.leave(f.path, "only pictures are set aside for validation and testing")
	}
}

// findFolders finds the labels that have a folder.
func (p *plan) findFolders(root *folder, get func(name, at string) *label) {
	for _, d := range root.folders {
		if d.empty() || d == p.validation || d == p.test || p.isScene(d) {
			continue
		}
		if l := get(d.name(), d.path); l != nil {
			l.folders = append(l.folders, d)
		}
	}
}

// findFiles finds the labels that have videos named after them. Pictures need a folder: their names
// are mostly a camera's.
func (p *plan) findFiles(root *folder, get func(name, at string) *label) {
	var videos []*file
	for _, f := range root.own(clip) {
		if !slices.ContainsFunc(p.scenes, func(s *scene) bool { return s.video == f }) {
			videos = append(videos, f)
		}
	}
	named := labelNames(videos)
	if len(p.labels) == 0 && len(uniqueNames(named)) < 2 { // rather the files' names than one label
		for i, f := range videos {
			named[i], f.number = f.stem(), 0
		}
	}
	for i, f := range videos {
		if l := get(named[i], f.path); l != nil {
			l.files = append(l.files, f)
			slices.SortStableFunc(l.files, func(a, b *file) int { return a.number - b.number })
		} else {
			f.left = true
		}
	}
	loose := 0
	for _, f := range root.own(picture) {
		if !slices.ContainsFunc(p.scenes, func(s *scene) bool { return s.still == f }) {
			f.left = true
			loose++
		}
	}
	if loose > 0 {
		p.leave(root.path, term.Count(loose, "picture")+" in the folder itself, which no label has")
	}
}

func uniqueNames(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// takeName matches the stem of one of several videos of a label: OATLY-1, OATLY_01, OATLY (2),
// OATLY2. Its groups are the label, what separates the number, and the number.
var takeName = regexp.MustCompile(`^(.*[^-_. (0-9])([-_. ]*\(?)([0-9]{1,6})\)?$`)

// labelNames returns the label of each video: its stem, without a trailing number where several
// share the rest. A number that is not set apart counts only in a series from 0 or 1, so that MILK1
// and MILK3 are two labels.
func labelNames(videos []*file) []string {
	names := make([]string, len(videos))
	takes := map[string][]int{} // by what they share: indices
	joined := map[string]bool{} // some number is not set apart
	for i, f := range videos {
		names[i] = f.stem()
		if m := takeName.FindStringSubmatch(names[i]); m != nil {
			f.number, _ = strconv.Atoi(m[3]) // at most six digits
			takes[m[1]] = append(takes[m[1]], i)
			joined[m[1]] = joined[m[1]] || m[2] == ""
		}
	}
	for i, f := range videos { // OATLY itself, beside OATLY-2
		if list, ok := takes[names[i]]; ok {
			takes[names[i]] = append(list, i)
			f.number = 0
		}
	}
	several := false
	for shared, list := range takes {
		if len(list) > 1 && (!joined[shared] || isSeries(videos, list)) {
			several = true
			for _, i := range list {
				names[i] = shared
			}
		}
	}
	for shared, list := range takes {
		// ARLA-1, where another label has OATLY-1 and OATLY-2.
		if several && len(list) == 1 && !joined[shared] && videos[list[0]].number <= 1 {
			names[list[0]] = shared
		}
	}
	return names
}

// isSeries reports whether the videos' numbers follow one another, from 0 or 1. One without a
// number is the first.
func isSeries(videos []*file, list []int) bool {
	var numbers []int
	for _, i := range list {
		numbers = append(numbers, videos[i].number)
	}
	slices.Sort(numbers)
	for i, n := range numbers[1:] {
		if n != numbers[i]+1 && !(i == 0 && numbers[0] == 0 && n == 2) {
			return false
		}
	}
	return numbers[0] <= 1
}
