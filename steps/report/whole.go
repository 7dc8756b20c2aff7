package report

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// An evaluation of whole pictures has an area for each picture, which is judged once. The sample is
// the picture, or its group of near-duplicates.

// samples returns the whole pictures that are one sample, as indices, in the order of the first
// ones. Pictures of different labels are different samples, alike as they may be in grey.
func samples(areas []evaluate.AreaSummary) [][]int {
	type sample struct {
		group  int
		expect string
	}
	var list [][]int
	at := map[sample]int{} // the place of each in list
	for i, a := range areas {
		s := sample{a.Group, a.Expect}
		k, known := at[s]
		if !known || a.Group == 0 {
			k, at[s] = len(list), len(list)
			list = append(list, nil)
		}
		list[k] = append(list[k], i)
	}
	return list
}

// sampleAreas returns the samples as a trial's areas, in which a frame is a picture.
func sampleAreas(areas []evaluate.AreaSummary) []compare.Area {
	var list []compare.Area
	for _, pictures := range samples(areas) {
		sample := compare.Area{Judged: len(pictures)}
		for _, i := range pictures {
			if isRecognised(areas[i].Rate) {
				sample.Right++
			}
		}
		list = append(list, sample)
	}
	return list
}

// sampleRate returns the mean rate of the samples. A sample's rate is the mean over its pictures,
// whose rates may be means over several trainings.
func sampleRate(areas []evaluate.AreaSummary) float64 {
	sum, list := 0.0, samples(areas)
	for _, pictures := range list {
		rate := 0.0
		for _, i := range pictures {
			rate += areas[i].Rate
		}
		sum += rate / float64(len(pictures))
	}
	return rounded(sum / float64(max(len(list), 1)))
}

// rate returns the detection rate.
func (j *judgment) rate() float64 {
	if j.whole {
		return sampleRate(j.summary.Areas)
	}
	return j.summary.DetectionRate
}

// samples returns the number of samples.
func (j *judgment) samples() int {
	if j.whole {
		return len(samples(j.summary.Areas))
	}
	return len(j.summary.Areas)
}

// byLabel returns the results of each label's whole pictures, in class order.
func (r *Report) byLabel(areas []evaluate.AreaSummary) [][]evaluate.AreaSummary {
	shown := map[string][]evaluate.AreaSummary{}
	for _, a := range areas {
		shown[a.Expect] = append(shown[a.Expect], a)
	}
	var list [][]evaluate.AreaSummary
	for _, l := range r.study.Labels {
		if len(shown[l.Name]) > 0 {
			list = append(list, shown[l.Name])
		}
	}
	return list
}

// graded returns the results that a grade requires to be good enough: the areas' own. A whole
// picture is right or wrong, so there each label's pictures take the place of an area.
func (r *Report) graded(e specs.Evaluation, areas []evaluate.AreaSummary) []evaluate.AreaSummary {
	if e.Samples == nil {
		return areas
	}
	var list []evaluate.AreaSummary
	for _, pictures := range r.byLabel(areas) {
		label := pictures[0].Expect
		list = append(list, evaluate.AreaSummary{
			Name: label, Expect: label, Rate: sampleRate(pictures),
		})
	}
	return list
}

// labelRates returns the result of each label's whole pictures.
func (r *Report) labelRates(e specs.Evaluation,
	areas []evaluate.AreaSummary) []document.LabelRate {
	var list []document.LabelRate
	for _, pictures := range r.byLabel(areas) {
		one := document.LabelRate{
			Label: pictures[0].Expect, Pictures: len(pictures), Rate: sampleRate(pictures),
		}
		for _, a := range pictures {
			one.Right += a.Rate
		}
		one.Right = rounded(one.Right)
		one.Interval = *r.wilson(one.Rate, len(samples(pictures)))
		one.Grade, one.Next = r.areaGrade(e, one.Rate)
		list = append(list, one)
	}
	return list
}

// answers returns what a training's model found in whole pictures, or nil if that is not known.
func (r *Report) answers(j *judgment) *document.Answers {
	if j.answers == nil {
		return nil
	}
	out := &document.Answers{}
	for _, a := range j.answers {
		out.Found = append(out.Found, slices.Index(r.doc.Classes, a.found))
		out.Probability = append(out.Probability, rounded(a.probability))
		out.Expected = append(out.Expected, a.expected)
	}
	return out
}

// judgedWhole returns the declared whole pictures of evaluation k, with their groups if a result
// has them.
func (r *Report) judgedWhole(k int) []document.JudgedPicture {
	var areas []evaluate.AreaSummary
	for i := range r.results.resolutions {
		if list := r.results.resolutions[i].judgments(k, 0); len(list) > 0 {
			areas = list[0].summary.Areas
			break
		}
	}
	var paths []string
	for _, s := range r.study.Evaluations[k].Samples {
		paths = append(paths, s.Name)
	}
	var list []document.JudgedPicture
	for i, name := range shortNames(paths) {
		expect := r.study.Evaluations[k].Samples[i].Expect
		list = append(list, document.JudgedPicture{Name: name, Expect: expect})
	}
	for _, sample := range samples(areas) {
		for _, i := range sample {
			if len(sample) > 1 {
				list[i].Group = sample[0] + 1
			}
		}
	}
	return list
}

// worstPictures returns the whole pictures that the folder shows, from the lowest probability of
// the expected label, and adds them to its files.
func (r *Report) worstPictures(resolution, evaluation string, j *judgment) []document.Picture {
	var list []document.Picture
	for _, p := range j.pictures {
		place, err := strconv.Atoi(strings.TrimSuffix(p.Name, ".jpg"))
		if err != nil || place < 0 || place >= len(j.summary.Areas) {
			continue
		}
		file := path.Join(fileName(resolution), fileName(evaluation), fileName(p.Name))
		r.files[file] = storedContent(p.Output)
		list = append(list, document.Picture{
			File: file, Digest: p.Output.Digest.String(), Place: &place,
		})
	}
	slices.SortStableFunc(list, func(a, b document.Picture) int {
		return cmp.Compare(j.summary.Areas[*a.Place].Mean, j.summary.Areas[*b.Place].Mean)
	})
	return list
}
