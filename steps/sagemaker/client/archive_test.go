package client

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
)

// pack returns a tar.gz of these entries. Regular files hold 5 bytes.
func pack(t testing.TB, heads ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range heads {
		h.Mode = 0o644
		if h.Typeflag == tar.TypeReg {
			h.Size = 5
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			w.Write([]byte("hello"))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z.Close()
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	good := pack(t, tar.Header{Name: "./", Typeflag: tar.TypeDir},
		tar.Header{Name: "./image-classification-0005.params", Typeflag: tar.TypeReg})
	names, err := checkArchive(bytes.NewReader(good))
	if err != nil || !slices.Equal(names, []string{"image-classification-0005.params"}) {
		t.Fatal(names, err)
	}
	for n := range good {
		if _, err := checkArchive(bytes.NewReader(good[:n])); err == nil {
			t.Fatalf("an archive cut off at %d of %d bytes is accepted", n, len(good))
		}
	}
}

func TestHostileArchives(t *testing.T) {
	for _, h := range []tar.Header{
		{Name: "../x", Typeflag: tar.TypeReg}, {Name: "a/../../x", Typeflag: tar.TypeReg},
		{Name: "/etc/passwd", Typeflag: tar.TypeReg},
		{Name: `..\x`, Typeflag: tar.TypeReg}, {Name: "..", Typeflag: tar.TypeDir},
		{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "l", Typeflag: tar.TypeLink, Linkname: "../x"},
		{Name: "f", Typeflag: tar.TypeFifo}, {Name: "d", Typeflag: tar.TypeBlock},
	} {
		if _, err := checkArchive(bytes.NewReader(pack(t, h))); err == nil {
			t.Errorf("%q of type %c is accepted", h.Name, h.Typeflag)
		}
	}
	var many []tar.Header
	for range maxEntries + 1 {
		many = append(many, tar.Header{Name: "d", Typeflag: tar.TypeDir})
	}
	_, err := checkArchive(bytes.NewReader(pack(t, many...)))
	if err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("too many entries: %v", err)
	}
	if _, err := checkArchive(strings.NewReader("no gzip at all")); err == nil {
		t.Error("a file that is not gzip is accepted")
	}
}

// FuzzArchive: an accepted archive only names files within its folder.
func FuzzArchive(f *testing.F) {
	f.Add(pack(f, tar.Header{Name: "a.params", Typeflag: tar.TypeReg}))
	f.Add(pack(f, tar.Header{Name: "../a", Typeflag: tar.TypeReg}))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := checkArchive(bytes.NewReader(data))
		for _, n := range names {
			outside := strings.HasPrefix(n, "/") || n == ".." || strings.HasPrefix(n, "../")
			if err == nil && outside {
				t.Fatalf("%q is accepted", n)
			}
		}
	})
}
