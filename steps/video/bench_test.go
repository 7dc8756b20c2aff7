//go:build unix

package video

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"snellen/engine/step"
)

// footage returns the real videos.
func footage(b *testing.B) []string {
	dir := os.Getenv("SNELLEN_FOOTAGE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "footage")
	}
	var list []string
	found, _ := filepath.Glob(filepath.Join(dir, "*.mp4"))
	for _, path := range found {
		if filepath.Base(path) != "shelf.mp4" {
			list = append(list, path)
		}
	}
	if len(list) == 0 {
		b.Skip("no footage: name its folder in SNELLEN_FOOTAGE")
	}
	return list
}

// BenchmarkTranscode compares the processor time of one decode for four sizes with one ffmpeg for
// each size and video: as people type it, and with our settings, which fix the number of threads
// and so the bytes.
func BenchmarkTranscode(b *testing.B) {
	videos := footage(b)
	sizes := [][2]int{{640, 480}, {320, 240}, {160, 120}, {80, 60}}
	for b.Loop() {
		var together, typed, single time.Duration
		for _, v := range videos {
			probe, _ := probed(b, v)
			together += cpu(func() {
				var jobs []*step.Job
				for _, s := range sizes {
					jobs = append(jobs,
						job(b, transcodeParams(s[0], s[1]),
							map[string]string{"video": v, "probe": probe}))
				}
				for _, err := range NewTranscode(TestArguments).(step.Batcher).RunBatch(b.Context(),
					jobs) {
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			for _, s := range sizes {
				size := fmt.Sprintf("scale=%d:%d", s[0], s[1])
				typed += cpu(func() { plain(b, v, "-vf", size) })
				single += cpu(func() {
					plain(b, v, "-vf", size+":flags=bicubic+accurate_rnd+bitexact", "-threads", "1",
						"-fps_mode", "passthrough")
				})
			}
		}
		b.ReportMetric(together.Seconds(), "cpu-s/together")
		b.ReportMetric(typed.Seconds(), "cpu-s/as-typed")
		b.ReportMetric(single.Seconds(), "cpu-s/one-by-one")
		b.ReportMetric(float64(together)/float64(typed), "of-as-typed")
		b.ReportMetric(float64(together)/float64(single), "of-one-by-one")
	}
}

// plain runs one ffmpeg for one size.
func plain(b *testing.B, path string, output ...string) {
	args := append([]string{"-v", "error", "-nostdin", "-i", path}, output...)
	c := exec.Command("ffmpeg", append(args, filepath.Join(b.TempDir(), "small.mp4"))...)
	if said, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, said)
	}
}

// cpu returns the processor time of the programs that f runs.
func cpu(f func()) time.Duration {
	before := children()
	f()
	return children() - before
}

func children() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
