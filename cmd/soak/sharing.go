//go:build linux

package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"snellen/engine/store"
)

// This file is about a store that several people share: a folder, or a bucket of an S3 server that
// dies instead of snellen, and comes back.

// inFolder shares results by a folder of the episode.
func inFolder(e *episode) error {
	lab := filepath.Join(e.dir, "lab")
	e.environment = []string{"SNELLEN_SHARED=file://" + lab}
	return os.MkdirAll(lab, 0o777)
}

// inS3 shares results by a bucket of an S3 server of the episode.
func inS3(e *episode) error {
	s, err := newServer(filepath.Join(e.dir, "s3"))
	if err != nil {
		return err
	}
	e.environment = []string{"SNELLEN_SHARED=s3://lab/soak",
		"SNELLEN_REMOTE=" + filepath.Join(e.bin, "snellen-remote"),
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
	return e.serve(s)
}

// filled has the shared store hold all results, and the episode's store none.
func filled(e *episode) error {
	if err := e.must("store", "push"); err != nil {
		return err
	}
	return empty(e)
}

// A service is what an episode's commands ask, and what may die instead of them.
type service interface {
	name() string
	start() error // and waits until it can be asked
	kill()
	pid() int
	environment() []string // of what asks it; it may be another after each start
}

// serve starts a service of the episode, in the place of the one before.
func (e *episode) serve(s service) error {
	if e.service != nil {
		e.service.kill()
		e.service = nil
	}
	if err := s.start(); err != nil {
		return err
	}
	e.service = s
	return nil
}

// A server is an S3 server, whose port and keys stay the same over its deaths.
type server struct {
	program, dir, address, key, secret string
	cmd                                *exec.Cmd
}

// s3Program returns the path of the S3 server's program, or "". The tests of steps/standin install
// it.
func s3Program() string {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	found, _ := filepath.Glob(filepath.Join(cache, "snellen-tools", "versitygw-*", "versitygw"))
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

func newServer(dir string) (*server, error) {
	s := &server{program: s3Program(), dir: dir, key: "AKIA" + rand.Text()[:16], secret: rand.Text()}
	if s.program == "" {
		return nil, errors.New("there is no S3 server: go test ./steps/standin installs it")
	}
	// A bucket is a folder.
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "objects", "lab"), 0o777),
		os.MkdirAll(filepath.Join(dir, "meta"), 0o777))
	if err != nil {
		return nil, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = free.Addr().String()
	return s, free.Close()
}

func (s *server) name() string { return "the S3 server" }
func (s *server) pid() int     { return s.cmd.Process.Pid }

func (s *server) environment() []string {
	return []string{"AWS_ENDPOINT_URL=http://" + s.address, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + s.key, "AWS_SECRET_ACCESS_KEY=" + s.secret}
}

// start starts the server, and waits until it answers.
func (s *server) start() error {
	s.cmd = exec.Command(s.program, "--port", s.address, "--region", "us-east-1", "--quiet",
		"--health", "/health", "posix", "--sidecar", filepath.Join(s.dir, "meta"),
		filepath.Join(s.dir, "objects"))
	s.cmd.Env = []string{"ROOT_ACCESS_KEY=" + s.key, "ROOT_SECRET_KEY=" + s.secret, "HOME=" + s.dir}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		answer, err := http.Get("http://" + s.address + "/health")
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.New("the S3 server does not answer")
}

func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// mostDeaths bounds how often a service dies during one command. One that died all the time would
// never have anything done.
const mostDeaths = 20

// outlive runs the situation's command while its service dies and comes back, and holds what must
// hold then. It returns true where the command ended well.
func (e *episode) outlive(s situation) (done bool, err error) {
	known, err := e.store().records()
	if err != nil {
		return false, err
	}
	c, err := e.start(s.args...)
	if err != nil {
		return false, err
	}
	for range 1 + e.random.IntN(mostDeaths) {
		if c.wait(time.Duration(e.random.ExpFloat64() * float64(cmp.Or(took[s.name], s.usual)) / 4)) {
			break
		}
		e.service.kill()
		e.Kills[e.service.name()]++
		c.wait(time.Duration(e.random.ExpFloat64() * float64(s.usual) / 4))
		if err := e.service.start(); err != nil {
			return false, err
		}
	}
	if err := e.after(s, known, []*command{c}); err != nil {
		return false, err
	}
	return c.ProcessState.ExitCode() == 0, nil
}

// keptPromise returns an error where a command ran a step that its plan had promised as cached.
func (c *command) keptPromise() error {
	cached := map[string]bool{}
	for line := range bytes.Lines(c.text()) {
		var l struct {
			Type   string
			Change struct{ Address, Action string }
		}
		if json.Unmarshal(line, &l) == nil && l.Type == "planned_change" {
			cached[l.Change.Address] = l.Change.Action == "cached"
		}
	}
	for _, step := range c.ran() {
		if cached[step.Address] {
			return fmt.Errorf("%s was promised as cached, and run: %s", step.Address, c)
		}
	}
	return nil
}

// wholeShared returns an error where the shared store has an object whose bytes are not those of its
// name, or a record that cannot be read or whose outputs are not there. S3's server keeps a blob as a
// file of its name.
func (e *episode) wholeShared() error {
	root := filepath.Join(e.dir, "lab")
	if e.service != nil {
		root = filepath.Join(e.dir, "s3", "objects", "lab", "soak")
	}
	objects := map[string]bool{}
	names, err := folder(root).names("objects")
	if err != nil {
		return err
	}
	for _, hex := range names {
		o, size, err := store.SumFile(filepath.Join(root, "objects", hex[:2], hex))
		if err != nil || o.String() != "sha256:"+hex {
			return fmt.Errorf("the shared object %s has the digest %s, and %d bytes: %v", hex, o, size, err)
		}
		objects[o.String()] = true
	}
	records, err := folder(root).records()
	if err != nil {
		return err
	}
	for k := range records {
		data, err := read(filepath.Join(root, "records", k.String()[:2], k.String()))
		if err != nil {
			return err
		}
		r, err := store.ParseRecord(k, data)
		if err != nil {
			return fmt.Errorf("the shared record %s: %w", k, err)
		}
		for name, out := range r.Outputs {
			if !objects[out.Digest.String()] {
				return fmt.Errorf("the shared record %s: its output %s, %s, is not there", k, name, out.Digest)
			}
		}
	}
	return nil
}

// othersToo holds that all was sent: another person, whose store is empty, has nothing to run.
func othersToo(e *episode) error {
	if err := e.must(apply...); err != nil { // it sends what the last one could not
		return err
	}
	waiting, err := filepath.Glob(filepath.Join(string(e.store()), "outbox", "*", "*"))
	if err != nil || len(waiting) > 0 {
		return fmt.Errorf("%d results were not sent: %v", len(waiting), err)
	}
	if err := e.wholeShared(); err != nil {
		return err
	}
	own := string(e.store()) + ".own"
	if err := os.Rename(string(e.store()), own); err != nil {
		return err
	}
	ran, err := e.apply()
	if err == nil && len(ran) > 0 {
		err = fmt.Errorf("another person runs %q", ran)
	}
	if err != nil {
		return err
	}
	if err := e.store().whole(false); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(string(e.store())), os.Rename(own, string(e.store())))
}
