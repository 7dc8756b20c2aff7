//go:build native

package picture

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

// BenchmarkPictures describes photographs of 12 megapixels and scales them to five resolutions, in
// one batch.
func BenchmarkPictures(b *testing.B) {
	const number = 200
	films := twelveMegapixels(b)
	var paths []string
	for i := range number {
		path := filepath.Join(b.TempDir(), fmt.Sprint(i, ".jpg"))
		if err := os.Link(films[i%len(films)], path); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	var spent time.Duration
	for b.Loop() {
		jobs := make([]*step.Job, 6)
		jobs[0], _ = job(b, Params{}, paths...)
		for i, w := range []int{800, 640, 320, 160, 80} {
			jobs[i+1], _ = job(b, Params{Width: w, Height: w * 3 / 4, Quality: 95}, paths...)
		}
		before := used(b)
		for _, err := range New().(step.Batcher).RunBatch(b.Context(), jobs) {
			if err != nil {
				b.Fatal(err)
			}
		}
		spent += used(b) - before
	}
	b.ReportMetric(float64(number*b.N)/spent.Seconds(), "pictures/cpu-s")
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(u.Maxrss>>10), "MiB")
}

// twelveMegapixels are photographs as a phone has them: of different detail and noise.
func twelveMegapixels(b *testing.B) (paths []string) {
	for i := range 20 {
		path := filepath.Join(b.TempDir(), fmt.Sprint(i, ".jpg"))
		c := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
			fmt.Sprintf("mandelbrot=size=1000x750:start_scale=%g:maxiter=200", 1/float64(i+1)),
			"-vf", fmt.Sprintf("scale=4000:3000,noise=alls=%d:allf=t,format=yuvj420p", 4+i%10),
			"-frames:v", "1", "-q:v", "3", path)
		if said, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, said)
		}
		paths = append(paths, path)
	}
	return paths
}

// used returns the processor time of this process.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
