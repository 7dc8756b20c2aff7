package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
)

//go:embed stream.schema.json
var streamSchema []byte

var compileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(streamSchema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("stream.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("stream.schema.json")
})

// checkLines holds a stream against its schema: each line, and that the first, and no other, tells the version.
func checkLines(text string) error {
	schema, err := compileSchema()
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(text) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			return fmt.Errorf("%w\nin line %d: %s", err, n+1, line)
		}
		if isFirst := value.(map[string]any)["type"] == "version"; isFirst != (n == 0) {
			return fmt.Errorf("line %d: %s", n+1, line)
		}
		n++
	}
	if n < 2 {
		return errors.New("no stream")
	}
	return nil
}

// checkStream is "stream": what the last command printed is lines as the schema describes them.
func checkStream(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: stream")
	}
	ts.Check(checkLines(ts.ReadFile("stdout")))
}

// All that the plain view shows of events is in the stream: every word of every line.
func TestStreamHasAllThatIsShown(t *testing.T) {
	var b bytes.Buffer
	s := &stream{out: &b, version: "test", now: func() time.Time { return noon }}
	v := newJSONView(s)
	var plain bytes.Buffer
	p := newPlainView(&plain, eventLog{}, 3)
	more := append([]engine.Event{
		engine.Warned{Address: "probe/A", Text: "made again"},
		engine.Skipped{Address: "80x60/train", Because: "80x60/dataset"},
		engine.Progressed{Address: "a", Progress: step.Progress{Command: "ffmpeg -i 'a b' <x>", Log: "frame=1", Done: 3, Total: 9, Unit: "frames"}},
	}, events...)
	for _, e := range more {
		v.Emit(e)
		p.Emit(e)
	}
	p.Close()
	s.fail(errors.Join(errors.New("one"), step.WithHint(errors.New("two"), "do this")))
	if err := checkLines(b.String()); err != nil {
		t.Error(err)
	}
	for _, word := range []string{`"ffmpeg -i 'a b' <x>"`, `"frame=1"`, `"done":3,"total":9,"unit":"frames"`, `"summary":"two","detail":"do this"`, `"root":"80x60/dataset"`} {
		if !strings.Contains(b.String(), word) {
			t.Errorf("no %s in\n%s", word, b.String())
		}
	}
	shown := strings.ReplaceAll(plain.String(), "and 2 more", "d, e") // the stream names them all
	for _, word := range regexp.MustCompile(`[\w./]+`).FindAllString(shown, -1) {
		if !strings.Contains(b.String(), word) {
			t.Errorf("the plain view shows %q, and the stream has it not", word)
		}
	}
}

func TestProgressIsToldOnceASecond(t *testing.T) {
	var b bytes.Buffer
	at := noon
	v := newJSONView(&stream{out: &b, began: true, now: func() time.Time { return at }})
	for i := range 25 {
		at = noon.Add(time.Duration(i) * 100 * time.Millisecond)
		v.Emit(training(float64(i + 1)))
	}
	var done []float64
	for line := range strings.Lines(b.String()) {
		var e journal.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		done = append(done, e.Progress.Done)
	}
	if fmt.Sprint(done) != "[1 11 21]" {
		t.Errorf("told %v", done)
	}
}

func TestSchemaFindsMistakes(t *testing.T) {
	const version = `{"type":"version","snellen":"x","stream":"1.1","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}` + "\n"
	for _, line := range []string{
		`{"type":"log","address":"a","text":"x","@level":"info","@message":"x","@timestamp":"yesterday"}`,
		`{"type":"log","address":"a","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"log","address":"a","text":"x","colour":1,"@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"new","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"log","address":"a","text":"x"}`,
		version,
	} {
		if checkLines(version+line) == nil {
			t.Errorf("taken: %s", line)
		}
	}
	if err := checkLines(version + `{"type":"log","address":"a","text":"x","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`); err != nil {
		t.Error(err)
	}
}
