package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"snellen/specs"
	"snellen/steps/term"
)

// A writer writes a spec.
type writer struct {
	*Found
	strings.Builder
	top string // the folder that the variable footage names, from the one that was looked at
}

// Spec returns the spec of a study: its name, and the folder that was looked at as the spec's
// folder sees it. The spec is formatted.
func (f *Found) Spec(name, folder string) []byte {
	w := &writer{Found: f, top: f.common()}
	if w.top != "." {
		folder = path.Join(folder, w.top)
	}
	name = specs.Normal(name)
	if specs.NameProblem("study", name) != "" {
		name = "study"
	}
	w.comment("Which resolution of this footage is enough? snellen init wrote this for what it " +
		"found; change what you like. snellen validate checks it, snellen plan shows what would " +
		"run, and snellen apply runs it.")
	fmt.Fprintf(w, `
study %s {
  seed = 2020 # seed of every random choice: the same seed gives the same results
}

# Paths are relative to this file's folder. To use another: snellen plan -var footage=DIR
variable "footage" {
  default = %s
}
`, specs.Quote(name), specs.Quote(folder))
	w.writeLabels()
	w.writeResolutions()
	w.writeDataset()
	w.writeEvaluations()
	src, list := specs.Format([]byte(w.String()))
	if list.HasErrors() {
		panic("BUG: the spec of " + f.dir + " cannot be parsed: " + list.Error())
	}
	return src
}

// common returns the deepest folder that contains all that the spec names.
func (f *Found) common() string {
	dirs := []string{f.base.path}
	for _, d := range []*folder{f.validation, f.test} {
		if d != nil {
			dirs = append(dirs, d.path)
		}
	}
	for _, s := range f.scenes {
		dirs = append(dirs, path.Dir(s.at()))
	}
	top := dirs[0]
	for _, d := range dirs[1:] {
		for top != "." && d != top && !strings.HasPrefix(d, top+"/") {
			top = path.Dir(top)
		}
	}
	return top
}

// comment writes a text as comment lines.
func (w *writer) comment(text string) {
	for _, line := range term.Wrap(text, 100, "# ", "# ") {
		fmt.Fprintln(w, line)
	}
}

// writeLabels writes what to recognise: one block where labels are alike, else a block for each.
func (w *writer) writeLabels() {
	w.WriteByte('\n')
	if w.labelsOfFiles() || w.labelsOfFolders() {
		return
	}
	w.comment("What to recognise: labels, each with its footage.")
	for i, l := range w.labels {
		if i > 0 {
			w.WriteByte('\n')
		}
		fmt.Fprintf(w, "label %s {\n", specs.Quote(l.name))
		for _, k := range []kind{clip, picture} {
			if expression := w.footage(l, k); expression != "" {
				fmt.Fprintf(w, "%s = %s\n", attribute[k], expression)
			}
		}
		if l.validation != nil {
			fmt.Fprintf(w, "validation = %s\n", w.files(l.validation, picture))
		}
		w.WriteString("}\n")
	}
}

// attribute names the attribute of a label that has files of a kind.
var attribute = map[kind]string{clip: "videos", picture: "pictures"}

