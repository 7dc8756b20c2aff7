package specs

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs/hyper"
)

// This file reads resolutions and checks their hyperparameters. The rules run for each resolution
// on its final values, whether they come from the resolution, from the study or from a default, and
// a message points to the place that set the value.

// sizeName matches a resolution's name that states its size.
var sizeName = regexp.MustCompile(`^([0-9]{1,5})x([0-9]{1,5})$`)

// readResolutions returns the resolutions with their hyperparameters, from the most pixels to the
// fewest.
func (l *loader) readResolutions(s *Study) []Resolution {
	l.base = l.singleBlock(hyperparametersBlock)
	found := l.declarations(l.root.body, resolutionBlock, resolutionsBlock)
	l.checkResolutionCount(s, len(found))
	var list []Resolution
	first := map[[2]int]declaration{}
	for _, c := range found {
		r := Resolution{Name: c.name, At: position(c.header)}
		if l.readSize(&r, c) {
			l.checkUniqueSize(r, c, first)
		}
		if r.Endpoint != "" && s.Replicates > 1 {
			l.add(c.at("endpoint"), "remove it, or set replicates = 1",
				fmt.Sprintf("an endpoint serves one model, but the study has %d replicates",
					s.Replicates))
		}
		if r.Endpoint != "" && s.Trainer.Name != "sagemaker" {
			l.add(c.at("endpoint"), "remove it", "endpoint requires trainer \"sagemaker\"")
		}
		t := l.hyperparameterChecker(c)
		t.check(s, &r.Hyperparameters)
		t.checkFrameSize(s, r)
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Resolution) int {
		return cmp.Or(b.Width*b.Height-a.Width*a.Height, strings.Compare(a.Name, b.Name))
	})
	return list
}

// checkResolutionCount records too many resolutions, or none. Without any, the study's
// hyperparameters are checked by themselves.
func (l *loader) checkResolutionCount(s *Study, n int) {
	switch {
	case n > maxResolutions:
		l.add(l.root.header, "",
			fmt.Sprintf("a study may have at most %d resolutions, and this has %d", maxResolutions,
				n))
	case n == 0:
		if len(blocksOf(l.root.body, "resolution"))+len(blocksOf(l.root.body, "resolutions")) == 0 {
			l.add(l.root.header, `write resolution "320x240" {}`,
				"a study needs at least one resolution, and this has none")
		}
		(&hyperparameterChecker{loader: l, own: l.base, base: l.base}).check(s, &Hyperparameters{})
	}
}

// readSize fills a resolution's width and height. It reports whether they are known and valid.
func (l *loader) readSize(r *Resolution, c declaration) (ok bool) {
	if slices.Contains([]string{"probe", "select", "crops"}, r.Name) {
		l.add(c.nameAt, "rename it: 320x240",
			fmt.Sprintf("a resolution cannot be named %q, which is a step's address", r.Name))
	}
	c.assign(map[string]any{"width": &r.Width, "height": &r.Height, "endpoint": &r.Endpoint}, false)
	if !c.valid("width", "height") {
		return false
	}
	if m := sizeName.FindStringSubmatch(r.Name); m != nil {
		return l.sideFromName(c, "width", m[1], &r.Width) &&
			l.sideFromName(c, "height", m[2], &r.Height)
	}
	if r.Width == 0 || r.Height == 0 {
		l.add(c.nameAt, "name it by its size, like 320x240, or set width and height",
			fmt.Sprintf("resolution %q has no size", r.Name))
		return false
	}
	return l.checkEven(c, "width", r.Width) && l.checkEven(c, "height", r.Height)
}

// sideFromName fills a side from the resolution's name, and records an attribute that contradicts
// it.
func (l *loader) sideFromName(c declaration, name, digits string, into *int) bool {
	n, _ := strconv.Atoi(digits) // at most five digits
	if *into != 0 && *into != n {
		l.add(c.at(name), "rename the resolution, or remove this",
			fmt.Sprintf("%s is %d, but the name %s says %d", name, *into, c.name, n))
		return false
	}
	*into = n
	a, _ := c.block.attribute(name)
	if problem := a.check(n); problem != "" {
		l.add(c.nameAt, "", problem)
		return false
	}
	return l.checkEven(c, name, n)
}

