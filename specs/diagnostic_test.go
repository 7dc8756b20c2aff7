package specs

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	path := spec(t, "study \"s\" {}\nlabel \"A\" { videos = [\"A.mp4\"] }\nlabel \"水\x1b[2J\" { "+
		"videos = [\"B.mp4\"] }\nresolutoin \"320x240\" {}\nresolution \"80x60\" {}\n")
	_, found := Load(path, Options{})
	for i := range found {
		found[i].At.File = "s.hcl"
	}
	var w strings.Builder
	if err := found.Write(&w, 60, false); err != nil {
		t.Fatal(err)
	}
	want := "error: s.hcl:3: invalid character"
	if strings.ContainsRune(w.String(), '\x1b') {
		t.Errorf("a spec steers the terminal: %q", w.String())
	}
	want = `error: s.hcl:4: there is no block "resolutoin" here
    4 | resolutoin "320x240" {}
      | ^^^^^^^^^^
hint: did you mean "resolution"?
`
	if !strings.Contains(w.String(), want) {
		t.Errorf("%s", w.String())
	}
	w.Reset()
	if err := found.Write(&w, 60, true); err != nil ||
		!strings.Contains(w.String(), "\x1b[1;31mresolutoin\x1b[0m") {
		t.Errorf("%v %q", err, w.String())
	}
}

// TestWriteLong checks that a long line is cut to the part that is meant.
func TestWriteLong(t *testing.T) {
	_, found := Load(spec(t,
		minimal+"transcode { crf = "+strings.Repeat("(", 40)+"99"+strings.Repeat(")", 40)+" }"),
		Options{})
	var w bytes.Buffer
	if err := found.Write(&w, 50, false); err != nil || len(found) != 1 {
		t.Fatal(err, found)
	}
	for line := range strings.SplitSeq(w.String(), "\n") {
		if len(line) > 50 && strings.Contains(line, " | ") {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func TestJSON(t *testing.T) {
	src, err := os.ReadFile(fixtures + "/warnings.hcl")
	if err != nil {
		t.Fatal(err)
	}
	_, found := Load(fixtures+"/warnings.hcl", Options{})
	if len(found) != 3 || found.HasErrors() {
		t.Fatalf("%v", found)
	}
	data, err := json.Marshal(found[0])
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Split(string(src), "\n")[7]
	want := jsonDiagnostic{"warning", found[0].Message, found[0].Hint,
		&jsonRange{fixtures + "/warnings.hcl", jsonPos{8, 23}, jsonPos{8, 25}},
		&jsonSnippet{line, 8, 22, 24}}
	var got jsonDiagnostic
	if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %s", err, data)
	}
	if data, err := json.Marshal(Diagnostic{Message: "a < b", Hint: "x"}); err != nil ||
		string(data) != `{"severity":"error","summary":"a \u003c b","detail":"x"}` {
		t.Errorf("without a place: %s, %v", data, err)
	}
	if text := (Diagnostics{}).Error(); text != "no mistakes" {
		t.Error(text)
	}
}
