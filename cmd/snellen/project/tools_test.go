package project

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"snellen/engine/step"
)

// TestFindOwn: a variable leads to a program, and then PATH.
func TestFindOwn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs have other names")
	}
	dir := t.TempDir()
	there := filepath.Join(dir, "snellen-remote")
	if err := os.WriteFile(there, []byte("#!/bin/sh\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SNELLEN_REMOTE", "")
	t.Setenv("PATH", dir)
	if path, err := FindRemote(); err != nil || path != there {
		t.Errorf("in PATH: %s, %v", path, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := FindRemote(); err == nil || !strings.Contains(err.Error(), "neither beside snellen") ||
		!strings.Contains(step.Hint(err), "SNELLEN_REMOTE") {
		t.Errorf("nowhere: %v, hint %q", err, step.Hint(err))
	}
	t.Setenv("SNELLEN_REMOTE", there)
	if path, err := FindRemote(); err != nil || path != there {
		t.Errorf("named: %s, %v", path, err)
	}
	t.Setenv("SNELLEN_REMOTE", there+"2")
	if _, err := FindRemote(); err == nil || !strings.HasPrefix(err.Error(), "SNELLEN_REMOTE: ") ||
		step.Hint(err) == "" {
		t.Errorf("named wrongly: %v", err)
	}
}
