package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/proc"
)

// command prepares a program: where is its place on this machine, "" for one of its own files.
func (r root) command(ctx context.Context, words []string, where string, env map[string]string, out io.Writer) *proc.Cmd {
	if where == "" {
		where = r.path("code/" + path.Clean(words[0]))
	}
	c := proc.Command(ctx, where, words[1:]...)
	c.Dir, c.Stdout, c.Stderr = r.path("code"), out, out
	c.Env = []string{} // never this process's
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c.Env = append(c.Env, name+"="+env[name])
	}
	return c
}

// startError says why a program could not be started.
func startError(words []string, err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return step.WithHint(fmt.Errorf("start %s: permission denied", words[0]), "make it executable: chmod +x "+words[0])
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return step.WithHint(fmt.Errorf("start %s: %w", words[0], err), "install it, or name another program in the trainer block")
	}
	return fmt.Errorf("start %s: %w", words[0], err)
}

// The bounds of what a program may say.
const (
	maxLine   = 16 << 10 // bytes; the rest of a longer line is dropped
	maxLines  = 100_000  // that are told; of later ones only those that tell of an epoch
	tailSize  = 16 << 10 // bytes, for the message when it fails
	maxReason = 1024     // characters of output/failure, as SageMaker's
)

// A teller takes what a program prints, and tells it line by line.
type teller struct {
	line func(string) step.Progress
	tell func(step.Progress)
	tail *proc.Tail

	mu    sync.Mutex
	part  []byte // of a line that has no end yet
	lines int
}

func newTeller(job *step.Job, line func(string) step.Progress) *teller {
	return &teller{line: line, tell: job.Report, tail: proc.NewTail(tailSize)}
}

// Write never fails: a program must not die of what it prints.
func (t *teller) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tail.Write(p)
	n := len(p)
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		t.part = append(t.part, line[:min(len(line), maxLine-len(t.part))]...)
		if ended {
			t.next()
		}
		p = rest
	}
	return n, nil
}

// flush tells a last line that has no end. It must be called when the program has ended.
func (t *teller) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.part) > 0 {
		t.next()
	}
}

// next tells a line. Of one that was written over itself, such as a progress bar, what stood there last counts.
func (t *teller) next() {
	line := strings.ToValidUTF8(strings.TrimRight(string(t.part), "\r"), "?")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	t.part = t.part[:0]
	p := t.line(line)
	switch t.lines++; {
	case t.lines == maxLines:
		p.Log = "(more lines than these are not kept)"
	case t.lines > maxLines:
		p.Log = ""
	}
	if p != (step.Progress{}) {
		t.tell(p)
	}
}

// failed says how a program ended badly: in its own words where it left them, else by its last lines.
func (r root) failed(words []string, err error, t *teller) error {
	reason, _ := r.failure()
	if reason == "" {
		reason = t.tail.Last(3)
	}
	how := err.Error()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if ok && exit.Exited() {
		how = fmt.Sprintf("exit code %d", exit.ExitCode())
	}
	if reason != "" {
		how += ": " + reason
	}
	err = fmt.Errorf("%s failed: %s", path.Base(words[0]), how)
	if ok && !exit.Exited() {
		return step.WithHint(err, "if the system ran out of memory (see dmesg), pass a smaller -parallelism; then apply again")
	}
	return err
}

// failure reads output/failure, where there is one.
func (r root) failure() (string, error) {
	name := r.path("output/failure")
	if fi, err := os.Lstat(name); err != nil || !fi.Mode().IsRegular() {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4*maxReason))
	letters := []rune(strings.TrimSpace(container.Clean(strings.ToValidUTF8(string(data), "?"))))
	return string(letters[:min(len(letters), maxReason)]), err
}

// relative is a path below the root, for messages.
func (r root) relative(name string) string {
	if rel, err := filepath.Rel(r.dir, name); err == nil {
		return filepath.ToSlash(rel)
	}
	return name
}
