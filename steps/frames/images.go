package frames

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxImage bounds one image file, in bytes.
const maxImage = 64 << 20

// Images are the image files that a .lst names. Read may be called from any goroutine.
type Images struct {
	folder string
	list   []listed
}

// A listed is one line of a .lst: index, class and path, with tabs between them.
type listed struct {
	class int
	path  string // slash-separated, from the folder
}

func (l listed) line(index int) string { return fmt.Sprintf("%d\t%d\t%s\n", index, l.class, l.path) }

// OpenImages reads a .lst whose paths are below the folder.
func OpenImages(folder, lst string) (*Images, error) {
	f, err := os.Open(lst)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	images := &Images{folder: folder}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		one, err := parseListed(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", lst, len(images.list)+1, err)
		}
		images.list = append(images.list, one)
	}
	return images, lines.Err()
}

func parseListed(line string) (listed, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 3 {
		return listed{}, fmt.Errorf("%d columns, and index, class and path are wanted", len(fields))
	}
	class, err := strconv.ParseUint(fields[1], 10, 20)
	if err != nil {
		return listed{}, fmt.Errorf("the class %q is no small whole number", fields[1])
	}
	if !filepath.IsLocal(filepath.FromSlash(fields[2])) {
		return listed{}, fmt.Errorf("the path %q leads out of the folder", fields[2])
	}
	return listed{int(class), fields[2]}, nil
}

// Len is how many images there are.
func (s *Images) Len() int { return len(s.list) }

// Listed gives the class of image i and its path, slash-separated, from the folder.
func (s *Images) Listed(i int) (class int, path string) { return s.list[i].class, s.list[i].path }

// Read gives the class and the bytes of image i, from 0.
func (s *Images) Read(i int) (class int, image []byte, err error) {
	path := filepath.Join(s.folder, filepath.FromSlash(s.list[i].path))
	fi, err := os.Stat(path)
	if err != nil {
		return 0, nil, err
	}
	if fi.Size() > maxImage {
		return 0, nil, fmt.Errorf("%s has %d bytes, more than an image", path, fi.Size())
	}
	image, err = os.ReadFile(path)
	return s.list[i].class, image, err
}

// Close does nothing: files are opened one by one.
func (s *Images) Close() error { return nil }
