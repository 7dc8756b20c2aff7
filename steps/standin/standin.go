// Package standin stands in for Amazon SageMaker where there is no account. It is an HTTP server on
// loopback that speaks the services' real protocols to the real SDK clients. SageMaker, CloudWatch
// with its metrics and Logs, the price list and the service quotas speak awsJson (an X-Amz-Target
// header and JSON), the runtime restJson1 (a path, headers and bytes), and STS the query protocol.
// S3 is a real server, which StartS3 starts.
//
// Every request is checked against the documented constraints (package constraint) and must be
// signed for the server's region, with Options.Credentials if there are any. Resources have the
// documented life cycles:
//
//	training job   InProgress (Starting, Downloading, Training, Uploading) -> Completed | Failed
//	               InProgress -> Stopping -> Stopped, by StopTrainingJob, MaxRuntimeInSeconds or
//	                   MaxWaitTimeInSeconds
//	               Training -> Interrupted -> Starting, with managed spot
//	endpoint       Creating -> InService | Failed
//	               InService -> Updating -> InService; -> Deleting -> gone
//
// Time is the Clock's, which a test may own. A training job downloads its channels from S3 and
// trains by Options.Train, or replays a curve. In both cases its log is in the words of the
// built-in image classification algorithm, and it uploads its model.tar.gz to S3. An endpoint
// unpacks that model and answers by Options.Open.
//
// Faults are declared by Fail (of calls), FailResources (of jobs and endpoints), Lag and Expire.
package standin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"snellen/engine/draft"
)

// Options are a Server's. Only S3 is required.
type Options struct {
	Region  string // default: "us-east-1"
	Account string // twelve digits
	Clock   *Clock // default: one that runs
	S3      *s3.Client
	// Credentials whose signatures are accepted, alone. Without a key, anybody's are.
	Credentials aws.Credentials
	Train       Train  // trains; if it is nil, a job without a replay fails
	Replay      Replay // finds a recorded curve, which is preferred to Train
	Open        Open   // opens models for endpoints; if it is nil, endpoints fail
	Waits       Waits
	// by name: "ml.p3.2xlarge for training job usage"; default: usualQuota, of warm pools 0
	Quotas map[string]float64
	Prices map[string]float64 // USD an hour, by instance type, in addition to the built-in ones
	Watch  func(Moment)       // called for each call, without the lock: it may block
}

// Waits are the durations of everything but training. A zero field means the usual duration.
type Waits struct {
	Start    time.Duration // to get an instance and its image
	Reuse    time.Duration // the same from a warm pool
	Download time.Duration // to get the data
	Upload   time.Duration // to put the model
	Stop     time.Duration // to save what there is when it is stopped; 120 seconds at most
	Endpoint time.Duration // to come into service, or to change
	Delete   time.Duration // of an endpoint
}

func (w Waits) withUsual() Waits {
	for _, f := range []struct {
		wait  *time.Duration
		usual time.Duration
	}{
		{&w.Start, 90 * time.Second}, {&w.Reuse, 5 * time.Second}, {&w.Download, 30 * time.Second},
		{&w.Upload, 20 * time.Second},
		{&w.Stop, 10 * time.Second}, {&w.Endpoint, 180 * time.Second},
		{&w.Delete, 30 * time.Second},
	} {
		if *f.wait == 0 {
			*f.wait = f.usual
		}
	}
	return w
}

// A Moment is a call that has been received, or has been done.
type Moment struct {
	Call  string // "CreateTrainingJob"
	Name  string // of its resource: a job, an endpoint, a log stream
	Count int    // of calls so far, from 1
	Done  bool   // it has had its effect, but its answer has not been sent
}

