//go:build linux

// Soak kills snellen and all that it starts, at random moments and at every change of a file, and
// damages what it keeps, again and again. After each it holds that nothing was lost: the store is
// whole, no process is alive, the next apply ends with the outputs of an undisturbed one, no step
// that was recorded is run again, and nothing is left over.
//
//	go run ./cmd/soak -minutes 10
//
// It works in episodes. All that an episode chooses follows from the seed and its number; when a
// process dies within a system call does not. A failure prints both, and keeps the episode's folder.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"
)

// An options value says what to do, and for how long.
type options struct {
	minutes   float64
	kills     int // 0: until the minutes are over
	damages   int // the same
	seed      uint64
	jobs      int
	only      int // the episode to run alone; -1: all
	bin       string
	dir       string
	situation string // the name of the only one to play; "": all
	lane      int    // which lane this process is; -1: the one that starts them
	squeezes  bool   // this process can squeeze
}

// maxFailures ends a run: more of them say nothing new.
const maxFailures = 10

func main() {
	var o options
	flag.Float64Var(&o.minutes, "minutes", 2, "begin no episode after that many `MINUTES`")
	flag.IntVar(&o.kills, "kills", 0, "or after `N` kills, if there were as many damages as -damages says")
	flag.IntVar(&o.damages, "damages", 0, "see -kills")
	flag.Uint64Var(&o.seed, "seed", 0, "what the episodes choose follows from this `NUMBER`; 0 draws one")
	flag.IntVar(&o.jobs, "jobs", 2, "run `N` episodes at once")
	flag.IntVar(&o.only, "only", -1, "run the episode with this `NUMBER` alone")
	flag.StringVar(&o.bin, "bin", "bin", "the `FOLDER` of snellen and snellen-worker")
	flag.StringVar(&o.dir, "dir", "", "work in this `FOLDER`, which must be new or empty (default a temporary one)")
	flag.StringVar(&o.situation, "situation", "", "play the situation with this `NAME` alone; the table has their names")
	flag.IntVar(&o.lane, "lane", -1, "for its own use")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "error: there are no arguments: %q\nhint: soak -help\n", flag.Args())
		os.Exit(1)
	}
	var err error
	failed := 0
	if o.lane >= 0 {
		err = runLane(o)
	} else {
		failed, err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// run prepares the studies, runs the lanes, and prints what came of it.
func run(o options) (failed int, err error) {
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return 0, err
	}
	for _, name := range []string{"snellen", "snellen-worker"} {
		if _, err := os.Stat(filepath.Join(o.bin, name)); err != nil {
			return 0, fmt.Errorf("%w; make build makes it", err)
		}
	}
	if o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000)
	}
	if o.only >= 0 {
		o.jobs = 1
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "soak-"); err != nil {
			return 0, err
		}
	} else if err = os.MkdirAll(o.dir, 0o777); err != nil {
		return 0, err
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return 0, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Printf("seed %d, in %s\n", o.seed, o.dir)
	if err := installS3(o); err != nil {
		fmt.Fprintln(os.Stderr, "no S3 server, and no cloud:", err)
	}
	fmt.Println("making the studies that nothing disturbs")
	if err := makeReferences(o); err != nil {
		return 0, err
	}
	t := newTally()
	if err := t.follow(ctx, o); err != nil {
		return 0, err
	}
	t.print()
	if len(t.failures) > 0 {
		fmt.Printf("The folders are kept in %s.\n", o.dir)
		return len(t.failures), nil
	}
	return 0, os.RemoveAll(o.dir)
}

// An outcome is what came of an episode. A lane prints it as a line of JSON.
type outcome struct {
	Episode   int            `json:"episode"`
	Situation string         `json:"situation"`
	Kills     map[string]int `json:"kills"`   // by what was killed
	Damages   map[string]int `json:"damages"` // by what was damaged, and how
	Floods    int            `json:"floods"`  // how often the disk was full
	Commands  int            `json:"commands"`
	Seconds   float64        `json:"seconds"`
	Failure   string         `json:"failure"` // "": none
	Folder    string         `json:"folder"`  // kept after a failure
}

// A tally adds outcomes up.
type tally struct {
	mu         sync.Mutex
	began      time.Time
	situations map[string]*outcome
	kills      map[string]int
	damages    map[string]int
	failures   []outcome
}

func newTally() *tally {
	return &tally{began: time.Now(), situations: map[string]*outcome{}, kills: map[string]int{},
		damages: map[string]int{}}
}

