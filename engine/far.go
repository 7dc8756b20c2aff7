package engine

import (
	"context"
	"errors"
	"sync"

	"snellen/engine/step"
	"snellen/engine/store"
)

// A Far is a store behind the local one that several machines share. Records and objects that it
// has take the place of local ones that are missing. An error of its methods means that it cannot be
// used now, but for one that wraps store.ErrGone. Its methods may be called from any goroutine.
type Far interface {
	Name() string // for messages

	// Records returns the records of those keys that it has one of, and that are no other step's.
	Records(ctx context.Context, keys []store.Key) (map[store.Key]store.Record, error)

	// Histories returns the earlier runs of those shapes that it knows any of.
	Histories(
		ctx context.Context, shapes []store.Shape,
	) (map[store.Shape][]store.PastRun, error)

	// Fetch puts an object that a committed record names into the local store; dir is a folder of
	// a workspace. It calls progress with the bytes so far, from any goroutine. The error wraps
	// store.ErrGone where it does not have the object, or not with these bytes.
	Fetch(ctx context.Context, o store.Output, dir string, progress func(int64)) error

	// Log returns the bytes of a step's log. The error wraps store.ErrGone as that of Fetch does.
	Log(ctx context.Context, d store.Digest) ([]byte, error)

	// Announce remembers that a record is about to be committed, and must be sent.
	Announce(k store.Key, p store.PartialKey) error

	// Send hands over a record that was committed, and returns at once.
	Send(r store.Record, p store.PartialKey)
}

// A background is what is known of a Far: what it answered, what it was found not to have, and
// whether it can be used. Without a Far it knows nothing. Its methods may be called from any
// goroutine.
type background struct {
	far   Far // or nil
	hints func() []store.Key

	mu      sync.Mutex
	asked   map[store.Key]bool
	records map[store.Key]store.Record
	sizes   map[store.Digest]int64          // of the objects that these name
	past    map[store.Shape][]store.PastRun // of shapes that were asked for
	lost    map[store.Digest]bool           // objects that it does not have, or has damaged
	outage  error                           // why it is not asked any more
}

func newBackground(far Far, hints func() []store.Key) *background {
	return &background{
		far: far, hints: hints, asked: map[store.Key]bool{}, records: map[store.Key]store.Record{},
		sizes: map[store.Digest]int64{}, past: map[store.Shape][]store.PastRun{},
		lost: map[store.Digest]bool{},
	}
}

// ask looks up what is not known yet of these keys and shapes, all at once. It reports whether there
// was anything to ask. After an error nothing is asked any more: see outage.
func (b *background) ask(ctx context.Context, keys []store.Key, shapes []store.Shape) bool {
	if b.far == nil {
		return false
	}
	b.mu.Lock()
	if b.outage != nil {
		b.mu.Unlock()
		return false
	}
	var newKeys []store.Key
	for _, k := range keys {
		if !b.asked[k] {
			newKeys, b.asked[k] = append(newKeys, k), true
		}
	}
	if len(newKeys) > 0 && b.hints != nil {
		for _, k := range b.hints() {
			if !b.asked[k] {
				newKeys, b.asked[k] = append(newKeys, k), true
			}
		}
		b.hints = nil
	}
	var newShapes []store.Shape
	for _, s := range shapes {
		if _, known := b.past[s]; !known {
			newShapes, b.past[s] = append(newShapes, s), nil
		}
	}
	b.mu.Unlock()
	if len(newKeys)+len(newShapes) == 0 {
		return false
	}
	var records map[store.Key]store.Record
	var past map[store.Shape][]store.PastRun
	var noRecords, noPast error
	var both sync.WaitGroup
	if len(newKeys) > 0 {
		both.Go(func() { records, noRecords = b.far.Records(ctx, newKeys) })
	}
	if len(newShapes) > 0 {
		both.Go(func() { past, noPast = b.far.Histories(ctx, newShapes) })
	}
	both.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.learn(records)
	for s, runs := range past {
		b.past[s] = runs
	}
	if err := errors.Join(noRecords, noPast); err != nil {
		b.outage = errors.Join(noRecords, noPast)
		if noRecords != nil { // both have one cause
			b.outage = noRecords
		}
	}
	return true
}

// lookUp asks for one key's record anew, which another machine may have sent meanwhile.
func (b *background) lookUp(ctx context.Context, n *Node, k store.Key) (store.Record, bool, error) {
	found, err := b.far.Records(ctx, []store.Key{k})
	if err != nil {
		return store.Record{}, false, err
	}
	b.mu.Lock()
	b.learn(found)
	b.mu.Unlock()
	r, ok := b.record(n, k)
	return r, ok, nil
}

