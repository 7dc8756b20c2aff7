package planfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"reflect"
	"testing"
)

// withSum returns the file of a plan with this JSON.
func withSum(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append([]byte(header+version+" "+hex.EncodeToString(sum[:])+"\n"), body...)
}

// FuzzPlan checks that a plan's file that can be read is written as one that reads the same, that
// its plan can be shown or is an error, and that a changed bit is an error.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(`{"snellen":"1","made":"2026-11-30T10:00:00Z","study":"s","resolutions":["8x6"],`+
		`"pools":{"cpu":2},"steps":[{"address":"probe/a","kind":"probe","pool":"cpu","takes":1,`+
		`"verdict":"cached"},{"address":"8x6/train","kind":"train","pool":"cpu","takes":1,`+
		`"inputs":[{"role":"probe","from":"probe/a","output":"probe.json"}],"verdict":"run",`+
		`"why":{"text":"never run","root":"8x6/train"},"draft":"manifest 1\n"}]}`),
		uint(700))
	f.Add([]byte(`{"steps":[{"address":"a","inputs":[{"from":"a"}]}]}`), uint(8))
	f.Add([]byte(`null`), uint(0))
	f.Add([]byte(`{"resolutions":["a"],"steps":[{"address":"a","verdict":"run"}]}`), uint(0))
	f.Fuzz(func(t *testing.T, body []byte, at uint) {
		if _, err := parse(body); err == nil {
			t.Errorf("%q is a plan", body)
		}
		s, err := parse(withSum(body))
		if err != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		data := withSum(again)
		same, err := parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := json.Marshal(same); err != nil || !reflect.DeepEqual(twice, again) {
			t.Errorf("%s became %s, %v", again, twice, err)
		}
		for _, steps := range []bool{false, true} {
			if p, err := s.View(steps); err == nil {
				if err := p.Write(io.Discard, 80, false); err != nil {
					t.Error(err)
				}
			}
		}
		data[at/8%uint(len(data))] ^= 1 << (at % 8)
		if _, err := parse(data); err == nil {
			t.Errorf("%q is a plan", data)
		}
	})
}
