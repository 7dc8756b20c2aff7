package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A Memo remembers digests of files and identities of tools by the stat of the files that they come
// from. It only saves work: it may be lost, and a store that cannot be written just does not keep
// it.
type Memo struct {
	path   string
	mu     sync.Mutex
	dirty  bool
	known  memoData
	looked map[string]string // path of a tool's file -> its stat
}

type memoData struct {
	Digests map[string]Output   `json:"digests"` // by stat
	Tools   map[string]tool     `json:"tools"`   // by name
	Lists   map[string][]string `json:"lists"`   // paths of files, by their sum; tools of one program share one
}

// A tool is known for as long as its files have the stats that they had. A program loads hundreds
// of libraries, and a plan reads this at each start, so the stats themselves are not kept.
type tool struct {
	List     string `json:"list"`  // key of Lists
	Stats    string `json:"stats"` // sum of the stats of the files in that order
	Identity string `json:"identity"`
}

// maxMemo bounds the memo: past it, it starts afresh.
const maxMemo = 16 << 20

// Memo reads the store's memo. One that cannot be read is an empty one.
func (s *Store) Memo() *Memo {
	m := &Memo{path: filepath.Join(s.dir, "memo", "stat.json"), looked: map[string]string{}}
	if fi, err := os.Stat(m.path); err == nil && fi.Size() < maxMemo {
		if data, err := os.ReadFile(m.path); err == nil && json.Unmarshal(data, &m.known) != nil {
			m.known = memoData{}
		}
	}
	if m.known.Digests == nil {
		m.known.Digests = map[string]Output{}
	}
	if m.known.Tools == nil {
		m.known.Tools = map[string]tool{}
	}
	if m.known.Lists == nil {
		m.known.Lists = map[string][]string{}
	}
	return m
}

// Save writes the memo where it learned something and the store can be written.
func (m *Memo) Save() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty {
		return
	}
	data, err := json.Marshal(m.known)
	if err != nil || os.MkdirAll(filepath.Dir(m.path), 0o777) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(m.path), "new-")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil && cerr == nil && os.Rename(f.Name(), m.path) == nil {
		m.dirty = false
		return
	}
	os.Remove(f.Name())
}

// Digest is the digest of a person's file, and its stat, with which Unchanged finds out later
// whether it was changed.
func (m *Memo) Digest(path string) (out Output, stamp string, err error) {
	stamp, young, err := statOf(path)
	if err != nil {
		return Output{}, "", err
	}
	m.mu.Lock()
	out, ok := m.known.Digests[stamp]
	m.mu.Unlock()
	if ok {
		return out, stamp, nil
	}
	if out.Digest, out.Size, err = SumFile(path); err != nil {
		return Output{}, "", err
	}
	after, _, err := statOf(path)
	if err == nil && after != stamp {
		err = fmt.Errorf("%s changed while it was read", path)
	}
	if err != nil {
		return Output{}, "", err
	}
	if !young {
		m.mu.Lock()
		m.known.Digests[stamp], m.dirty = out, true
		m.mu.Unlock()
	}
	return out, stamp, nil
}

// Tool is the identity of a tool. It is asked for once and then remembered for as long as no file
// that it loads changes: ask returns the identity and those files.
func (m *Memo) Tool(name string, ask func() (identity string, files []string, err error)) (string, error) {
	m.mu.Lock()
	known, ok := m.known.Tools[name]
	ok = ok && m.holds(known)
	m.mu.Unlock()
	if ok {
		return known.Identity, nil
	}
	identity, files, err := ask()
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := tool{List: sumOf(files), Identity: identity}
	m.known.Lists[fresh.List] = files
	fresh.Stats = m.stats(files)
	m.known.Tools[name], m.dirty = fresh, true
	m.dropLists()
	return identity, nil
}

// holds reports whether no file of a tool has changed.
func (m *Memo) holds(t tool) bool {
	files := m.known.Lists[t.List]
	return len(files) > 0 && m.stats(files) == t.Stats
}

// stats returns a sum of the files' stats. Each file is looked at once in the life of a Memo; one
// that is gone has no stat. mu is held.
func (m *Memo) stats(files []string) string {
	all := make([]string, len(files))
	for i, path := range files {
		stat, ok := m.looked[path]
		if !ok {
			stat, _, _ = statOf(path) // "" where it is gone, which is no file's stat
			m.looked[path] = stat
		}
		all[i] = stat
	}
	return sumOf(all)
}

// dropLists forgets lists that no tool has any more.
func (m *Memo) dropLists() {
	used := map[string]bool{}
	for _, t := range m.known.Tools {
		used[t.List] = true
	}
	maps.DeleteFunc(m.known.Lists, func(sum string, _ []string) bool { return !used[sum] })
}

// sumOf returns the SHA-256 of texts, none of which has a line's end in it.
func sumOf(texts []string) string {
	h := sha256.New()
	for _, text := range texts {
		io.WriteString(h, text+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Unchanged reports whether a file still has the stat that Digest returned.
func Unchanged(path, stamp string) bool {
	now, _, err := statOf(path)
	return err == nil && now == stamp
}

// statOf names a file's state: device, inode, size, and the times of the last change of its bytes
// and of the inode. A young file may be changed again within the clock's grain without a trace in
// its stat, so its digest must not be remembered.
func statOf(path string) (stamp string, young bool, err error) {
	fi, err := os.Stat(path)
	if err != nil {
		return "", false, err
	}
	if !fi.Mode().IsRegular() {
		return "", false, fmt.Errorf("%s is not a regular file", path)
	}
	id, changed, ok := identity(path, fi)
	if !ok {
		return "", true, nil
	}
	stamp = fmt.Sprintf("%s:%d:%d:%d", id, fi.Size(), fi.ModTime().UnixNano(), changed.UnixNano())
	return stamp, time.Since(changed) < grain, nil
}

// grain is well over the step of any file system's clock.
const grain = 100 * time.Millisecond
