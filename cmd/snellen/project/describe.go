package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"snellen/steps/video"
)

// A VideoDescriber describes videos to people who write a spec. It looks at each once, until the
// file changes. It may be used by several goroutines.
type VideoDescriber struct {
	mu    sync.Mutex
	known map[described]*description
}

// described is a video's stream as it was at some time.
type described struct {
	key     string // source.key
	size    int64  // of the file, bytes
	changed time.Time
}

// A description is what is known of a video, once done is closed.
type description struct {
	done chan struct{}
	text string
}

// maxDescribed bounds what is remembered; beyond it, all is forgotten.
const maxDescribed = 1000

// Describe returns what is known of a video, as Markdown: its size, its rate, its length, and what
// is odd about it. Where looking at it takes longer than ctx allows, Describe says so, and a later
// call may know more. It returns "" for a file that is not there.
func (d *VideoDescriber) Describe(ctx context.Context, path string, stream *int) string {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() {
		return ""
	}
	s := source{path: path, stream: stream}
	about := d.look(s, described{s.key(), fi.Size(), fi.ModTime()})
	name := "`" + strings.ReplaceAll(filepath.Base(path), "`", "'") + "`"
	select {
	case <-about.done:
		return name + ": " + about.text
	case <-ctx.Done():
		return name + " is being looked at"
	}
}

// look returns a video's description, which it begins where there is none.
func (d *VideoDescriber) look(s source, at described) *description {
	d.mu.Lock()
	defer d.mu.Unlock()
	if about := d.known[at]; about != nil {
		return about
	}
	if d.known == nil || len(d.known) >= maxDescribed {
		d.known = map[described]*description{}
	}
	about := &description{done: make(chan struct{})}
	d.known[at] = about
	go func() {
		defer close(about.done)
		quick, err := lookAt(context.Background(), s) // for later calls too
		if err != nil {
			about.text = s.problem(err).Message
			return
		}
		about.text = describe(quick)
	}()
	return about
}

// describe returns a list of what is known of a video, as Markdown.
func describe(q *video.QuickProbe) string {
	w, h := q.Reading.DisplaySize()
	text := fmt.Sprintf("%dx%d, %s", w, h, q.Pace())
	for _, odd := range append(q.Reading.Unusual(), q.Notes...) {
		text += "\n- " + odd
	}
	return text
}
