package shared

import (
	"encoding/json"
	"fmt"
	"testing"

	"snellen/engine/store"
)

func FuzzNote(f *testing.F) {
	f.Add([]byte(`{"shape":"AAAA","files":"sha256:0"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseNote(data)
		if err != nil {
			return
		}
		body, err := json.Marshal(note{p.Shape[:], p.Files})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseNote(body); err != nil || again != p {
			t.Errorf("%q: %+v, %v", data, again, err)
		}
	})
}

func FuzzPast(f *testing.F) {
	var p store.PartialKey
	r := store.Record{Manifest: "m", Took: 5, Outputs: map[string]store.Output{"a": {Size: 7}}}
	f.Add(pastName(p, r)[len(shapeName(p.Shape)):])
	f.Add("--")
	f.Fuzz(func(t *testing.T, name string) {
		past, ok := parsePast(name)
		if !ok {
			return
		}
		again, ok := parsePast(fmt.Sprintf("%x-%d-%d-", past.Files[:], past.Took, past.Bytes))
		if !ok || again != past || past.Took < 0 || past.Bytes < 0 {
			t.Errorf("%q: %+v, %+v", name, past, again)
		}
	})
}
