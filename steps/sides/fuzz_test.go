package sides

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"snellen/engine/store"
)

// FuzzReports checks that whatever two report.json files say, their comparison can be shown, and is
// the same each time.
func FuzzReports(f *testing.F) {
	st, err := store.Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	var seeds [][]byte
	for _, right := range []found{{{20, 10}, {18, 11}}, {{20, 19}, {20, 20}}} {
		data, err := json.Marshal(side("a", right).doc)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, data)
	}
	f.Add(seeds[0], seeds[1])
	f.Add(seeds[0], []byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, before, now []byte) {
		var pair []*Side
		for _, text := range [][]byte{before, now} {
			source := side("x", found{{1}}).Source
			source.Reports = func() [][]byte { return [][]byte{text} }
			s, err := Read(st, source)
			if err != nil {
				t.Fatal(err)
			}
			pair = append(pair, s)
		}
		var texts [2]bytes.Buffer
		for i := range texts {
			d := Compare(pair[0], pair[1])
			if err := d.WriteJSON(&texts[i]); err != nil {
				return // a number that JSON does not have
			}
			if err := d.WriteTable(io.Discard, 80, false); err != nil {
				t.Error(err)
			}
			if err := d.WritePage(io.Discard); err != nil {
				t.Error(err)
			}
		}
		if !bytes.Equal(texts[0].Bytes(), texts[1].Bytes()) {
			t.Errorf("%s\n%s", &texts[0], &texts[1])
		}
	})
}
