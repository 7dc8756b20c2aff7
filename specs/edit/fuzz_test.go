package edit

import (
	"testing"
)

func seeds(f *testing.F, more ...string) {
	for _, src := range examples(f) {
		f.Add(string(src), "shelf", "footage/APPLE.mp4", 3)
	}
	for _, src := range append(more, shelf, footageSpec) {
		f.Add(src, "A", "footage/a.mp4", 100)
	}
	f.Add("evaluation \"e\" { video = \"v\" }", "e\u0301", "a/${b}.mp4", -1)
	f.Add("/*\nevaluation \"e\" {}\n*/", "e", "", 0)
	f.Add("label A {\n videos = [\n\"a\" /* b\n */, \"b\"] /* c\n */\n}", "\xff", "\x00", 1<<40)
	f.Add("x = <<E\r\n${a}\r\nE\r\n", `"`, "\\", 1)
}

// whole checks an edit's answer: it is an *Error, or a spec that can be parsed, and that is
// formatted if the source was.
func whole(t *testing.T, src string, out []byte, err error) bool {
	t.Helper()
	if err != nil {
		if e, ok := err.(*Error); !ok || e.Message == "" || out != nil {
			t.Fatalf("%v with %q", err, out)
		}
		return false
	}
	agrees(t, []byte(src), out)
	return true
}

func FuzzLayout(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src, name, label string, n int) {
		l, err := ReadLayout([]byte(src), name)
		if err != nil {
			whole(t, src, nil, err)
			return
		}
		if out, err := SetLayout([]byte(src), name, l); err != nil || string(out) != src {
			t.Fatalf("its own layout: %v\n%q\n%q", err, src, out)
		}
		l = l.normal()
		for i := range l.Areas {
			if i%3 == n%3 {
				l.Areas[i].X = n
			}
		}
		if len(l.Areas) > 1 && n%2 == 0 {
			l.Areas = l.Areas[1:]
		}
		l.Areas = append(l.Areas, Area{label, n, n + 1, n + 2, n + 3, label})
		switch {
		case n%5 == 0:
			l.Grid = nil
		case l.Grid != nil && l.Grid.Rows > 1 && l.Grid.Columns > 0 && n%5 == 1 &&
			len(l.Grid.Expect) > l.Grid.Columns:
			l.Grid.Rows, l.Grid.Expect = 1, l.Grid.Expect[:l.Grid.Columns]
		case n%5 == 2:
			l.Grid = &Grid{2, 1, [2]int{n, 0}, [2]int{n, 7}, [2]int{n, 8}, []string{label, name}}
		}
		out, err := SetLayout([]byte(src), name, l)
		if !whole(t, src, out, err) {
			return
		}
		now, err := ReadLayout(out, name)
		if err != nil || len(now.Areas) != len(l.Areas) || (now.Grid == nil) != (l.Grid == nil) ||
			now.Grid != nil && !now.Grid.equal(l.normal().Grid) {
			t.Fatalf("%v\n%+v\n%+v\n%q\n%q", err, l, now, src, out)
		}
	})
}

func FuzzEvaluation(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src, name, video string, n int) {
		e := Evaluation{name, video, n, n, n}
		l := Layout{Areas: []Area{{name, n, n, n, n, name}}}
		out, err := AddEvaluation([]byte(src), e, l)
		if !whole(t, src, out, err) {
			return
		}
		if now, err := ReadLayout(out, name); err != nil || len(now.Areas) != 1 {
			t.Fatalf("%v\n%q\n%q", err, src, out)
		}
	})
}

func FuzzClip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src, label, file string, n int) {
		out, err := AddClip([]byte(src), label, file, nil)
		if whole(t, src, out, err) {
			if s, err := parse(out); err != nil || len(s.uses(file)) == 0 {
				t.Fatalf("not added: %v\n%q\n%q", err, src, out)
			}
		}
		out, changed, err := RenameFile([]byte(src), file, "new/"+label)
		if whole(t, src, out, err) && !changed && string(out) != src {
			t.Fatalf("changed: %q", out)
		}
		out, changed, err = RemoveFile([]byte(src), file)
		if !whole(t, src, out, err) {
			return
		}
		if !changed && string(out) != src {
			t.Fatalf("changed: %q", out)
		}
		s, err := parse(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range s.uses(file) {
			if u.folder == nil {
				t.Fatalf("not removed\n%q\n%q", src, out)
			}
		}
	})
}
