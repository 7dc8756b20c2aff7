//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// This file is about trainings in the cloud: the stand-in for SageMaker and S3 lives while snellen is
// killed, or dies instead.

// inCloud has a stand-in serve the episode.
func inCloud(e *episode) error {
	return e.serve(&standIn{episode: e})
}

// A standIn is a run of snellen dev sagemaker. Each has keys and ports of its own, and forgets the
// jobs of the one before; the objects stay.
type standIn struct {
	episode *episode
	cmd     *exec.Cmd
	leads   []string // the environment that leads snellen to it
}

func (s *standIn) name() string          { return "the stand-in" }
func (s *standIn) pid() int              { return s.cmd.Process.Pid }
func (s *standIn) environment() []string { return s.leads }

// start starts it, and reads where it is.
func (s *standIn) start() error {
	dir := filepath.Join(s.episode.dir, "cloud")
	if err := os.MkdirAll(filepath.Join(dir, "temporary"), 0o777); err != nil {
		return err
	}
	s.cmd = exec.Command(filepath.Join(s.episode.bin, "snellen"), "dev", "sagemaker", "-speed", "20",
		"-dir", filepath.Join(dir, "objects"))
	s.cmd.Env = append(s.episode.common(),
		"PATH="+filepath.Dir(s3Program())+":"+os.Getenv("PATH"),
		"TMPDIR="+filepath.Join(dir, "temporary"))
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return err
	}
	late := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if words, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			s.leads = append(strings.Fields(words), "SNELLEN_CLOUD_POLL=50ms")
			go io.Copy(io.Discard, out)
			return nil
		}
	}
	s.kill()
	return errors.Join(errors.New("the stand-in for SageMaker does not say where it is"), lines.Err())
}

func (s *standIn) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// installS3 has snellen install the S3 server, which the stand-in and the shared stores need.
func installS3(o options) error {
	if s3Program() != "" {
		return nil
	}
	fmt.Println("installing the S3 server")
	out, err := exec.Command(filepath.Join(o.bin, "snellen"), "dev", "sagemaker", "--", "true").
		CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
