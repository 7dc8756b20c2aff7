package studio

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"snellen/engine/draft"
	"snellen/engine/regular"
	"snellen/specs"
)

// A recording is a clip on its way: its bytes come while it is filmed, in order, into a draft
// beside its place. It has its name only when it is whole. A server that dies leaves a draft, which
// the next one sweeps.
type recording struct {
	mu      sync.Mutex
	draft   *draft.Draft
	file    *os.File // nil: it takes no more bytes
	size    int64
	target  target
	touched time.Time // guarded by uploads.mu
}

// A target is what a recording will be.
type target struct {
	Label      string `json:"label"`
	Evaluation string `json:"evaluation"`
	Pictures   bool   `json:"pictures"` // of the watched camera
	Type       string `json:"type"`     // of the media, as the browser names it
	Name       string `json:"name"`     // of a file that was dropped
}

// Bounds of recordings.
const (
	maxRecordings = 8        // at once
	maxChunk      = 16 << 20 // bytes of one request
	maxClip       = 4 << 30  // bytes of a clip
	maxIdle       = 10 * time.Minute
)

// uploads are the recordings that are not whole yet.
type uploads struct {
	*server
	mu  sync.Mutex
	all map[string]*recording
}

func newUploads(s *server) *uploads { return &uploads{server: s, all: map[string]*recording{}} }

// close gives up what is not whole.
func (u *uploads) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.all {
		r.drop()
	}
	u.all = map[string]*recording{}
}

func (r *recording) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discard()
}

// discard is drop for who holds r.mu.
func (r *recording) discard() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
	r.draft.Discard()
}

// A begun is a recording's name.
type begun struct {
	ID string `json:"id"`
}

func (s *server) beginRecording(_ http.ResponseWriter, r *http.Request) (any, error) {
	var t target
	if err := read(r, &t); err != nil {
		return nil, err
	}
	suffix, err := t.suffix()
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	u := s.uploads
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, old := range u.all {
		if time.Since(old.touched) > maxIdle && old.mu.TryLock() { // else its bytes come slowly
			old.discard()
			old.mu.Unlock()
			delete(u.all, id)
		}
	}
	if len(u.all) >= maxRecordings {
		return nil, hinted(http.StatusTooManyRequests,
			fmt.Sprintf("%d clips are being filmed", maxRecordings), "finish one")
	}
	place := s.place(t, suffix)
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		return nil, err
	}
	draft.Sweep(filepath.Dir(place))
	d, err := draft.NewFile(place)
	if err != nil {
		return nil, err
	}
	f, err := regular.OpenFile(d.Path, os.O_WRONLY, 0)
	if err != nil {
		d.Discard()
		return nil, err
	}
	id := rand.Text()
	u.all[id] = &recording{draft: d, file: f, target: t, touched: time.Now()}
	return begun{id}, nil
}

// check returns an error for what cannot be a label or an evaluation.
func (t target) check() error {
	what, name := "label", t.Label
	switch {
	case t.Pictures:
		return nil
	case t.Evaluation != "":
		what, name = "evaluation", t.Evaluation
	case name == "":
		return hinted(http.StatusBadRequest, "the clip has no label", "name what it shows")
	}
	if text := specs.NameProblem(what, specs.Normal(name)); text != "" {
		return problem{http.StatusUnprocessableEntity, errors.New(text)}
	}
	if problem := fileNameProblem(name); problem != "" {
		return hinted(http.StatusUnprocessableEntity, problem, "choose another name")
	}
	return nil
}

// fileNameProblem says why a name cannot be one of a file or a folder, or returns "".
func fileNameProblem(name string) string {
	switch {
	case name == "", len(name) > 200:
		return "a name has 1 to 200 bytes"
	case strings.HasPrefix(name, "."), strings.ContainsAny(name, `/\:*?"<>|`),
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Sprintf("a file cannot be named %q", name)
	}
	return ""
}

// suffix returns the ending of the clip's name.
func (t target) suffix() (string, error) {
	suffix := strings.ToLower(path.Ext(t.Name))
	if t.Name == "" {
		kind, _, err := mime.ParseMediaType(t.Type)
		if err != nil {
			return "", problem{http.StatusBadRequest, fmt.Errorf("type %.100q: %w", t.Type, err)}
		}
		suffix = map[string]string{"video/webm": ".webm", "video/mp4": ".mp4",
			"video/x-matroska": ".mkv", "video/quicktime": ".mov", "image/jpeg": ".jpg",
			"image/png": ".png"}[kind]
	}
	if !slices.Contains(mediaSuffixes, suffix) {
		return "", hinted(http.StatusUnsupportedMediaType,
			fmt.Sprintf("%.100s is no video and no picture", t.Name+t.Type),
			"drop a file such as clip.mp4, clip.mov or photo.jpg")
	}
	return suffix, nil
}

