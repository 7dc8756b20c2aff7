package studio

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"snellen/cmd/snellen/live"
	"snellen/cmd/snellen/project"
	"snellen/steps/evaluate"
)

// watches are the cameras that pages watch. Each has a worker with the study's models.
type watches struct {
	*server
	mu  sync.Mutex
	all map[string]*watch
}

type watch struct {
	*live.Session
	touched time.Time
}

const (
	maxWatches = 2
	maxPicture = 8 << 20     // bytes of a JPEG
	watchTime  = time.Minute // after which one that nobody feeds is ended
)

func newWatches(s *server) *watches { return &watches{server: s, all: map[string]*watch{}} }

func (w *watches) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.all {
		w.end(id)
	}
}

// end ends a watch. w.mu is held.
func (w *watches) end(id string) {
	if one := w.all[id]; one != nil {
		delete(w.all, id)
		one.Close() // why a worker ended is of no use to anybody now
	}
}

// A watchRequest says what is watched. A resolution that is "" is the one that the report prefers.
type watchRequest struct {
	Evaluation string `json:"evaluation"`
	Resolution string `json:"resolution"`
}

// A watching says how pictures are judged.
type watching struct {
	ID         string      `json:"id"`
	Models     []string    `json:"models"`
	Resolution string      `json:"resolution"`
	Frame      sizeState   `json:"frame"`
	Confident  float64     `json:"confident"`
	Areas      []areaState `json:"areas"`
}

func (s *server) beginWatch(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q watchRequest
	if err := read(r, &q); err != nil {
		return nil, err
	}
	study, list, err := s.load()
	if err != nil {
		return nil, err
	}
	if study == nil {
		return nil, hinted(http.StatusUnprocessableEntity, "the spec has mistakes: "+
			list[0].Message, list[0].Hint)
	}
	p, err := project.New(study, s.Store.Dir(), s.Shared)
	if err != nil {
		return nil, err
	}
	w := s.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	oldest := ""
	for id, one := range w.all {
		if time.Since(one.touched) > watchTime {
			w.end(id)
		} else if oldest == "" || one.touched.Before(w.all[oldest].touched) {
			oldest = id
		}
	}
	if len(w.all) >= maxWatches { // a page that was closed says nothing
		w.end(oldest)
	}
	session, err := live.Start(r.Context(), p, live.Options{Evaluation: q.Evaluation,
		Resolution: q.Resolution})
	if err != nil {
		return nil, err
	}
	id := rand.Text()
	w.all[id] = &watch{session, time.Now()}
	e := session.Evaluation()
	width, height := session.Frame()
	out := watching{ID: id, Models: session.Models(), Resolution: session.Selected(),
		Frame: sizeState{width, height}, Confident: e.Confident, Areas: []areaState{}}
	for _, a := range e.Areas {
		out.Areas = append(out.Areas, areaState{a.Name, a.X, a.Y, a.W, a.H, a.Expect})
	}
	return out, nil
}

func (w *watches) find(r *http.Request) (*watch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one := w.all[r.PathValue("id")]; one != nil {
		one.touched = time.Now()
		return one, nil
	}
	return nil, hinted(http.StatusNotFound, "nothing is watched by that name", "begin again")
}

// A judged picture has a detection for each area.
type judged struct {
	Number     int           `json:"number"`
	Resolution string        `json:"resolution"`
	Rate       float64       `json:"rate"` // pictures judged in the last second
	Detections []judgedEntry `json:"detections"`
}

type judgedEntry struct {
	Area        string  `json:"area"`
	Expect      string  `json:"expect"`
	Found       string  `json:"found"`
	Probability float64 `json:"probability"`
	State       string  `json:"state"` // "right", "unsure", "wrong"
}

// states are the words of outcomes.
var states = map[evaluate.Outcome]string{evaluate.Sure: "right", evaluate.Unsure: "unsure",
	evaluate.Wrong: "wrong"}

// judgePicture answers when the picture is judged, or at once where a later one came before it was.
func (s *server) judgePicture(w http.ResponseWriter, r *http.Request) (any, error) {
	one, err := s.watches.find(r)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(r.URL.Query().Get("number"))
	if err != nil {
		return nil, problem{http.StatusBadRequest, errors.New("number is no number")}
	}
	if wanted := r.URL.Query().Get("resolution"); wanted != "" && wanted != one.Selected() {
		if err := one.Select(wanted); err != nil {
			return nil, err
		}
	}
	data, err := readBody(r, maxPicture)
	if err != nil {
		return nil, err
	}
	seen, err := one.Judge(r.Context(), data)
	if errors.Is(err, live.ErrDropped) {
		w.WriteHeader(http.StatusNoContent)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := judged{Number: number, Resolution: seen.Model, Rate: seen.Rate,
		Detections: []judgedEntry{}}
	threshold := one.Evaluation().Confident
	for _, d := range seen.Detections {
		out.Detections = append(out.Detections, judgedEntry{d.Area, d.Expected, d.Found,
			d.Probability, states[d.Outcome(threshold)]})
	}
	return out, nil
}

func (s *server) endWatch(_ http.ResponseWriter, r *http.Request) (any, error) {
	s.watches.mu.Lock()
	defer s.watches.mu.Unlock()
	s.watches.end(r.PathValue("id"))
	return done{}, nil
}
