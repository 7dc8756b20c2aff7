package engine

import (
	"slices"
	"strings"
	"testing"
)

// FuzzReasons checks that whatever two manifests are, their difference can be said, in the same
// words each time, and that a manifest does not differ from itself.
func FuzzReasons(f *testing.F) {
	const head = "manifest 1\nkind train 1\ntool opencv 4.6.0\n"
	f.Add(head+`param {"epochs":30,"labels":["A","B"]}`+"\nin dataset sha256:ab\nout model\n",
		head+`param {"epochs":20,"labels":["B","A"]}`+"\nin dataset sha256:cd\nout model\n")
	f.Add("kind a 1\nparam [1]\n", "kind b 1\nparam {}\n")
	f.Add("kind a 1\nparam {\"x\":[{\"name\":\"p\",\"y\":1}]}\n",
		"kind a 2\nparam {\"x\":[{\"name\":\"p\",\"y\":2},{\"name\":\"q\"}]}\n")
	f.Fuzz(func(t *testing.T, before, now string) {
		c := &comparison{node: &Node{Address: "a"}}
		words := c.words(before, now)
		if before == now && len(words) > 0 {
			t.Errorf("%q", words)
		}
		if again := c.words(before, now); !slices.Equal(again, words) {
			t.Errorf("%q and %q", words, again)
		}
		if slices.Contains(words, "") {
			t.Errorf("%q", words)
		}
	})
}

// FuzzNumbers checks that JSON does not differ from itself, that a difference has two sides, and
// that what is said of one is short.
func FuzzNumbers(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.50,{"b":null}]}`), []byte(`{"a":[1,2.5,{"b":0}]}`))
	f.Add([]byte("[1]\n[2]\n"), []byte("[1]\n[2e0]\n"))
	f.Add([]byte(`{"a":1e999}`), []byte(`{"a":1e998}`))
	f.Fuzz(func(t *testing.T, before, now []byte) {
		if words := numbersDiffer(before, before); words != "" && words != "not JSON" {
			t.Errorf("%q differs from itself: %s", before, words)
		}
		words, back := numbersDiffer(before, now), numbersDiffer(now, before)
		if (words == "") != (back == "") {
			t.Errorf("%q and %q: %q, %q", before, now, words, back)
		}
		if len(words) > 1000+len(before)+len(now) || strings.Count(words, "->") > 1+
			strings.Count(string(before), "->")+strings.Count(string(now), "->") {
			t.Errorf("%q", words)
		}
	})
}
