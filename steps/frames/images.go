package frames

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"snellen/engine/regular"
)

// maxImage bounds an image file, in bytes.
const maxImage = 64 << 20

// Images are the image files named by a .lst file. Read may be called from any goroutine.
type Images struct {
	folder string
	list   []entry
}

// An entry is a line of a .lst file: index, class and path, separated by tabs.
type entry struct {
	class int
	path  string // slash-separated, relative to the folder
}

// line returns the entry as a line of the file.
func (l entry) line(index int) string { return fmt.Sprintf("%d\t%d\t%s\n", index, l.class, l.path) }

// OpenImages reads a .lst file. Its paths are relative to folder and must stay within it. The
// images are not opened yet.
func OpenImages(folder, lst string) (*Images, error) {
	f, err := regular.Open(lst)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := parseList(f)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", lst, len(list)+1, err)
	}
	return &Images{folder: folder, list: list}, nil
}

// parseList parses a .lst file. It returns the entries before an error, too.
func parseList(r io.Reader) (list []entry, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		one, err := parseEntry(lines.Text())
		if err != nil {
			return list, err
		}
		list = append(list, one)
	}
	return list, lines.Err()
}

// parseEntry parses a line of a .lst file. The index is ignored: images keep the order of the
// lines.
func parseEntry(line string) (entry, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 3 {
		return entry{}, fmt.Errorf("it has %d columns, not index, class and path", len(fields))
	}
	class, err := strconv.ParseUint(fields[1], 10, 20)
	if err != nil {
		return entry{}, fmt.Errorf("%q is not a class number", fields[1])
	}
	if strings.ContainsFunc(fields[2], unicode.IsControl) {
		return entry{}, fmt.Errorf("the path %q has control characters", fields[2])
	}
	if !filepath.IsLocal(filepath.FromSlash(fields[2])) {
		return entry{}, fmt.Errorf("the path %q leads out of the folder", fields[2])
	}
	return entry{int(class), fields[2]}, nil
}

// Len returns the number of images.
func (s *Images) Len() int { return len(s.list) }

// Entry returns the class of image i and its path, slash-separated and relative to the folder.
func (s *Images) Entry(i int) (class int, path string) { return s.list[i].class, s.list[i].path }

// Place returns the class of image i of a dataset step, and its index among the images that the
// class has in the set.
func (s *Images) Place(i int) (class, index int, err error) {
	class, name := s.Entry(i)
	n, err := strconv.ParseUint(strings.TrimSuffix(path.Base(name), ".jpg"), 10, 31)
	if index = int(n); err != nil || name != imagePath(class, index) {
		return 0, 0, fmt.Errorf("%q is not the name of an image", name)
	}
	return class, index, nil
}

// imagePath returns an image's path in the image format, which lists of both formats have. Folders
// are named after class numbers, since a label may not be a valid file name.
func imagePath(class, index int) string { return fmt.Sprintf("%03d/%06d.jpg", class, index) }

// Read returns the class and the bytes of image i.
func (s *Images) Read(i int) (class int, image []byte, err error) {
	path := filepath.Join(s.folder, filepath.FromSlash(s.list[i].path))
	image, err = regular.Read(path, maxImage)
	return s.list[i].class, image, err
}

// Close does nothing, since files are opened one by one. It lets callers treat Images and Records
// alike.
func (s *Images) Close() error { return nil }
