//go:build unix

package export

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"snellen/engine/store"
	"snellen/steps/export/mlflow"
)

// startMLflow starts the real server on a loopback port and returns its address.
func startMLflow(t *testing.T, python string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	dir := t.TempDir()
	cmd := exec.Command(python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port",
		fmt.Sprint(port), "--workers", "1",
		"--backend-store-uri", "sqlite:///"+filepath.Join(dir, "db"), "--artifacts-destination",
		filepath.Join(dir, "artifacts"))
	cmd.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true",
		"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
		"PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"))
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); cmd.Wait() })
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	const pause = 200 * time.Millisecond // the server gives no other sign that it is ready
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(pause) {
		if resp, err := http.Get(address + "/health"); err == nil {
			resp.Body.Close()
			return address
		}
	}
	t.Fatalf("the server does not start:\n%s", read(t, dir, "log"))
	return ""
}

const readRuns = `
import json, sys, mlflow
c = mlflow.MlflowClient(sys.argv[1])
out = []
for r in c.search_runs([c.get_experiment_by_name("snacks").experiment_id]):
    out.append({"name": r.info.run_name, "status": r.info.status, "start": r.info.start_time, "end": r.info.end_time, "params": r.data.params, "tags": r.data.tags,
        "metrics": {k: [[m.step, m.timestamp, m.value] for m in c.get_metric_history(r.info.run_id, k)] for k in r.data.metrics},
        "artifacts": {a.path: open(c.download_artifacts(r.info.run_id, a.path)).read() for a in c.list_artifacts(r.info.run_id)}})
json.dump(out, sys.stdout)
`

type readRun struct {
	Name, Status            string
	Start, End              int64
	Params, Tags, Artifacts map[string]string
	Metrics                 map[string][][3]float64
}

// The real MLflow server, read with its own client, has every run, parameter, figure and file in
// its place, and once.
func TestMLflowHasIt(t *testing.T) {
	python := python(t, "mlflow")
	address := startMLflow(t, python)
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Prepare(); err != nil {
		t.Fatal(err)
	}
	weights, err := st.PutBytes([]byte("weights"))
	if err != nil {
		t.Fatal(err)
	}
	model, err := st.PutBytes([]byte(`{"format":1,"pretrained":{"licence":"MIT"}}`))
	if err != nil {
		t.Fatal(err)
	}
	list := trainings()
	for i := range list {
		list[i].Record.Outputs = map[string]store.Output{
			"model.safetensors": weights, "model.json": model,
		}
		list[i].Record.Manifest += list[i].Address
	}
	client, err := mlflow.Open(address, mlflow.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	m := MLflow{
		Client: client, Store: st, Experiment: "snacks", Spec: "snacks.hcl",
		Report: []byte("# snacks\n"), Page: []byte("<html>"), Progress: func(int, int) {},
		Warn: func(s string) { t.Error(s) },
	}
	for i, changed := range []int{3, 0, 1} {
		if i == 2 {
			list[0].Figures = slices.Clone(list[0].Figures)
			list[0].Figures[1].Value = 0.875 // judged again
		}
		r, err := m.Put(t.Context(), list)
		if err != nil || r.Changed != changed {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	var got []readRun
	if err := json.Unmarshal(runPython(t, python, readRuns, address), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("%d runs", len(got))
	}
	for _, run := range got {
		if run.Name == "320x240/1" {
			checkRun(t, run)
		}
	}
}

func checkRun(t *testing.T, run readRun) {
	t.Helper()
	at := func(d time.Duration) float64 { return float64(noon.Add(d).UnixMilli()) }
	for name, want := range map[string][][3]float64{
		"accuracy/validation": {
			{0, at(-40 * time.Second), 0.25}, {1, at(-10 * time.Second), 0.875},
		},
		"images_per_second": {
			{0, at(-40 * time.Second), 250}, {1, at(-10 * time.Second), 260},
		},
		"result/accuracy":             {{1, at(0), 0.875}},
		"result/detection_rate/shelf": {{1, at(time.Hour), 0.75}, {1, at(time.Hour), 0.875}},
	} {
		if fmt.Sprint(run.Metrics[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, run.Metrics[name], want)
		}
	}
	if run.Status != "FINISHED" || run.End != noon.UnixMilli() ||
		run.Start != noon.Add(-time.Minute).UnixMilli() {
		t.Errorf("%s from %d to %d", run.Status, run.Start, run.End)
	}
	if run.Params["optimizer"] != "sgd" || run.Params["resolution"] != "320x240" ||
		run.Tags["snellen.tool.libtorch"] != "1.13.1 cpu" {
		t.Errorf("%v\n%v", run.Params, run.Tags)
	}
	if run.Artifacts["model.safetensors"] != "weights" ||
		run.Artifacts["report.md"] != "# snacks\n" || run.Artifacts["report.html"] != "<html>" ||
		!strings.Contains(run.Artifacts[licenceName], "MIT License") {
		t.Errorf("artifacts: %v", run.Artifacts)
	}
}

// A server that keeps artifacts elsewhere gets all but them, and a warning says so.
func TestMLflowThatServesNoArtifacts(t *testing.T) {
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls = append(calls, r.URL.Path+string(body))
		fmt.Fprint(w, `{"experiment":{"experiment_id":"1"},"run":{"info":{"run_id":"a","artifact_uri":"s3://bucket/a"}}}`)
	}))
	defer server.Close()
	client, err := mlflow.Open(server.URL, mlflow.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	warned := ""
	m := MLflow{
		Client: client, Experiment: "snacks", Progress: func(int, int) {},
		Warn: func(s string) { warned += s },
	}
	r, err := m.Put(t.Context(), trainings()[:1])
	if err != nil || r.Changed != 1 || r.Files() != 0 ||
		!strings.Contains(warned, "--serve-artifacts") {
		t.Errorf("%+v, %v, %q", r, err, warned)
	}
	if last := calls[len(calls)-1]; !strings.Contains(last, sentTag) {
		t.Errorf("the last call is %s", last)
	}
}
