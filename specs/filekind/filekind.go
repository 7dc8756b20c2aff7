// Package filekind tells what a file is that was named as a spec and is none. Whoever names the
// wrong file reads what it is, and what to type, instead of every mistake that it has as a spec.
package filekind

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"snellen/engine/regular"
	"snellen/specs/builtin"
)

// PlanHeader begins a saved plan.
const PlanHeader = "snellen plan "

// A WrongFileError says why a file is no spec.
type WrongFileError struct {
	Problem string // "study.lock.hcl is a lock file, ..."
	Hint    string
	Type    []string // words of a command; nil: the hint is a sentence
}

func (e *WrongFileError) Error() string { return e.Problem }

// Check returns a *WrongFileError if the file that was named as a spec cannot be read, or is
// something else: a saved plan, a lock file, a file of variables, a file that is not text.
func Check(path string) error {
	base, variables := strings.CutSuffix(path, ".vars.hcl")
	other, lock := strings.CutSuffix(path, ".lock.hcl")
	data, err := builtin.ReadFile(path, builtin.MaxSize)
	switch {
	case !exists(path):
		return missing(path)
	case lock:
		return wrong(path+" is a lock file, which snellen writes itself", other+".hcl")
	case variables:
		return wrong(path+" is a file of variables, not a spec", base+".hcl")
	case startsWith(path, PlanHeader):
		return &WrongFileError{Problem: path + " is a saved plan, not a spec",
			Type: []string{"snellen", "apply", path}}
	case err != nil:
		return wrong(err.Error(), "study.hcl")
	case isBinary(data):
		return wrong(path+" is not a text file, and a spec is one", "study.hcl")
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !os.IsNotExist(err)
}

// startsWith reports whether a file begins with a text. It does not read what is no regular file.
func startsWith(path, text string) bool {
	f, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	begin := make([]byte, len(text))
	n, _ := f.Read(begin)
	return string(begin[:n]) == text
}

// wrong returns the error of a file in place of which a spec was probably meant.
func wrong(problem, spec string) *WrongFileError {
	if !builtin.IsRegular(spec) {
		return &WrongFileError{Problem: problem, Hint: "name a spec: snellen plan FILE.hcl"}
	}
	return &WrongFileError{Problem: problem, Type: []string{"snellen", "plan", spec}}
}

// missing returns the error of a file that does not exist.
func missing(path string) *WrongFileError {
	e := &WrongFileError{Problem: path + " does not exist",
		Hint: "run snellen init FOLDER to write one for your footage, or name one"}
	switch {
	case builtin.IsRegular(path + ".hcl"):
		e.Type = []string{"snellen", "plan", path + ".hcl"}
	case strings.EqualFold(filepath.Ext(path), ".plan"):
		e.Type = []string{"snellen", "plan", "-out", path}
	}
	return e
}

// isBinary reports whether a file's start is not text. A text with a few wrong bytes is a text: its
// mistakes have a place.
func isBinary(data []byte) bool {
	data = data[:min(len(data), 4096)]
	wrong := 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && !strings.ContainsRune("\t\n\r\f", r) {
			wrong++
		}
		i += size
	}
	return wrong > 1+len(data)/20
}

// FirstWrong returns the place of the first byte that text cannot have, and what is wrong with it,
// which is "" if there is none.
func FirstWrong(data []byte) (at hcl.Pos, problem string) {
	i := 0
	for i < len(data) {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			problem = fmt.Sprintf("the byte %#x is not UTF-8 text", data[i])
			break
		} else if r == 0 {
			problem = "a spec cannot have a NUL character"
			break
		}
		i += size
	}
	line := data[bytes.LastIndexByte(data[:i], '\n')+1 : i]
	return hcl.Pos{Line: bytes.Count(data[:i], []byte("\n")) + 1,
		Column: utf8.RuneCount(line) + 1, Byte: i}, problem
}
