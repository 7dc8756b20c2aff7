package studio

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/engine/draft"
	"snellen/specs"
	"snellen/specs/builtin"
)

// A clip is a video or a picture that the study has, or that lies in its folder of footage.
type clip struct {
	Path       string    `json:"path"` // from the folder in which snellen runs, with slashes
	Label      string    `json:"label"`
	Evaluation string    `json:"evaluation"` // both "": nothing of the spec names it
	Bytes      int64     `json:"bytes"`
	Modified   time.Time `json:"modified"`
	Seconds    float64   `json:"seconds"` // 0: not known yet
	Rate       float64   `json:"rate"`    // frames a second
	Width      int       `json:"width"`   // pixels
	Height     int       `json:"height"`
	Problem    string    `json:"problem"` // why it cannot be read
}

// facts are what a look at a file tells.
type facts struct {
	seconds, rate float64
	width, height int
	problem       string
}

// A stamp tells a file from what was at its path before.
type stamp struct {
	size int64
	time time.Time
}

// A footage knows the clips. It looks into one file after another, so that a folder of hundreds is
// shown at once and filled in.
type footage struct {
	*server
	asked chan struct{} // that somebody wants to know more

	mu    sync.Mutex
	known map[string]glance // by path
	paths map[string]clip   // that were listed last, by path
	seen  string            // what the folder had when the pages were told last
}

type glance struct {
	stamp
	facts
}

func newFootage(s *server) *footage {
	return &footage{server: s, asked: make(chan struct{}, 1), known: map[string]glance{}}
}

const (
	maxClips   = 20_000
	maxFolders = 6 // one in another
)

// mediaSuffixes are the files that are clips.
var mediaSuffixes = []string{".avi", ".bmp", ".jpeg", ".jpg", ".m4v", ".mkv", ".mov", ".mp4",
	".mpg", ".mts", ".png", ".ts", ".webm", ".webp"}

func isPicture(name string) bool {
	return slices.Contains([]string{".bmp", ".jpeg", ".jpg", ".png", ".webp"},
		strings.ToLower(path.Ext(name)))
}

// list returns the clips that the spec names or that lie in its folder.
func (f *footage) list() []clip {
	options := project.LoadOptions(f.Variables, project.ToRead)
	return f.listOf(specs.Labels(f.Spec, options), specs.Evaluations(f.Spec, options))
}

// listOf is list for a spec that was read.
func (f *footage) listOf(labels []specs.Label, evaluations []specs.Evaluation) []clip {
	folder := f.folder(labels)
	all := map[string]clip{}
	add := func(name, label, evaluation string) {
		name = filepath.ToSlash(filepath.Clean(name))
		c := all[name]
		c.Path = name
		if label != "" {
			c.Label = label
		}
		if evaluation != "" {
			c.Evaluation = evaluation
		}
		all[name] = c
	}
	exists := len(labels)+len(evaluations) > 0
	walk(folder, f.madeHere, func(name string) {
		label := ""
		if !exists { // what init would make of it
			label = labelOf(folder, name)
		}
		add(name, label, "")
	})
	for _, l := range labels {
		for _, name := range append(slices.Clone(l.Videos), l.Pictures...) {
			add(name, l.Name, "")
		}
	}
	for _, e := range evaluations {
		for _, name := range e.Stills {
			add(name, "", e.Name)
		}
		if e.Video != "" {
			add(e.Video, "", e.Name)
		}
	}
	out := make([]clip, 0, len(all))
	for _, c := range all {
		f.fill(&c)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b clip) int { return strings.Compare(a.Path, b.Path) })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = all
	return out
}

// labelOf returns the folder of a label in which a file is, or "".
func labelOf(folder, name string) string {
	inside, err := filepath.Rel(folder, name)
	if err != nil {
		return ""
	}
	dir, _, deeper := strings.Cut(filepath.ToSlash(inside), "/")
	if !deeper {
		return ""
	}
	return specs.Normal(dir)
}

// sweep removes what a killed server had filmed and not yet finished.
func (f *footage) sweep() {
	dirs := map[string]bool{f.folder(f.labels()): true, f.watchFolder(): true}
	for _, c := range f.list() {
		dirs[filepath.Dir(filepath.FromSlash(c.Path))] = true
	}
	for dir := range dirs {
		draft.Sweep(dir)
	}
}

