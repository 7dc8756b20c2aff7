package studio

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// This file runs snellen's own commands. What they print is the same that a terminal shows, in
// lines for machines.

// A line is one of those lines: the members that the page needs of any type.
type line struct {
	Type    string `json:"type"`
	Level   string `json:"@level"`
	Message string `json:"@message"`
	Text    string `json:"text"`
	Change  *struct {
		Address string `json:"address"`
		Action  string `json:"action"`
		Reason  string `json:"reason"`
		From    string `json:"from"`
	} `json:"change"`
	Changes *struct {
		Run    int `json:"run"`
		Maybe  int `json:"maybe"`
		Cached int `json:"cached"`
	} `json:"changes"`
	Fetch      *struct{}       `json:"fetch"`
	Diagnostic json.RawMessage `json:"diagnostic"`

	whole []byte
}

// words returns a command with the spec, the variables, the store and the cores of this server, as
// far as it takes them.
func (s *server) words(command string, more ...string) []string {
	words := append([]string{command}, more...)
	words = append(append(words, s.Spec), s.StoreWords...)
	if command != "logs" {
		words = append(words, s.VariableWords...)
	}
	if command == "plan" || command == "apply" {
		words = append(words, s.CoresWords...)
	}
	return words
}

// maxLine bounds a line that a command prints.
const maxLine = 4 << 20

// lines runs a command and calls do with each line that it prints. The error is one of starting it,
// or of what it printed; how it ended is said by its lines.
func (s *server) lines(ctx context.Context, words []string, do func(line)) error {
	c := proc.Command(ctx, s.Program, words...)
	tail := proc.NewTail(8 << 10)
	c.Stderr = tail
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	read := scan(out, do)
	if read != nil {
		c.Kill()
	}
	err = c.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() && read == nil {
		return nil
	}
	if err != nil && tail.Last(3) != "" {
		err = fmt.Errorf("%w: %s", err, tail.Last(3))
	}
	return errors.Join(read, err)
}

// scan calls do with each line of a command's output.
func scan(out io.Reader, do func(line)) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		l := line{whole: lines.Bytes()}
		if json.Unmarshal(lines.Bytes(), &l) == nil {
			do(l)
		}
	}
	return lines.Err()
}

// output runs a command and returns what it prints, at most 16 MiB.
func (s *server) output(ctx context.Context, words []string) ([]byte, error) {
	c := proc.Command(ctx, s.Program, words...)
	tail := proc.NewTail(8 << 10)
	c.Stderr = tail
	out, err := c.Output()
	if err != nil && len(tail.Lines()) > 0 {
		list := tail.Lines()
		first, hint := strings.TrimPrefix(list[0], "error: "), ""
		for _, l := range list[1:] {
			if text, ok := strings.CutPrefix(l, "hint: "); ok {
				hint = text
			}
		}
		return nil, problem{http.StatusUnprocessableEntity, step.WithHint(errors.New(first), hint)}
	}
	return out, err
}
