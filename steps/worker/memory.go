package worker

import (
	"fmt"
	"path/filepath"
	"strings"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// refusals are how Go, C++, libtorch, OpenCV, ffmpeg and the C library say, in lower case, that the
// system gave no more memory. A graphics card's says other words.
var refusals = []string{
	"runtime: out of memory", "fatal error: out of memory", "bad_alloc", "can't allocate memory",
	"insufficient memory",
	"failed to allocate", "cannot allocate memory", "get_buffer() failed",
	"pthread_create failed", // for the thread's stack
}

// lacksMemory reports whether a program's words say that it was refused memory.
func lacksMemory(text string) bool {
	text = strings.ToLower(text)
	for _, words := range refusals {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// memoryHint returns what to do about an error, or "" if it is not about memory.
func memoryHint(text string) string {
	limit := proc.MemoryLimit()
	if limit == 0 || !lacksMemory(text) {
		return ""
	}
	return fmt.Sprintf("a worker may use %s of memory (three quarters of the machine's, or what "+
		"ulimit -d says): use smaller pictures or videos, or a larger machine; then apply again",
		gibibytes(limit))
}

// beyondLimit returns the error of a worker that ended because it was refused memory, or nil if it
// did not. What a crash prints last says less than its first line.
func beyondLimit(program string, log *proc.Tail) error {
	for _, line := range log.Lines() {
		if hint := memoryHint(line); hint != "" {
			return step.WithHint(fmt.Errorf("%s needed more memory than the %s that it may use: %s",
				filepath.Base(program), gibibytes(proc.MemoryLimit()), line), hint)
		}
	}
	return nil
}

func gibibytes(n uint64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
