package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An object that another step is replacing with the same bytes is sound at every moment.
func TestFaultWhileAnObjectIsPutAgain(t *testing.T) {
	s := newStore(t)
	data := []byte("the same bytes")
	out, err := s.PutBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	dir, remove, err := s.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	ended := make(chan error, 1)
	go func() {
		for range 200 {
			path := filepath.Join(dir, "again")
			err := os.WriteFile(path, data, 0o666)
			if err == nil {
				_, err = s.Put(path)
			}
			if err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	}()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			if fault := s.Fault(out, time.Time{}, s.Memo()); fault != "" {
				t.Fatalf("%q", fault)
			}
		}
	}
}
