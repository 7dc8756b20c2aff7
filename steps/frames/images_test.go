package frames

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzList checks that each path of a list that can be read stays within its folder, and that the
// list is written as one that reads the same.
func FuzzList(f *testing.F) {
	f.Add("0\t1\t001/000000.jpg\n1\t0\t000/000003.jpg\n")
	f.Add("0\t1\t../x.jpg")
	f.Add("0\t1\tx\r\r\n")
	f.Add("0\t1048576\tx\n0\t0\t\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseList(strings.NewReader(text))
		if err != nil {
			return
		}
		var again strings.Builder
		images := &Images{folder: "folder", list: list}
		for i, one := range list {
			if one.class < 0 || !filepath.IsLocal(one.path) {
				t.Errorf("%+v", one)
			}
			if class, index, err := images.Place(i); err == nil &&
				(class != one.class || imagePath(class, index) != one.path) {
				t.Errorf("image %d of class %d is %+v", index, class, one)
			}
			again.WriteString(one.line(i))
		}
		same, err := parseList(strings.NewReader(again.String()))
		if err != nil || !reflect.DeepEqual(same, list) {
			t.Errorf("%+v became %+v, %v", list, same, err)
		}
	})
}