// madeHere reports whether a folder is one that snellen itself fills with pictures: the store, a
// spec's report, or what was saved of a watched camera.
func (f *footage) madeHere(name string) bool {
	for _, suffix := range []string{".report", ".watch"} {
		if spec, ok := strings.CutSuffix(name, suffix); ok && builtin.IsRegular(spec+".hcl") {
			return true
		}
	}
	store, err := os.Stat(f.Store.Dir())
	if err != nil {
		return false
	}
	info, err := os.Stat(name)
	return err == nil && os.SameFile(store, info)
}

// walk calls visit with each media file below a folder, and looks into no folder that skip is true
// of. It follows no link to a folder.
func walk(folder string, skip func(name string) bool, visit func(name string)) {
	n := 0
	filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			deep, _ := filepath.Rel(folder, name)
			if name != folder && (strings.HasPrefix(d.Name(), ".") || skip(name) ||
				strings.Count(deep, string(filepath.Separator)) >= maxFolders) {
				return fs.SkipDir
			}
			return nil
		}
		if n++; n > maxClips {
			return fs.SkipAll
		}
		if !strings.HasPrefix(d.Name(), ".") && slices.Contains(mediaSuffixes,
			strings.ToLower(path.Ext(d.Name()))) && builtin.IsRegular(name) {
			visit(name)
		}
		return nil
	})
}

// fill adds what is known of a clip's file, and asks for a look where that is nothing.
func (f *footage) fill(c *clip) {
	info, err := os.Stat(filepath.FromSlash(c.Path))
	if err != nil {
		c.Problem = "the file is not there"
		return
	}
	c.Bytes, c.Modified = info.Size(), info.ModTime().UTC()
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.known[c.Path]
	if g.stamp != (stamp{c.Bytes, info.ModTime()}) {
		select {
		case f.asked <- struct{}{}:
		default:
		}
		return
	}
	c.Seconds, c.Rate, c.Width, c.Height = g.seconds, g.rate, g.width, g.height
	c.Problem = g.problem
}

// facts returns what is known of a file, which may be nothing yet.
func (f *footage) facts(name string) facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[filepath.ToSlash(filepath.Clean(name))].facts
}

// look looks into the files that are new, and tells the pages, until ctx ends.
func (f *footage) look(ctx context.Context) {
	f.sweep()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.asked:
		}
		told := time.Now()
		for _, c := range f.list() {
			info, err := os.Stat(filepath.FromSlash(c.Path))
			if err != nil || ctx.Err() != nil {
				continue
			}
			now := stamp{info.Size(), info.ModTime()}
			f.mu.Lock()
			known := f.known[c.Path].stamp == now
			f.mu.Unlock()
			if known {
				continue
			}
			seen := f.eyes.facts(ctx, c.Path)
			if ctx.Err() != nil {
				return
			}
			f.mu.Lock()
			f.known[c.Path] = glance{now, seen}
			f.mu.Unlock()
			if time.Since(told) > time.Second {
				f.hub.send("clips", done{})
				told = time.Now()
			}
		}
		f.hub.send("clips", done{})
	}
}

// find returns the clip at a path that a page sent: one of those that were listed, and no other
// file of this machine. A page asks for hundreds in a row, so what was listed last is looked at
// first.
func (f *footage) find(name string) (clip, error) {
	f.mu.Lock()
	c, ok := f.paths[name]
	f.mu.Unlock()
	if ok {
		if f.fill(&c); c.Problem == "" {
			return c, nil
		}
	}
	for _, c := range f.list() {
		if c.Path == name {
			return c, nil
		}
	}
	return clip{}, errGone("there is no clip " + name)
}

// changed reports whether the folder has other files than when it was asked last.
func (f *footage) changed() bool {
	var b strings.Builder
	for _, c := range f.list() {
		b.WriteString(c.Path + "\x00" + c.Modified.String() + "\x00")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.seen
	f.seen = b.String()
	return before != "" && before != f.seen
}

func (s *server) getClips(http.ResponseWriter, *http.Request) (any, error) {
	s.editing.Lock() // a clip that is being moved has two names
	defer s.editing.Unlock()
	return struct {
		Clips []clip `json:"clips"`
	}{s.files.list()}, nil
}
