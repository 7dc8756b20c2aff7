package lsp

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPaths completes paths: relative to the spec, within folders, after what a variable gives.
func TestPaths(t *testing.T) {
	e := newEditor(t, Options{}).initialize()
	for _, file := range []string{"footage/a.mp4", "footage/é 𝄞\"${x}.mp4", "footage/deep/b.mp4",
		"footage/.hidden", "net.safetensors", "train.py", ".secret"} {
		e.write(file, "")
	}
	if err := os.Symlink("footage", filepath.Join(e.dir, "link")); err != nil {
		t.Fatal(err)
	}
	top := []string{"footage", "link", "net.safetensors", "train.py"}
	inside := []string{"a.mp4", "deep", "é 𝄞\"${x}.mp4"}
	const variable = "variable \"dir\" { default = \"footage\" }\nlocals { sub = \"deep\" }\n"
	for i, test := range []struct {
		text string
		want []string
	}{
		{"label \"A\" {\n  videos = [\"‸\"]\n}\n", top},
		{"label \"A\" {\n  videos = [\"footage/a.mp4\", \"‸\n}\n", top},
		{"label \"A\" {\n  videos = concat([\"footage/a.mp4\"], [\"‸\"])\n}\n", top},
		{"label \"A\" { pictures = [\"foo‸\"] }\n", []string{"footage"}},
		{"labels {\n  for_each = [1]\n  validation = [\"footage/‸\"]\n}\n", inside},
		{"evaluation \"s\" {\n  video = \"footage/a‸\"\n}\n", []string{"a.mp4"}},
		{"evaluation \"s\" {\n  video = \"./footage/../n‸\"\n}\n", []string{"net.safetensors"}},
		{"evaluation \"s\" {\n  video = \"footage/.‸\"\n}\n", []string{".hidden"}},
		{"evaluation \"s\" {\n  video = \"foo‸tage/deep/b.mp4\"\n}\n", []string{"footage"}},
		{"evaluation \"s\" {\n  video = \"link/d‸\"\n}\n", []string{"deep"}},
		{"evaluation \"s\" {\n  pictures {\n    files = [\"footage/deep/‸\"]\n  }\n}\n",
			[]string{"b.mp4"}},
		{"trainer \"local\" {\n  pretrained = \"n‸\"\n}\n", []string{"net.safetensors"}},
		{"trainer \"command\" {\n  serve {\n    program = [\"./tr‸\"]\n  }\n}\n",
			[]string{"train.py"}},
		{"budget { prices = \"t‸\" }\n", []string{"train.py"}},
		{"labels {\n  for_each = fileset(\"foo‸\", \"*\")\n}\n", []string{"footage"}},
		{"labels {\n  for_each = fileset(\"footage\", \"‸\")\n}\n", nil},
		{variable + "label \"A\" { videos = [\"${var.dir}/‸\"] }\n", inside},
		{variable + "label \"A\" { videos = [\"${var.dir}/${local.sub}/b‸\"] }\n",
			[]string{"b.mp4"}},
		{variable + "label \"A\" { videos = [\"${each.value}/‸\"] }\n", nil},
		{variable + "label \"A\" { videos = [\"${var.nothing}/‸\"] }\n", nil},
		{"study \"s\" {\n  description = \"‸\"\n}\n", nil},
		{"label \"A\" { videos = [\"nothing/‸\"] }\n", nil},
		{"label \"A\" { videos = [\"train.py/‸\"] }\n", nil},
	} {
		got := slices.Sorted(maps.Keys(complete(t, e, fmt.Sprintf("p%d.hcl", i), test.text)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

// TestPathEdits holds what is replaced and what is written for a path.
func TestPathEdits(t *testing.T) {
	e := newEditor(t, Options{}).initialize()
	e.write("footage/é 𝄞\"${x}.mp4", "")
	for i, test := range []struct{ text, want string }{
		{`video = "foo‸"`, `video = "footage/"`},
		{`video = "f‸oo/x.mp4"`, `video = "footage/x.mp4"`},
		{`video = "𝄞/../footage/‸x"`, `video = "𝄞/../footage/é 𝄞\"\u0024{x}.mp4"`},
		{`video = "footage/‸`, `video = "footage/é 𝄞\"\u0024{x}.mp4"`},
		{`video = "foo‸`, `video = "footage/`},
	} {
		name := fmt.Sprintf("p%d.hcl", i)
		text, p := cursor(t, "evaluation \"é𝄞\" {\n  "+test.text+"\n}\n")
		e.open(name, text)
		list := offers(e, name, p)
		want := "evaluation \"é𝄞\" {\n  " + test.want + "\n}\n"
		if strings.Contains(test.text, "..") {
			e.write("𝄞/x", "")
			list = offers(e, name, p)
		}
		if len(list) != 1 || apply(text, list[0].TextEdit) != want {
			t.Errorf("%s: %+v, want %s", test.text, list, want)
		}
	}
}

// TestPathsAreBounded fills a folder with more files than are read, and names it absolutely.
func TestPathsAreBounded(t *testing.T) {
	e := newEditor(t, Options{}).initialize()
	dir := t.TempDir()
	for i := range maxFilesRead + 100 {
		if err := os.WriteFile(fmt.Sprintf("%s/f%05d.jpg", dir, i), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, p := cursor(t, "label \"A\" { pictures = [\""+filepath.ToSlash(dir)+"/f‸\"] }\n")
	e.open("s.hcl", text)
	if list := offers(e, "s.hcl", p); len(list) != maxFilesOffered {
		t.Errorf("%d files are offered", len(list))
	}
	got := string(e.call("textDocument/completion", at(e.uri("s.hcl"), p)))
	if !strings.Contains(got, `"isIncomplete":true`) {
		t.Errorf("%.200s", got)
	}
}
