package video

import (
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDifference: a bit is set if a pixel is brighter than the one to its right.
func TestDifference(t *testing.T) {
	var pixels [HashWidth * HashHeight]byte
	for row := range HashHeight {
		for x := range HashWidth {
			pixels[row*HashWidth+x] = byte(10 * x) // ever brighter
		}
	}
	copy(pixels[:HashWidth], []byte{9, 8, 8, 9, 1, 2, 1, 2, 1})
	if got := DifferenceHash(pixels); got != "9500000000000000" {
		t.Errorf("%s", got)
	}
}

// TestHash: a real video has as many hashes as frames, neighbours are alike, and a second run
// returns the same.
func TestHash(t *testing.T) {
	path := film(t, filepath.Join(t.TempDir(), "h.mp4"), 20)
	probe, _ := probed(t, path)
	var outputs []string
	for range 2 {
		j := job(t, HashParams{}, map[string]string{"video": path, "probe": probe})
		if err := NewHash().Run(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(j.Out, "hashes.json"))
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, string(data))
		seconds, hashes, err := LoadFrameHashes(filepath.Join(j.Out, "hashes.json"))
		if err != nil || len(hashes) != 20 || seconds[1] != 0.1 {
			t.Fatalf("%d hashes, %v, %v", len(hashes), seconds, err)
		}
		if near := bits.OnesCount64(hashes[3] ^ hashes[4]); near > 8 || hashes[0] == 0 {
			t.Errorf("neighbours differ in %d bits; the first is %x", near, hashes[0])
		}
	}
	if outputs[0] != outputs[1] {
		t.Errorf("%s\n%s", outputs[0], outputs[1])
	}
}

// TestHashOfAnother: a video with another number of frames than its probe is refused.
func TestHashOfAnother(t *testing.T) {
	dir := t.TempDir()
	probe, _ := probed(t, film(t, filepath.Join(dir, "long.mp4"), 20))
	for name, n := range map[string]int{"short.mp4": 10, "longer.mp4": 30} {
		j := job(t, HashParams{}, map[string]string{"video": film(t, filepath.Join(dir, name), n),
			"probe": probe})
		if err := NewHash().Run(t.Context(), j); err == nil ||
			!strings.Contains(err.Error(), "that were probed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadFrameHashesRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hashes.json")
	for _, bad := range []string{`{`, `{"seconds":[0],"hashes":[]}`,
		`{"seconds":[0],"hashes":["12"]}`, `{"seconds":[0],"hashes":["000000000000000g"]}`} {
		if err := os.WriteFile(path, []byte(bad), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadFrameHashes(path); err == nil ||
			!strings.Contains(err.Error(), "hashes") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
