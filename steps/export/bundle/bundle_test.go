package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
)

var some = map[string][]byte{
	"spec/snacks.hcl": []byte("study \"snacks\" {}\n"), "a": []byte("A"), "b/ü c": nil,
}

func written(t testing.TB, folder string, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, folder, files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBundleComesBack(t *testing.T) {
	data := written(t, "snacks", some)
	if again := written(t, "snacks", some); !bytes.Equal(data, again) {
		t.Error("the same files gave different bytes")
	}
	got := map[string]string{}
	c, err := Check(bytes.NewReader(data), func(name string, data []byte) error {
		got[name] = string(data)
		return nil
	})
	if err != nil || c.Folder != "snacks" || c.Files != 4 || len(got) != 3 ||
		got["spec/snacks.hcl"] != string(some["spec/snacks.hcl"]) {
		t.Errorf("%+v, %v, %q", c, err, got)
	}
	if _, err := Check(bytes.NewReader(written(t, "none", nil)), nil); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"../x", "/x", "a//b", "", ".", `a\b`, "c:x", "a\nb", Manifest,
		"\xff"} {
		if Write(io.Discard, "x", map[string][]byte{name: nil}) == nil {
			t.Errorf("%q was packed", name)
		}
	}
}

// An entry is a file of an archive, which may be hostile.
type entry struct {
	kind       byte
	name, data string
	link       string
}

// packed returns the entries as a gzipped tar, with text behind the tar within the gzip stream, and
// text behind that stream.
func packed(t testing.TB, within, behind string, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Typeflag: e.kind, Name: e.name, Linkname: e.link, Mode: 0o644}
		if e.kind == tar.TypeReg {
			h.Size = int64(len(e.data))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == tar.TypeReg {
			io.WriteString(w, e.data)
		}
	}
	w.Close()
	io.WriteString(z, within)
	z.Close()
	return append(b.Bytes(), behind...)
}

func file(name, data string) entry { return entry{tar.TypeReg, name, data, ""} }

// manifest returns a MANIFEST for pairs of a name and its data. It checks nothing.
func manifest(pairs ...string) entry {
	var b strings.Builder
	b.WriteString(title + "\n")
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256([]byte(pairs[i+1])), pairs[i])
	}
	return file("x/MANIFEST", b.String())
}

func TestHostileBundles(t *testing.T) {
	good := []entry{manifest("a", "1", "b", "2"), file("x/a", "1"), file("x/b", "2")}
	if _, err := Check(bytes.NewReader(packed(t, "", "", good...)), nil); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":          {nil, "not a bundle"},
		"no gzip":          {[]byte("hello, this is text"), "not a bundle"},
		"no tar":           {packed(t, "hello"+strings.Repeat("x", 600), ""), "it has no file"},
		"no manifest":      {packed(t, "", "", file("x/a", "1")), "first file"},
		"without a folder": {packed(t, "", "", file("MANIFEST", title+"\n")), "not a valid name"},
		"other version": {
			packed(t, "", "", file("x/MANIFEST", "# snellen bundle 2\n")), "does not begin with",
		},
		"other bytes": {
			packed(t, "", "", good[0], file("x/a", "9"), good[2]), "is not the one in MANIFEST",
		},
		"one is missing": {packed(t, "", "", good[:2]...), `"b" is missing`},
		"one too many": {
			packed(t, "", "", append(good, file("x/c", "3"))...), "not in MANIFEST",
		},
		"twice": {
			packed(t, "", "", append(good, file("x/a", "1"))...), "not in MANIFEST",
		},
		"named twice": {
			packed(t, "", "", manifest("a", "1", "a", "1"), good[1], good[1]), "twice",
		},
		"out of order": {
			packed(t, "", "", manifest("b", "2", "a", "1"), good[2], good[1]), "not sorted",
		},
		"another order": {packed(t, "", "", good[0], good[2], good[1]), "where MANIFEST lists"},
		"another folder": {
			packed(t, "", "", good[0], file("y/a", "1"), good[2]), "where MANIFEST lists",
		},
		"upwards": {
			packed(t, "", "", manifest("../a", "1"), file("x/../a", "1")),
			"MANIFEST has an invalid line",
		},
		"upwards in tar": {
			packed(t, "", "", good[0], file("x/../../etc/passwd", "1")), "not a valid name",
		},
		"absolute":  {packed(t, "", "", good[0], file("/x/a", "1")), "not a valid name"},
		"backslash": {packed(t, "", "", good[0], file(`x/..\a`, "1")), "not a valid name"},
		"symbolic link": {
			packed(t, "", "", good[0], entry{tar.TypeSymlink, "x/a", "", "/etc/passwd"}),
			"not a regular file",
		},
		"hard link": {
			packed(t, "", "", good[0], entry{tar.TypeLink, "x/a", "", "x/b"}), "not a regular file",
		},
		"device": {
			packed(t, "", "", good[0], entry{tar.TypeChar, "x/a", "", ""}), "not a regular file",
		},
		"folder": {
			packed(t, "", "", good[0], entry{tar.TypeDir, "x/a/", "", ""}), "not a regular file",
		},
		"manifest's name": {
			packed(t, "", "", manifest("MANIFEST", "1"), file("x/MANIFEST", "1")),
			"MANIFEST has an invalid line",
		},
		"behind the tar":  {packed(t, "secret", "", good...), "data behind the last file"},
		"behind the gzip": {packed(t, "", "x", good...), "data behind the archive"},
		"two gzips": {
			append(packed(t, "", "", good...), packed(t, "", "", good...)...),
			"data behind the archive",
		},
		"cut off":           {packed(t, "", "", good...)[:100], "damaged"},
		"too large a file":  {claiming(t, maxFile+1), "too many for a bundle"},
		"larger than it is": {claiming(t, maxFile), "damaged"},
	} {
		if _, err := Check(bytes.NewReader(c.data), nil); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// claiming returns a bundle with a file whose header claims size bytes, and that has none.
func claiming(t *testing.T, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	m := manifest("a", "")
	w.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: m.name, Size: int64(len(m.data)), Mode: 0o644,
	})
	io.WriteString(w, m.data)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "x/a", Size: size, Mode: 0o644})
	z.Close()
	return b.Bytes()
}

// A bundle that Check accepts can be packed again and has the same files.
func FuzzCheck(f *testing.F) {
	f.Add(written(f, "x", some))
	f.Add(packed(f, "", "", manifest("a", "1"), file("x/a", "1")))
	f.Add(packed(f, "", "", file("x/MANIFEST", title+"\nzz  a\n"), file("x/a", "1")))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := map[string][]byte{}
		c, err := Check(bytes.NewReader(data), func(name string, data []byte) error {
			files[name] = data
			return nil
		})
		if err != nil {
			return
		}
		again, err := Check(bytes.NewReader(written(t, c.Folder, files)), nil)
		if err != nil || again.Files != c.Files {
			t.Errorf("%+v, then %+v, %v", c, again, err)
		}
	})
}

// FuzzParse tests MANIFESTs without gzip around them, whose checksums stop a fuzzer.
func FuzzParse(f *testing.F) {
	f.Add([]byte(manifest("a", "1", "b", "2").data))
	f.Add([]byte(title + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parse(data)
		if err != nil {
			return
		}
		var b strings.Builder
		b.WriteString(title + "\n")
		for _, n := range list {
			b.WriteString(n.digest + "  " + n.name + "\n")
		}
		if b.String() != string(data) {
			t.Errorf("%q came back as %q", data, b.String())
		}
	})
}