// A Server is the stand-in. Its methods may be called from any goroutine.
type Server struct {
	options Options
	clock   *Clock
	waits   Waits
	folder  *draft.Draft // with dir
	dir     string       // for the disks of jobs and endpoints
	http    *http.Server
	url     string
	ctx     context.Context // ends with the server
	cancel  context.CancelFunc
	work    sync.WaitGroup // what runs without the lock

	mu             sync.Mutex // guards all that follows; it is not held during I/O
	count          int        // of calls
	jobs           map[string]*job
	models         map[string]*model
	configs        map[string]*config
	endpoints      map[string]*endpoint
	tags           map[string][]tag // by ARN
	groups         map[string]map[string]*stream
	faults         []*Fault
	resourceFaults []*ResourceFault
	expired        map[string]bool // access keys
	lag            int
	misuse         []string
}

// Start starts a server on a free port of loopback. The caller calls Close.
func Start(o Options) (*Server, error) {
	if o.S3 == nil {
		return nil, errors.New("a stand-in needs an S3")
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Clock == nil {
		o.Clock = RunningClock(1)
	}
	dir, err := draft.NewTemporary()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		dir.Discard()
		return nil, err
	}
	s := &Server{options: o, clock: o.Clock, waits: o.Waits.withUsual(), folder: dir,
		dir: dir.Path, url: "http://" + listener.Addr().String(),
		jobs: map[string]*job{}, models: map[string]*model{}, configs: map[string]*config{},
		endpoints: map[string]*endpoint{},
		tags:      map[string][]tag{}, groups: map[string]map[string]*stream{},
		expired: map[string]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(listener)
	return s, nil
}

// URL returns the server's URL: the endpoint of every service but S3.
func (s *Server) URL() string { return s.url }

// Close stops the server and all that it started.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Close()
	if s.clock.speed > 0 {
		s.clock.stop()
	}
	s.mu.Lock()
	for _, e := range s.endpoints {
		s.closeModels(e)
	}
	s.mu.Unlock()
	s.work.Wait()
	s.folder.Discard()
	return err
}

// after calls do, with the lock held, when that time has passed.
func (s *Server) after(d time.Duration, do func()) {
	s.clock.after(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ctx.Err() == nil {
			do()
		}
	})
}

// apart does work without the lock, and then calls done with the lock held. A clock that stands
// still waits for the work, unless its duration is open.
func (s *Server) apart(work func(), done func()) {
	s.work.Add(1)
	s.clock.apart(func() { s.outside(work, done) })
}

func (s *Server) asLongAsItTakes(work func(), done func()) {
	s.work.Add(1)
	go s.outside(work, done)
}

func (s *Server) outside(work func(), done func()) {
	defer s.work.Done()
	work()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() == nil {
		done()
	}
}

func (s *Server) now() time.Time { return s.clock.Now() }

// arn returns the ARN of a resource of this account and region.
func (s *Server) arn(kind, name string) string {
	return fmt.Sprintf("arn:aws:sagemaker:%s:%s:%s/%s", s.options.Region, s.options.Account, kind,
		name)
}

// Holding is what costs money, or would be left over.
type Holding struct {
	Running   []string // training jobs
	Endpoints []string
	Configs   []string
	Models    []string
	Pools     []string // jobs whose instances are kept warm
}

// Holding returns what the account holds, by name.
func (s *Server) Holding() Holding {
	s.mu.Lock()
	defer s.mu.Unlock()
	var h Holding
	for _, name := range names(s.jobs) {
		switch j := s.jobs[name]; {
		case !j.terminal():
			h.Running = append(h.Running, name)
		case j.pool == poolAvailable:
			h.Pools = append(h.Pools, name)
		}
	}
	h.Endpoints, h.Configs, h.Models = names(s.endpoints), names(s.configs), names(s.models)
	return h
}

// Empty reports whether nothing is left.
func (h Holding) Empty() bool {
	return len(h.Running)+len(h.Endpoints)+len(h.Configs)+len(h.Models)+len(h.Pools) == 0
}

// Misuse returns what the service accepted although its documentation forbids it.
func (s *Server) Misuse() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.misuse...)
}

func (s *Server) misused(format string, args ...any) {
	s.misuse = append(s.misuse, fmt.Sprintf(format, args...))
}
