package studio

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/starter"
	"snellen/specs"
	"snellen/specs/edit"
)

// This file gives clips their place in the spec, and takes it from them.

// A placed says where a clip is now, and what that changed in the spec.
type placed struct {
	Path   string `json:"path"`
	Trash  string `json:"trash,omitempty"`
	Edited bool   `json:"edited"`
	Diff   string `json:"diff"`
	Note   string `json:"note"` // what a person should know, or ""
}

func (s *server) labels() []specs.Label {
	return specs.Labels(s.Spec, project.LoadOptions(s.Variables, project.ToRead))
}

// adopt gives a new clip its place in the spec. Most specs name folders, and have it already.
func (s *server) adopt(ctx context.Context, at string, t target) (placed, error) {
	defer s.hub.send("clips", done{})
	out := placed{Path: filepath.ToSlash(at)}
	s.editing.Lock()
	defer s.editing.Unlock()
	_, sum, err := s.text()
	if err != nil {
		return out, err
	}
	if sum == "" {
		return s.start(ctx, out)
	}
	label := specs.Normal(t.Label)
	has := s.labelOfClip(out.Path)
	switch {
	case t.Evaluation != "" && has == "":
		out.Note = "Draw the areas on it, and it is judged."
		return out, nil
	case t.Evaluation != "":
		out.Note = "The spec takes it for a clip of " + has + ": it names all files of the folder."
		return out, nil
	case has == label:
		return out, nil
	case has != "":
		out.Note = "The spec takes it for a clip of " + has + "."
		return out, nil
	}
	return s.change(out, func(src []byte) ([]byte, error) {
		return edit.AddClip(src, label, s.fromSpec(out.Path), s.labelNames())
	})
}

func (s *server) labelNames() (names []string) {
	for _, l := range s.labels() {
		names = append(names, l.Name)
	}
	return names
}

// labelOfClip returns the label that the spec gives a clip, or "".
func (s *server) labelOfClip(name string) string {
	for _, l := range s.labels() {
		for _, f := range append(slices.Clone(l.Videos), l.Pictures...) {
			if filepath.ToSlash(filepath.Clean(f)) == name {
				return l.Name
			}
		}
	}
	return ""
}

// fromSpec returns a path as the spec's folder sees it, with slashes.
func (s *server) fromSpec(name string) string {
	seen, err := filepath.Rel(filepath.Dir(s.Spec), filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.ToSlash(seen)
}

// start writes the spec, as init does, once there is footage of two labels.
func (s *server) start(ctx context.Context, out placed) (placed, error) {
	folder := filepath.Join(filepath.Dir(s.Spec), defaultFolder)
	found, err := starter.Look(ctx, folder, func(string, int, int) {})
	if err != nil {
		out.Note = "There is no spec yet: " + firstLine(err.Error()) + "."
		return out, nil
	}
	text := found.Spec(studyName(), defaultFolder)
	if err := project.WriteNew(s.Spec, text); err != nil {
		return out, err
	}
	out.Edited, out.Diff = true, difference(s.Spec, nil, text)
	s.hub.send("spec", sumEvent{sumOf(text)})
	return out, nil
}

// studyName returns the name of a new study: its folder's.
func studyName() string {
	dir, err := os.Getwd()
	if err != nil {
		return "study"
	}
	return filepath.Base(dir)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// sentence returns a text with its full stop; "" stays "".
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return text + "."
}

// change edits the spec for a clip. An edit that cannot be made is a note: the clip is where it is.
func (s *server) change(out placed, edit func(src []byte) ([]byte, error)) (placed, error) {
	src, sum, err := s.text()
	if err != nil || sum == "" {
		return out, err
	}
	changed, err := edit(src)
	if err == nil && string(changed) != string(src) {
		err = s.write(sum, src, changed)
	}
	if err != nil {
		out.Note = strings.TrimSpace(sentence(err.Error()) + " " + sentence(hintOf(err)))
		return out, nil
	}
	if string(changed) != string(src) {
		out.Edited, out.Diff = true, difference(s.Spec, src, changed)
	}
	return out, nil
}

// A renaming is a clip's new name.
type renaming struct {
	Path string `json:"path"`
	To   string `json:"to"` // without folder and ending
}

func (s *server) renameClip(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q renaming
	if err := read(r, &q); err != nil {
		return nil, err
	}
	c, err := s.files.find(q.Path)
	if err != nil {
		return nil, err
	}
	if problem := fileNameProblem(q.To); problem != "" {
		return nil, hinted(http.StatusUnprocessableEntity, problem, "choose another name")
	}
	from := filepath.FromSlash(c.Path)
	to := filepath.Join(filepath.Dir(from), q.To+filepath.Ext(from))
	if _, err := os.Lstat(to); err == nil {
		return nil, hinted(http.StatusConflict, to+" is there already", "choose another name")
	}
	return s.move(c, to, func(src []byte) ([]byte, error) {
		changed, _, err := edit.RenameFile(src, s.fromSpec(c.Path), s.fromSpec(to))
		return changed, err
	})
}

// move moves a clip, and has the spec follow. Where the spec cannot follow, nothing is moved.
func (s *server) move(c clip, to string, follow func(src []byte) ([]byte, error)) (any, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	defer s.hub.send("clips", done{})
	src, sum, err := s.text()
	if err != nil {
		return nil, err
	}
	changed := src
	if sum != "" {
		if changed, err = follow(src); err == nil {
			err = s.spoils(src, changed)
		}
		if err != nil {
			return nil, err
		}
	}
	from := filepath.FromSlash(c.Path)
	if err := link(from, to); err != nil {
		return nil, err
	}
	if err := os.Remove(from); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(err, os.Remove(to))
	}
	out := placed{Path: filepath.ToSlash(to)}
	return s.change(out, func([]byte) ([]byte, error) { return changed, nil })
}

