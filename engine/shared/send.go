package shared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"snellen/engine/regular"
	"snellen/engine/store"
)

// This file is about what is written behind: an apply hands over each record that it has committed,
// and goes on. Before the commit the outbox gets a file for it, which goes when the bucket has it
// all. So what a crash, an interrupt or an outage leaves is sent by the next apply.

// A Letter is a record that is to be sent.
type Letter struct {
	Record  store.Record
	Partial store.PartialKey
	fresh   bool // its objects have just been written, and need no look
}

// mail is what a tier has yet to send. The tier's mu guards it.
type mail struct {
	ctx     context.Context // of all that is sent
	cancel  context.CancelFunc
	waiting []Letter
	carried int        // letters that are being sent
	quiet   *sync.Cond // nothing is waiting, and nothing is being sent
	broken  error      // why nothing more is sent
	sent    int        // letters
	left    int        // letters that were not sent
	done    int64      // bytes of objects
	total   int64      // bytes of objects of all letters so far
	fresh   int64      // bytes of objects that the bucket did not have
	differ  []string   // warnings
}

// carriers is how many letters are sent at once.
const carriers = 8

// Announce remembers that a record must be sent. It is called before the record is committed, so
// that no record is forgotten.
func (t *Tier) Announce(k store.Key, p store.PartialKey) error {
	if t.readOnly {
		return nil
	}
	body, err := json.Marshal(note{p.Shape[:], p.Files})
	if err != nil {
		return err
	}
	return t.local.WriteFile(filepath.Join(t.outbox, k.String()), body)
}

// A note is a file of the outbox. Its name is the key.
type note struct {
	Shape []byte       `json:"shape"`
	Files store.Digest `json:"files"`
}

// parseNote reads such a file.
func parseNote(data []byte) (p store.PartialKey, err error) {
	var n note
	if err := json.Unmarshal(data, &n); err != nil {
		return p, err
	}
	if copy(p.Shape[:], n.Shape) != len(p.Shape) || len(n.Shape) != len(p.Shape) {
		return p, fmt.Errorf("its shape has %d bytes", len(n.Shape))
	}
	p.Files = n.Files
	return p, nil
}

// maxNote bounds a file of the outbox, in bytes.
const maxNote = 4 << 10

// Unsent returns the records that the outbox names, in the order of keys. One that the local store
// does not have, some time later, and a file that cannot be read, are dropped.
func (t *Tier) Unsent() ([]Letter, error) {
	entries, err := os.ReadDir(t.outbox)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was not sent: %w", err)
	}
	var list []Letter
	for _, e := range entries {
		path := filepath.Join(t.outbox, e.Name())
		var k store.Key
		if k.UnmarshalText([]byte(e.Name())) != nil {
			continue
		}
		data, err := regular.Read(path, maxNote)
		var p store.PartialKey
		if err == nil {
			p, err = parseNote(data)
		}
		r, missing := t.local.Lookup(k)
		if missing != nil && err == nil && recent(e) {
			continue // another apply may be about to commit it
		}
		if err != nil || missing != nil {
			if !errors.Is(err, fs.ErrPermission) && !t.readOnly {
				os.RemoveAll(path) // what stays is looked at again
			}
			continue
		}
		list = append(list, Letter{Record: r, Partial: p})
	}
	return list, nil
}

// recent reports whether a file was written so late that who wrote it may go on with the same work.
func recent(e fs.DirEntry) bool {
	fi, err := e.Info()
	return err == nil && time.Since(fi.ModTime()) < time.Hour
}

// Send hands over a record that was committed, and returns at once. A record that came from this
// shared store is not sent.
func (t *Tier) Send(r store.Record, p store.PartialKey) {
	t.post(Letter{r, p, true})
}

// SendAll hands over records that the local store has had for some time.
func (t *Tier) SendAll(letters []Letter) {
	for _, l := range letters {
		t.post(l)
	}
}

func (t *Tier) post(l Letter) {
	if t.readOnly || l.Record.From == t.Name() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mail.broken != nil {
		t.mail.left++
		return
	}
	t.mail.waiting = append(t.mail.waiting, l)
	t.mail.total += l.Record.Bytes()
	if t.mail.carried < carriers {
		t.mail.carried++
		go t.carry()
	}
}

// carry sends letters until none waits.
func (t *Tier) carry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.mail.waiting) > 0 && t.mail.broken == nil {
		l := t.mail.waiting[0]
		t.mail.waiting = t.mail.waiting[1:]
		t.mu.Unlock()
		err := t.deliver(t.mail.ctx, l)
		t.mu.Lock()
		if err == nil {
			t.mail.sent++
			continue
		}
		t.mail.left++
		if t.mail.broken == nil {
			t.mail.broken = err
		}
	}
	t.mail.left += len(t.mail.waiting)
	t.mail.waiting = nil
	if t.mail.carried--; t.mail.carried == 0 {
		t.mail.quiet.Broadcast()
	}
}

// A Sent says what became of the records that were handed over.
type Sent struct {
	Records int      // that the bucket has now
	Left    int      // that wait in the outbox
	Bytes   int64    // of objects
	Err     error    // why some are left
	Differ  []string // keys of records that the bucket had already, with other bytes
	Fresh   int64    // bytes of objects that the bucket did not have
}

// Sending returns how many bytes of objects were sent so far, and how many there are to send.
func (t *Tier) Sending() (done, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mail.done, t.mail.total
}

