//go:build native

package watch

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/vision"
	"snellen/steps/worker"
)

// A slow model says that it was asked, and answers once its gate is opened, whatever ctx says.
type slow struct {
	gate
	asked chan struct{}
}

func (s slow) Classify(_ context.Context, jpegs [][]byte) ([][]float64, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	return s.gate.Classify(context.Background(), jpegs)
}

// A sender is a session under way, whose pictures a test sends.
type sender struct {
	model slow
	told  chan json.RawMessage // without room: what is sent was read
	heard chan Event
	ended chan error
}

func newSender(t *testing.T) sender {
	t.Helper()
	s := sender{
		model: slow{gate{make(chan struct{})}, make(chan struct{}, 1)},
		told:  make(chan json.RawMessage), heard: make(chan Event, 100), ended: make(chan error),
	}
	params, err := json.Marshal(Params{
		Params: left, Sent: true, Models: []string{"one", "two"}, Classes: gate{}.Classes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func(string, string, int, string) (evaluate.Classifier, error) { return s.model, nil }
	line := worker.Line{Received: s.told,
		Send: func(v any) error { s.heard <- v.(Event); return nil }}
	go func() {
		s.ended <- New(open, nil).Talk(t.Context(), &step.Job{Params: params}, line)
	}()
	return s
}

func (s sender) send(t *testing.T, m Message) {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	s.told <- data
}

func (s sender) picture(t *testing.T, number int, jpeg []byte) {
	t.Helper()
	s.send(t, Message{Picture: &Picture{number, jpeg}})
}

// drawn returns a JPEG of that size.
func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	f := vision.NewFrame(width, height)
	defer f.Close()
	clear(f.Pixels())
	data, err := f.JPEG(90)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSentPictures: each picture that is sent is judged, by the model that was selected, or dropped
// with the reason.
func TestSentPictures(t *testing.T) {
	s := newSender(t)
	good := drawn(t, 128, 96) // twice the frame's size
	s.picture(t, 5, good)
	<-s.model.asked
	for number, c := range map[int]struct {
		jpeg        []byte
		error, hint string
	}{
		6: {good[:len(good)-2], "the end of the JPEG is missing", ""},
		7: {drawn(t, 64, 64), "has another aspect ratio", "frame { width = 64  height = 64 }"},
		8: {[]byte("\x89PNG\r\n\x1a\n"), "this is a picture of format png", ""},
		9: {[]byte("no picture"), "this is a text, not a picture", ""},
	} {
		s.picture(t, number, c.jpeg)
		d := (<-s.heard).Dropped
		if d == nil || d.Number != number || !strings.Contains(d.Error, c.error) ||
			d.Error == "" || !strings.Contains(d.Hint, c.hint) {
			t.Errorf("of picture %d: %+v", number, d)
		}
	}
	s.send(t, Message{Select: new(2), Picture: &Picture{10, good}}) // there is no such model
	s.send(t, Message{Select: new(1), Picture: &Picture{11, good}})
	if d := (<-s.heard).Dropped; d == nil || *d != (Dropped{Number: 10}) {
		t.Errorf("a later picture came first: %+v", d)
	}
	close(s.model.opened)
	for _, want := range []Judged{{Number: 5, Model: "one"}, {Number: 11, Model: "two"}} {
		j := (<-s.heard).Judged
		if j == nil || j.Number != want.Number || j.Model != want.Model ||
			len(j.Detections) != 1 || j.Detections[0].Frame != want.Number ||
			j.Detections[0].Found != "A" {
			t.Errorf("%+v, want %+v", j, want)
		}
	}
	s.send(t, Message{Stop: true})
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	end := *(<-s.heard).Ended
	end.Seconds = 0
	if want := (Ended{Read: 7, Judged: 2, Dropped: 5}); end != want {
		t.Errorf("ended %+v, want %+v", end, want)
	}
}

// TestMessagesAreReadToTheEnd: a job that was stopped reads what still comes while its model
// computes. Unread messages would end the worker.
func TestMessagesAreReadToTheEnd(t *testing.T) {
	s := newSender(t)
	s.picture(t, 1, drawn(t, 64, 48))
	<-s.model.asked
	s.send(t, Message{Stop: true})
	for number := range 3 {
		s.picture(t, 2+number, nil)
	}
	close(s.model.opened)
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
}
