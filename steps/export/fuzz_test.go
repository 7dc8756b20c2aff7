package export

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/engine/store"
)

// FuzzSummary checks that each class of a dataset that can be read has its counts, and a folder of
// its own.
func FuzzSummary(f *testing.F) {
	f.Add([]byte(`{"classes":["A","a","../x",""],"train":[1,2,3,4],"validation":[1,1,1,1]}`))
	f.Add([]byte(`{"classes":["A"],"train":[],"validation":[1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSummary(data)
		if err != nil {
			return
		}
		d := &Dataset{}
		var folders []string
		for _, c := range d.classes(s).Classes {
			if !fs.ValidPath(c.Folder) || strings.Contains(c.Folder, "/") || c.Folder == "." {
				t.Errorf("%q is in %q", c.Label, c.Folder)
			}
			folders = append(folders, strings.ToLower(c.Folder))
		}
		if slices.Sort(folders); len(slices.Compact(folders)) != len(s.Classes) {
			t.Errorf("%q for %q", folders, s.Classes)
		}
		total(s)
	})
}

// FuzzParams checks that the parameters of a manifest are sorted, each once, and that TensorBoard is
// told a value of each.
func FuzzParams(f *testing.F) {
	f.Add("manifest 1\nkind train 1\nparam {\"epochs\":30,\"x\":\"true\",\"y\":[1]}\nout a\n")
	f.Add("param {}\nparam {\"a\":1e999}\nparam null")
	f.Fuzz(func(t *testing.T, manifest string) {
		list, err := params(manifest)
		if err != nil {
			return
		}
		for i, p := range list[min(1, len(list)):] {
			if p.Name <= list[i].Name {
				t.Errorf("%q comes after %q", p.Name, list[i].Name)
			}
		}
		training := &Training{Params: list, Resolution: "80x60",
			Record: store.Record{Ended: time.Unix(0, 0)}}
		for _, h := range training.hparams() {
			if h.Value == nil {
				t.Errorf("%+v", h)
			}
		}
	})
}

// FuzzStep checks that a bundle's file of a step is that of the key in its name.
func FuzzStep(f *testing.F) {
	f.Add("steps/"+strings.Repeat("ab", 32)+recordSuffix, []byte(`{"key":"abab"}`))
	f.Add("steps/x"+manifestSuffix, []byte("manifest 1\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if checkStep(name, data) != nil {
			return
		}
		sum := sha256.Sum256(data)
		if key, ok := strings.CutSuffix(strings.TrimPrefix(name, "steps/"), manifestSuffix); ok &&
			strings.HasPrefix(name, "steps/") && key != hex.EncodeToString(sum[:]) {
			t.Errorf("%q is taken for the manifest of %q", data, key)
		}
	})
}