// sum adds all numbers up.
func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// add adds an outcome, and reports whether that is enough.
func (t *tally) add(o options, e outcome) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.situations[e.Situation]
	if s == nil {
		s = &outcome{Kills: map[string]int{}, Damages: map[string]int{}}
		t.situations[e.Situation] = s
	}
	s.Episode++
	s.Commands += e.Commands
	s.Floods += e.Floods
	s.Seconds += e.Seconds
	for _, by := range []struct{ all, some, one map[string]int }{
		{t.kills, s.Kills, e.Kills}, {t.damages, s.Damages, e.Damages},
	} {
		for what, n := range by.one {
			by.all[what] += n
			by.some[what] += n
		}
	}
	if e.Failure != "" {
		t.failures = append(t.failures, e)
		fmt.Printf("FAILED: episode %d, %s: %s\n  again: go run ./cmd/soak -seed %d -only %d\n"+
			"  folder: %s\n", e.Episode, e.Situation, e.Failure, o.seed, e.Episode, e.Folder)
	}
	limited := o.kills > 0 || o.damages > 0
	return len(t.failures) >= maxFailures || o.only >= 0 ||
		limited && sum(t.kills) >= o.kills && sum(t.damages) >= o.damages
}

// follow starts the lanes, and stops them in time. Each is a process, so that it can adopt what a
// killed snellen leaves behind.
func (t *tally) follow(ctx context.Context, o options) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.minutes*float64(time.Minute)))
	defer cancel()
	var lanes sync.WaitGroup
	var failures []error
	for i := range o.jobs {
		cmd, in, out, err := startLane(o, i)
		if err != nil {
			return err
		}
		lanes.Go(func() {
			<-ctx.Done()
			in.Close() // the lane ends after its episode
		})
		lanes.Go(func() {
			for lines := bufio.NewScanner(out); lines.Scan(); {
				var e outcome
				if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
					fmt.Fprintf(os.Stderr, "lane %d: %v: %s\n", i, err, lines.Bytes())
					continue
				}
				if t.add(o, e) {
					cancel()
				}
			}
			err := cmd.Wait()
			cancel()
			t.mu.Lock()
			defer t.mu.Unlock()
			if err != nil {
				failures = append(failures, fmt.Errorf("lane %d: %w", i, err))
			}
		})
	}
	progress := time.NewTicker(30 * time.Second)
	defer progress.Stop()
	ended := make(chan struct{})
	go func() { lanes.Wait(); close(ended) }()
	for {
		select {
		case <-ended:
			return errors.Join(failures...)
		case <-progress.C:
			t.mu.Lock()
			fmt.Printf("%s: %d kills, %d damages, %d failures\n",
				time.Since(t.began).Round(time.Second), sum(t.kills), sum(t.damages), len(t.failures))
			t.mu.Unlock()
		}
	}
}

// startLane starts a lane. It ends after the episode during which in is closed, and prints outcomes
// to out.
func startLane(o options, i int) (cmd *exec.Cmd, in io.WriteCloser, out io.Reader, err error) {
	cmd = exec.Command("/proc/self/exe", "-lane", strconv.Itoa(i), "-jobs", strconv.Itoa(o.jobs),
		"-seed", strconv.FormatUint(o.seed, 10), "-only", strconv.Itoa(o.only), "-bin", o.bin,
		"-dir", o.dir, "-situation", o.situation)
	cmd.Stderr = os.Stderr
	// Ctrl+C is for this process: it lets lanes finish.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS // for disks of its own
	}
	if in, err = cmd.StdinPipe(); err != nil {
		return nil, nil, nil, err
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		return nil, nil, nil, err
	}
	return cmd, in, out, cmd.Start()
}

// print prints what came of all episodes.
func (t *tally) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "situation\tepisodes\tcommands\tkills\tdamages\tfull disks\tseconds\t")
	for _, name := range slices.Sorted(maps.Keys(t.situations)) {
		s := t.situations[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%.0f\t\n", name, s.Episode, s.Commands,
			sum(s.Kills), sum(s.Damages), s.Floods, s.Seconds)
	}
	w.Flush()
	for _, by := range []struct {
		title string
		of    map[string]int
	}{{"killed", t.kills}, {"damaged", t.damages}} {
		if len(by.of) > 0 {
			fmt.Printf("\n%s: %s\n", by.title, list(by.of))
		}
	}
	fmt.Printf("\n%d kills, %d damages, %d failures in %s\n", sum(t.kills), sum(t.damages),
		len(t.failures), time.Since(t.began).Round(time.Second))
}

// list prints counts, the largest first.
func list(m map[string]int) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), strings.Compare(a, b))
	})
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

// runLane runs every jobs-th episode until its input ends, and prints the outcomes.
func runLane(o options) error {
	if err := adoptOrphans(); err != nil {
		return err
	}
	err := errors.New("it takes root")
	if os.Getuid() == 0 {
		err = canSqueeze(o)
	}
	if o.squeezes = err == nil; !o.squeezes && o.lane == 0 {
		fmt.Fprintln(os.Stderr, "no small disks and memories:", err)
	}
	stopped := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(stopped)
	}()
	first := o.lane
	if o.only >= 0 {
		first = o.only
	}
	for episode := first; ; episode += o.jobs {
		select {
		case <-stopped:
			return nil
		default:
		}
		line, err := json.Marshal(play(o, episode))
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", line)
		if o.only >= 0 {
			return nil
		}
	}
}
