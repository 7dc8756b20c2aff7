package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/steps/report/plain"
)

// FuzzOutputs checks that whatever one output of a step holds, the report can be written or is an
// error. What a step wrote is held to its digest, but it may be another version's, or a program's
// of the person's own.
func FuzzOutputs(f *testing.F) {
	type output struct{ address, name string }
	var all []output
	complete := whole()
	for _, address := range slices.Sorted(maps.Keys(complete)) {
		for _, name := range slices.Sorted(maps.Keys(complete[address])) {
			if strings.HasSuffix(name, ".json") {
				f.Add(uint(len(all)), complete[address][name])
				all = append(all, output{address, name})
			}
		}
	}
	f.Add(uint(0), "null")
	st, decisions := testStore(f, complete)
	f.Fuzz(func(t *testing.T, which uint, text string) {
		o := all[which%uint(len(all))]
		out, err := st.PutBytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		list := slices.Clone(decisions)
		for i, d := range list {
			if d.Node.Address == o.address {
				record := *d.Record
				record.Outputs = maps.Clone(record.Outputs)
				record.Outputs[o.name] = out
				list[i] = &engine.Decision{Node: d.Node, Record: &record}
			}
		}
		r, err := Read(st, full(), list)
		if err != nil {
			return
		}
		texts, err := r.texts()
		if err != nil {
			return // a number that JSON does not have
		}
		if !json.Valid(texts[jsonName]) {
			t.Errorf("%s of %s, %q: %s", o.name, o.address, text, texts[jsonName])
		}
		var w strings.Builder
		if err := plain.WriteTable(&w, r.doc, 60, true); err != nil {
			t.Error(err)
		}
	})
}
