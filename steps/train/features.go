//go:build native

package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"snellen/engine/step"
	"snellen/specs/hyper"
	"snellen/steps/torch"
	"snellen/steps/vision"
)

// NewFeatures returns the runner of features steps. open opens the sets.
func NewFeatures(open OpenSet) step.Runner { return featureRunner{open} }

type featureRunner struct{ open OpenSet }

// The sets that a features step may have. Those of a label come first.
var featureSets = []string{"train", "validation", "images"}

func (r featureRunner) Run(ctx context.Context, job *step.Job) error {
	d := &describer{job: job}
	if err := json.Unmarshal(job.Params, &d.params); err != nil {
		return err
	}
	p := d.params
	b, err := openBackbone(p.Pretrained, job.Inputs["pretrained"])
	if err != nil {
		return err
	}
	height, width, err := hyper.Fit{ImageShape: p.ImageShape}.InputSize()
	if err != nil {
		return err
	}
	m := b.model(Model{Format: 1, Classes: []string{"", ""}, Preparation: Preparation{
		Resize: p.Resize, Height: height, Width: width, Filter: areaLinear,
	}}, false)
	if err := m.check(); err != nil {
		return err
	}
	d.augment, err = newAugmentation(p.Augmenting, m.Preparation.vision())
	if err != nil {
		return err
	}
	if d.net, err = b.open(m.config(0, 1, p.Device)); err != nil {
		return err
	}
	defer d.net.Close()
	return d.run(ctx, r.open)
}

// A describer is the work of one features step.
type describer struct {
	job     *step.Job
	params  FeatureParams
	augment augmentation
	net     *torch.Net
	known   map[digest]known
	done    int // pictures, of all sets
	total   int
}

type digest = [sha256.Size]byte

// known is what another step computed of a picture: its features, and those of its copies.
type known struct{ own, copies []float32 }