// footage returns an expression for a label's files of a kind, or "".
func (w *writer) footage(l *label, k kind) string {
	var parts []string
	var named []*file
	for _, f := range l.files {
		if f.kind == k && !f.left {
			named = append(named, f)
		}
	}
	if len(named) > 0 {
		parts = append(parts, w.list(named))
	}
	for _, d := range l.folders {
		if len(d.all(k)) > 0 {
			parts = append(parts, w.files(d, k))
		}
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	return "concat(" + strings.Join(parts, ", ") + ")"
}

// names returns the labels' names for a comment.
func (w *writer) names() string {
	var list []string
	for _, l := range w.labels {
		list = append(list, l.name)
	}
	return strings.Join(list, ", ")
}

// labelsOfFiles writes a block for labels that have one video each, in one folder and with one
// suffix. It reports whether they do.
func (w *writer) labelsOfFiles() bool {
	d, suffix := w.base, ""
	var own []*file
	for _, l := range w.labels {
		if len(l.folders) > 0 || len(l.files) != 1 || l.validation != nil ||
			path.Dir(l.files[0].path) != d.path || specs.Normal(l.files[0].stem()) != l.name {
			return false
		}
		if own = append(own, l.files[0]); suffix == "" {
			suffix = l.files[0].suffix()
		} else if suffix != l.files[0].suffix() {
			return false
		}
	}
	var except []string
	kept := map[string]bool{}
	for _, f := range d.files {
		if slices.Contains(own, f) {
			kept[f.name()] = true
		} else if f.suffix() == suffix {
			except = append(except, f.name())
		}
	}
	each := fmt.Sprintf("fileset(%s, %s)", w.at(d.path), specs.Quote("*"+suffix))
	if len(except) > 0 {
		names := quoteAll(except, kept)
		if names == "" || len(except) > maxExcept {
			return false
		}
		each = fmt.Sprintf("setsubtract(%s, [%s])", each, names)
	}
	w.comment(fmt.Sprintf("What to recognise: a label for each video, named after the file. "+
		"There are %d: %s", len(own), w.names()))
	fmt.Fprintf(w, `labels {
  for_each = %s
  name     = trimsuffix(each.value, %s)
  videos   = [%s]
}
`, each, specs.Quote(suffix), w.each(d))
	return true
}

// labelsOfFolders writes a block for labels that have one folder each, all in one folder and with
// files that one pattern matches. It reports whether they do.
func (w *writer) labelsOfFolders() bool {
	var own, apart []*folder
	for _, l := range w.labels {
		if len(l.folders) != 1 || len(l.files) > 0 || path.Dir(l.folders[0].path) != w.base.path {
			return false
		}
		own = append(own, l.folders[0])
		if l.validation != nil {
			apart = append(apart, l.validation)
		}
	}
	each, ok := w.foldersOf(w.base, own)
	if !ok {
		return false
	}
	text := ""
	for _, k := range []kind{clip, picture} {
		switch pattern, except := patternFor(own, k); {
		case len(except) > 0 || pattern == "" && len(w.media(k)) > w.validating(k):
			return false
		case pattern != "":
			text += fmt.Sprintf("%s = fileset(%s, %s)\n", attribute[k], w.each(w.base),
				specs.Quote(pattern))
		}
	}
	if len(apart) > 0 {
		pattern, except := patternFor(apart, picture)
		if len(except) > 0 || pattern == "" {
			return false
		}
		text += fmt.Sprintf("validation = fileset(%s, %s)\n", w.each(w.validation),
			specs.Quote(pattern))
	}
	w.comment(fmt.Sprintf("What to recognise: a label for each folder, named after it. There "+
		"are %d: %s", len(own), w.names()))
	fmt.Fprintf(w, "labels {\nfor_each = %s\n%s}\n", each, text)
	return true
}

// validating returns how many files of a kind the labels have for validation.
func (w *writer) validating(k kind) (n int) {
	for _, l := range w.labels {
		if l.validation != nil {
			n += len(l.validation.all(k))
		}
	}
	return n
}

// writeResolutions writes the sizes to compare.
func (w *writer) writeResolutions() {
	native := w.native()
	text := "The sizes to compare: the footage's own, and halves of it."
	if len(w.large) == 0 && max(w.sizes[0][0], w.sizes[0][1]) < max(native[0], native[1])-1 {
		text = fmt.Sprintf("The sizes to compare. The footage has about %dx%d pixels; they begin "+
			"with a part of that, which is more than the network's input.", native[0], native[1])
	}
	w.WriteByte('\n')
	w.comment(text)
	if len(w.large) > 0 {
		first := w.small[0]
		w.comment(fmt.Sprintf("Nothing is enlarged, and %s smaller than the largest of these, "+
			"such as %s, %dx%d:", term.Count(len(w.small), "video is", "videos are"), first.path,
			first.seen.width, first.seen.height))
		for _, size := range w.large {
			fmt.Fprintf(w, "#   resolution \"%dx%d\" {}\n", size[0], size[1])
		}
	}
	for i, size := range w.sizes {
		if i == len(w.sizes)-1 {
			fmt.Fprintf(w, `
resolution "%dx%d" {
# hyperparameters { epochs = 20 } # for this resolution only
}
`, size[0], size[1])
		} else {
			fmt.Fprintf(w, "resolution \"%dx%d\" {}\n", size[0], size[1])
		}
	}
	if w.fit != "squeeze" {
		w.WriteByte('\n')
		w.comment("Some footage has another shape than these sizes. Black bars keep it, but a " +
			"network may tell a label by them: better film all labels alike. \"crop\" cuts off " +
			"what does not fit, and \"squeeze\" changes the shape.")
		fmt.Fprintf(w, "transcode {\nfit = %q\n}\n", w.fit)
	}
}

// writeDataset writes which frames are used, and how networks are trained.
func (w *writer) writeDataset() {
	frames := 200
	for _, l := range w.labels { // pictures come before the frames of videos, and few look alike
		n := len(l.of(picture))
		if len(l.of(clip)) > 0 {
			n *= 2
		}
		frames = max(frames, min(n, 1000))
	}
	w.WriteString("\ndataset {\n")
	fmt.Fprintf(w, "frames = %d # of each label, at most\n", frames)
	if w.validating(picture) == 0 { // else the sets are as they are
		w.WriteString("validation = 0.2 # share of them\n")
		if w.clips.count > 0 {
			w.WriteString("split = \"blocks\" # of time, since neighbouring frames look alike\n")
		} else {
			w.WriteString("split = \"groups\" # pictures that look alike stay together\n")
		}
	}
	w.WriteString("}\n")
	w.writeHyperparameters(frames)
}

// writeHyperparameters writes how networks are trained, as the examples do. A label has so many
// frames at most.
func (w *writer) writeHyperparameters(frames int) {
	batch, n := 32, w.training(frames)
	for batch > 2 && 2*batch > n {
		batch /= 2
	}
	w.WriteByte('\n')
	w.comment("How the networks are trained, with SageMaker's names. They start from one that was " +
		"trained on ImageNet, and their last layer alone learns your labels, in about a second.")
	w.WriteString("hyperparameters {\nuse_pretrained_model = 1\n")
	if batch < 32 {
		fmt.Fprintf(w, "mini_batch_size = %d # 32 where there is more footage: this is about %d "+
			"frames\n", batch, n)
	}
	w.WriteString(`}

# To train them whole, which takes minutes:
#
# trainer "local" { fine_tune = true }
#
# Or from random weights, in place of use_pretrained_model = 1:
#
#   num_layers        = 8
#   image_shape       = "3,96,96"
#   resize            = 110
#   epochs            = 9
#   lr_scheduler_step = "6,8"
#   augmentation_type = "crop_color_transform"
`)
}

// training returns about how many frames there are for training.
func (w *writer) training(frames int) (n int) {
	for _, l := range w.labels {
		own := len(l.of(picture))
		for _, f := range l.of(clip) {
			if f.seen == nil || f.seen.length == 0 {
				own = frames
				break
			}
			own += int(f.seen.rate * f.seen.length)
		}
		if own = min(own, frames); l.validation == nil {
			own = own * 8 / 10
		}
		n += own
	}
	return n
}
