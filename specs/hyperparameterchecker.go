package specs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs/hyper"
)

// This file checks hyperparameters. The rules run for each resolution on its final values, whether
// they come from the resolution, from the study or from a default, and a message points to the
// place that set the value. Rules of SageMaker alone are in sagemakerrules.go.

// A hyperparameterChecker reads and checks one resolution's hyperparameters.
type hyperparameterChecker struct {
	*loader
	own, base *section
	h         *Hyperparameters
	start     *hyper.Start // of the local trainer; nil: random weights, or another trainer
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
	if s.Trainer.Name == "local" && h.UsePretrained == 1 {
		t.start = &hyper.Start{OwnFile: s.Trainer.Pretrained != "", FineTune: s.Trainer.FineTune}
		for _, r := range hyper.Table {
			if !t.written(r.Name) {
				assignField(r.Name, fields[r.Name], t.start.Default(r, h.Parameters))
			}
		}
	}
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

// written reports whether an attribute was set, and without a mistake.
func (t *hyperparameterChecker) written(name string) bool {
	_, given := t.source(name).values[name]
	return given
}

// valid reports whether all these attributes are free of mistakes.
func (t *hyperparameterChecker) valid(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return t.source(n).invalid[n] })
}

// at returns the range of the first of these attributes that was set, else the study's block.
func (t *hyperparameterChecker) at(names ...string) hcl.Range {
	for _, n := range names {
		if t.written(n) {
			return t.source(n).at(n)
		}
	}
	return t.base.header
}

// inputShape parses image_shape. It reports whether it is valid.
func (t *hyperparameterChecker) inputShape() (height, width int, ok bool) {
	if !t.valid("image_shape") {
		return 0, 0, false
	}
	height, width, err := t.h.InputSize()
	if err != nil {
		t.add(t.at("image_shape"), `write "3,HEIGHT,WIDTH", like "3,224,224"`, err.Error())
	}
	return height, width, err == nil
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
		hint := "raise resize, or make image_shape smaller"
		if t.start != nil && !t.start.FineTune {
			hint = "leave resize out, or raise it"
		}
		t.add(t.at("resize", "image_shape"), hint,
			fmt.Sprintf("resize is %d, smaller than the input of %dx%d that is cropped from it",
				h.Resize, width, height))
	}
	if t.valid("num_layers") && slices.Contains(hyper.LargeDepths, h.NumLayers) &&
		min(height, width) < hyper.MinLargeInput {
		t.warn(t.at("num_layers", "image_shape"), "for small input, use 8, 20, 32, 44, 56 or 110",
			fmt.Sprintf("%d layers are for large input, and image_shape is %s", h.NumLayers,
				h.ImageShape))
	}
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
		if !t.written("mini_batch_size") {
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

// extraNameForm allows identifiers that also contain dots and hyphens, as options of programs do.
var extraNameForm = newForm(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)

// extraProblem returns what is wrong with the name of a user's own hyperparameter, or "".
func extraProblem(name string) (problem, hint string) {
	if !extraNameForm.matches(name) {
		return fmt.Sprintf("%q is not a valid name of a hyperparameter", name),
			"use letters, digits and _"
	}
	if _, known := hyperparametersBlock.attribute(name); known {
		return fmt.Sprintf("%s is a hyperparameter of its own", name),
			"write it next to extra, not in it"
	}
	return "", ""
}

// readExtra reads the user's own hyperparameters. A resolution's replace the study's, name by name.
func (t *hyperparameterChecker) readExtra(s *Study) {
	const like = `write extra = { trees = 200 }`
	for _, part := range []*section{t.base, t.own} {
		for name, value := range t.readStringMap(part, "extra", like, extraProblem) {
			if t.h.Extra == nil {
				t.h.Extra = map[string]string{}
			}
			t.h.Extra[name] = value
		}
	}
	image := s.Trainer.SageMaker != nil && s.Trainer.SageMaker.Image != ""
	if len(t.h.Extra) > 0 && s.Trainer.Command == nil && !image {
		t.add(t.at("extra"), "remove it",
			fmt.Sprintf("trainer %q does not take extra hyperparameters", s.Trainer.Name))
	}
}
