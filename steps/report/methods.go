package report

import (
	"fmt"
	"slices"

	"snellen/specs"
	"snellen/steps/audit"
	"snellen/steps/report/document"
)

// methods returns how the figures were computed, in words. The names appear in the document as the
// methods of intervals, and must not change.
func (r *Report) methods(e evidence) []document.Method {
	c := document.Confidence(r.study.Decision.Confidence)
	draws := 0
	if e.trial != nil {
		draws = e.trial.Draws()
	}
	list := []document.Method{
		{Name: "accuracy", Text: accuracyMethod},
		{Name: "detection_rate", Text: detectionMethod},
		{Name: "recognised", Text: recognisedMethod},
		{Name: "wilson", Text: fmt.Sprintf(wilsonMethod, c)},
		{Name: "bootstrap", Text: fmt.Sprintf(bootstrapMethod, c, draws, r.study.Seed)},
		{Name: "adjusted", Text: fmt.Sprintf(adjustedMethod, c)},
		{Name: "wider", Text: "On each side the wider of bootstrap and adjusted."},
		{Name: "sign_test", Text: signMethod},
		{Name: "verdict", Text: verdictMethod},
		{Name: "needed", Text: neededMethod},
		{Name: "grade", Text: gradeMethod},
		{Name: "pixels", Text: pixelsMethod},
		{Name: "near_duplicates", Text: duplicatesMethod},
	}
	if slices.ContainsFunc(r.study.Evaluations,
		func(e specs.Evaluation) bool { return e.Stills != nil }) {
		list[4].Text += " Of stills, a block is one of them, or a tenth of all if that is more."
	}
	whole := func(e specs.Evaluation) bool { return e.Samples != nil }
	if slices.ContainsFunc(r.study.Evaluations, whole) {
		list = slices.Insert(list, 3, document.Method{
			Name: "samples", Text: fmt.Sprintf(samplesMethod, audit.Near),
		})
	}
	if r.doc.Audit.Areas != nil {
		list = append(list, document.Method{Name: "leaked_areas", Text: fmt.Sprintf(leakedMethod,
			audit.LookedAt, audit.AlikeGrey, audit.AlikeDetail)})
	}
	if text := r.networkMethod(); text != "" {
		list = slices.Insert(list, 0, document.Method{Name: "networks", Text: text})
	}
	return list
}

const (
	accuracyMethod = "Share of the validation frames that the model classifies correctly. It is " +
		"the best epoch's, or the last one's where the learning rate falls to 0. Every frame is " +
		"scored once. The saved model was scored again and gave the " +
		"same number. With several trainings it is their mean."

	detectionMethod = "Share of judged areas whose most probable label is the expected one, over " +
		"all judged frames. With several trainings it is their mean."

	recognisedMethod = "An area is recognised if its label was found in more than half of its " +
		"judged frames. A flip is an area that is recognised at only one of two neighbouring " +
		"resolutions."

	samplesMethod = "A whole picture is judged once and is a sample of its own. All that is said " +
		"of areas holds for these pictures too. Those of one label that hang together by " +
		"near-duplicates, " +
		"whose hashes differ in at most %d of 64 bits, are one sample, whose rate is the mean " +
		"over its pictures; they take the place of blocks of time. A picture is recognised if " +
		"more than half of the trainings found its label. For a grade, all pictures of a label " +
		"together take the place of an area."

	wilsonMethod = "Wilson's score interval at %s for the detection rate, with each area as one " +
		"sample. The frames of one area show the same product in the same place and are not " +
		"samples of their own."

	bootstrapMethod = "Paired block bootstrap at %s: %d draws, seed %d. Each draw picks areas, " +
		"within them blocks of time (of a second, or of a tenth of the judged time if that is " +
		"longer), and trainings, all with replacement. Both resolutions share the areas and " +
		"blocks. Percentiles are expanded for few areas (Hesterberg 2015)."

	adjustedMethod = "Interval of the mean difference by area at %s, with two made-up areas: one " +
		"that only the first resolution recognises, and one that only the second does (Bonett " +
		"and Price 2012). It holds even if no area differs and the bootstrap sees no variance."

	signMethod = "Exact two-sided sign test over areas, by their rates, without ties. It is " +
		"never significant with fewer than six areas that differ."

	verdictMethod = "A difference is shown if the bootstrap's interval excludes zero and the " +
		"sign test's p is at most one less the confidence. That a loss is no more than the " +
		"accepted one is shown if the bootstrap and the adjusted interval both exclude a larger " +
		"one. There is no correction for several comparisons."

	neededMethod = "How many areas or trainings would give a verdict if all rates stayed as they " +
		"are. The bootstrap's interval shrinks with the root of the number of areas. The " +
		"adjusted interval and the sign test are computed again for more areas of the same kind."

	gradeMethod = "The best grade whose every_area is reached by each area of the evaluation. A " +
		"resolution has the worst grade of its evaluations."

	pixelsMethod = "An area's size in the camera's picture, scaled to the resolution of the " +
		"training frames or to the size of the camera's picture, whichever is smaller. The rule " +
		"is the smallest height from which on, at every height that was tried, the mean " +
		"detection rate reaches every_area of the best grade."

	duplicatesMethod = "Frames whose difference hashes (64 bits of a 9x8 grey picture) differ in " +
		"few bits. Each validation frame is compared with all train frames of its label. Of " +
		"other labels and of cameras, 200 evenly spread frames are compared."

	leakedMethod = "Of each area %d judged frames, spread evenly, are compared with the " +
		"train and the validation frames; whole pictures are compared each. Features of a " +
		"network that was trained on ImageNet find the 256 moments that are most alike, and " +
		"sketches of 16 pixels the three of them that are. In their frames the picture is " +
		"looked for as it is, larger, smaller and turned by up to ten degrees. It is a training " +
		"picture if, where it fits best, the grey values of both correlate by at least %.2f, " +
		"and their details, without what is smooth, by at least %.2f: it may be turned, moved, " +
		"cut and lit otherwise, but not mirrored. An area is named if more than half of the " +
		"frames show a training picture. On handheld footage no honest area reached 0.78 and " +
		"0.42, and all pictures of training frames reached 0.91 and 0.82."
)
