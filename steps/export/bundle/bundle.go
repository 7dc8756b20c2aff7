// Package bundle writes and checks archives of a study's results. A bundle is a gzipped tar with
// one folder. Its first file, MANIFEST, lists all others with their SHA-256 in the form of
// sha256sum, sorted by name:
//
//	# snellen bundle 1
//	HEX  licences.json
//	HEX  spec/snacks.hcl
//	...
//
// The same files give the same bytes: a bundle has no times and no owners, and its order is fixed.
//
// An archive that is read is untrusted. Nothing of it is written to disk, every size is bounded,
// and anything that differs from the form above is an error.
package bundle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Manifest is the name of the first file.
const Manifest = "MANIFEST"

const (
	title = "# snellen bundle 1" // the first line of MANIFEST; the number is the form's version

	// What a bundle may hold. Check applies them before it believes what a header says.
	maxFiles    = 100_000
	maxManifest = 32 << 20  // bytes
	maxFile     = 256 << 20 // bytes
	maxAll      = 1 << 30   // bytes, unpacked
	maxName     = 1000      // bytes
)

// Write writes a bundle with the files, by slash-separated name, in one folder. A name or a size
// that Check would refuse is an error.
func Write(w io.Writer, folder string, files map[string][]byte) error {
	if len(files) > maxFiles || !validName(folder) || strings.Contains(folder, "/") {
		return fmt.Errorf("a bundle cannot have %d files in a folder %q", len(files), folder)
	}
	names := slices.Sorted(maps.Keys(files))
	var manifest bytes.Buffer
	manifest.WriteString(title + "\n")
	all := 0
	for _, name := range names {
		size := len(files[name])
		all += size
		if !validName(name) || name == Manifest || size > maxFile || all > maxAll {
			return fmt.Errorf("a bundle cannot hold %q of %d bytes", name, size)
		}
		fmt.Fprintf(&manifest, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := tar.NewWriter(packed)
	if err := add(out, path.Join(folder, Manifest), manifest.Bytes()); err != nil {
		return err
	}
	for _, name := range names {
		if err := add(out, path.Join(folder, name), files[name]); err != nil {
			return err
		}
	}
	return errors.Join(out.Close(), packed.Close())
}

// add writes one file to the archive. Its header has a fixed mode and neither time nor owner.
func add(out *tar.Writer, name string, data []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644}
	if err := out.WriteHeader(h); err != nil {
		return err
	}
	_, err := out.Write(data)
	return err
}

// validName reports whether a name stays inside its folder on every system.
func validName(name string) bool {
	special := func(r rune) bool { return r == '\\' || r == ':' || unicode.IsControl(r) }
	return fs.ValidPath(name) && name != "." && len(name) <= maxName && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, special)
}

// A Content describes a bundle that passed Check.
type Content struct {
	Folder string
	Files  int   // MANIFEST included
	Bytes  int64 // unpacked
}

// Check reads a bundle and compares it with its MANIFEST: each listed file must be there once, with
// its digest, and nothing else. each, if it is not nil, is called with the name below the folder
// and the bytes of each file but MANIFEST, in order; its first error ends the check.
func Check(r io.Reader, each func(name string, data []byte) error) (Content, error) {
	archive := bufio.NewReader(r) // an io.ByteReader: gzip then reads nothing behind its stream
	packed, err := gzip.NewReader(archive)
	if err != nil {
		return Content{}, fmt.Errorf("not a bundle: %w", err)
	}
	packed.Multistream(false)
	c := &checker{each: each, in: &limitedReader{r: packed, left: maxAll + maxAll/8}}
	c.tar = tar.NewReader(c.in)
	if err := c.check(); err != nil {
		return Content{}, err
	}
	if err := checkEnd(c.in, "the last file"); err != nil {
		return Content{}, err
	}
	return c.content, checkEnd(archive, "the archive")
}

// checkEnd returns an error if the reader has more than a tar's padding of zeros. Behind the gzip
// stream, which before calls "the archive", not even zeros are allowed.
func checkEnd(r io.Reader, before string) error {
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 && (before == "the archive" || len(bytes.Trim(buffer[:n], "\x00")) > 0) {
			return errors.New("there is data behind " + before)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the bundle is damaged: %w", err)
		}
	}
}

