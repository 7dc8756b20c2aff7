package document

import "strings"

// methodTitles are names of methods for people.
var methodTitles = map[string]string{
	"accuracy":        "Accuracy",
	"comparison":      "Two resolutions compared",
	"decision":        "Which resolution is enough",
	"detection_rate":  "Detection rate",
	"grade":           "Grade",
	"leaked_areas":    "Judged areas that show training pictures",
	"limits":          "Limits of a difference",
	"near_duplicates": "Near-duplicates",
	"needed":          "How much evidence is needed",
	"networks":        "Networks",
	"pixels":          "Pixels on target",
	"recognised":      "Recognised areas, and flips",
	"samples":         "Whole pictures as samples",
	"sign_test":       "Sign test",
	"wilson":          "Interval of a detection rate",
}

// Title returns the method's name for people: "Sign test". Name is for programs.
func (m Method) Title() string {
	if title, ok := methodTitles[m.Name]; ok {
		return title
	}
	return strings.ReplaceAll(m.Name, "_", " ")
}