// checkEven records an odd side, which libx264 cannot encode: colour is stored at half the frame's
// sides.
func (l *loader) checkEven(c declaration, name string, n int) bool {
	if n%2 == 0 {
		return true
	}
	at := c.nameAt
	if _, given := c.values[name]; given {
		at = c.at(name)
	}
	l.add(at, fmt.Sprintf("use %d or %d", n-1, n+1),
		fmt.Sprintf("%s is %d, but video needs even sides", name, n))
	return false
}

// checkUniqueSize records a second resolution of the same size.
func (l *loader) checkUniqueSize(r Resolution, c declaration, first map[[2]int]declaration) {
	size := [2]int{r.Width, r.Height}
	if before, again := first[size]; again {
		l.add(c.nameAt, "remove one of them",
			fmt.Sprintf("resolution %q is %dx%d, the same as %q at line %d", r.Name, r.Width,
				r.Height, before.name, before.header.Start.Line))
		return
	}
	first[size] = c
}

// A hyperparameterChecker reads and checks one resolution's hyperparameters.
type hyperparameterChecker struct {
	*loader
	own, base *section
	h         *Hyperparameters
}

// hyperparameterChecker returns a checker for the resolution's own block, which may be absent, over
// the study's.
func (l *loader) hyperparameterChecker(c declaration) *hyperparameterChecker {
	t := &hyperparameterChecker{loader: l,
		own:  &section{block: overrideBlock, header: c.header, body: &hclsyntax.Body{}},
		base: l.base}
	if found := blocksOf(c.body, "hyperparameters"); len(found) > 0 {
		t.own = l.decode(overrideBlock, found[0].Body, found[0].DefRange(), c.each)
	}
	return t
}

// check fills h with the defaults, then with the study's values, then with the resolution's own,
// and applies the rules to the result.
func (t *hyperparameterChecker) check(s *Study, h *Hyperparameters) {
	t.h = h
	fields := map[string]any{}
	for _, r := range hyper.Table {
		fields[r.Name] = r.Field(&h.Parameters)
	}
	t.base.assign(fields, true)
	t.own.assign(fields, false)
	h.Where = t.base.positions()
	for name, at := range t.own.positions() {
		h.Where[name] = at
	}
	height, width, ok := t.inputShape()
	if s.Trainer.Name != "command" { // a user's program may interpret them as it likes
		t.checkInput(height, width, ok)
		t.checkSchedule()
		t.checkEarlyStopping()
	}
	t.checkTrainer(s)
	if !t.incomplete[labelsBlock] && t.dataset.valid("frames", "validation") {
		t.checkSamples(s)
	}
	delete(h.Where, "num_classes")
	delete(h.Where, "num_training_samples")
}

// source returns the section that sets an attribute: the resolution's own if it does, else the
// study's.
func (t *hyperparameterChecker) source(name string) *section {
	if _, given := t.own.values[name]; given || t.own.invalid[name] {
		return t.own
	}
	return t.base
}

// valid reports whether all these attributes are free of mistakes.
func (t *hyperparameterChecker) valid(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return t.source(n).invalid[n] })
}

// at returns the range of the first of these attributes that was set, else the study's block.
func (t *hyperparameterChecker) at(names ...string) hcl.Range {
	for _, n := range names {
		if _, given := t.source(n).values[n]; given {
			return t.source(n).at(n)
		}
	}
	return t.base.header
}

// largeDepths are the depths of the network for large input. It halves the sides five times.
var largeDepths = []int{18, 34, 50, 101, 152}

// minLargeInput is the shortest side, in pixels, of which the network for large input can make
// anything.
const minLargeInput = 64 // pixels, of what the large network makes anything of

// inputShape parses image_shape. It reports whether it is valid.
func (t *hyperparameterChecker) inputShape() (height, width int, ok bool) {
	if !t.valid("image_shape") {
		return 0, 0, false
	}
	height, width, problem := imageShape(t.h.ImageShape)
	if problem != "" {
		t.add(t.at("image_shape"), `write "3,HEIGHT,WIDTH", like "3,224,224"`, problem)
	}
	return height, width, problem == ""
}

