package studio

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"snellen/cmd/snellen/studio/page"
	reportpage "snellen/steps/report/page"
)

// routes returns what answers requests that the guard let through.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", serveAsset("index.html"))
	mux.HandleFunc("GET /{name...}", func(w http.ResponseWriter, r *http.Request) {
		serveAsset(r.PathValue("name"))(w, r)
	})
	mux.HandleFunc("GET /report.css", serveText("text/css", reportpage.Sheet))
	mux.HandleFunc("GET /echarts.js", serveText("text/javascript", reportpage.Charts))

	for pattern, h := range map[string]handler{
		"GET /api/state":                   s.getState,
		"GET /api/clips":                   s.getClips,
		"POST /api/clips/rename":           s.renameClip,
		"POST /api/clips/delete":           s.deleteClip,
		"POST /api/clips/use":              s.useClip,
		"POST /api/chart":                  s.chart,
		"POST /api/recordings":             s.beginRecording,
		"PUT /api/recordings/{id}":         s.addToRecording,
		"POST /api/recordings/{id}/finish": s.finishRecording,
		"DELETE /api/recordings/{id}":      s.dropRecording,
		"POST /api/edit":                   s.edit,
		"GET /api/plan":                    s.plan,
		"POST /api/apply":                  s.apply,
		"POST /api/stop":                   s.stop,
		"GET /api/run":                     s.getRun,
		"GET /api/runs":                    s.getRuns,
		"GET /api/logs":                    s.getLogs,
		"POST /api/watch":                  s.beginWatch,
		"POST /api/watch/{id}/picture":     s.judgePicture,
		"DELETE /api/watch/{id}":           s.endWatch,
		"GET /media/clip":                  s.serveClip,
		"GET /media/thumb":                 s.serveThumb,
		"GET /media/frame":                 s.serveFrame,
		"GET /report/{$}":                  s.serveReport,
		"GET /compare":                     s.serveComparison,
	} {
		mux.Handle(pattern, h)
	}
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, r *http.Request) {
		s.hub.serve(w, r, s.runs.first)
	})
	return mux
}

// serveAsset serves one of the page's own files.
func serveAsset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !fs.ValidPath(name) || strings.HasSuffix(name, ".go") {
			fail(w, errGone("there is nothing at "+r.URL.Path))
			return
		}
		data, err := page.Files.ReadFile(name)
		if err != nil {
			fail(w, errGone("there is nothing at "+r.URL.Path))
			return
		}
		w.Header().Set("Content-Type", types[path.Ext(name)])
		patient{w}.Write(data)
	}
}

// types are the page's kinds of files. A system's own table may have others.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", "": "text/plain; charset=utf-8",
}

// serveText serves a text that the report's page has as well.
func serveText(kind string, text func() (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		body, err := text()
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		patient{w}.Write([]byte(body))
	}
}
