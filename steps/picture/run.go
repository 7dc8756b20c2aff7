//go:build native

package picture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"snellen/engine/step"
	"snellen/steps/libav"
)

// New returns the runner of Pictures, which is a step.Batcher.
func New() step.Runner { return runner{} }

type runner struct{}

var _ step.Batcher = runner{}

// Run describes pictures, or makes one size of them.
func (r runner) Run(ctx context.Context, job *step.Job) error {
	return r.RunBatch(ctx, []*step.Job{job})[0]
}

// RunBatch does several jobs. It decodes a picture once for all jobs with the same inputs, and has
// one decoded picture in memory at a time.
func (runner) RunBatch(ctx context.Context, jobs []*step.Job) []error {
	problems := make([]error, len(jobs))
	taken := make([]bool, len(jobs))
	for i, job := range jobs {
		if taken[i] {
			continue
		}
		var alike []int
		for k := i; k < len(jobs); k++ {
			if !taken[k] && maps.Equal(jobs[k].Inputs, job.Inputs) {
				alike = append(alike, k)
				taken[k] = true
			}
		}
		runAlike(ctx, jobs, alike, problems)
	}
	return problems
}

// runAlike does the jobs of these indices, which have the same inputs, and sets their problems.
func runAlike(ctx context.Context, jobs []*step.Job, indices []int, problems []error) {
	var outputs []*output
	for _, i := range indices {
		o, err := newOutput(jobs[i])
		if problems[i] = err; err == nil {
			o.index = i
			outputs = append(outputs, o)
		}
	}
	if len(outputs) == 0 {
		return
	}
	err := readAll(ctx, outputs)
	for _, o := range outputs {
		problems[o.index] = o.finish(err)
		if bad, ok := errors.AsType[unreadableError](err); ok { // once is enough
			err = bad.briefly(outputs[0].job.Address)
		}
	}
}

// readAll decodes the pictures in order and passes each to all outputs. It returns one error for
// all pictures that cannot be read. After the first of them nothing more is made.
func readAll(ctx context.Context, outputs []*output) error {
	inputs := outputs[0].job.Inputs
	var in reader
	var bad unreadable
	for i := range len(inputs) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		path, ok := inputs["picture/"+strconv.Itoa(i)]
		if !ok {
			return fmt.Errorf("there is no picture/%d among %d inputs", i, len(inputs))
		}
		p, err := in.open(path)
		if err != nil {
			bad.add(path, err)
			continue
		}
		for _, o := range outputs {
			if bad.n == 0 {
				o.add(path, p)
			}
			o.job.Report(step.Progress{Done: float64(i + 1), Total: float64(len(inputs)),
				Unit: "pictures"})
		}
		p.still.Close()
	}
	return bad.err(fmt.Sprintf("of %d pictures cannot be read", len(inputs)),
		"move them away, or leave them out by the pattern of fileset")
}

// A decoded is one picture that was read.
type decoded struct {
	header Header
	digest string
	still  *libav.Still
}

// A reader reads picture files, one after another, into the same memory.
type reader struct{ data []byte }

// open reads and decodes a picture. The caller must close its still before the next call.
func (r *reader) open(path string) (p decoded, err error) {
	f, size, err := open(path)
	if err != nil {
		return p, err
	}
	defer f.Close()
	if p.header, err = parseHeader(f, size); err != nil {
		return p, err
	}
	r.data = slices.Grow(r.data[:0], int(size)+libav.StillPadding)[:size]
	if err := (file{f, size}).read(r.data, 0); err != nil {
		return p, err
	}
	sum := sha256.Sum256(r.data)
	p.digest = hex.EncodeToString(sum[:])
	data := r.data
	if p.header.Format == "jpeg" {
		var ok bool
		if data, ok = first(data); !ok {
			return p, errCut
		}
	}
	p.still, err = libav.OpenStill(data, p.header.Format, p.header.stored())
	return p, err
}

// Decode reads and decodes one picture. The caller must close it.
func Decode(path string) (*libav.Still, error) {
	p, err := new(reader).open(path)
	return p.still, err
}
