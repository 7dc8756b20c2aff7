package specs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const frameless = `study "s" {}
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }
resolution "320x240" {}
evaluation "shelf" {
  video = "A.mp4"
  at    = ["native", "16x16"]
  grid {
    columns = 2
    rows    = 2
    origin  = [0, 0]
    size    = [40, 20]
    expect  = ["A", "B", "A", "B"]
  }
  area "far" {
    rect   = [0, 100, 10, 11]
    expect = "B"
  }
}
`

// A frame that is left out is that of the video, and areas are checked once that is known.
func TestCheckAreas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.hcl")
	if err := os.WriteFile(path, []byte(frameless), 0o666); err != nil {
		t.Fatal(err)
	}
	s, list := Load(path, Options{WithoutFootage: true})
	if len(list) > 0 {
		t.Fatal(list)
	}
	e := s.Evaluations[0]
	if e.Width != 0 || e.Height != 0 {
		t.Errorf("the frame is %dx%d", e.Width, e.Height)
	}
	for _, c := range []struct {
		width, height int
		want          string
	}{
		{80, 111, ``},
		{79, 111, `13: areas "1-2", "2-2" reach (80, 40), outside the frame of 79x111`},
		{100, 110, `15: area "far" ends at (10, 111), outside the frame of 100x110`},
		{170, 160, `7: at 16x16, area "far" has less than a pixel`},
	} {
		var got []string
		for _, p := range e.CheckAreas(c.width, c.height) {
			got = append(got, fmt.Sprintf("%d: %s", p.At.Line, p.Message))
			if p.Hint == "" {
				t.Errorf("no hint for %s", p.Message)
			}
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%dx%d: %s\nwant %s", c.width, c.height, text, c.want)
		}
	}
}
