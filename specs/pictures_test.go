package specs

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

const photographs = `study "s" {}
label "A" {
  pictures   = fileset("photos/A", "**/*.{jpg,PNG}")
  validation = fileset("photos/A/apart", "*.jpg")
}
label "B" {
  videos   = ["B.mp4"]
  pictures = concat([for f in fileset("photos/B", "*.jpg") : "photos/B/${f}"],
    (true ? fileset("more", "*.jpg") : []))
}
labels {
  for_each = folders("train")
  pictures = fileset("train/${each.value}", "*")
}
dataset { split = "groups" }
resolution "320x240" {}
evaluation "test" {
  pictures {
    for_each = folders("train")
    files    = fileset("test/${each.value}", "*.jpg")
    expect   = each.value
  }
}
evaluation "camera" {
  stills = fileset("still", "*.jpg")
  area "left" {
    rect   = [0, 0, 8, 8]
    expect = "A"
  }
}
`

// The pictures of an evaluation may be named by for_each alone: as paths, or as lists of paths.
func TestSamplesOfForEach(t *testing.T) {
	for name, block := range map[string]string{
		"paths": `for_each = fileset("test", "*/*.jpg")
			expect = split("/", each.value)[1]`,
		"lists": `for_each = { C = fileset("test/C", "*.jpg"), D = fileset("test/D", "*.jpg") }
			expect = each.key`,
		"files": `for_each = fileset("test", "*/*.jpg")
			files  = ["test/${each.value}"]
			expect = split("/", each.value)[0]`,
	} {
		dir := folder(t, "C.mp4", "D.mp4", "test/C/2.jpg", "test/D/1.jpg", "spec.hcl="+
			`study "s" {}
			labels {
				for_each = ["C", "D"]
				videos = ["${each.value}.mp4"]
			}
			resolution "320x240" {}
			evaluation "test" {
				pictures { 
					`+block+`
				}
			}`)
		var got []string
		for _, s := range mustLoad(t, filepath.Join(dir, "spec.hcl"), Options{}).
			Evaluations[0].Samples {
			got = append(got, s.Name, s.Expect)
		}
		if want := "[test/C/2.jpg C test/D/1.jpg D]"; fmt.Sprint(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPictures(t *testing.T) {
	dir := folder(t, "photos/A/2.jpg", "photos/A/deep/1.PNG", "photos/A/apart/0.jpg",
		"photos/A/x.gif", "photos/B/b.jpg", "more/a.jpg", "B.mp4", "train/C/c.jpg",
		"train/C/b.jpg", "train/D/d.webp", "train/D/a.webp", "train/.hidden/x", "train/README",
		"test/C/2.jpg", "test/D/1.jpg",
		"still/2.jpg", "still/10.jpg", "spec.hcl="+photographs)
	s := mustLoad(t, filepath.Join(dir, "spec.hcl"), Options{})
	want := map[string][]string{
		"A": {"photos/A/2.jpg", "photos/A/deep/1.PNG", "photos/A/apart/0.jpg"},
		"B": {"more/a.jpg", "photos/B/b.jpg"},
		"C": {"train/C/b.jpg", "train/C/c.jpg"}, "D": {"train/D/a.webp", "train/D/d.webp"},
	}
	relative := func(paths []string) (list []string) {
		for _, p := range paths {
			name, err := filepath.Rel(dir, p)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, name)
		}
		return list
	}
	for _, l := range s.Labels {
		if got := relative(l.Pictures); !slices.Equal(got, want[l.Name]) {
			t.Errorf("label %s has %q, want %q", l.Name, got, want[l.Name])
		}
		if apart := l.Validation != nil; apart != (l.Name == "A") || apart && *l.Validation != 2 {
			t.Errorf("label %s: validation from %v", l.Name, l.Validation)
		}
	}
	if s.Dataset.Split != "blocks" {
		t.Errorf("split is %q", s.Dataset.Split)
	}
	camera, test := s.Evaluations[0], s.Evaluations[1]
	if got := relative(camera.Stills); !slices.Equal(got, []string{"still/10.jpg", "still/2.jpg"}) {
		t.Errorf("stills: %q", got)
	}
	var samples []Sample
	for _, one := range test.Samples {
		samples = append(samples, Sample{Name: one.Name, Expect: one.Expect,
			Path: relative([]string{one.Path})[0]})
	}
	judged := []Sample{{Name: "test/C/2.jpg", Path: "test/C/2.jpg", Expect: "C"},
		{Name: "test/D/1.jpg", Path: "test/D/1.jpg", Expect: "D"}}
	if !reflect.DeepEqual(samples, judged) {
		t.Errorf("samples: %+v", samples)
	}
}