func (d *describer) run(ctx context.Context, open OpenSet) error {
	sets := map[string]Set{}
	for _, role := range featureSets {
		path, there := d.job.Inputs[role]
		if !there {
			continue
		}
		set, err := open(path, "")
		if err != nil {
			return err
		}
		defer set.Close()
		sets[role] = set
		d.total += set.Len()
	}
	if err := d.readKnown(open); err != nil {
		return err
	}
	var tensors []torch.Tensor
	for _, role := range featureSets {
		set, there := sets[role]
		if !there {
			continue
		}
		copies := 0
		if role == "train" {
			copies = d.params.Copies
		}
		own, changed, err := d.describe(ctx, set, copies)
		if err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
		tensors = append(tensors, d.tensor(role, own))
		if role == "train" {
			tensors = append(tensors, d.tensor("copies", changed))
		}
	}
	f, err := os.Create(filepath.Join(d.job.Out, "features.safetensors"))
	if err != nil {
		return err
	}
	if err := torch.Write(f, tensors); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (d *describer) tensor(name string, rows []float32) torch.Tensor {
	width := d.net.Width()
	return torch.Tensor{Name: name, Shape: []int{len(rows) / width, width}, Data: rows}
}

// readKnown reads what another step computed.
func (d *describer) readKnown(open OpenSet) error {
	d.known = map[digest]known{}
	path, there := d.job.Inputs["known/features"]
	if !there {
		return nil
	}
	f, err := LoadFeatures(path)
	if err != nil {
		return err
	}
	if f.Width != d.net.Width() {
		return fmt.Errorf("known features have %d numbers, not %d", f.Width, d.net.Width())
	}
	for _, role := range []string{"validation", "train"} { // with copies last: they stay
		set, err := open(d.job.Inputs["known/"+role], "")
		if err != nil {
			return err
		}
		rows, copies := f.Len(role), f.Len("copies")
		if rows != set.Len() || role == "train" && copies != rows*d.params.Copies {
			set.Close()
			return fmt.Errorf("%d and %d rows of features do not belong to %d known pictures",
				rows, copies, set.Len())
		}
		for i := range rows {
			_, image, err := set.Read(i)
			if err != nil {
				set.Close()
				return err
			}
			k := known{own: f.rows(role, i, 1)}
			if role == "train" {
				k.copies = f.rows("copies", i, d.params.Copies)
			}
			d.known[sha256.Sum256(image)] = k
		}
		set.Close()
	}
	return nil
}

// groupSize is how many pictures are prepared at once: with their copies, a multiple of a batch.
const groupSize = 2 * torch.Batch

// A group is pictures that are prepared for the network.
type group struct {
	rgb   []byte  // of the pictures that are not known and of their copies, in turn
	count int     // of these
	known []known // of each picture; one that is not known has no features
	err   error
}

// describe returns the features of a set's pictures and of copies of each.
func (d *describer) describe(
	ctx context.Context, set Set, copies int,
) (own, changed []float32, err error) {
	ctx, cancel := context.WithCancel(ctx)
	groups := make(chan group, 1) // one is prepared while the network computes another
	go d.prepare(ctx, set, copies, groups)
	defer func() {
		cancel()
		for range groups { // until the goroutine has ended
		}
	}()
	width := d.net.Width()
	for g := range groups {
		if g.err == nil {
			g.err = ctx.Err()
		}
		if g.err != nil {
			return nil, nil, g.err
		}
		var rows []float32
		if g.count > 0 {
			if rows, err = d.net.Features(g.rgb, g.count); err != nil {
				return nil, nil, err
			}
		}
		for _, k := range g.known {
			if k.own == nil {
				k.own, k.copies = rows[:width], rows[width:(1+copies)*width]
				rows = rows[(1+copies)*width:]
			}
			own, changed = append(own, k.own...), append(changed, k.copies[:copies*width]...)
		}
		d.done += len(g.known)
		d.job.Report(step.Progress{Done: float64(d.done), Total: float64(d.total),
			Unit: "pictures"})
	}
	return own, changed, ctx.Err()
}

// prepare prepares a set's pictures in groups, in order, and closes the channel.
func (d *describer) prepare(ctx context.Context, set Set, copies int, to chan<- group) {
	defer close(to)
	for from := 0; from < set.Len(); from += groupSize {
		g := d.group(set, from, min(from+groupSize, set.Len()), copies)
		select {
		case to <- g:
		case <-ctx.Done():
			return
		}
		if g.err != nil {
			return
		}
	}
}

func (d *describer) group(set Set, from, to, copies int) group {
	p := d.augment.preparation
	size := 3 * p.Height * p.Width
	g := group{rgb: make([]byte, 0, size*(to-from)*(1+copies))}
	for i := from; i < to; i++ {
		_, image, err := set.Read(i)
		if err != nil {
			return group{err: fmt.Errorf("picture %d: %w", i, err)}
		}
		sum := sha256.Sum256(image)
		k := d.known[sum]
		if copies > len(k.copies)/d.net.Width() {
			k = known{}
		}
		g.known = append(g.known, k)
		if k.own != nil {
			continue
		}
		at := len(g.rgb)
		g.rgb, g.count = g.rgb[:at+size*(1+copies)], g.count+1+copies
		if err := d.inputs(image, sum, copies, g.rgb[at:]); err != nil {
			return group{err: fmt.Errorf("picture %d: %w", i, err)}
		}
	}
	return g
}

// inputs writes the network's input of an image and of its copies. How the copies are changed
// depends on the image itself and not on its place, so that other steps make the same.
func (d *describer) inputs(image []byte, sum digest, copies int, out []byte) error {
	p := d.augment.preparation
	ways := []vision.Preparation{p}
	if copies > 0 {
		ways = append(ways, d.augment.decoding())
	}
	pictures, err := vision.DecodeEach(image, ways...)
	if err != nil {
		return err
	}
	size := 3 * p.Height * p.Width
	p.CropCentre(pictures[0], out[:size])
	seed := binary.LittleEndian.Uint64(sum[:]) ^ uint64(d.params.Seed)
	for i := range copies {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		at := size * (1 + i)
		if err := d.augment.input(random, pictures[1], out[at:at+size]); err != nil {
			return err
		}
	}
	return nil
}
