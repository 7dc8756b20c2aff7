package study_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// A sketch is what a test knows of a study as a person would: what the spec says, what is in the
// files, and which tools there are.
type sketch struct {
	labels      map[string][]string  // the files of each label
	resolutions map[string]bool      // by name: whether the study has it
	areas       map[string][2]string // rect and expect, by name
	shelf       string               // the evaluation's video
	attributes  map[string]string    // values that are written; "80x60 epochs" is one resolution's
	files       map[string]string    // their bytes, "WHAT/REST", also of files that nobody names
	tools       map[string]string    // identities
}

func newSketch() *sketch {
	s := &sketch{
		labels: map[string][]string{"COFFEE": {"coffee.mp4"}, "MILK": {"milk1.mp4", "milk2.mp4"},
			"TEA": {"tea.mp4"}, "WATER": {"w1.jpg", "w2.jpg", "w3.jpg"}},
		resolutions: map[string]bool{"80x60": true, "40x30": true, "20x15": false},
		areas: map[string][2]string{"left": {"[0, 0, 10, 10]", "COFFEE"},
			"right": {"[20, 0, 10, 10]", "TEA"}},
		shelf:      "shelf.mp4",
		attributes: map[string]string{"hyperparameters.epochs": "3", "dataset.frames": "20"},
		files:      map[string]string{},
		tools:      map[string]string{},
	}
	for _, name := range []string{"coffee.mp4", "milk1.mp4", "milk2.mp4", "tea.mp4", "spare.mp4",
		"other.mp4", "w0.jpg", "w1.jpg", "w2.jpg", "w3.jpg", "w4.jpg", "shelf.mp4", "back.mp4"} {
		s.files[name] = name + "/0"
	}
	for _, name := range []string{"libav", "opencv", "libtorch", "ffmpeg"} {
		s.tools[name] = "1"
	}
	return s
}

func (s *sketch) clone() *sketch {
	return &sketch{
		labels: maps.Clone(s.labels), resolutions: maps.Clone(s.resolutions),
		areas: maps.Clone(s.areas), shelf: s.shelf, attributes: maps.Clone(s.attributes),
		files: maps.Clone(s.files), tools: maps.Clone(s.tools),
	}
}

// value returns what is written for an attribute as a resolution has it, or "".
func (s *sketch) value(resolution, attribute string) string {
	if name, ok := strings.CutPrefix(attribute, "hyperparameters."); ok {
		if own := s.attributes[resolution+" "+name]; own != "" {
			return own
		}
	}
	return s.attributes[attribute]
}

// block writes the attributes of a block that are written.
func (s *sketch) block(b *strings.Builder, head, prefix string) {
	b.WriteString(head + " {\n")
	for _, name := range slices.Sorted(maps.Keys(s.attributes)) {
		if attribute, ok := strings.CutPrefix(name, prefix); ok {
			fmt.Fprintf(b, "  %s = %s\n", attribute, s.attributes[name])
		}
	}
	b.WriteString("}\n")
}