// place returns where a clip will be, a name that is free: LABEL/2.webm in the folder of footage,
// or shelf.webm there. Pictures of a watched camera go beside the spec, as watch puts them.
func (s *server) place(t target, suffix string) string {
	if t.Pictures {
		return free(s.watchFolder(), time.Now().Format("2006-01-02T15-04-05.000"), suffix)
	}
	labels := s.labels()
	folder := s.folder(labels)
	if t.Evaluation != "" {
		return free(folder, t.Evaluation, suffix)
	}
	name := specs.Normal(t.Label)
	dir := filepath.Join(folder, name)
	for _, l := range labels { // beside its other clips, if they have a folder of their own
		if l.Name == name && len(l.Videos) > 0 &&
			specs.Normal(filepath.Base(filepath.Dir(l.Videos[0]))) == name {
			dir = filepath.Dir(l.Videos[0])
		}
	}
	stem := "1"
	if isPicture(suffix) {
		stem = "photo"
	}
	return free(dir, stem, suffix)
}

// watchFolder is where watch saves pictures as well.
func (s *server) watchFolder() string { return strings.TrimSuffix(s.Spec, ".hcl") + ".watch" }

// free returns a path in dir that nothing has: with the stem, or with a number behind it.
func free(dir, stem, suffix string) string {
	for n := 1; ; n++ {
		name := stem
		if number, err := strconv.Atoi(stem); err == nil {
			name = strconv.Itoa(number + n - 1)
		} else if n > 1 {
			name = fmt.Sprintf("%s-%d", stem, n)
		}
		at := filepath.Join(dir, name+suffix)
		if _, err := os.Lstat(at); errors.Is(err, os.ErrNotExist) {
			return at
		}
	}
}

// recording returns the recording that a request names.
func (u *uploads) find(r *http.Request) (*recording, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if one := u.all[r.PathValue("id")]; one != nil {
		one.touched = time.Now()
		return one, nil
	}
	return nil, errGone("there is no such recording")
}

// A grown is a recording's size so far.
type grown struct {
	Size int64 `json:"size"`
}

// addToRecording appends the next bytes.
func (s *server) addToRecording(_ http.ResponseWriter, r *http.Request) (any, error) {
	one, err := s.uploads.find(r)
	if err != nil {
		return nil, err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.file == nil {
		return nil, errGone("the recording has ended")
	}
	offset, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	switch {
	case err != nil:
		return nil, problem{http.StatusBadRequest, errors.New("offset is no number")}
	case offset != one.size:
		return nil, problem{http.StatusConflict,
			fmt.Errorf("%d bytes are here, and these begin at %d", one.size, offset)}
	case r.ContentLength > maxChunk || one.size+max(r.ContentLength, 0) > maxClip:
		return nil, tooLarge()
	}
	n, err := io.Copy(one.file, io.LimitReader(r.Body, min(maxChunk, maxClip-one.size)+1))
	if err == nil && (n > maxChunk || one.size+n > maxClip) {
		err = tooLarge()
	}
	if err != nil { // nothing of it counts: the page may send it again
		_, back := one.file.Seek(one.size, io.SeekStart)
		return nil, errors.Join(err, back, one.file.Truncate(one.size))
	}
	one.size += n
	return grown{one.size}, nil
}

func tooLarge() error {
	return hinted(http.StatusRequestEntityTooLarge,
		fmt.Sprintf("a clip has at most %d GiB, in parts of at most %d MiB", maxClip>>30,
			maxChunk>>20), "film it in several clips")
}

// finishRecording gives a recording its name, and a place in the spec.
func (s *server) finishRecording(_ http.ResponseWriter, r *http.Request) (any, error) {
	one, err := s.uploads.find(r)
	if err != nil {
		return nil, err
	}
	at, err := s.publish(one)
	if err != nil {
		return nil, err
	}
	s.uploads.forget(r.PathValue("id"))
	if one.target.Pictures {
		return placed{Path: filepath.ToSlash(at)}, nil
	}
	return s.adopt(r.Context(), at, one.target)
}

// publish gives a whole recording the first name that is free. After an error the page may ask
// again: what was filmed is kept.
func (s *server) publish(one *recording) (string, error) {
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.size == 0 {
		return "", hinted(http.StatusUnprocessableEntity, "nothing was filmed", "film again")
	}
	suffix, err := one.target.suffix()
	if err != nil {
		return "", err
	}
	if one.file != nil { // what has its name is on the disk
		if err := errors.Join(one.file.Sync(), one.file.Close()); err != nil {
			return "", err
		}
		one.file = nil
	}
	for {
		at := s.place(one.target, suffix)
		err := link(one.draft.Path, at)
		if errors.Is(err, os.ErrExist) { // another clip took it meanwhile
			continue
		}
		if err != nil {
			return "", err
		}
		one.draft.Discard()
		return at, nil
	}
}

// link gives a file another name, which nothing may have yet.
func link(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if err := os.Link(from, to); err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Rename(from, to) // a file system without links
}

func (u *uploads) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.all, id)
}

// dropRecording gives a recording up. One that is not there any more is given up as well.
func (s *server) dropRecording(_ http.ResponseWriter, r *http.Request) (any, error) {
	if one, err := s.uploads.find(r); err == nil {
		s.uploads.forget(r.PathValue("id"))
		one.drop()
	}
	return done{}, nil
}
