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
	"slices"
	"strings"
	"sync"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/proc"
)

// command prepares a program. where is its path, or "" if it is one of its own files.
func (r root) command(ctx context.Context, words []string, where string, env map[string]string,
	out io.Writer) *proc.Cmd {
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

// startError explains why a program could not be started.
func startError(words []string, err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return step.WithHint(fmt.Errorf("start %s: permission denied", words[0]),
			"make it executable: chmod +x "+words[0])
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return step.WithHint(fmt.Errorf("start %s: %w", words[0], err),
			"install it, or name another program in the trainer block")
	}
	return fmt.Errorf("start %s: %w", words[0], err)
}

// Bounds of what a program may print.
const (
	maxLine   = 16 << 10 // bytes; the rest of a longer line is dropped
	maxLines  = 100_000  // that are logged; of later ones, epochs alone are reported
	tailSize  = 16 << 10 // bytes, for the message when it fails
	maxReason = 1024     // characters of output/failure, as SageMaker's
)

// An output takes what a program prints and reports it line by line.
type output struct {
	line   func(string) step.Progress // what a line means
	report func(step.Progress)
	tail   *proc.Tail

	mu    sync.Mutex
	part  []byte // a line without its end
	lines int
}

func newOutput(job *step.Job, line func(string) step.Progress) *output {
	return &output{line: line, report: job.Report, tail: proc.NewTail(tailSize)}
}

// Write never fails: a program must not die of what it prints.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail.Write(p)
	n := len(p)
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		o.part = append(o.part, line[:min(len(line), maxLine-len(o.part))]...)
		if ended {
			o.next()
		}
		p = rest
	}
	return n, nil
}

// flush reports a last line that has no end. Call it when the program has ended.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.part) > 0 {
		o.next()
	}
}

// next reports the line in part. Of a line that overwrites itself, such as a progress bar, the last
// version counts.
func (o *output) next() {
	line := strings.ToValidUTF8(strings.TrimRight(string(o.part), "\r"), "?")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	o.part = o.part[:0]
	p := o.line(line)
	switch o.lines++; {
	case o.lines == maxLines:
		p.Log = "(further lines are not kept)"
	case o.lines > maxLines:
		p.Log = ""
	}
	if p != (step.Progress{}) {
		o.report(p)
	}
}

// failed returns the error of a program that failed: with the reason that it wrote to
// output/failure, or else with its last lines.
func (r root) failed(words []string, err error, out *output) error {
	reason, _ := r.failure()
	if reason == "" {
		reason = out.tail.Last(3)
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
		return step.WithHint(err,
			"if the system ran out of memory (see dmesg), pass a smaller -parallelism; then "+
				"apply again")
	}
	return err
}

// failure reads output/failure. It follows no link: the program chose what is there.
func (r root) failure() (string, error) {
	output, err := r.folder("output")
	if err != nil {
		return "", err
	}
	defer output.Close()
	if fi, err := output.Lstat("failure"); err != nil || !fi.Mode().IsRegular() {
		return "", err
	}
	f, err := regular.OpenIn(output, "failure")
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4*maxReason))
	letters := []rune(strings.TrimSpace(container.Clean(strings.ToValidUTF8(string(data), "?"))))
	return string(letters[:min(len(letters), maxReason)]), err
}