// spec returns the spec's text.
func (s *sketch) spec() string {
	var b strings.Builder
	s.block(&b, `study "s"`, "study.")
	for _, name := range slices.Sorted(maps.Keys(s.labels)) {
		var videos, pictures []string
		for _, file := range s.labels[name] {
			if strings.HasSuffix(file, ".jpg") {
				pictures = append(pictures, file)
			} else {
				videos = append(videos, file)
			}
		}
		fmt.Fprintf(&b, "label %q {\n", name)
		if videos != nil {
			fmt.Fprintf(&b, "  videos = [\"%s\"]\n", strings.Join(videos, `", "`))
		}
		if pictures != nil {
			fmt.Fprintf(&b, "  pictures = [\"%s\"]\n", strings.Join(pictures, `", "`))
		}
		b.WriteString("}\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.resolutions)) {
		if s.resolutions[name] {
			fmt.Fprintf(&b, "resolution %q {\n", name)
			s.block(&b, "hyperparameters", name+" ")
			b.WriteString("}\n")
		}
	}
	for _, name := range []string{"transcode", "dataset", "hyperparameters"} {
		s.block(&b, name, name+".")
	}
	s.block(&b, `trainer "local"`, "trainer.")
	fmt.Fprintf(&b, "evaluation \"shelf\" {\n  video = %q\n", s.shelf)
	for _, name := range []string{"every", "confident"} {
		if value := s.attributes["evaluation."+name]; value != "" {
			fmt.Fprintf(&b, "  %s = %s\n", name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.areas)) {
		fmt.Fprintf(&b, "  area %q {\n    rect   = %s\n    expect = %q\n  }\n", name,
			s.areas[name][0], s.areas[name][1])
	}
	b.WriteString("}\n")
	return b.String()
}

// choices are the values that edits choose from; "" is not written.
var choices = map[string][]string{
	"hyperparameters.epochs":               {"3", "4", ""},
	"hyperparameters.learning_rate":        {"0.5", "0.25", ""},
	"hyperparameters.lr_scheduler_step":    {`"3,6"`, ""},
	"hyperparameters.augmentation_type":    {`"crop"`, ""},
	"hyperparameters.use_pretrained_model": {"1", "1", ""},
	"80x60 epochs":                         {"5", ""},
	"trainer.threads":                      {"2", ""},
	"trainer.fine_tune":                    {"true", ""},
	"trainer.augment_copies":               {"3", ""},
	"dataset.frames":                       {"20", "30", ""},
	"dataset.quality":                      {"90", ""},
	"dataset.split":                        {`"random"`, ""},
	"dataset.format":                       {`"image"`, ""},
	"dataset.contrast":                     {"true", ""},
	"transcode.crf":                        {"20", ""},
	"study.seed":                           {"7", ""},
	"study.replicates":                     {"2", ""},
	"evaluation.every":                     {"4", ""},
	"evaluation.confident":                 {"0.5", ""},
}

// edit changes one thing of the spec, the files or the tools, and says what.
func (s *sketch) edit(r *rand.Rand) string {
	label, area := pick(r, s.labels), pick(r, s.areas)
	file := pick(r, s.files)
	switch r.IntN(15) {
	case 0, 1, 2, 3:
		name := pick(r, choices)
		s.attributes[name] = choices[name][r.IntN(len(choices[name]))]
		if s.attributes[name] == "" {
			delete(s.attributes, name)
		}
		return "set " + name + " = " + s.attributes[name]
	case 4:
		other := pick(r, s.labels)
		s.labels[label], s.labels[other] = s.labels[other], s.labels[label]
		return "swap the files of " + label + " and " + other
	case 5:
		return s.rename(label, fmt.Sprint([]string{"A", "Z"}[r.IntN(2)], r.IntN(3)))
	case 6:
		what, _, _ := strings.Cut(s.files[file], "/")
		if r.IntN(2) == 0 {
			what = fmt.Sprint("take", r.IntN(5))
		}
		s.files[file] = fmt.Sprint(what, "/", r.IntN(3))
		return "change " + file
	case 7:
		other := pick(r, s.files)
		s.files[file], s.files[other] = s.files[other], s.files[file]
		return "swap the bytes of " + file + " and " + other
	case 8:
		other := pick(r, s.files)
		s.files[file] = s.files[other]
		return "copy " + other + " to " + file
	case 9:
		name := pick(r, s.resolutions)
		s.resolutions[name] = !s.resolutions[name] || name == "80x60"
		return fmt.Sprint("resolution ", name, ": ", s.resolutions[name])
	case 10:
		tool := pick(r, s.tools)
		s.tools[tool] = fmt.Sprint(1 + r.IntN(2))
		return tool + " is version " + s.tools[tool]
	case 11:
		s.shelf = []string{"shelf.mp4", "back.mp4"}[r.IntN(2)]
		return "the shelf's video is " + s.shelf
	case 12:
		return s.editFiles(r, label)
	default:
		return s.editAreas(r, area)
	}
}

func (s *sketch) rename(label, name string) string {
	if _, used := s.labels[name]; used {
		return "no edit"
	}
	s.labels[name] = s.labels[label]
	delete(s.labels, label)
	for at, a := range s.areas {
		if a[1] == label {
			s.areas[at] = [2]string{a[0], name}
		}
	}
	return "rename " + label + " to " + name
}

// editFiles adds or removes a file of a label, or a label.
func (s *sketch) editFiles(r *rand.Rand, label string) string {
	used := map[string]bool{"shelf.mp4": true, "back.mp4": true}
	for _, files := range s.labels {
		for _, f := range files {
			used[f] = true
		}
	}
	free := map[string]string{}
	for f := range s.files {
		if !used[f] {
			free[f] = f
		}
	}
	files := slices.Clone(s.labels[label])
	switch i := r.IntN(len(files)); {
	case r.IntN(2) == 0 && len(free) > 0:
		f := pick(r, free)
		if r.IntN(3) == 0 && len(s.labels) < 6 {
			name := fmt.Sprint("NEW", r.IntN(5))
			if s.labels[name] == nil && strings.HasSuffix(f, ".mp4") {
				s.labels[name] = []string{f}
				return "add " + name + " with " + f
			}
		}
		files = append(files, f)
		slices.Sort(files)
		s.labels[label] = files
		return "add " + f + " to " + label
	case len(files) > 2 || len(files) == 2 && strings.HasSuffix(files[1-i], ".mp4"):
		s.labels[label] = slices.Delete(files, i, i+1)
		return "remove " + s.labels[label][0] + " or such from " + label
	case strings.HasPrefix(label, "NEW"):
		delete(s.labels, label)
		for at, a := range s.areas {
			if a[1] == label {
				s.areas[at] = [2]string{a[0], pick(r, s.labels)}
			}
		}
		return "remove " + label
	}
	return "no edit"
}

// editAreas moves, renames, adds or removes an area, or expects another label in it.
func (s *sketch) editAreas(r *rand.Rand, area string) string {
	rect := fmt.Sprintf("[%d, %d, 10, 10]", 10*r.IntN(5), 20*r.IntN(3))
	for _, a := range s.areas {
		if a[0] == rect {
			return "no edit" // two areas in one place are a mistake
		}
	}
	switch name := []string{"top", "low", "far"}[r.IntN(3)]; r.IntN(4) {
	case 0:
		s.areas[area] = [2]string{rect, s.areas[area][1]}
		return area + " moves to " + rect
	case 1:
		s.areas[area] = [2]string{s.areas[area][0], pick(r, s.labels)}
		return area + " expects " + s.areas[area][1]
	case 2:
		s.areas[name] = [2]string{rect, pick(r, s.labels)}
		return "area " + name
	}
	if len(s.areas) > 1 {
		delete(s.areas, area)
	}
	return "without area " + area
}

// pick returns a key of a map.
func pick[V any](r *rand.Rand, from map[string]V) string {
	keys := slices.Sorted(maps.Keys(from))
	return keys[r.IntN(len(keys))]
}