// A limitedReader fails after left bytes: a small gzip can unpack to any size. Unlike
// io.LimitedReader it returns an error, not io.EOF.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (b *limitedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("more than %d bytes", int64(maxAll))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type checker struct {
	in      *limitedReader
	tar     *tar.Reader
	each    func(string, []byte) error
	content Content
}

// A manifestLine is one line of a MANIFEST.
type manifestLine struct{ digest, name string }

// check reads MANIFEST and then the files in its order, which is the order in the archive.
func (c *checker) check() error {
	first, data, err := c.next()
	if errors.Is(err, io.EOF) {
		return errors.New("not a bundle: it has no file")
	}
	if err != nil {
		return err
	}
	folder, name, _ := strings.Cut(first, "/")
	if name != Manifest {
		return fmt.Errorf("not a bundle: its first file is %q, not %s", first, Manifest)
	}
	c.content.Folder = folder
	list, err := parse(data)
	if err != nil {
		return err
	}
	for _, want := range list {
		if err := c.checkFile(want); err != nil {
			return err
		}
	}
	if name, _, err := c.next(); err == nil {
		return fmt.Errorf("%q is not in MANIFEST", name)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// checkFile reads the next file, which must be the one that want describes.
func (c *checker) checkFile(want manifestLine) error {
	name, data, err := c.next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%q is missing", want.name)
	case err != nil:
		return err
	case name != path.Join(c.content.Folder, want.name):
		return fmt.Errorf("found %q where MANIFEST lists %q", name, want.name)
	case fmt.Sprintf("%x", sha256.Sum256(data)) != want.digest:
		return fmt.Errorf("the SHA-256 of %q is not the one in MANIFEST", want.name)
	}
	if c.each == nil {
		return nil
	}
	if err := c.each(want.name, data); err != nil {
		return fmt.Errorf("%q: %w", want.name, err)
	}
	return nil
}

// next returns the name and the bytes of the next file. The regular end is io.EOF.
func (c *checker) next() (string, []byte, error) {
	h, err := c.tar.Next()
	if errors.Is(err, io.EOF) {
		return "", nil, io.EOF
	}
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("the bundle is damaged: %w", err)
	case h.Typeflag != tar.TypeReg || h.Linkname != "":
		return "", nil, fmt.Errorf("%q is not a regular file", h.Name)
	case !validName(h.Name) || !strings.Contains(h.Name, "/"):
		return "", nil, fmt.Errorf("%q is not a valid name in a bundle", h.Name)
	}
	limit := int64(maxFile)
	if c.content.Files == 0 {
		limit = maxManifest
	}
	if h.Size < 0 || h.Size > limit || c.content.Bytes+h.Size > maxAll {
		return "", nil, fmt.Errorf("%q has %d bytes, too many for a bundle", h.Name, h.Size)
	}
	var b bytes.Buffer // grows with the bytes that come, not with the size that the header claims
	n, err := io.Copy(&b, c.tar)
	if err != nil || n != h.Size {
		return "", nil, fmt.Errorf("the bundle is damaged: %q is cut off: %w", h.Name, err)
	}
	c.content.Files++
	c.content.Bytes += n
	return h.Name, b.Bytes(), nil
}

// parse returns the lines of a MANIFEST. Their names are valid, sorted and different.
func parse(data []byte) ([]manifestLine, error) {
	text, ok := strings.CutPrefix(string(data), title+"\n")
	if !ok || text != "" && !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("its MANIFEST does not begin with %q, or is cut off", title)
	}
	var list []manifestLine
	for line := range strings.Lines(text) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		last := ""
		if len(list) > 0 {
			last = list[len(list)-1].name
		}
		switch {
		case !ok || !validDigest(digest) || !validName(name) || name == Manifest:
			return nil, fmt.Errorf("MANIFEST has an invalid line %.200q", line)
		case name <= last:
			return nil, fmt.Errorf("MANIFEST is not sorted at %q, or has it twice", name)
		case len(list) == maxFiles:
			return nil, fmt.Errorf("MANIFEST lists more than %d files", maxFiles)
		}
		list = append(list, manifestLine{digest, name})
	}
	return list, nil
}

// validDigest reports whether a text is a SHA-256 in lower-case hex.
func validDigest(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == sha256.Size && text == strings.ToLower(text)
}
