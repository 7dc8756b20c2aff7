package studio

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/regular"
)

// serveClip serves a file as it is, in parts where the browser asks for them.
func (s *server) serveClip(w http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.files.find(r.URL.Query().Get("path"))
	if err != nil {
		return nil, err
	}
	return nil, serveFile(w, r, filepath.FromSlash(c.Path))
}

func serveFile(w http.ResponseWriter, r *http.Request, name string) error {
	f, err := regular.Open(name)
	if err != nil {
		return errGone(err.Error())
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Content-Disposition", "inline")
	http.ServeContent(patient{w}, r, "", info.ModTime(), f)
	return nil
}

// contentType returns the type of a clip by its name. What a browser would run is none of them.
func contentType(name string) string {
	switch filepath.Ext(name) {
	case ".mp4", ".m4v", ".MP4":
		return "video/mp4"
	case ".mov", ".MOV":
		return "video/quicktime"
	case ".webm":
		return "video/webm"
	case ".mkv":
		return "video/x-matroska"
	case ".jpg", ".jpeg", ".JPG":
		return "image/jpeg"
	case ".png", ".PNG":
		return "image/png"
	case ".webp":
		return "image/webp"
	}
	return "application/octet-stream"
}

// A patient writer gives a reader time for each part, and not for the whole: a film is read as it
// plays.
type patient struct{ http.ResponseWriter }

func (p patient) Write(data []byte) (int, error) {
	soon(p.ResponseWriter)
	return p.ResponseWriter.Write(data)
}

// serveThumb serves a small picture of a clip.
func (s *server) serveThumb(w http.ResponseWriter, r *http.Request) (any, error) {
	c, err := s.files.find(r.URL.Query().Get("path"))
	if err != nil {
		return nil, err
	}
	data, err := s.eyes.thumb(r.Context(), c)
	if err != nil {
		return nil, err
	}
	writeJPEG(w, data)
	return nil, nil
}

// serveFrame serves a frame of an evaluation, in the size to which its areas refer, or of a clip.
func (s *server) serveFrame(w http.ResponseWriter, r *http.Request) (any, error) {
	q := r.URL.Query()
	at := 0.0
	if text := q.Get("at"); text != "" {
		var err error
		if at, err = strconv.ParseFloat(text, 64); err != nil || !(at >= 0 && at < 1e6) {
			return nil, problem{http.StatusBadRequest, fmt.Errorf("at is no time: %.40q", text)}
		}
	}
	v, err := s.view(q.Get("evaluation"), q.Get("path"))
	if err != nil {
		return nil, err
	}
	data, err := s.eyes.frame(r.Context(), v, at)
	if err != nil {
		return nil, err
	}
	writeJPEG(w, data)
	return nil, nil
}

func writeJPEG(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	patient{w}.Write(data)
}

// reportPath is the page that apply writes.
func (s *server) reportPath() string { return filepath.Join(s.reportFolder(), "index.html") }

// maxReport bounds the page of a report, which has its pictures in it.
const maxReport = 256 << 20

// serveReport serves the report's page, which may run its own scripts and ask nothing.
func (s *server) serveReport(w http.ResponseWriter, r *http.Request) (any, error) {
	data, err := regular.Read(s.reportPath(), maxReport)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hinted(http.StatusNotFound, "there is no report yet", "apply the study")
	}
	if err != nil {
		return nil, err
	}
	writeForeign(w, data)
	return nil, nil
}

// writeForeign writes a page that was made elsewhere, with the policy for such.
func writeForeign(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Security-Policy", foreign)
	w.Header().Del("Cross-Origin-Opener-Policy") // browsers refuse a page in a sandbox that has one
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	patient{w}.Write(data)
}
