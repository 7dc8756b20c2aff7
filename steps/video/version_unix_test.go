//go:build unix

package video

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeFFmpeg answers as ffmpeg does, but says nothing and ends with CODE where it is asked for DIES.
const fakeFFmpeg = `#!/bin/sh
case "$*" in
*"$DIES"*) exit $CODE ;;
*-version) echo "ffmpeg version 9.9 Copyright" ;;
*-filters) echo " ... zscale V->V x"; echo " ... tonemap V->V x" ;;
*-encoders) echo " V....D $HAS   H.264" ;;
*libx264*) echo "x264 - core 200" ;;
esac
`

// TestADyingToolHasNoIdentity: what is asked for its version may be killed, as by a system that
// runs out of memory. That must not look like a tool that has less.
func TestADyingToolHasNoIdentity(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte(fakeFFmpeg), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, c := range []struct{ dies, code, has, want string }{
		{"nothing", "0", "libx264", "9.9 x264 200"},
		{"nothing", "0", "libx265", "9.9"},
		{"-version", "137", "libx264", ""},
		{"-filters", "137", "libx264", ""},
		{"-encoders", "137", "libx264", ""},
		{"color=size", "137", "libx264", ""},
		{"-version", "0", "libx264", ""},
		{"-filters", "0", "libx264", ""},
		{"-encoders", "0", "libx264", ""},
		{"color=size", "0", "libx264", ""},
	} {
		t.Setenv("DIES", c.dies)
		t.Setenv("CODE", c.code)
		t.Setenv("HAS", c.has)
		got, err := Version(t.Context())
		if got != c.want || (c.want == "") != (err != nil) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "ffmpeg") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
