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
func (r *Report) methods() []document.Method {
	d := r.study.Decision
	c := document.Confidence(d.Confidence)
	list := []document.Method{
		{Name: "accuracy", Text: accuracyMethod},
		{Name: "detection_rate", Text: detectionMethod},
		{Name: "recognised", Text: recognisedMethod},
		{Name: "wilson", Text: fmt.Sprintf(wilsonMethod, c)},
		{Name: "limits", Text: limitsMethod},
		{Name: "decision", Text: fmt.Sprintf(decisionMethod, percent(1-d.Confidence))},
		{Name: "comparison", Text: fmt.Sprintf(comparisonMethod, c)},
		{Name: "sign_test", Text: signMethod},
		{Name: "needed", Text: neededMethod},
		{Name: "grade", Text: gradeMethod},
		{Name: "pixels", Text: pixelsMethod},
		{Name: "near_duplicates", Text: duplicatesMethod},
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
		"over its pictures. A picture is recognised if " +
		"more than half of the trainings found its label. For a grade, all pictures of a label " +
		"together take the place of an area."

	wilsonMethod = "Wilson's score interval at %s for the detection rate, with each area as one " +
		"sample. The frames of one area show the same product in the same place and are not " +
		"samples of their own. With several trainings it is wider, by what their mean may be off."

	limitsMethod = "What the true difference of two detection rates is above and below. To the " +
		"differences in the judged areas, one made-up area with the worst possible difference is " +
		"added; all get random weights, each set of weights as likely as another, and the limit " +
		"is a quantile of the weighted mean (Gaffke 2005). It assumes nothing of how the " +
		"differences are distributed, and holds for few areas, where a bootstrap's intervals " +
		"are too short. Where nothing differs in n areas, the limit is a loss of about 3/n. With " +
		"several trainings of each resolution, the squares of the limit's distance and of the " +
		"distance that the trainings' means may be off are added (Zou and Donner 2008)."

	decisionMethod = "A resolution is enough if the lower limit of its difference from the " +
		"reference is no larger a loss than the accepted one, and worse if the upper limit is a " +
		"larger one. Each limit is wrong in at most %s of studies. Resolutions are tested from " +
		"the reference down, and the first that is not enough ends the test (Maurer, Hothorn " +
		"and Lehmacher 1995): so no adjustment for several tests is needed. A candidate's " +
		"interval has both limits."

	comparisonMethod = "Two resolutions differ if the interval of their difference, from limits " +
		"that hold together at %s, excludes zero. There is no correction for several comparisons."

	signMethod = "Exact two-sided sign test over areas, by their rates, without ties. It is " +
		"never significant with fewer than six areas that differ."

	neededMethod = "How many areas or trainings would settle a candidate in four of five studies, " +
		"if all differences stayed as they are: the limit is computed for more areas of the same " +
		"kind, less the bad luck of one study in five."

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
