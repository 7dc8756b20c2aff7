// Package bundle writes and checks archives that hold a study's results: a tar in gzip with one folder, whose first file,
// MANIFEST, names all others with their SHA-256, in the form of sha256sum, sorted by name:
//
//	# snellen bundle 1
//	HEX  licences.json
//	HEX  spec/snacks.hcl
//	...
//
// The same files give the same bytes: no times, no owners, one order. An archive is untrusted when it is read: nothing of
// it is written to disk, all is bounded, and whatever is not as written here is an error.
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
	title = "# snellen bundle 1"

	maxFiles    = 100_000
	maxManifest = 32 << 20  // bytes
	maxFile     = 256 << 20 // bytes
	maxAll      = 1 << 30   // bytes, unpacked
	maxName     = 1000      // bytes
)

// Write writes the files, by slash-separated name, into one folder.
func Write(w io.Writer, folder string, files map[string][]byte) error {
	if len(files) > maxFiles || !plainName(folder) || strings.Contains(folder, "/") {
		return fmt.Errorf("%d files in %q cannot be a bundle", len(files), folder)
	}
	names := slices.Sorted(maps.Keys(files))
	var manifest bytes.Buffer
	manifest.WriteString(title + "\n")
	all := 0
	for _, name := range names {
		if all += len(files[name]); !plainName(name) || name == Manifest || len(files[name]) > maxFile || all > maxAll {
			return fmt.Errorf("%q, of %d bytes, cannot be in a bundle", name, len(files[name]))
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

func add(out *tar.Writer, name string, data []byte) error {
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
		return err
	}
	_, err := out.Write(data)
	return err
}

// plainName tells whether a name leads nowhere else on any system.
func plainName(name string) bool {
	return fs.ValidPath(name) && name != "." && len(name) <= maxName && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '\\' || r == ':' || unicode.IsControl(r) })
}

// A Content is what a checked bundle holds.
type Content struct {
	Folder string
	Files  int   // MANIFEST included
	Bytes  int64 // unpacked
}

// Check reads a bundle and compares it with its MANIFEST: each file that is named is there, once, with its digest, and
// nothing else is. Each is called, if it is not nil, with each file's name and bytes.
func Check(r io.Reader, each func(name string, data []byte) error) (Content, error) {
	archive := bufio.NewReader(r) // from which gzip takes no more than it needs
	packed, err := gzip.NewReader(archive)
	if err != nil {
		return Content{}, fmt.Errorf("this is no bundle: %w", err)
	}
	packed.Multistream(false)
	c := &checker{each: each, in: &bounded{r: packed, left: maxAll + maxAll/8}}
	c.tar = tar.NewReader(c.in)
	if err := c.check(); err != nil {
		return Content{}, err
	}
	if err := nothing(c.in, "the last file"); err != nil {
		return Content{}, err
	}
	return c.content, nothing(archive, "the archive")
}

// nothing is an error where a reader has more than a tar's padding of zeros. What is behind the gzip may have none.
func nothing(r io.Reader, before string) error {
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 && (before == "the archive" || len(bytes.Trim(buffer[:n], "\x00")) > 0) {
			return errors.New("there is something behind " + before)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the bundle is damaged: %w", err)
		}
	}
}

// A bounded reader fails after so many bytes: gzip makes much of little.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("more than %d bytes", int64(maxAll))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type checker struct {
	in      *bounded
	tar     *tar.Reader
	each    func(string, []byte) error
	content Content
}

// A named is one line of a MANIFEST.
type named struct{ digest, name string }

func (c *checker) check() error {
	first, data, err := c.next()
	if errors.Is(err, io.EOF) {
		return errors.New("this is no bundle: it has no file")
	}
	if err != nil {
		return err
	}
	folder, name, _ := strings.Cut(first, "/")
	if name != Manifest {
		return fmt.Errorf("this is no bundle: its first file is %q", first)
	}
	c.content.Folder = folder
	list, err := parse(data)
	if err != nil {
		return err
	}
	for _, want := range list {
		name, data, err := c.next()
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%q is missing", want.name)
		case err != nil:
			return err
		case name != path.Join(folder, want.name):
			return fmt.Errorf("%q is where MANIFEST has %q", name, want.name)
		case fmt.Sprintf("%x", sha256.Sum256(data)) != want.digest:
			return fmt.Errorf("%q has other bytes than MANIFEST says", want.name)
		}
		if c.each == nil {
			continue
		}
		if err := c.each(want.name, data); err != nil {
			return fmt.Errorf("%q: %w", want.name, err)
		}
	}
	if name, _, err := c.next(); err == nil {
		return fmt.Errorf("%q is not in MANIFEST", name)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// next reads the next file; io.EOF is the regular end.
func (c *checker) next() (string, []byte, error) {
	h, err := c.tar.Next()
	if errors.Is(err, io.EOF) {
		return "", nil, io.EOF
	}
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("the bundle is damaged: %w", err)
	case h.Typeflag != tar.TypeReg || h.Linkname != "":
		return "", nil, fmt.Errorf("%q is no regular file", h.Name)
	case !plainName(h.Name) || !strings.Contains(h.Name, "/"):
		return "", nil, fmt.Errorf("%q is no name for a bundle's file", h.Name)
	}
	most := int64(maxFile)
	if c.content.Files == 0 {
		most = maxManifest
	}
	if h.Size < 0 || h.Size > most || c.content.Bytes+h.Size > maxAll {
		return "", nil, fmt.Errorf("%q has %d bytes, more than a bundle's file", h.Name, h.Size)
	}
	var b bytes.Buffer // grows with what is there, not with what is said
	n, err := io.Copy(&b, c.tar)
	if err != nil || n != h.Size {
		return "", nil, fmt.Errorf("the bundle is damaged: %q is cut off: %w", h.Name, err)
	}
	c.content.Files++
	c.content.Bytes += n
	return h.Name, b.Bytes(), nil
}

// parse reads a MANIFEST.
func parse(data []byte) ([]named, error) {
	text, ok := strings.CutPrefix(string(data), title+"\n")
	if !ok || text != "" && !strings.HasSuffix(text, "\n") {
		return nil, errors.New("its MANIFEST is of no form that is known")
	}
	var list []named
	for line := range strings.Lines(text) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		raw, err := hex.DecodeString(digest)
		last := ""
		if len(list) > 0 {
			last = list[len(list)-1].name
		}
		switch {
		case !ok || err != nil || len(raw) != sha256.Size || digest != strings.ToLower(digest) || !plainName(name) || name == Manifest:
			return nil, fmt.Errorf("MANIFEST has the line %.200q", line)
		case name <= last:
			return nil, fmt.Errorf("MANIFEST is not sorted at %q, or has it twice", name)
		case len(list) == maxFiles:
			return nil, fmt.Errorf("MANIFEST names more than %d files", maxFiles)
		}
		list = append(list, named{digest, name})
	}
	return list, nil
}