// learn adds records. The caller holds mu.
func (b *background) learn(records map[store.Key]store.Record) {
	for k, r := range records {
		b.records[k] = r
		for _, out := range r.Outputs {
			b.sizes[out.Digest] = out.Size
		}
	}
}

// record returns a key's record, if it was asked for and there is one that a step of n can have.
func (b *background) record(n *Node, k store.Key) (store.Record, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.records[k]
	return r, ok && fits(n.Kind, r)
}

// fits reports whether steps of a kind can have made the outputs of a record.
func fits(kind *step.Kind, r store.Record) bool {
	for name := range r.Outputs {
		if !kind.Makes(name) {
			return false
		}
	}
	return true
}

// knows reports whether a key was asked for.
func (b *background) knows(k store.Key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.far == nil || b.outage != nil || b.asked[k]
}

// has reports whether an object can be fetched, as far as is known: a record names it, and nothing
// was found to be wrong with it.
func (b *background) has(o store.Output) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, named := b.sizes[o.Digest]
	return named && size == o.Size && !b.lost[o.Digest]
}

// lose remembers that an object cannot be fetched.
func (b *background) lose(o store.Output) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost[o.Digest] = true
}

// any reports whether there is anything to fetch, as far as is known.
func (b *background) any() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.records) > 0
}

// earlier returns the earlier runs of a shape that was asked for.
func (b *background) earlier(s store.Shape) []store.PastRun {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.past[s]
}

// down returns why the far store is not asked any more, or nil.
func (b *background) down() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.outage
}

// lookFar asks for what the decisions on these nodes lack, all at once: the records of keys that
// have none here, or none with all that people read, and the earlier runs of what would run. It
// returns the nodes that the answers may concern.
func (d *Decider) lookFar(ctx context.Context, p *Plan, nodes []int) (again []int) {
	if d.Far == nil {
		return nil
	}
	var keys []store.Key
	var shapes []store.Shape
	for _, i := range nodes {
		one := p.Decisions[i]
		if one.Verdict == Cached || one.PartialManifest == "" {
			continue
		}
		again = append(again, i)
		if one.Manifest != "" {
			keys = append(keys, one.Key)
		}
		if one.Record == nil {
			shapes = append(shapes, one.PartialKey().Shape)
		}
	}
	if !d.behind.ask(ctx, keys, shapes) {
		return nil
	}
	d.histories.forget(shapes)
	return again
}

// lookForMissing asks for the records of steps whose objects are gone or damaged here and are needed
// by a step that runs, or may run. It reports whether it asked for any.
func (p *Plan) lookForMissing(ctx context.Context) bool {
	d := p.decider
	if d.Far == nil {
		return false
	}
	var keys []store.Key
	for i, below := range p.Decisions {
		if below.Verdict == Cached {
			continue
		}
		for _, u := range p.Graph.up[i] {
			up := p.Decisions[u]
			if up.Record != nil && up.Verdict != Run && !d.behind.knows(up.Key) &&
				d.missing(*up.Record, below.Node, up.Node.Address) != "" {
				keys = append(keys, up.Key)
			}
		}
	}
	return d.behind.ask(ctx, keys, nil)
}

// fetches sets what each step's outputs take to fetch. An object that several steps have counts for
// the first.
func (p *Plan) fetches() {
	d := p.decider
	if !d.behind.any() {
		return
	}
	counted := map[store.Digest]bool{}
	count := func(of *Decision, out store.Output) {
		if !counted[out.Digest] && d.behind.has(out) &&
			d.Store.Fault(out, of.Record.Ended, d.Memo) != "" {
			counted[out.Digest] = true
			of.Fetch += out.Size
		}
	}
	for i, one := range p.Decisions {
		if one.Verdict == Cached && one.Node.KeepOutputs {
			for out := range one.Node.shown(*one.Record) {
				count(one, out)
			}
		}
		if one.Verdict == Cached {
			continue
		}
		for _, u := range p.Graph.up[i] {
			if up := p.Decisions[u]; up.Record != nil && up.Verdict != Run {
				for out := range read(one.Node, up.Node.Address, *up.Record) {
					count(up, out)
				}
			}
		}
	}
}

// Fetches returns how many steps have their record in the shared store alone, and how many bytes of
// objects an apply will fetch from there, or may.
func (p *Plan) Fetches() (steps int, bytes int64) {
	for _, d := range p.Decisions {
		if d.Far {
			steps++
		}
		bytes += d.Fetch
	}
	return steps, bytes
}

// Outage returns why the shared store could not be asked while the plan was made, or nil. Such a
// plan counts on the local store alone.
func (p *Plan) Outage() error {
	if p.decider == nil {
		return nil
	}
	return p.decider.behind.down()
}
