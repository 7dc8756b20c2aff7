// Package planfile is a plan in a file: plan -out writes it, show shows it, and apply runs it
// where it still holds.
package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/filekind"
)

// A Plan is what the file holds. On disk it is a line, "snellen plan 1 HEX", and then
// this value as JSON; HEX is the SHA-256 of all that follows the line. It holds no credentials. It
// holds the values of the variables that the study uses, except those that the spec calls
// sensitive.
type Plan struct {
	Snellen     string                 `json:"snellen"` // version of the program
	Made        time.Time              `json:"made"`
	Study       string                 `json:"study"`  // name
	Folder      string                 `json:"folder"` // the caller's: relative paths start there
	Spec        string                 `json:"spec"`   // path, as it was given
	Store       string                 `json:"store"`  // absolute path
	Shared      string                 `json:"shared"` // as -shared has it
	Lock        string                 `json:"lock"`   // SHA-256 of the lock file, "" where there was none
	Choice      project.Choice         `json:"choice,omitzero"`
	Again       specs.Arguments        `json:"again,omitzero"`
	Resolutions []string               `json:"resolutions"`
	Left        int                    `json:"left,omitempty"` // steps of the study that the plan is not about
	Pools       map[string]int         `json:"pools"`
	Costing     *view.Costing          `json:"costing,omitempty"`
	Bill        string                 `json:"bill,omitempty"`
	Steps       []engine.SavedDecision `json:"steps"`
}

const (
	header  = filekind.PlanHeader
	version = "1"
	maxSize = 256 << 20 // bytes
)

// Check refuses to overwrite a file that is not a plan.
func Check(path string) error {
	if path == "" {
		return nil
	}
	if strings.HasSuffix(path, ".hcl") {
		return step.WithHint(fmt.Errorf("-out %s: a name that ends in .hcl is a spec's", path),
			"write -out "+strings.TrimSuffix(path, ".hcl")+".plan")
	}
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	defer f.Close()
	begin := make([]byte, len(header))
	if n, _ := io.ReadFull(f, begin); n > 0 && string(begin) != header {
		err := fmt.Errorf("-out %s: the file exists and is not a plan; nothing was written", path)
		return step.WithHint(err, "name another file")
	}
	return nil
}

// Save writes a plan's file, whole or not at all. program is the version of this program.
func Save(path, program string, p *project.Project, c project.Choice, o *view.Plan) error {
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	lock, err := p.LockSum()
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	body, err := json.Marshal(Plan{
		Snellen: program, Made: time.Now().UTC().Truncate(time.Second), Study: p.Study.Name,
		Folder: folder, Spec: p.Study.File,
		Store: p.Store.Dir(), Shared: p.SharedWord(), Lock: lock, Choice: c,
		Again: p.Study.Arguments, Resolutions: o.Resolutions, Left: o.Left, Pools: o.Pools,
		Costing: o.Costing, Bill: o.Bill, Steps: o.Plan.Snapshot(),
	})
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	sum := sha256.Sum256(body)
	head := header + version + " " + hex.EncodeToString(sum[:]) + "\n"
	if err := project.WriteChanged(path, append([]byte(head), body...)); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// IsFile reports whether an argument names a plan's file rather than a spec or a folder.
func IsFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && !fi.IsDir() && !strings.HasSuffix(path, ".hcl")
}

// Read reads a plan's file. Its error says what is wrong with the file and how to make a good
// one.
func Read(path string) (*Plan, error) {
	data, err := regular.Read(path, maxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, step.WithHint(fmt.Errorf("%s does not exist", path),
			"make it: snellen plan -out "+path)
	case errors.Is(err, regular.ErrNot) || strings.HasSuffix(path, ".hcl"):
		return nil, step.WithHint(fmt.Errorf("%s is not a saved plan", path),
			"save one: snellen plan -out FILE")
	case err != nil:
		return nil, err
	}
	s, err := parse(data)
	if err != nil {
		return nil, step.WithHint(fmt.Errorf("%s %w", path, err),
			"save the plan again: snellen plan -out "+path)
	}
	return s, nil
}

func parse(data []byte) (*Plan, error) {
	head, body, _ := bytes.Cut(data, []byte("\n"))
	rest, ok := strings.CutPrefix(string(head), header)
	found, want, _ := strings.Cut(rest, " ")
	switch sum := sha256.Sum256(body); {
	case !ok && strings.HasPrefix(header, string(data)):
		return nil, errors.New("is cut short")
	case !ok:
		return nil, errors.New("is not a saved plan")
	case found != version && want != "":
		return nil, fmt.Errorf("is a plan of version %.20q, and this program reads version %s",
			version, version)
	case hex.EncodeToString(sum[:]) != want:
		return nil, errors.New("is damaged or cut short: its checksum does not match")
	}
	s := &Plan{}
	if err := json.Unmarshal(body, s); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return s, nil
}

// View returns the plan to be shown, with each step on a line where steps is set.
func (s *Plan) View(steps bool) (*view.Plan, error) {
	plan, err := engine.Restore(s.Steps)
	if err != nil {
		return nil, err
	}
	return &view.Plan{
		Plan: plan, Resolutions: s.Resolutions, Kinds: project.KindNames(), Pools: s.Pools,
		Left: s.Left, Costing: s.Costing, Bill: s.Bill, Steps: steps, From: s.Shared,
	}, nil
}
