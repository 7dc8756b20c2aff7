package sides

import (
	"math"
	"slices"

	"snellen/steps/address"
	"snellen/steps/compare"
	"snellen/steps/report/document"
)

// A sampleID names an area or a whole picture. Near-duplicate pictures are one sample, which has
// the name of the first.
type sampleID struct{ evaluation, name string }

// samples are what the trainings of one resolution found in the areas and pictures by which its
// study decides.
type samples struct {
	ids     []sampleID // in the document's order
	runs    []map[sampleID]compare.Area
	expect  map[sampleID]string
	rect    map[sampleID][4]int
	judged  map[sampleID]int
	footage map[sampleID]string // digest of what it is judged on; "": not known

	pictures map[string]bool // evaluations that judge whole pictures
}

// samples returns a resolution's samples. ok is false where it has not been judged, or the document
// contradicts itself: a report's file may have been edited.
func (s *Side) samples(r *document.Resolution) (out *samples, ok bool) {
	out = &samples{
		expect: map[sampleID]string{}, rect: map[sampleID][4]int{}, judged: map[sampleID]int{},
		footage: map[sampleID]string{}, pictures: map[string]bool{},
	}
	for _, run := range r.Runs {
		if run.Detection == nil || len(run.Evaluations) != len(s.doc.Cameras) {
			continue
		}
		found := map[sampleID]compare.Area{}
		for k, c := range s.doc.Cameras {
			if !slices.Contains(s.doc.Decision.Evaluations, c.Name) {
				continue
			}
			if out.pictures[c.Name] = c.Pictures != nil; c.Pictures != nil {
				s.addPictures(out, found, c, run.Evaluations[k])
			} else {
				s.addAreas(out, found, c, r, run.Evaluations[k])
			}
		}
		if len(found) == 0 || len(out.runs) > 0 && !sameKeys(found, out.runs[0]) {
			continue
		}
		out.runs = append(out.runs, found)
	}
	return out, len(out.runs) > 0
}

func sameKeys(a, b map[sampleID]compare.Area) bool {
	for id, area := range a {
		if other, there := b[id]; !there || other.Judged != area.Judged {
			return false
		}
	}
	return len(a) == len(b)
}

// add adds a sample of one training.
func (out *samples) add(found map[sampleID]compare.Area, id sampleID, expect string,
	area compare.Area) {
	if _, known := out.expect[id]; !known {
		out.ids = append(out.ids, id)
		out.expect[id], out.judged[id] = expect, area.Judged
	}
	found[id] = area
}

// addAreas adds what a training found in the areas of a camera.
func (s *Side) addAreas(out *samples, found map[sampleID]compare.Area, c document.Camera,
	r *document.Resolution, e document.RunEvaluation) {
	frames := 0
	for _, one := range r.Evaluations {
		if one.Name == c.Name && one.Frames != nil {
			frames = *one.Frames
		}
	}
	if e.Series != nil {
		frames = len(e.Series.Frames)
	}
	if frames == 0 {
		return
	}
	digest := s.footageOf(c.Name)
	for _, a := range e.Areas {
		id := sampleID{c.Name, a.Name}
		// The number of right frames follows from the rate.
		right := int(math.Round(min(max(a.Rate, 0), 1) * float64(frames)))
		out.add(found, id, a.Expect, compare.Area{Right: right, Judged: frames})
		out.footage[id] = digest
		for _, declared := range c.Areas {
			if declared.Name == a.Name {
				out.rect[id] = declared.Rect
			}
		}
	}
}

// addPictures adds what a training found in whole pictures.
func (s *Side) addPictures(out *samples, found map[sampleID]compare.Area, c document.Camera,
	e document.RunEvaluation) {
	if e.Answers == nil || len(e.Answers.Found) != len(c.Pictures) {
		return
	}
	all := s.footageOf(c.Name)
	groups := map[int]sampleID{}
	for i, picture := range c.Pictures {
		id := sampleID{c.Name, picture.Name}
		if first, known := groups[picture.Group]; known && picture.Group > 0 {
			id = first
		}
		groups[picture.Group] = id
		area := found[id]
		area.Judged++
		if at := e.Answers.Found[i]; at >= 0 && at < len(s.doc.Classes) &&
			s.doc.Classes[at] == picture.Expect {
			area.Right++
		}
		out.add(found, id, picture.Expect, area)
		out.judged[id] = area.Judged
		if out.footage[id] = all; s.pictureDigest(picture.Name) != "" {
			out.footage[id] = s.pictureDigest(picture.Name)
		}
	}
}

// footageOf returns the digest of what an evaluation is judged on, or "" where it is not known.
func (s *Side) footageOf(evaluation string) string {
	for _, one := range s.doc.Steps {
		if one.Address != address.CameraProbe(evaluation) {
			continue
		}
		for _, in := range one.Inputs {
			if (in.Role == "video" || in.Role == "picture/") && in.Digest != nil {
				return *in.Digest
			}
		}
	}
	return ""
}

// rate returns the mean rate of a sample over the trainings.
func (out *samples) rate(id sampleID) float64 {
	sum := 0.0
	for _, run := range out.runs {
		sum += run[id].Rate()
	}
	return sum / float64(len(out.runs))
}

// arm returns the trainings over some of the samples.
func (out *samples) arm(name string, ids []sampleID) compare.Arm {
	arm := compare.Arm{Name: name}
	for _, run := range out.runs {
		var areas []compare.Area
		for _, id := range ids {
			areas = append(areas, run[id])
		}
		arm.Runs = append(arm.Runs, areas)
	}
	return arm
}

// equal reports whether both sides have as many trainings, which found the same.
func (out *samples) equal(other *samples, ids []sampleID) bool {
	if len(out.runs) != len(other.runs) {
		return false
	}
	for i := range out.runs {
		for _, id := range ids {
			if out.runs[i][id] != other.runs[i][id] {
				return false
			}
		}
	}
	return true
}
