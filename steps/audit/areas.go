package audit

import (
	"encoding/json"
	"fmt"
)

// Areas is areas.json: the judged areas whose pictures are training pictures. Everything is
// identified by its place in the study, as in Result.
type Areas struct {
	Compared int          `json:"compared"` // judged areas, of all evaluations
	Leaked   []LeakedArea `json:"leaked"`
}

// A LeakedArea is a judged area that shows a training picture, with the two frames that are most
// alike. Areas are in the order of evaluate.Params: from top to bottom, and from left to right.
type LeakedArea struct {
	Evaluation   int     `json:"evaluation"`        // index among the study's evaluations
	Area         int     `json:"area"`              // index among its areas, from top to bottom
	Label        int     `json:"label"`             // whose training frame it shows
	Video        int     `json:"video"`             // index of the label's video
	Picture      *int    `json:"picture,omitempty"` // index of its picture; nil: a frame of a video
	Seconds      float64 `json:"seconds"`           // of the judged frame; of a still, its index
	LabelSeconds float64 `json:"label_seconds"`     // of the training frame
	Similarity   float64 `json:"similarity"`        // of their features, at most 1
	Frames       int     `json:"frames"`            // judged frames that show a training picture
}

// ParseAreas reads areas.json. It refuses places that no study has; those that a particular study
// lacks are for the caller to find.
func ParseAreas(data []byte) (Areas, error) {
	var a Areas
	if err := json.Unmarshal(data, &a); err != nil {
		return Areas{}, err
	}
	for i, l := range a.Leaked {
		if min(l.Evaluation, l.Area, l.Label, l.Video, l.Frames) < 0 ||
			l.Picture != nil && *l.Picture < 0 {
			return Areas{}, fmt.Errorf("leaked area %d has a negative number", i)
		}
	}
	if a.Compared < len(a.Leaked) {
		return Areas{}, fmt.Errorf("%d areas are leaked, but only %d were compared", len(a.Leaked),
			a.Compared)
	}
	return a, nil
}
