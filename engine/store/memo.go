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
	"strconv"
	"sync"
	"time"

	"snellen/engine/regular"
)

// A Memo remembers digests of files and identities of tools by the stat of the files that they come
// from. It only saves work: it may be lost, and a store that cannot be written does without it. Its
// methods may be called from any goroutine.
type Memo struct {
	path string

	mu        sync.Mutex // guards what follows
	dirty     bool       // known differs from the file
	known     memoData
	fileStats map[string]string // path of a tool's file -> its stat
	sums      map[string]string // key of Lists -> sum of the stats of its files

	listing sync.Mutex          // guards what follows, and is held while a program is asked
	listed  map[string][]string // path of a program -> the files that it loads
}

type memoData struct {
	Digests map[string]Output   `json:"digests"` // by stat
	Tools   map[string]tool     `json:"tools"`   // by name
	Lists   map[string][]string `json:"lists"`   // paths of files, by their sum; shared by tools
}

// A tool is an identity, which is valid for as long as the tool's files have the same stats. A
// program loads hundreds of libraries, and each plan reads the memo when it starts, so only a sum
// of the stats is kept.
type tool struct {
	List     string `json:"list"`  // key of Lists
	Stats    string `json:"stats"` // sum of the stats of the files in that order
	Identity string `json:"identity"`
}

// maxMemo bounds the memo's file, in bytes. A larger one is dropped: nothing else removes the
// digests of files that no longer exist.
const maxMemo = 16 << 20

// memoName begins the memo's file: see withSum. A memo of another version is lost.
const memoName = "memo 2"

// Memo reads the store's memo. It returns an empty memo where the file cannot be read or is damaged.
func (s *Store) Memo() *Memo {
	m := &Memo{path: filepath.Join(s.dir, "memo", "stat.json"), fileStats: map[string]string{},
		sums: map[string]string{}, listed: map[string][]string{}}
	data, err := regular.Read(m.path, maxMemo)
	if err != nil {
		data = nil
	}
	m.known = parseMemo(data)
	return m
}

// parseMemo returns the content of a memo's file. A damaged one has none.
func parseMemo(data []byte) (known memoData) {
	body, err := checkSum(memoName, data)
	if err == nil && json.Unmarshal(body, &known) != nil {
		known = memoData{}
	}
	if known.Digests == nil {
		known.Digests = map[string]Output{}
	}
	if known.Tools == nil {
		known.Tools = map[string]tool{}
	}
	if known.Lists == nil {
		known.Lists = map[string][]string{}
	}
	return known
}

// Save writes the memo if it has changed. It fails silently: see Memo. Of two processes at once,
// the later one wins.
func (m *Memo) Save() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty {
		return
	}
	data, err := json.Marshal(m.known)
	if err != nil || os.MkdirAll(filepath.Dir(m.path), folderMode) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(m.path), "new-")
	if err != nil {
		return
	}
	_, err = f.Write(withSum(memoName, data))
	if cerr := f.Close(); err == nil && cerr == nil && os.Rename(f.Name(), m.path) == nil {
		m.dirty = false
		return
	}
	os.Remove(f.Name())
}

// Digest returns the digest and size of a person's file, and a stamp of its stat, by which
// Unchanged finds out later whether the file was changed. It reads the file only if its stat is
// new. A file that changes meanwhile is an error.
func (m *Memo) Digest(path string) (out Output, stamp string, err error) {
	stamp, recent, err := statOf(path)
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
	if !recent {
		m.mu.Lock()
		m.known.Digests[stamp], m.dirty = out, true
		m.mu.Unlock()
	}
	return out, stamp, nil
}

// Tool returns the identity of a tool. It calls ask, which returns the identity and the files that
// the tool loads, and remembers the answer until one of these files changes. A tool without files
// is asked each time.
func (m *Memo) Tool(
	name string, ask func() (identity string, files []string, err error),
) (string, error) {
	m.mu.Lock()
	known, ok := m.known.Tools[name]
	ok = ok && m.valid(known)
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
	fresh.Stats = m.stats(fresh.List, files)
	m.known.Tools[name], m.dirty = fresh, true
	m.dropLists()
	return identity, nil
}

// Loads returns the files that the program at path loads. It calls ask once in the life of a Memo,
// however many tools are in one program, unless that fails.
func (m *Memo) Loads(path string, ask func() ([]string, error)) (files []string, err error) {
	m.listing.Lock()
	defer m.listing.Unlock()
	files, ok := m.listed[path]
	if !ok {
		if files, err = ask(); err == nil {
			m.listed[path] = files
		}
	}
	return files, err
}

// valid reports whether no file of a tool has changed. The caller holds mu.
func (m *Memo) valid(t tool) bool {
	files := m.known.Lists[t.List]
	return len(files) > 0 && m.stats(t.List, files) == t.Stats
}

// stats returns a sum of the stats of a list's files, which are read once in the life of a Memo. A
// file that is gone has no stat. The caller holds mu.
func (m *Memo) stats(list string, files []string) string {
	sum, ok := m.sums[list]
	if !ok {
		all := make([]string, len(files))
		for i, path := range files {
			stat, ok := m.fileStats[path] // lists have libraries in common
			if !ok {
				stat, _, _ = statOf(path) // "" for a file that is gone, which is no file's stat
				m.fileStats[path] = stat
			}
			all[i] = stat
		}
		sum = sumOf(all)
		m.sums[list] = sum
	}
	return sum
}

// dropLists removes the lists that no tool has any more. The caller holds mu.
func (m *Memo) dropLists() {
	used := map[string]bool{}
	for _, t := range m.known.Tools {
		used[t.List] = true
	}
	maps.DeleteFunc(m.known.Lists, func(sum string, _ []string) bool { return !used[sum] })
}

var newline = []byte("\n")

// sumOf returns the SHA-256 of texts, in hexadecimal digits. No text may contain a newline.
func sumOf(texts []string) string {
	h := sha256.New()
	for _, text := range texts {
		io.WriteString(h, text)
		h.Write(newline)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Unchanged reports whether a file still has the stamp that Digest returned.
func Unchanged(path, stamp string) bool {
	now, _, err := statOf(path)
	return err == nil && now == stamp
}

// statOf returns a stamp of a file's state: device, inode, size, and the times of the last change
// of its bytes and of the inode. recent is true for a file that may be changed again within the
// same tick of the clock, without a trace in its stat; its digest must not be remembered.
func statOf(path string) (stamp string, recent bool, err error) {
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
	text := append(make([]byte, 0, 80), id...) // a plan reads hundreds of stats
	for _, n := range []int64{fi.Size(), fi.ModTime().UnixNano(), changed.UnixNano()} {
		text = strconv.AppendInt(append(text, ':'), n, 10)
	}
	return string(text), time.Since(changed) < grain, nil
}

// grain is well over the tick of any file system's clock.
const grain = 100 * time.Millisecond
