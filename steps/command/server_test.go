package command

import (
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/steps/container"
)

// The test program plays the server.
func TestMain(m *testing.M) {
	if os.Getenv("ROLE") == "server" {
		play()
	}
	os.Exit(m.Run())
}

// play serves; a request's body says how it behaves. At SIGTERM it leaves a file.
func play() {
	polite := make(chan os.Signal, 1)
	signal.Notify(polite, syscall.SIGTERM)
	go func() {
		<-polite
		os.WriteFile("polite", nil, 0o666)
		os.Exit(0)
	}()
	http.HandleFunc("/ping", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/invocations", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch string(body) {
		case "endless":
			io.WriteString(w, "[0.5, 0.5"+strings.Repeat(" ", container.MaxBody)+"]")
		case "elsewhere":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
		case "die":
			io.WriteString(os.Stderr, "a bus error\n")
			os.Exit(3)
		default:
			w.Write(body)
		}
	})
	http.ListenAndServe("127.0.0.1:"+os.Getenv("SAGEMAKER_BIND_TO_PORT"), nil)
}

func TestServer(t *testing.T) {
	r := newTestRoot(t)
	if err := os.MkdirAll(r.path("code"), 0o777); err != nil {
		t.Fatal(err)
	}
	start := func() *server {
		out := newOutput(&step.Job{Report: func(step.Progress) {}},
			func(string) step.Progress { return step.Progress{} })
		s, err := serve(t.Context(), r, []string{"model-server"}, os.Args[0],
			r.environment(map[string]string{"ROLE": "server"}, 1, 0), out)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ready(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	if list, err := s.ask(t.Context(), []byte(`{"prediction": [0.25, 0.75]}`), 2); err != nil ||
		list[1] != 0.75 {
		t.Errorf("%v, %v", list, err)
	}
	for body, want := range map[string]string{
		"endless": "neither a list nor a prediction", "elsewhere": "model-server answers 307",
		"[0.5]": "it answers 1 probabilities, and the study has 2 labels",
	} {
		if list, err := s.ask(t.Context(), []byte(body), 2); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", body, list, err)
		}
	}
	s.close()
	if _, err := os.Stat(r.path("code/polite")); err != nil {
		t.Errorf("it was not stopped by SIGTERM: %v", err)
	}
	s = start()
	defer s.close()
	if list, err := s.ask(t.Context(), []byte("die"), 2); err == nil ||
		err.Error() != "model-server failed: exit code 3: a bus error" {
		t.Errorf("a dead server: %v, %v", list, err)
	}
}