// Drain waits until all that was handed over has been sent, or cannot be. When ctx ends before that
// it gives up, and what was not sent waits in the outbox. Nothing may be handed over afterwards.
func (t *Tier) Drain(ctx context.Context) Sent {
	stop := context.AfterFunc(ctx, t.mail.cancel)
	defer stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.mail.carried > 0 {
		t.mail.quiet.Wait()
	}
	return Sent{t.mail.sent, t.mail.left, t.mail.done, t.mail.broken, t.mail.differ, t.mail.fresh}
}

// deliver sends a record with all that it names.
func (t *Tier) deliver(ctx context.Context, l Letter) error {
	r := l.Record
	r.From = ""
	data, err := r.Encode()
	if err != nil {
		return err
	}
	if len(data) > maxRecord { // nobody would read it
		return t.forget(r.Key())
	}
	objects := slices.Collect(maps.Values(r.Outputs))
	err = t.sends.each(ctx, len(objects), func(ctx context.Context, i int) error {
		return t.sendObject(ctx, objects[i], l.fresh, t.moved)
	})
	if err != nil {
		return err
	}
	if fi, err := os.Lstat(t.local.Path(r.Log)); err == nil { // a record does not say its size
		log := store.Output{Digest: r.Log, Size: fi.Size()}
		if err := t.sendObject(ctx, log, l.fresh, func(int64) {}); err != nil {
			return err
		}
	}
	if err := t.sendRecord(ctx, r, data); err != nil {
		return err
	}
	err = again(ctx, func() error {
		_, err := t.bucket.Put(ctx, pastName(l.Partial, r), nil, When{})
		return err
	})
	if err != nil {
		return err
	}
	return t.forget(r.Key())
}

// forget removes a record from the outbox, if it was announced.
func (t *Tier) forget(k store.Key) error {
	err := os.Remove(filepath.Join(t.outbox, k.String()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sendObject sends an object, unless the bucket has one of its name that nobody found damaged. One
// that the local store has no more is left out: the record says what it was. moved is called with
// the bytes that were sent, or need not be.
func (t *Tier) sendObject(
	ctx context.Context, o store.Output, fresh bool, moved func(int64),
) error {
	t.mu.Lock()
	known := t.sent[o.Digest]
	t.mu.Unlock()
	if known {
		moved(o.Size)
		return nil
	}
	name, path := objectName(o.Digest), t.local.Path(o.Digest)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		moved(o.Size)
		return nil
	}
	if !fresh {
		if bad, err := t.local.Damaged(o); err != nil {
			return err
		} else if bad {
			moved(o.Size)
			return nil
		}
	}
	var last int64
	err := again(ctx, func() error {
		moved(-last)
		last = 0
		_, err := t.bucket.Send(ctx, name, path, t.condition(name), func(n int64) {
			moved(n - last)
			last = n
		})
		if errors.Is(err, ErrChanged) {
			err = t.there(ctx, name, o)
		}
		return err
	})
	if err != nil {
		return err
	}
	moved(o.Size - last)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.mail.fresh += o.Size
	}
	t.sent[o.Digest] = true
	delete(t.bad, name)
	return nil
}

// there returns an error unless the bucket has an object. A bucket may refuse to write a blob since
// somebody else is just about to, and who was may fail. A server that died while it wrote one may
// refuse its name for ever. So the next attempt has no condition: an object of this name has the
// same bytes, whoever writes it.
func (t *Tier) there(ctx context.Context, name string, o store.Output) error {
	blob, err := t.bucket.Stat(ctx, name)
	if errors.Is(err, ErrAbsent) {
		t.damaged(name, "")
		return fmt.Errorf("%s: %w", name, errRefused)
	}
	if err == nil && blob.Size != o.Size {
		t.damaged(name, blob.Tag)
		return fmt.Errorf("%s has %d bytes in place of %d", name, blob.Size, o.Size)
	}
	return err
}

// errRefused is the error for a blob that a bucket refuses to write as if there were another, where
// there is none.
var errRefused = errors.New("the bucket says that it has a blob of this name, and has none")

// moved counts bytes of objects that were sent, or need not be.
func (t *Tier) moved(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mail.done += n
}

// sendRecord sends a record, after its objects. The first record of a key stays: where there is one
// with other bytes, it is reported. Only a name that the bucket goes on to refuse, though it has no
// record of it, is written without a condition in the end.
func (t *Tier) sendRecord(ctx context.Context, r store.Record, data []byte) error {
	name := recordName(r.Key())
	refused := 0
	return again(ctx, func() error {
		_, err := t.bucket.Put(ctx, name, data, t.condition(name))
		if errors.Is(err, ErrChanged) {
			err = t.first(ctx, r)
		}
		if errors.Is(err, errRefused) {
			if refused++; refused == attempts-1 {
				t.damaged(name, "")
			}
		}
		if err != nil {
			return err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.bad, name)
		return nil
	})
}

// first compares a record with the one of its key that was there first. A record that is damaged is
// none: the next attempt replaces it.
func (t *Tier) first(ctx context.Context, r store.Record) error {
	k := r.Key()
	winner, err := t.record(ctx, k)
	switch {
	case errors.Is(err, ErrAbsent):
		return fmt.Errorf("%s: %w", recordName(k), errRefused)
	case errors.Is(err, store.ErrMiss):
		return fmt.Errorf("%s is damaged", recordName(k))
	case err != nil:
		return err
	}
	if !maps.Equal(winner.Outputs, r.Outputs) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.mail.differ = append(t.mail.differ, k.String())
	}
	return nil
}

// Waiting returns how many records wait in the outboxes of all tiers of a store.
func Waiting(st *store.Store) int {
	paths, _ := filepath.Glob(filepath.Join(st.Dir(), "outbox", "*", "*"))
	return len(slices.DeleteFunc(paths, func(p string) bool {
		return strings.HasPrefix(filepath.Base(p), ".")
	}))
}
