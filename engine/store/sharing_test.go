package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSharingHint(t *testing.T) {
	st, err := Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(st.Dir(), "objects", "ab", "x")
	for _, test := range []struct {
		err  error
		hint bool
	}{
		{&fs.PathError{Op: "open", Path: inside, Err: fs.ErrPermission}, true},
		{fmt.Errorf("name x: %w",
			&os.LinkError{Op: "rename", Old: "a", New: inside, Err: fs.ErrPermission}), true},
		{&fs.PathError{Op: "open", Path: inside, Err: fs.ErrNotExist}, false},
		{&fs.PathError{Op: "open", Path: "/elsewhere/x", Err: fs.ErrPermission}, false},
		{&fs.PathError{Op: "open", Path: st.Dir() + "2", Err: fs.ErrPermission}, false},
		{fs.ErrPermission, false},
		{nil, false},
	} {
		got := st.SharingHint(test.err)
		if said := strings.Contains(got, "umask 002") && strings.Contains(got, "chgrp"); said !=
			test.hint || !said && got != "" {
			t.Errorf("%v: %q", test.err, got)
		}
	}
}
