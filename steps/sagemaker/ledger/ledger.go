// Package ledger keeps a durable list of the resources that Snellen creates in the cloud. An intent
// is on disk before the call that costs money is sent, so no crash can lose a job or leave an
// endpoint that nobody knows about.
//
// The file holds one JSON object a line (see Line) and is only appended to. Several programs may
// write to it at once. Readers skip a line that a crash cut off: its call was not sent yet. A
// line's last field is a checksum, so that what a disk or an editor has changed is not taken for
// another resource. Lines of earlier versions have none, and are believed.
package ledger

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"snellen/engine/filelock"
	"snellen/engine/regular"
)

// The kinds of resources. The values are written to the file.
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
	Profile string `json:"profile,omitempty"` // AWS profile with access to it; no secret
	Key     string `json:"key"`               // of the step that needs it
	Address string `json:"address"`           // of that step, for messages
}

// The acts that a line records.
const (
	Intended = "intended" // the call that creates the resource is about to be sent
	Created  = "made"     // the service confirmed it
	Gone     = "gone"     // it ended or was deleted, and costs nothing any more
)

// A Line is one line of the file.
type Line struct {
	Act  string    `json:"act"`
	Time time.Time `json:"time"`
	Resource
}

// A Ledger is one file, and beside it a folder of locks that show which names are in use. Its
// methods may be called from any goroutine.
type Ledger struct {
	dir string
	mu  sync.Mutex // serialises Write
}

// Open returns the ledger in dir. It touches no file: the first Write creates the folder.
func Open(dir string) *Ledger { return &Ledger{dir: dir} }

func (l *Ledger) path() string { return filepath.Join(l.dir, "ledger.jsonl") }

// Write appends a line and returns once it is on disk.
func (l *Ledger) Write(act string, r Resource) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, err := json.Marshal(Line{act, time.Now().UTC(), r})
	if err != nil {
		return err
	}
	text := "\n" + withSum(string(line)) + "\n" // the first \n ends a line that a crash cut off
	if err := l.append([]byte(text)); err != nil {
		return fmt.Errorf("write the ledger of cloud resources: %w", err)
	}
	return nil
}

// sumField begins a line's checksum. In a text of JSON its quotes would have backslashes.
const sumField = `,"sum":"`

// withSum returns a JSON object with its checksum as the last field: the first 16 digits of the
// object's SHA-256.
func withSum(object string) string {
	sum := sha256.Sum256([]byte(object))
	return strings.TrimSuffix(object, "}") + sumField + hex.EncodeToString(sum[:8]) + `"}`
}

// parse reads a line. ok is false where a crash cut it off, or it is damaged.
func parse(text string) (line Line, ok bool) {
	if at := strings.LastIndex(text, sumField); at >= 0 && withSum(text[:at]+"}") != text {
		return Line{}, false
	}
	err := json.Unmarshal([]byte(text), &line)
	return line, err == nil && line.Name != ""
}

// append writes text in one call, so that lines of several programs do not mix. A new file also
// needs a sync of its folder, or a power failure could lose its name.
func (l *Ledger) append(text []byte) (err error) {
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		return err
	}
	_, missing := os.Stat(l.path())
	f, err := regular.OpenFile(l.path(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
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

// maxLine bounds the length of a line, in bytes.
const maxLine = 1 << 16

// Live returns the resources that were intended or created and are not gone, in the order of their
// first line. A missing file has none. A resource that was only intended may not exist. damage says
// that lines were skipped since they are not what was written; it is "" where there are none.
func (l *Ledger) Live() (live []Resource, damage string, err error) {
	f, err := regular.Open(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the ledger of cloud resources: %w", err)
	}
	defer f.Close()
	live, damaged, err := readLive(f)
	if err != nil {
		return nil, "", fmt.Errorf("read the ledger of cloud resources: %w", err)
	}
	if len(damaged) > 0 {
		damage = fmt.Sprintf("%s is damaged in line %s, which was skipped: look what is in the "+
			"cloud (snellen cloud list), and remove the line",
			l.path(), strings.Join(damaged, ", "))
	}
	return live, damage, nil
}

// readLive returns the resources of a ledger's lines, and the numbers of damaged lines.
func readLive(r io.Reader) (order []Resource, damaged []string, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line, ok := parse(lines.Text())
		if !ok {
			if strings.Contains(lines.Text(), "}") { // or it was cut off
				damaged = append(damaged, strconv.Itoa(n))
			}
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
	return order, damaged, lines.Err()
}

// TryLock locks a name without waiting. ok is false if another process, or another call in this
// one, holds the lock. The system frees the lock when the process dies, so a name that can be
// locked has no living owner.
func (l *Ledger) TryLock(name string) (release func(), ok bool, err error) {
	dir := filepath.Join(l.dir, "held")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, false, err
	}
	f, err := regular.OpenFile(filepath.Join(dir, filepath.Base(name)), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, false, err
	}
	if err := filelock.TryLock(f, filelock.Exclusive); err != nil {
		f.Close()
		if err == filelock.ErrLocked {
			return nil, false, nil
		}
		return nil, false, err
	}
	// The file stays: removing it would race with another program's TryLock.
	return func() { f.Close() }, true, nil
}
