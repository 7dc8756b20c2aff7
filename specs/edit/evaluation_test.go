package edit

import (
	"os"
	"strings"
	"testing"
)

// started is what snellen init writes for a folder with the video of a camera.
func started(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile("../../testdata/script/init.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(script), "\n-- videos.txt --\n")
	text, _, ok := strings.Cut(text, "\n-- ")
	if !ok {
		t.Fatal("the script has no videos.txt")
	}
	return text + "\n"
}

func TestAddEvaluation(t *testing.T) {
	src := started(t)
	comment := src[strings.Index(src, "# What the camera saw"):]
	form := comment[strings.Index(comment, "/*\n"):]
	own := `evaluation "shelf" {
  video = "${var.footage}/shelf.mp4"
  every = 2 # one in 2 frames is judged

  # The size of the picture, in pixels. It may be left out: then it is the video's.
  frame {
    width  = 64
    height = 48
  }
`
	grid := &Grid{2, 1, [2]int{1, 2}, [2]int{3, 4}, [2]int{3, 4}, []string{"A", "B"}}
	areas := []Area{{"a", 1, 2, 3, 4, "A"}, {"b", 5, 6, 7, 8, "B"}}
	add := func(src string, e Evaluation, l Layout, changes ...replacement) {
		t.Helper()
		got, err := AddEvaluation([]byte(src), e, l)
		becomes(t, src, got, err, changes...)
		if back, err := ReadLayout(got, e.Name); err != nil || len(back.Areas) != len(l.Areas) ||
			(back.Grid == nil) != (l.Grid == nil) {
			t.Errorf("%+v, %v", back, err)
		}
	}
	e := Evaluation{"shelf", "footage/shelf.mp4", 64, 48, 2}
	add(src, e, Layout{}, replacement{comment, own + "}\n"})
	add(src, e, Layout{Areas: areas}, replacement{comment, own + `
  area "a" {
    rect   = [1, 2, 3, 4]
    expect = "A"
  }
  area "b" {
    rect   = [5, 6, 7, 8]
    expect = "B"
  }
}
`})
	add(src, e, Layout{areas[:1], grid}, replacement{comment, own + `
  grid {
    columns = 2
    rows    = 1
    origin  = [1, 2]
    size    = [3, 4]
    expect = [
      "A", "B",
    ]
  }

  area "a" {
    rect   = [1, 2, 3, 4]
    expect = "A"
  }
}
`})
	other := "\nevaluation \"other\" {\n  video = \"other.mp4\"\n}\n"
	small := Evaluation{Name: "other", Video: "other.mp4"}
	add(src, small, Layout{}, replacement{form, form + other}) // the form is another's
	byVideo := Evaluation{Name: "other", Video: "./footage/shelf.mp4"}
	add(src, byVideo, Layout{}, replacement{comment, strings.TrimPrefix(strings.Replace(other,
		`"other.mp4"`, `"${var.footage}/shelf.mp4"`, 1), "\n")})
	add(strings.ReplaceAll(src, "which make it a comment", "and so on"), small, Layout{},
		replacement{form, form + other})

	second := "\n" + strings.ReplaceAll(form, "shelf", "shelf-2")
	two := src + second
	whole := strings.ReplaceAll(own, "shelf", "shelf-2") + "}\n"
	e2 := Evaluation{"shelf-2", "footage/shelf-2.mp4", 64, 48, 2}
	add(two, e2, Layout{}, replacement{second, "\n" + whole})
	add(two, e, Layout{}, replacement{form + second, second[1:] + "\n" + own + "}\n"})
	one, err := AddEvaluation([]byte(two), e, Layout{})
	if err != nil {
		t.Fatal(err)
	}
	add(string(one), e2, Layout{}, replacement{comment[:strings.Index(comment, "/*\n")] +
		second[1:] + "\n", ""}, replacement{own + "}\n", own + "}\n\n" + whole})

	add("", small, Layout{}, replacement{"", other[1:]})
	add("study \"s\" {}\r\n", small, Layout{}, replacement{"{}\r\n",
		"{}\r\n" + strings.ReplaceAll(other, "\n", "\r\n")})
	for words, e := range map[string]Evaluation{
		"an evaluation's name is empty":             {Video: "a"},
		"a path is empty":                           {Name: "a"},
		`evaluation "shelf" is there already`:       e,
		"a frame cannot have 1x0 pixels":            {Name: "a", Video: "a", Width: 1},
		"one in -1 frames cannot be judged":         {Name: "a", Video: "a", Every: -1},
		"an evaluation's name cannot contain a sla": {Name: "a/b", Video: "a"},
	} {
		line := 0
		if strings.Contains(words, "there already") {
			line = 1
		}
		_, err := AddEvaluation([]byte("evaluation \"shelf\" {}\n"), e, Layout{})
		refused(t, err, line, words)
	}
}
