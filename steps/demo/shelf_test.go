package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
)

// loaded is the spec beside footage of the right names.
func loaded(t *testing.T) *specs.Study {
	t.Helper()
	dir := t.TempDir()
	footage := filepath.Join(dir, "footage")
	if err := os.Mkdir(footage, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, one := range videos(0, defaultFormat) {
		if err := os.WriteFile(filepath.Join(footage, one.name+".mp4"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "demo.hcl")
	if err := os.WriteFile(path, []byte(Spec()), 0o666); err != nil {
		t.Fatal(err)
	}
	study, problems := specs.Load(path, specs.Options{})
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	return study
}

func TestSpecLoads(t *testing.T) {
	study := loaded(t)
	if len(study.Labels) != len(designs) || len(study.Resolutions) < 3 ||
		len(study.Evaluations) != len(shelves) {
		t.Fatalf("%d labels, %d resolutions, %d evaluations", len(study.Labels),
			len(study.Resolutions), len(study.Evaluations))
	}
	for i, l := range study.Labels {
		if strings.HasPrefix(l.Name, "shelf") {
			t.Errorf("label %d is a shelf", i)
		}
	}
	if r := study.Resolutions[0]; r.Width != defaultFormat.width ||
		r.Height != defaultFormat.height {
		t.Errorf("the videos are %dx%d, the largest resolution %dx%d", defaultFormat.width,
			defaultFormat.height, r.Width, r.Height)
	}
	for _, e := range study.Evaluations {
		if [2]int{e.Width, e.Height} != defaultFormat.camera ||
			defaultFormat.shelf%e.Every != 0 {
			t.Errorf("the frame of shelf %s is %dx%d, every %d of %d is judged", e.Name, e.Width,
				e.Height, e.Every, defaultFormat.shelf)
		}
	}
}

func TestSpecIsInItsUsualForm(t *testing.T) {
	out, problems := specs.Format([]byte(Spec()))
	if len(problems) > 0 || string(out) != Spec() {
		t.Errorf("snellen fmt would change it: %v\n%s", problems, out)
	}
}

// What the spec expects in an area is what stands there, whole, and nothing of its neighbours.
func TestProductsStandInTheirAreas(t *testing.T) {
	study := loaded(t)
	for i := range shelves {
		sh := &shelves[i]
		s := newShelfScene(int64(i), sh, defaultFormat).(*shelfScene)
		at := slices.IndexFunc(study.Evaluations,
			func(e specs.Evaluation) bool { return e.Name == sh.name })
		for k, area := range study.Evaluations[at].Areas {
			stands := designs[shelfOrders[sh.rows[k/shelfColumns]][k%shelfColumns]].label
			if area.Expect != stands {
				t.Errorf("area %s of %s expects %s, and %s stands there", area.Name, sh.name,
					area.Expect, stands)
			}
			for n := 0; n < defaultFormat.shelf; n += 8 {
				x0, y0, x1, y1 := s.products[k].covers(s, float64(n)/float64(defaultFormat.rate))
				if x0 < area.X || y0 < area.Y || x1 > area.X+area.W || y1 > area.Y+area.H {
					t.Fatalf("%s: %s is at %d,%d to %d,%d in frame %d, outside its area %+v",
						sh.name, area.Expect, x0, y0, x1, y1, n, area)
				}
			}
		}
	}
}

// covers is the part of the picture where a good is seen.
func (g shelfProduct) covers(s *shelfScene, t float64) (x0, y0, x1, y1 int) {
	st := newStage(s.camera[0], s.camera[1])
	st.draw(g.body, g.pose(t), light{ambient: 1}, [2]float64{})
	x0, y0 = s.camera[0], s.camera[1]
	for i, c := range st.now {
		if c != 0 {
			x, y := i%s.camera[0], i/s.camera[0]
			x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
		}
	}
	return x0, y0, x1, y1
}
