package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// The test program is the worker, in the role that this variable names.
const role = "SNELLEN_TEST_WORKER"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "good":
		if err := Serve(context.Background(), os.Stdin, os.Stdout, program); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "old":
		fmt.Println(`{"type":"hello","protocol":0}`)
		io.Copy(io.Discard, os.Stdin)
	case "babbling":
		fmt.Println(`{"type":"hello","protocol":3}`)
		fmt.Println("OpenCV: warning: something")
		io.Copy(io.Discard, os.Stdin)
	case "dead":
		fmt.Fprintln(os.Stderr, "error while loading shared libraries: libtorch.so")
		os.Exit(127)
	}
}

// program is the test's worker. A setup is a text that the kind "setup" reports.
var program = Program{
	Tools: map[string]string{"opencv": "4.6.0"},
	Runners: func(setup json.RawMessage, stop <-chan struct{}) (map[string]step.Runner, error) {
		if string(setup) == `"bad"` {
			return nil, step.WithHint(errors.New("bad setup"), "send another")
		}
		all := maps.Clone(kinds)
		all["setup"] = runnerFunc(func(_ context.Context, job *step.Job) error {
			job.Report(step.Progress{Log: string(setup)})
			return nil
		})
		all["stop"] = runnerFunc(func(ctx context.Context, job *step.Job) error {
			job.Report(step.Progress{Log: "running"})
			select {
			case <-stop:
				return step.WithHint(step.Detached("job goes on"), "apply again")
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		return all, nil
	},
}

// kinds are what the test's worker can do.
var kinds = map[string]step.Runner{
	"copy": runnerFunc(func(_ context.Context, job *step.Job) error {
		data, err := os.ReadFile(job.Inputs["in"])
		if err != nil {
			return err
		}
		job.Report(step.Progress{Log: job.Key})
		for i := range 1000 {
			job.Report(step.Progress{Done: float64(i + 1), Total: 1000, Unit: "bytes"})
		}
		job.Report(step.Progress{Metrics: &step.Metrics{Epoch: 3, Values: map[string]float64{"loss": 0.5}}})
		return os.WriteFile(filepath.Join(job.Out, "out"), append(data, job.Params...), 0o666)
	}),
	"fail": runnerFunc(func(context.Context, *step.Job) error {
		return step.WithHint(errors.New("no luck"), "try again")
	}),
	"wait": runnerFunc(func(ctx context.Context, job *step.Job) error {
		job.Report(step.Progress{Log: "waiting"})
		<-ctx.Done()
		return ctx.Err()
	}),
	"talk": talker{}, "answer": answerer{},
	"crash": runnerFunc(func(_ context.Context, job *step.Job) error {
		panic("assertion failed")
	}),
	"starve": runnerFunc(func(context.Context, *step.Job) error {
		fmt.Fprintln(os.Stderr, "fatal error: out of memory allocating heap arena map")
		fmt.Fprintln(os.Stderr, strings.Repeat("cs 0x33\n", 8000))
		os.Exit(2)
		return nil
	}),
	"refuse": runnerFunc(func(context.Context, *step.Job) error {
		return step.WithHint(errors.New("can't allocate memory"), "look at it")
	}),
	"pid": runnerFunc(func(_ context.Context, job *step.Job) error {
		job.Report(step.Progress{Log: fmt.Sprint(os.Getppid(), " ", os.Getenv("OMP_WAIT_POLICY"), " ", nonce)})
		return nil
	}),
}

// nonce tells one worker from another: in a PID namespace of its own each is process 1.
var nonce = fmt.Sprintf("%p", new(int))

type runnerFunc func(context.Context, *step.Job) error

func (f runnerFunc) Run(ctx context.Context, job *step.Job) error { return f(ctx, job) }

// An answerer sends one message.
type answerer struct{}

func (answerer) Run(context.Context, *step.Job) error { return errors.New("it answers") }

func (answerer) Talk(_ context.Context, _ *step.Job, line Line) error {
	return line.Send(map[string]int{"n": 7})
}

// A talker says back what it is told, until that is "enough".
type talker struct{}

func (talker) Run(context.Context, *step.Job) error { return errors.New("it wants to talk") }

func (talker) Talk(ctx context.Context, job *step.Job, line Line) error {
	if err := line.Send("hello " + job.Key); err != nil {
		return err
	}
	for {
		select {
		case told := <-line.Received:
			if string(told) == `"enough"` {
				return line.Send(strings.Repeat("x", maxLine/2))
			}
			if err := line.Send(told); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin starts the test program in a role.
func begin(as string) Start {
	return Start{Program: os.Args[0], Env: append(os.Environ(), role+"="+as)}
}

func pool(t *testing.T, as string, size int) *Pool {
	p := NewPool(begin(as), size)
	t.Cleanup(p.Close)
	return p
}

func newJob(t *testing.T) *step.Job {
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte("bytes "), 0o666); err != nil {
		t.Fatal(err)
	}
	return &step.Job{
		Address: "80x60/copy", Key: "abc", Params: json.RawMessage(`{"a":1}`), Inputs: map[string]string{"in": in},
		Out: t.TempDir(), Report: func(step.Progress) {},
	}
}

// unlessCommand passes on what a step itself reports. The pool reports its command, before it
// begins.
func unlessCommand(report func(step.Progress)) func(step.Progress) {
	return func(p step.Progress) {
		if p.Command == "" {
			report(p)
		}
	}
}

// conform is what every runner of steps must do, here or in another process.
func conform(t *testing.T, runner func(kind string) step.Runner) {
	t.Run("outputs and progress", func(t *testing.T) {
		job := newJob(t)
		var told []step.Progress
		job.Report = unlessCommand(func(p step.Progress) { told = append(told, p) })
		if err := runner("copy").Run(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(job.Out, "out"))
		if string(data) != `bytes {"a":1}` {
			t.Errorf("%q, %v", data, err)
		}
		if len(told) != 1002 || told[0].Log != "abc" || told[500].Done != 500 ||
			told[1001].Metrics.Values["loss"] != 0.5 {
			t.Errorf("told %d: %+v ...", len(told), told[0])
		}
	})
	t.Run("failure", func(t *testing.T) {
		err := runner("fail").Run(t.Context(), newJob(t))
		if err == nil || err.Error() != "no luck" || step.Hint(err) != "try again" {
			t.Errorf("%v, hint %q", err, step.Hint(err))
		}
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		job := newJob(t)
		job.Report = unlessCommand(func(step.Progress) { cancel() })
		if err := runner("wait").Run(ctx, job); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("missing input", func(t *testing.T) {
		job := newJob(t)
		job.Inputs["in"] += "gone"
		if err := runner("copy").Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "ingone") {
			t.Errorf("%v", err)
		}
	})
}

func TestInProcess(t *testing.T) {
	conform(t, func(kind string) step.Runner { return kinds[kind] })
}

func TestPool(t *testing.T) {
	conform(t, pool(t, "good", 1).Runner)
}

// who tells which worker runs a step.
func who(t *testing.T, p *Pool) string {
	t.Helper()
	job, said := newJob(t), ""
	job.Report = func(p step.Progress) { said = p.Log }
	if err := p.Runner("pid").Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return said
}

// TestCommandCanBeTyped types a step's command in a shell.
func TestCommandCanBeTyped(t *testing.T) {
	p := pool(t, "good", 1)
	job, command := newJob(t), ""
	job.Params = json.RawMessage(`{"a":"it's \\ 1"}`)
	job.Report = func(p step.Progress) { command += p.Command }
	if err := p.Runner("copy").Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(job.Out, "out")
	first, err := os.ReadFile(out)
	if err == nil {
		err = os.Remove(out)
	}
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-c", command)
	shell.Env = append(os.Environ(), role+"=good")
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := shell.StdoutPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), `"type":"done"`) {
			in.Close()
		}
	}
	if err := shell.Wait(); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	if second, err := os.ReadFile(out); err != nil || string(second) != string(first) {
		t.Errorf("%q, not %q: %v", second, first, err)
	}
}

// TestTalk: a job and its caller exchange messages until either stops. One that is too long for a
// line is an error of the job.
func TestTalk(t *testing.T) {
	var heard []string
	converse := func(tell func(any) error) func(json.RawMessage) {
		return func(said json.RawMessage) {
			heard = append(heard, string(said))
			next := map[int]any{1: map[string]int{"n": 1}, 2: "enough"}[len(heard)]
			if err := tell(next); err != nil {
				t.Error(err)
			}
		}
	}
	err := Talk(t.Context(), begin("good"), "talk", newJob(t), converse)
	if err == nil || !strings.Contains(err.Error(), "is too long") ||
		strings.Join(heard, " ") != `"hello abc" {"n":1}` {
		t.Errorf("heard %q, %v", heard, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hangUp := func(func(any) error) func(json.RawMessage) { return func(json.RawMessage) { cancel() } }
	if err := Talk(ctx, begin("good"), "talk", newJob(t), hangUp); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestWorkerIsKept(t *testing.T) {
	p := pool(t, "good", 2)
	first := who(t, p)
	if !strings.Contains(first, "PASSIVE") {
		t.Errorf("OpenMP's threads may spin: %s", first)
	}
	if again := who(t, p); again != first {
		t.Errorf("another worker: %s, %s", first, again)
	}
}

func TestCrashFailsOneStep(t *testing.T) {
	p := pool(t, "good", 1)
	err := p.Runner("crash").Run(t.Context(), newJob(t))
	if err == nil || !strings.Contains(err.Error(), "exit status 2: panic: assertion failed") {
		t.Errorf("%v", err)
	}
	who(t, p)
}

// TestWorkerWithoutMemory runs what crashes when it is refused memory, behind much that a crash
// prints, and what returns an error.
func TestWorkerWithoutMemory(t *testing.T) {
	if proc.MemoryLimit() == 0 {
		t.Skip("a worker may use what there is")
	}
	p := pool(t, "good", 1)
	for kind, want := range map[string]string{
		"starve": "worker.test needed more memory than the ", "refuse": "can't allocate memory",
	} {
		err := p.Runner(kind).Run(t.Context(), newJob(t))
		if err == nil || !strings.HasPrefix(err.Error(), want) ||
			!strings.HasPrefix(step.Hint(err), "a worker may use ") {
			t.Errorf("%s: %v, %s", kind, err, step.Hint(err))
		}
	}
	who(t, p)
}

func TestKilledAtWork(t *testing.T) {
	c, _, err := start(t.Context(), begin("good"))
	if err != nil {
		t.Fatal(err)
	}
	job := newJob(t)
	job.Report = unlessCommand(func(step.Progress) { c.cmd.Kill() })
	failed, broken := c.run(t.Context(), "wait", true, []*step.Job{job}, nil)
	if failed != nil || broken == nil || !strings.Contains(broken.Error(), "killed") || step.Hint(broken) == "" {
		t.Errorf("%v, %v, hint %q", failed, broken, step.Hint(broken))
	}
}

// A worker that was killed while it had nothing to do is replaced, and no step notices.
func TestKilledWhileIdle(t *testing.T) {
	p := pool(t, "good", 1)
	who(t, p)
	c := p.idle[0]
	c.cmd.Kill()
	c.cmd.Process.Wait()
	for c.alive() { // until the end of its output is heard
	}
	who(t, p)
}

func TestParallel(t *testing.T) {
	p := pool(t, "good", 2)
	ctx, cancel := context.WithCancel(t.Context())
	var both, waiting sync.WaitGroup
	waiting.Add(2)
	for range 2 { // each waits for the other to run, too
		both.Go(func() {
			job := newJob(t)
			job.Report = unlessCommand(func(step.Progress) { waiting.Done() })
			p.Runner("wait").Run(ctx, job)
		})
	}
	waiting.Wait()
	impatient, hurry := context.WithCancel(t.Context())
	hurry()
	if err := p.Runner("pid").Run(impatient, newJob(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a third step of two: %v", err)
	}
	cancel()
	both.Wait()
}

func TestBadWorkers(t *testing.T) {
	for as, want := range map[string]string{
		"old": "speaks protocol 0, and snellen 3", "babbling": "not JSON", "dead": "libtorch.so",
	} {
		err := pool(t, as, 1).Runner("copy").Run(t.Context(), newJob(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", as, err, want)
		}
	}
	p := NewPool(Start{Program: filepath.Join(t.TempDir(), "none")}, 1)
	if err := p.Runner("copy").Run(t.Context(), newJob(t)); !errors.Is(err, os.ErrNotExist) || step.Hint(err) == "" {
		t.Errorf("no program: %v", err)
	}
	err := pool(t, "good", 1).Runner("unknown").Run(t.Context(), newJob(t))
	if err == nil || !strings.Contains(err.Error(), `cannot run steps of kind "unknown"`) {
		t.Errorf("%v", err)
	}
}

func TestTools(t *testing.T) {
	tools, err := Tools(t.Context(), begin("good"))
	if err != nil || tools["opencv"] != "4.6.0" {
		t.Errorf("%v, %v", tools, err)
	}
	if _, err := Tools(t.Context(), begin("dead")); err == nil || !strings.Contains(err.Error(), "libtorch.so") {
		t.Errorf("%v", err)
	}
}

// TestBatch: jobs of one request end each by itself, in order, and report each for itself.
func TestBatch(t *testing.T) {
	jobs := []*step.Job{newJob(t), newJob(t), newJob(t)}
	jobs[1].Inputs["in"] += "gone"
	logs := make([]string, len(jobs))
	for i, j := range jobs {
		j.Key = fmt.Sprint("key ", i)
		j.Report = func(p step.Progress) { logs[i] += p.Log }
	}
	errs := pool(t, "good", 1).Batcher("copy").(step.Batcher).RunBatch(t.Context(), jobs)
	if errs[0] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), "ingone") || errs[2] != nil {
		t.Errorf("%v", errs)
	}
	if logs[0] != "key 0" || logs[1] != "" || logs[2] != "key 2" {
		t.Errorf("%q", logs)
	}
	for _, i := range []int{0, 2} {
		if _, err := os.Stat(filepath.Join(jobs[i].Out, "out")); err != nil {
			t.Error(err)
		}
	}
	for i, err := range pool(t, "good", 1).Batcher("crash").(step.Batcher).RunBatch(t.Context(), jobs) {
		if err == nil || !strings.Contains(err.Error(), "assertion failed") {
			t.Errorf("job %d of a crashed batch: %v", i, err)
		}
	}
}

// TestSetup: runners learn what was sent first, and nothing runs where they refuse it.
func TestSetup(t *testing.T) {
	s := begin("good")
	s.Setup = map[string]string{"region": "us-east-1"}
	p := NewPool(s, 1)
	defer p.Close()
	job, log := newJob(t), ""
	job.Report = func(p step.Progress) { log += p.Log }
	if err := p.Reporter("setup").Run(t.Context(), job); err != nil || log != `{"region":"us-east-1"}` {
		t.Errorf("%q, %v", log, err)
	}
	s.Setup = "bad"
	refused := NewPool(s, 1)
	defer refused.Close()
	err := refused.Reporter("setup").Run(t.Context(), newJob(t))
	if err == nil || err.Error() != "bad setup" || step.Hint(err) != "send another" {
		t.Errorf("%v, hint %q", err, step.Hint(err))
	}
}

// TestShared: one worker runs several jobs at once, and the first interrupt reaches them all, and
// those that come later.
func TestShared(t *testing.T) {
	s := NewShared(begin("good"))
	defer s.Close()
	conform(t, s.Runner)
	var started, ended sync.WaitGroup
	started.Add(3)
	check := func(err error) {
		if d, ok := errors.AsType[step.Detached](err); !ok || d.Error() != "job goes on" {
			t.Errorf("%T %v", err, err)
		}
	}
	for range 3 {
		ended.Go(func() {
			job := newJob(t)
			job.Report = func(step.Progress) { started.Done() }
			check(s.Runner("stop").Run(t.Context(), job))
		})
	}
	started.Wait()
	s.Stop()
	ended.Wait()
	check(s.Runner("stop").Run(t.Context(), newJob(t)))
	if err := s.Runner("crash").Run(t.Context(), newJob(t)); err == nil || !strings.Contains(err.Error(), "assertion failed") {
		t.Errorf("%v", err)
	}
	check(s.Runner("stop").Run(t.Context(), newJob(t))) // in another worker, which is told, too
}

// TestAsk: the answer is the job's message.
func TestAsk(t *testing.T) {
	s := NewShared(begin("good"))
	defer s.Close()
	var answer map[string]int
	if err := s.Ask(t.Context(), "answer", newJob(t), &answer); err != nil || answer["n"] != 7 {
		t.Errorf("%v, %v", answer, err)
	}
}

// A worker ends when its input does, and what it ran is cancelled first.
func TestServeEnds(t *testing.T) {
	in, requests := io.Pipe()
	replies, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(t.Context(), in, out, program)
		out.Close()
	}()
	r := json.NewDecoder(replies)
	var hello, progress, done Reply
	r.Decode(&hello)
	fmt.Fprintln(requests, `{"type":"run","id":1,"kind":"wait","jobs":[{}]}`)
	r.Decode(&progress)
	requests.Close()
	if err := r.Decode(&done); err != nil || done.Type != "done" || done.Results[0].Error != context.Canceled.Error() {
		t.Errorf("%+v, %v", done, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Nothing that comes in makes a worker panic or wait for ever.
func FuzzServe(f *testing.F) {
	f.Add(`{"type":"run","id":1,"kind":"fail","jobs":[{},{}]}` + "\n" + `{"type":"cancel","id":1}` + "\n")
	f.Add(`{"type":"run","id":1,"kind":"wait","jobs":[{}]}` + "\n" +
		`{"type":"run","id":2,"kind":"wait","jobs":[{}]}` + "\n" + `{"type":"stop"}`)
	f.Add("{\n")
	f.Fuzz(func(t *testing.T, text string) {
		some := map[string]step.Runner{"fail": kinds["fail"], "wait": kinds["wait"]}
		runners := func(json.RawMessage, <-chan struct{}) (map[string]step.Runner, error) { return some, nil }
		Serve(t.Context(), strings.NewReader(text), io.Discard, Program{Runners: runners})
	})
}

// writer is a function that is an io.Writer.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// FuzzReplies checks that whatever a worker answers, its run ends, with a result for each job or as
// broken, and that only progress of its jobs is reported.
func FuzzReplies(f *testing.F) {
	f.Add(`{"type":"progress","id":1,"job":1,"progress":{"log":"x"}}`+"\n"+
		`{"type":"message","id":1,"message":{}}`+"\n"+`{"type":"done","id":1,"results":[{},`+
		`{"error":"x","hint":"y"}]}`+"\n", 2)
	f.Add(`{"type":"hello","protocol":3}`+"\n"+`{"type":"hello"}`, 1)
	f.Add(`{"type":"progress","id":1,"job":-1,"progress":{}}`, 1)
	f.Add(`{"type":"done","id":2}`+"\n{", 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 || n > 10 {
			return
		}
		c := &child{program: "worker", hello: make(chan Reply, 1), ended: make(chan struct{}),
			runs: map[int]*childRun{}, log: proc.NewTail(10)}
		var once sync.Once
		c.out = json.NewEncoder(writer(func(p []byte) (int, error) { // answers the request
			once.Do(func() {
				go func() {
					c.broken = c.read(strings.NewReader(text))
					close(c.ended)
				}()
			})
			return len(p), nil
		}))
		reported := 0
		jobs := make([]*step.Job, n)
		for i := range jobs {
			jobs[i] = &step.Job{Report: func(step.Progress) { reported++ }}
		}
		failed, broken := c.run(t.Context(), "kind", false, jobs, nil)
		if (broken == nil) != (len(failed) == n) {
			t.Errorf("%d results of %d, %v", len(failed), n, broken)
		}
		if lines := strings.Count(text, "\n") + 1; reported > lines {
			t.Errorf("%d reports in %d lines", reported, lines)
		}
		<-c.ended
	})
}
