package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// flipped returns data with one bit changed, and reports whether there is one.
func flipped(data []byte, at uint) ([]byte, bool) {
	if len(data) == 0 {
		return nil, false
	}
	out := bytes.Clone(data)
	out[at/8%uint(len(data))] ^= 1 << (at % 8)
	return out, true
}

// FuzzMemo checks that a memo that was read is written as one that reads the same, and that a
// changed bit makes an empty one.
func FuzzMemo(f *testing.F) {
	good, err := json.Marshal(memoData{
		Digests: map[string]Output{"1:2:3": {Sum(nil), 4}},
		Tools:   map[string]tool{"ffmpeg": {List: "ab", Stats: "cd", Identity: "7.1"}},
		Lists:   map[string][]string{"ab": {"/usr/bin/ffmpeg"}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint(900))
	f.Add([]byte(`{"digests":{"a":{"digest":"sha256:00"}}}`), uint(3))
	f.Fuzz(func(t *testing.T, body []byte, at uint) {
		parseMemo(body) // without a checksum it is none
		known := parseMemo(withSum(memoName, body))
		again, err := json.Marshal(known)
		if err != nil {
			t.Fatal(err)
		}
		data := withSum(memoName, again)
		if same := parseMemo(data); !reflect.DeepEqual(same, known) {
			t.Errorf("%+v became %+v", known, same)
		}
		if damaged, ok := flipped(data, at); ok {
			if got := parseMemo(damaged); len(got.Digests)+len(got.Tools)+len(got.Lists) > 0 {
				t.Errorf("%q is %+v", damaged, got)
			}
		}
	})
}

// FuzzLast checks the same of what a spec's steps were, where a changed bit is an error.
func FuzzLast(f *testing.F) {
	var last Last
	last.Set("a", Key{1}, map[string]string{"video": "/a.mp4"})
	last.Fail("b")
	good, err := json.Marshal(lastFile{"/s.hcl", last})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint(77))
	f.Add([]byte(`{"spec":"a","keys":{"a":"00"}}`), uint(0))
	f.Fuzz(func(t *testing.T, body []byte, at uint) {
		parseLast(body) // of an earlier version
		known, err := parseLast(withSum(lastName, body))
		if err != nil {
			return
		}
		again, err := json.Marshal(known)
		if err != nil {
			t.Fatal(err)
		}
		data := withSum(lastName, again)
		same, err := parseLast(data)
		if err != nil || same.Spec != known.Spec || !same.Equal(known.Last) {
			t.Errorf("%+v became %+v, %v", known, same, err)
		}
		if damaged, ok := flipped(data, at); ok {
			if got, err := parseLast(damaged); err == nil {
				t.Errorf("%q is %+v", damaged, got)
			}
		}
	})
}

// FuzzHistory checks that a run that is read is written as the same line, and that a changed bit
// makes a history of which any run may have been part.
func FuzzHistory(f *testing.F) {
	line := lineWithSum(Sum(nil).String() + " 1000 20")
	f.Add([]byte(line+line), uint(5))
	f.Add([]byte(line[:40]), uint(0))
	f.Add([]byte(lineWithSum(Sum(nil).String()+" -1 99999999999999999999")), uint(9))
	f.Fuzz(func(t *testing.T, data []byte, at uint) {
		h := parseHistory(data)
		if lines := bytes.Count(data, newline) + 1; len(h.Runs) > lines {
			t.Errorf("%d runs in %d lines", len(h.Runs), lines)
		}
		for _, p := range h.Runs {
			if p.Took < 0 || p.Bytes < 0 || !h.Seen(p.Files) {
				t.Errorf("%+v", p)
			}
		}
		damaged, ok := flipped([]byte(line), at)
		if !ok || at/8%uint(len(line)) == uint(len(line)-1) { // the end of the line
			return
		}
		want := PastRun{Sum(nil), time.Duration(1000), 20}
		if h := parseHistory(damaged); !h.Seen(Digest{1}) || len(h.Runs) > 0 && h.Runs[0] != want {
			t.Errorf("%q is %+v", damaged, h)
		}
	})
}

// FuzzNeeds checks that a changed bit in what a process needs is an error, or needs as much.
func FuzzNeeds(f *testing.F) {
	line := lineWithSum(Key{1}.String())
	f.Add([]byte(line+line), uint(9))
	f.Add([]byte(line[:len(line)-1]), uint(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint) {
		into := map[Key]bool{}
		if parseNeeds(data, into) == nil && len(data) > 0 && len(into) == 0 {
			t.Errorf("%q needs nothing", data)
		}
		into = map[Key]bool{}
		damaged, _ := flipped([]byte(line), at)
		if parseNeeds(damaged, into) == nil && !into[Key{1}] {
			t.Errorf("%q needs %v", damaged, into)
		}
	})
}
