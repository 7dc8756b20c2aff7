// Package ledger is a durable journal of what was made in the cloud: each intent is on disk before the call that costs
// money, so that no crash can lose a job or leave an endpoint that nobody knows of.
//
// The file is one JSON object a line (see Line), only ever appended to. Several programs may write to it at once. A line
// that is cut off, as a crash leaves it, is passed over: its call was not made yet.
package ledger

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// The kinds of resources.
const (
	Job      = "training-job"
	Model    = "model"
	Config   = "endpoint-config"
	Endpoint = "endpoint"
)

// A Resource is one thing in an account.
type Resource struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Region  string `json:"region"`
	Profile string `json:"profile,omitempty"` // by which it can be reached; no secret
	Key     string `json:"key"`               // of the step that it was made for
	Address string `json:"address"`           // for messages
}

// The acts that a line tells of.
const (
	Intended = "intended" // the call that makes it is about to be sent
	Created  = "made"     // the service said so
	Gone     = "gone"     // ended or deleted: nothing is paid for it any more
)

// A Line is one line of the file.
type Line struct {
	Act  string    `json:"act"`
	Time time.Time `json:"time"`
	Resource
}

// A Ledger is one file, with a folder of locks beside it that tell who is alive.
type Ledger struct {
	dir string
	mu  sync.Mutex
}

// Open gives the ledger in a folder, which is made when something is written.
func Open(dir string) *Ledger { return &Ledger{dir: dir} }

func (l *Ledger) path() string { return filepath.Join(l.dir, "ledger.jsonl") }

// Write adds a line, and returns when it is on the disk.
func (l *Ledger) Write(act string, r Resource) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, err := json.Marshal(Line{act, time.Now().UTC(), r})
	if err != nil {
		return err
	}
	if err := l.append(append([]byte("\n"), append(line, '\n')...)); err != nil { // the first \n ends a line that was cut off
		return fmt.Errorf("write the journal of the cloud: %w", err)
	}
	return nil
}

func (l *Ledger) append(text []byte) (err error) {
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		return err
	}
	_, missing := os.Stat(l.path())
	f, err := os.OpenFile(l.path(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Sync(); err != nil || missing == nil {
		return err
	}
	return syncDir(l.dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// maxLine bounds a line in bytes.
const maxLine = 1 << 16

// Live gives the resources that were intended or made and are not gone, in the order in which they first came.
func (l *Ledger) Live() ([]Resource, error) {
	f, err := os.Open(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of the cloud: %w", err)
	}
	defer f.Close()
	var order []Resource
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line Line
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Name == "" {
			continue
		}
		at := slices.IndexFunc(order, func(r Resource) bool {
			return r.Kind == line.Kind && r.Name == line.Name && r.Region == line.Region
		})
		switch {
		case line.Act == Gone && at >= 0:
			order = slices.Delete(order, at, at+1)
		case line.Act != Gone && at < 0:
			order = append(order, line.Resource)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the journal of the cloud: %w", err)
	}
	return order, nil
}

// Hold takes the lock of a name, which the system frees when this process dies. ok is false where another holds it.
func (l *Ledger) TryLock(name string) (release func(), ok bool, err error) {
	dir := filepath.Join(l.dir, "held")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, false, err
	}
	f, err := os.OpenFile(filepath.Join(dir, filepath.Base(name)), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, false, nil
		}
		return nil, false, err
	}
	return func() { f.Close() }, true, nil // the file stays: taking it away would race with another's Hold
}