// A named is a request about one clip.
type named struct {
	Path       string `json:"path"`
	Label      string `json:"label"`
	Evaluation string `json:"evaluation"`
}

// deleteClip moves a clip to a folder beside that of the footage, from where a person can take it
// back.
func (s *server) deleteClip(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q named
	if err := read(r, &q); err != nil {
		return nil, err
	}
	c, err := s.files.find(q.Path)
	if err != nil {
		return nil, err
	}
	from := filepath.FromSlash(c.Path)
	folder := s.folder(s.labels())
	inside, err := filepath.Rel(folder, from)
	if err != nil || !filepath.IsLocal(inside) {
		inside = filepath.Base(from)
	}
	trash := filepath.Clean(folder) + ".trash"
	if filepath.Clean(folder) == "." {
		trash = defaultFolder + ".trash" // nothing is written above the footage
	}
	to := filepath.Join(trash, inside)
	ext := filepath.Ext(to)
	to = free(filepath.Dir(to), strings.TrimSuffix(filepath.Base(to), ext), ext)
	moved, err := s.move(c, to, func(src []byte) ([]byte, error) {
		changed, _, err := edit.RemoveFile(src, s.fromSpec(c.Path))
		return changed, err
	})
	if err != nil {
		return nil, err
	}
	out := moved.(placed)
	out.Trash, out.Path = out.Path, c.Path
	os.Remove(filepath.Dir(from)) // a label's folder that is empty now, and fails else
	return out, nil
}

// useClip gives a clip a meaning in the spec.
func (s *server) useClip(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q named
	if err := read(r, &q); err != nil {
		return nil, err
	}
	c, err := s.files.find(q.Path)
	if err != nil {
		return nil, err
	}
	t := target{Label: q.Label, Evaluation: q.Evaluation}
	if err := t.check(); err != nil {
		return nil, err
	}
	if q.Evaluation == "" {
		return s.adopt(r.Context(), filepath.FromSlash(c.Path), t)
	}
	options := project.LoadOptions(s.Variables, project.ToRead)
	for _, e := range specs.Evaluations(s.Spec, options) {
		if e.Name == q.Evaluation && e.Video != "" {
			s.editing.Lock()
			defer s.editing.Unlock()
			return s.change(placed{Path: c.Path}, func(src []byte) ([]byte, error) {
				old := filepath.ToSlash(filepath.Clean(e.Video))
				changed, _, err := edit.RenameFile(src, s.fromSpec(old), s.fromSpec(c.Path))
				return changed, err
			})
		}
	}
	return placed{Path: c.Path, Note: "Draw the areas on it, and it is judged."}, nil
}
