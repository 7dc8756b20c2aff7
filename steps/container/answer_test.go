package container

import (
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	for text, want := range map[string]string{
		`[0.25, 0.75]`:                                    "",
		`{"prediction": [0.25, 0.75]}`:                    "",
		`{"predictions": [{"prediction": [0.25, 0.75]}]}`: "",
		`[0.25, 0.5, 0.25]`:                               "3 probabilities",
		`[]`:                                              "0 probabilities",
		`[1.5, -0.5]`:                                     "probability 1.5",
		`[0.25, 0.5]`:                                     "add up to 0.75",
		`{"predictions": [{"prediction": [1]}, {"prediction": [1]}]}`: "0 probabilities",
		`<html>`:         "neither a list nor",
		`[NaN, 1]`:       "neither a list nor",
		`{"other": [1]}`: "0 probabilities",
	} {
		list, err := Answer(strings.NewReader(text), 2)
		switch {
		case want == "" && (err != nil || len(list) != 2 || list[1] != 0.75):
			t.Errorf("%s: %v, %v", text, list, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"predictions": [{"prediction": [0.5, 0.5]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := Answer(strings.NewReader(string(body)), 2)
		if err == nil && (len(list) != 2 || list[0] < 0 || list[0] > 1) {
			t.Fatalf("%q gives %v", body, list)
		}
	})
}
