package demo

import (
	"os"
	"path/filepath"
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
		len(study.Evaluations) != 1 {
		t.Fatalf("%d labels, %d resolutions, %d evaluations", len(study.Labels),
			len(study.Resolutions), len(study.Evaluations))
	}
	for i, l := range study.Labels {
		if l.Name == "shelf" {
			t.Errorf("label %d is the shelf", i)
		}
	}
	if r := study.Resolutions[0]; r.Width != defaultFormat.width ||
		r.Height != defaultFormat.height {
		t.Errorf("the videos are %dx%d, the largest resolution %dx%d", defaultFormat.width,
			defaultFormat.height, r.Width, r.Height)
	}
	if e := study.Evaluations[0]; e.Width != defaultFormat.width ||
		e.Height != defaultFormat.height || defaultFormat.shelf%e.Every != 0 {
		t.Errorf("the shelf's frame is %dx%d, every %d of %d is judged", e.Width, e.Height, e.Every,
			defaultFormat.shelf)
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
	for _, seed := range []int64{1, 2, 3} {
		s := newShelfScene(seed, defaultFormat).(*shelfScene)
		for k, area := range loaded(t).Evaluations[0].Areas {
			if want := designs[shelfOrder[k]].label; area.Expect != want {
				t.Errorf("area %s expects %s, and %s stands there", area.Name, area.Expect, want)
			}
			for n := 0; n < defaultFormat.shelf; n += 5 {
				x0, y0, x1, y1 := s.products[k].covers(s, float64(n)/float64(defaultFormat.rate))
				if x0 < area.X || y0 < area.Y || x1 > area.X+area.W || y1 > area.Y+area.H {
					t.Fatalf("%s is at %d,%d to %d,%d in frame %d, outside its area %+v",
						area.Expect, x0, y0, x1, y1, n, area)
				}
			}
		}
	}
}

// covers is the part of the picture where a good is seen.
func (g shelfProduct) covers(s *shelfScene, t float64) (x0, y0, x1, y1 int) {
	st := newStage(s.width, s.height)
	st.draw(g.body, g.pose(t), light{ambient: 1}, [2]float64{})
	x0, y0 = s.width, s.height
	for i, c := range st.now {
		if c != 0 {
			x, y := i%s.width, i/s.width
			x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
		}
	}
	return x0, y0, x1, y1
}
