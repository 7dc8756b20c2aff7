package studio

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"

	"github.com/aymanbagabas/go-udiff"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/starter"
	"snellen/engine/draft"
	"snellen/specs"
	"snellen/specs/edit"
)

// A request for an edit of the spec names the text that it was made for.
type editRequest struct {
	Sum    string     `json:"sum"`
	Change editChange `json:"change"`
	Dry    bool       `json:"dry"` // show it, and write nothing
}

// An editChange is what shall be different.
type editChange struct {
	Kind       string      `json:"kind"` // "areas", "text"
	Evaluation string      `json:"evaluation"`
	Path       string      `json:"path"` // of a new evaluation's clip
	Layout     edit.Layout `json:"layout"`
	Text       string      `json:"text"` // the whole
}

// An edited is a spec after an edit.
type edited struct {
	Sum  string `json:"sum"`
	Diff string `json:"diff"`
	Text string `json:"text"`
}

// A conflict is the answer to an edit of a text that is not there any more.
type conflict struct {
	failure
	edited
}

func (s *server) edit(w http.ResponseWriter, r *http.Request) (any, error) {
	var q editRequest
	if err := read(r, &q); err != nil {
		return nil, err
	}
	s.editing.Lock()
	defer s.editing.Unlock()
	src, sum, err := s.text()
	if err != nil {
		return nil, err
	}
	if sum != q.Sum {
		return s.conflict(w, q.Sum, sum, src)
	}
	changed, err := s.changed(src, q.Change)
	if err != nil {
		return nil, err
	}
	out := edited{sumOf(changed), difference(s.Spec, src, changed), string(changed)}
	if q.Dry || out.Diff == "" {
		return out, nil
	}
	switch err := s.write(sum, src, changed); {
	case errors.Is(err, errChanged):
		now, sum, err := s.text()
		if err != nil {
			return nil, err
		}
		return s.conflict(w, q.Sum, sum, now)
	case err != nil:
		return nil, err
	}
	return out, nil
}

func (s *server) conflict(w http.ResponseWriter, asked, sum string, src []byte) (any, error) {
	out := conflict{failure{s.Spec + " was changed meanwhile", "look at what changed, and choose"},
		edited{sum, difference(s.Spec, s.remembered(asked), src), string(src)}}
	answer(w, http.StatusConflict, out)
	return nil, nil
}

// changed returns the spec's text after a change.
func (s *server) changed(src []byte, c editChange) ([]byte, error) {
	switch c.Kind {
	case "text":
		if len(c.Text) > maxSpec {
			return nil, fmt.Errorf("a spec has at most %d bytes", maxSpec)
		}
		return []byte(c.Text), nil
	case "areas":
		options := project.LoadOptions(s.Variables, project.ToRead)
		if c.Path != "" && !slices.ContainsFunc(specs.Evaluations(s.Spec, options),
			func(e specs.Evaluation) bool { return e.Name == c.Evaluation }) {
			return s.withEvaluation(src, c.Evaluation, c.Path, c.Layout)
		}
		return edit.SetLayout(src, c.Evaluation, c.Layout)
	}
	return nil, problem{http.StatusBadRequest, fmt.Errorf("no change is called %.40q", c.Kind)}
}

func (s *server) withEvaluation(src []byte, name, path string, l edit.Layout) ([]byte, error) {
	if len(src) == 0 {
		return nil, hinted(http.StatusUnprocessableEntity, "there is no spec yet",
			"film two labels first")
	}
	if text := specs.NameProblem("evaluation", specs.Normal(name)); text != "" {
		return nil, errors.New(text)
	}
	c, err := s.files.find(path)
	if err != nil {
		return nil, err
	}
	seen := s.files.facts(c.Path)
	if seen.width == 0 {
		return nil, hinted(http.StatusUnprocessableEntity, c.Path+" has not been looked at yet",
			"try again in a moment")
	}
	return edit.AddEvaluation(src, edit.Evaluation{Name: specs.Normal(name),
		Video: s.fromSpec(c.Path), Width: seen.width, Height: seen.height,
		Every: starter.Every(seen.rate, seen.seconds)}, l)
}

var errChanged = errors.New("the spec was changed meanwhile")

// write gives the spec a new text in the place of the one with that sum. An edit that would make
// mistakes where there are none is not made: its error is the mistakes. s.editing is held.
func (s *server) write(sum string, src, changed []byte) error {
	if err := s.spoils(src, changed); err != nil {
		return err
	}
	s.remember(src)
	if err := s.replace(sum, changed); err != nil {
		return err
	}
	s.remember(changed)
	s.hub.send("spec", sumEvent{sumOf(changed)})
	return nil
}

// spoils returns the mistakes that an edit would make where there are none, as an error.
func (s *server) spoils(src, changed []byte) error {
	if after := s.mistakes(changed); after.HasErrors() && !s.mistakes(src).HasErrors() {
		return after
	}
	return nil
}

// replace writes the spec, unless its text is another than the one with that sum.
func (s *server) replace(sum string, changed []byte) error {
	if _, now, err := s.text(); err != nil || now != sum {
		return errors.Join(err, errChanged)
	}
	path, err := filepath.EvalSymlinks(s.Spec) // a link stays one
	if err != nil {
		return err
	}
	return draft.WriteFile(path, changed, 0)
}

// mistakes returns the mistakes that the spec has with a text.
func (s *server) mistakes(text []byte) specs.Diagnostics {
	options := project.LoadOptions(s.Variables, project.ToRead)
	options.Source = text
	_, list := specs.Load(s.Spec, options)
	return slices.DeleteFunc(list, func(d specs.Diagnostic) bool { return d.Warning })
}

// difference returns what is different in the spec, as a unified diff.
func difference(name string, before, after []byte) string {
	return udiff.Unified(name, name, string(before), string(after))
}

// maxRemembered is how many texts are kept, to show what another program changed.
const maxRemembered = 16

// remember keeps a text of the spec.
func (s *server) remember(text []byte) {
	sum := sumOf(text)
	s.texts.mu.Lock()
	defer s.texts.mu.Unlock()
	s.texts.list = slices.DeleteFunc(s.texts.list, func(t oldText) bool { return t.sum == sum })
	s.texts.list = append(s.texts.list, oldText{sum, text})
	if n := len(s.texts.list) - maxRemembered; n > 0 {
		s.texts.list = slices.Clone(s.texts.list[n:])
	}
}

// remembered returns the text with that sum, or nil.
func (s *server) remembered(sum string) []byte {
	s.texts.mu.Lock()
	defer s.texts.mu.Unlock()
	for _, t := range s.texts.list {
		if t.sum == sum {
			return t.text
		}
	}
	return nil
}

// texts are the spec's latest, the newest last.
type texts struct {
	mu   sync.Mutex
	list []oldText
}

type oldText struct {
	sum  string
	text []byte
}

// A sumEvent tells the pages that the spec has another text.
type sumEvent struct {
	Sum string `json:"sum"`
}
