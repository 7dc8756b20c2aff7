package studio

import (
	"encoding/json"
	"net/http"
	"slices"

	"snellen/cmd/snellen/project"
	"snellen/specs"
	"snellen/steps/address"
	steps "snellen/steps/study"
)

// A planned is what apply would do now.
type planned struct {
	Diagnostics []json.RawMessage `json:"diagnostics"`
	Steps       []plannedStep     `json:"steps"`
	Columns     []string          `json:"columns"` // kinds, in the order of the work
	Summary     string            `json:"summary"`
	Run         int               `json:"run"`
	Maybe       int               `json:"maybe"`
	Cached      int               `json:"cached"`
	Fetches     bool              `json:"fetches"` // something comes from a shared store
}

type plannedStep struct {
	Address string `json:"address"`
	place
	Action string `json:"action"`
	Reason string `json:"reason"`
	Shared bool   `json:"shared"` // its result is in the shared store alone
}

// A place is where a step stands in the table of a plan.
type place struct {
	Resolution string `json:"resolution"` // "": it belongs to all
	Kind       string `json:"kind"`       // the word of its address: "train"
}

// plan runs snellen plan. One runs at a time: a page that asks again has lost interest in the
// first.
func (s *server) plan(_ http.ResponseWriter, r *http.Request) (any, error) {
	select {
	case s.planner <- struct{}{}:
		defer func() { <-s.planner }()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	places := s.places()
	out := planned{Diagnostics: []json.RawMessage{}, Steps: []plannedStep{}, Columns: s.columns()}
	err := s.lines(r.Context(), s.words("plan", "-json"), func(l line) {
		switch {
		case l.Type == "planned_change" && l.Change != nil:
			out.Steps = append(out.Steps, plannedStep{l.Change.Address, places(l.Change.Address),
				l.Change.Action, l.Change.Reason, l.Change.From != ""})
		case l.Type == "change_summary" && l.Changes != nil:
			out.Summary, out.Fetches = l.Message, l.Fetch != nil
			out.Run, out.Maybe, out.Cached = l.Changes.Run, l.Changes.Maybe, l.Changes.Cached
		case l.Type == "diagnostic":
			out.Diagnostics = append(out.Diagnostics, l.Diagnostic)
		}
	})
	return out, err
}

// places returns what tells where steps stand, as the spec is now.
func (s *server) places() func(at string) place {
	study := project.QuickStudy(s.Spec, s.Variables)
	var names []string
	if study != nil {
		names = resolutionNames(study)
	}
	return func(at string) place {
		resolution, word := address.Place(at, names)
		return place{resolution, word}
	}
}

// columns returns the words by which the study's addresses name kinds of steps, in the order of the
// work.
func (s *server) columns() []string {
	words := []string{}
	study := project.QuickStudy(s.Spec, s.Variables)
	if study == nil {
		return words
	}
	graph, err := steps.Build(study)
	if err != nil {
		return words // plan says why
	}
	byKind := map[string][]string{}
	names := resolutionNames(study)
	for _, n := range graph.Nodes {
		_, word := address.Place(n.Address, names)
		if kind := n.Kind.Name; !slices.Contains(byKind[kind], word) {
			byKind[kind] = append(byKind[kind], word)
		}
	}
	for _, kind := range project.KindNames() {
		for _, word := range byKind[kind] {
			if !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return words
}

func resolutionNames(study *specs.Study) (names []string) {
	for _, r := range study.Resolutions {
		names = append(names, r.Name)
	}
	return names
}
