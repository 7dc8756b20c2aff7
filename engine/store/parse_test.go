package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever parseRecord accepts, encoding/json reads alike; and it accepts whatever encode writes.
func TestParseRecordIsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		record := Record{
			Manifest: rapid.String().Draw(r, "manifest"),
			Log:      Sum(rapid.SliceOf(rapid.Byte()).Draw(r, "log")),
			Took:     time.Duration(rapid.Int64().Draw(r, "took")),
			Ended:    time.Unix(rapid.Int64Range(0, 1<<35).Draw(r, "ended"), 5).UTC(),
			Why:      rapid.String().Draw(r, "why"),
		}
		for _, name := range rapid.SliceOf(rapid.String()).Draw(r, "outputs") {
			if record.Outputs == nil {
				record.Outputs = map[string]Output{}
			}
			record.Outputs[name] = Output{Sum([]byte(name)), rapid.Int64().Draw(r, "size")}
		}
		data, err := record.Encode()
		if err != nil {
			r.Fatal(err)
		}
		_, body, _ := bytes.Cut(data, []byte("\n"))
		same(r, body, true)
		at := rapid.IntRange(0, len(body)-1).Draw(r, "at")
		body[at] = rapid.Byte().Draw(r, "byte")
		same(r, body, false)
	})
}

func same(r *rapid.T, body []byte, must bool) {
	var want Record
	err := json.Unmarshal(body, &want)
	for _, expected := range []string{"", want.Manifest} {
		got, ok := parseRecord(body, expected)
		switch {
		case !ok && must:
			r.Fatalf("not read: %s", body)
		case ok && (err != nil || !reflect.DeepEqual(got, want)):
			r.Fatalf("%s: %+v, want %+v, %v", body, got, want, err)
		}
	}
}