// checkInput applies the rules about the size of the input, resize, and the crop between them.
func (t *hyperparameterChecker) checkInput(height, width int, ok bool) {
	h := t.h
	if h.AugmentationType != "" && h.Resize == 0 && t.valid("augmentation_type", "resize") {
		t.add(t.at("augmentation_type"), "set resize to more than the sides of image_shape",
			fmt.Sprintf("augmentation_type %q crops the input from a larger frame, so it needs "+
				"resize", h.AugmentationType))
	}
	if !ok {
		return
	}
	if h.Resize != 0 && h.Resize < max(height, width) && t.valid("resize") {
		t.add(t.at("resize", "image_shape"), "raise resize, or make image_shape smaller",
			fmt.Sprintf("resize is %d, smaller than the input of %dx%d that is cropped from it",
				h.Resize, width, height))
	}
	if t.valid("num_layers") && slices.Contains(largeDepths, h.NumLayers) &&
		min(height, width) < minLargeInput {
		t.warn(t.at("num_layers", "image_shape"), "for small input, use 8, 20, 32, 44, 56 or 110",
			fmt.Sprintf("%d layers are for large input, and image_shape is %s", h.NumLayers,
				h.ImageShape))
	}
}

// imageShape parses "3,224,224": channels, height, width.
func imageShape(s string) (height, width int, problem string) {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return 0, 0, fmt.Sprintf("image_shape must be three numbers, not %q", s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil {
			return 0, 0, fmt.Sprintf("image_shape must be three numbers, not %q", s)
		}
		n[i] = v
	}
	switch {
	case n[0] != 3:
		return 0, 0, fmt.Sprintf("image_shape must have 3 channels, not %d", n[0])
	case min(n[1], n[2]) < 8 || max(n[1], n[2]) > 1024:
		return 0, 0, fmt.Sprintf("the sides of image_shape must be 8 to 1024 pixels, not %d and %d",
			n[1], n[2])
	}
	return n[1], n[2], ""
}

// checkSchedule applies the rules about lr_scheduler_step.
func (t *hyperparameterChecker) checkSchedule() {
	if t.h.LRSchedulerStep == "" || !t.valid("lr_scheduler_step") {
		return
	}
	at, before := t.at("lr_scheduler_step"), 0
	for part := range strings.SplitSeq(t.h.LRSchedulerStep, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n <= before {
			t.add(at, `list epochs in ascending order: "10,20"`,
				fmt.Sprintf("lr_scheduler_step must be ascending epochs from 1, not %q",
					t.h.LRSchedulerStep))
			return
		}
		before = n
	}
	if before >= t.h.Epochs && t.valid("epochs") {
		t.warn(at, "", fmt.Sprintf(
			"lr_scheduler_step %q is never reached: the last of %d epochs is %d",
			t.h.LRSchedulerStep, t.h.Epochs, t.h.Epochs-1))
	}
}

// checkEarlyStopping warns about early stopping that can never happen.
func (t *hyperparameterChecker) checkEarlyStopping() {
	h := t.h
	if h.EarlyStopping && h.EarlyStoppingMin >= h.Epochs &&
		t.valid("early_stopping", "early_stopping_min_epochs", "epochs") {
		t.warn(t.at("early_stopping_min_epochs", "early_stopping"),
			"lower early_stopping_min_epochs",
			fmt.Sprintf("early stopping has no effect: at least %d epochs run, and epochs is %d",
				h.EarlyStoppingMin, h.Epochs))
	}
}

// checkSamples applies the rules about the number of frames.
func (t *hyperparameterChecker) checkSamples(s *Study) {
	perLabel, _ := splitSizes(&s.Dataset)
	most := perLabel * len(s.Labels)
	if t.h.MiniBatchSize > most && len(s.Labels) > 0 && t.valid("mini_batch_size") {
		at := t.at("mini_batch_size")
		if _, given := t.source("mini_batch_size").values["mini_batch_size"]; !given {
			at = t.dataset.at("frames")
		}
		t.add(at, fmt.Sprintf("lower mini_batch_size to %d or less, or raise the dataset's frames",
			most),
			fmt.Sprintf("a batch of %d is larger than the training set: %d labels with %d frames "+
				"each make %d", t.h.MiniBatchSize, len(s.Labels), perLabel, most))
	}
	t.checkDerived("num_classes", len(s.Labels), "the number of labels")
	t.checkDerived("num_training_samples", most, "frames for training, of all labels")
}

// checkDerived records a value that differs from the computed one.
func (t *hyperparameterChecker) checkDerived(name string, is int, what string) {
	given, ok := t.source(name).values[name]
	if ok && given != is {
		t.add(t.at(name), "remove it: it is computed",
			fmt.Sprintf("%s is %d (%s), not %v", name, is, what, given))
	}
}
