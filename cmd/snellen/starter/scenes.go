package starter

import (
	"fmt"
	"math"
	"path"
	"strings"

	"snellen/specs"
)

// This file writes the evaluations.

// at returns the path of what the camera saw.
func (s *scene) at() string {
	switch {
	case s.video != nil:
		return s.video.path
	case s.still != nil:
		return s.still.path
	}
	return s.stills.path
}

// maxTests bounds the pictures of one evaluation, as the language does.
const maxTests = 10_000

// tests returns how many pictures there are for testing, or 0 if there are too few or too many for
// an evaluation.
func (f *Found) tests() (n int) {
	for _, l := range f.labels {
		if l.test != nil {
			n += len(l.test.all(picture))
		}
	}
	if n < 2 || n > maxTests {
		return 0
	}
	return n
}

// writeEvaluations writes what every network is shown. Of a camera it is known what it saw, and not
// where things stood: its evaluation is complete but for that, and is in a comment until a person
// has placed the areas.
func (w *writer) writeEvaluations() {
	if w.tests() > 0 {
		w.WriteByte('\n')
		w.comment("What every network is shown: whole pictures, which it has not seen before.")
		w.WriteString("evaluation \"test\" {\n")
		w.samples()
		w.WriteString("}\n")
	}
	for i, s := range w.scenes {
		w.WriteByte('\n')
		if i == 0 {
			w.comment("What the camera saw, and what stood where. Only you know that: the grid " +
				"below is a form to fill in, and snellen areas draws it on a picture of the " +
				"camera. Once it is right, remove the line above and the line below the " +
				"evaluation, which make it a comment. Then every network is judged by it.")
		}
		w.camera(s)
	}
	if len(w.scenes) == 0 && w.tests() == 0 {
		w.WriteByte('\n')
		w.comment("To judge by what a camera sees, film several of these things together, save " +
			"it as shelf.mp4 beside them, and say in this form what stands where. Then remove " +
			"the line above and the line below the evaluation, which make it a comment.")
		size := w.native()
		w.camera(&scene{name: "shelf", video: &file{path: path.Join(w.base.path, "shelf.mp4"),
			seen: &seen{width: size[0], height: size[1], rate: 25}}})
	}
}

// samples writes the pictures of an evaluation that has no areas.
func (w *writer) samples() {
	var own []*folder
	for _, l := range w.labels {
		if l.test != nil {
			own = append(own, l.test)
		}
	}
	each, ok := w.foldersOf(w.test, own)
	pattern, except := patternFor(own, picture)
	if ok && pattern != "" && len(except) == 0 {
		fmt.Fprintf(w, `pictures {
for_each = %s
files = fileset(%s, %s)
expect = each.value
}
`, each, w.each(w.test), specs.Quote(pattern))
		return
	}
	for _, l := range w.labels {
		if l.test != nil {
			fmt.Fprintf(w, "pictures {\nfiles = %s\nexpect = %s\n}\n", w.files(l.test, picture),
				specs.Quote(l.name))
		}
	}
}

// camera writes the evaluation of a scene, as a comment.
func (w *writer) camera(s *scene) {
	text := &writer{Found: w.Found, top: w.top}
	fmt.Fprintf(text, "evaluation %s {\n", specs.Quote(s.name))
	size, whose := s.files()[0].seen, "the video's"
	switch {
	case s.video != nil:
		fmt.Fprintf(text, "video = %s\n", w.at(s.video.path))
		if n := every(s.video.seen); n > 1 {
			fmt.Fprintf(text, "every = %d # one in %d frames is judged\n", n, n)
		}
	case s.still != nil:
		fmt.Fprintf(text, "stills = %s\n", w.list(s.files()))
		whose = "that of the stills"
	default:
		fmt.Fprintf(text, "stills = %s\n", w.files(s.stills, picture))
		whose = "that of the stills"
	}
	frame := w.native()
	if size != nil {
		frame = size.size()
		fmt.Fprintf(text, `
# The size of the picture, in pixels. It may be left out: then it is %s.
frame {
width = %d
height = %d
}
`, whose, frame[0], frame[1])
	}
	text.WriteByte('\n')
	text.grid(frame[0], frame[1])
	text.WriteString("}\n")
	src, _ := specs.Format([]byte(text.String()))
	// A path may have the end of a comment in it.
	fmt.Fprintf(w, "/*\n%s*/\n", strings.ReplaceAll(string(src), "*/", `*\u002f`))
}

func every(s *seen) int {
	if s == nil {
		return 4
	}
	return Every(s.rate, s.length)
}

// Every returns which share of a camera's frames to judge, of a video with that many frames a second
// and seconds: one in so many, so that it is about six a second, and about a thousand at most.
func Every(rate, seconds float64) int {
	n := max(rate/6, rate*seconds/1000)
	return int(min(max(math.Round(n), 1), 1_000_000))
}

// grid writes areas in the middle of a frame, for as many labels as fit a grid.
func (w *writer) grid(width, height int) {
	n := min(len(w.labels), 12)
	rows := 1
	if n > 4 && height >= 2 {
		rows = 2
	}
	columns := min(n/rows, width)
	// The grid takes the middle: four fifths of each side. An area takes four fifths of its place.
	step := [2]int{max(width*8/10/columns, 1), max(height*8/10/rows, 1)}
	size := [2]int{max(step[0]*8/10, 1), max(step[1]*8/10, 1)}
	origin := [2]int{(width - step[0]*(columns-1) - size[0]) / 2,
		(height - step[1]*(rows-1) - size[1]) / 2}
	fmt.Fprintf(w, `grid {
columns = %d
rows = %d
origin = [%d, %d] # x and y of the first area's corner
size = [%d, %d] # width and height of an area
step = [%d, %d] # from one area to the next
expect = [ # row by row
`, columns, rows, origin[0], origin[1], size[0], size[1], step[0], step[1])
	for row := range rows {
		var names []string
		for _, l := range w.labels[row*columns : (row+1)*columns] {
			names = append(names, specs.Quote(l.name))
		}
		fmt.Fprintf(w, "%s,\n", strings.Join(names, ", "))
	}
	w.WriteString("]\n}\n")
}
