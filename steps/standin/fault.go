package standin

import (
	"net/http"
	"strings"
	"time"
)

// A Cut is a connection that ends without an answer.
type Cut int

const (
	CutNever  Cut = iota
	CutBefore     // the call has no effect
	CutAfter      // the call has its effect, but no answer
)

// A Fault is what goes wrong with some calls. Of several that match a call, the first one counts
// until it is used up.
type Fault struct {
	Call  string // "": every call
	Name  string // part of the name of the resource; "": any
	After int    // how many matching calls succeed first
	Times int    // how many fail; 0: all

	Status        int // of an error; 0: none
	Code, Message string
	Cut           Cut
	Hold          <-chan struct{} // the call waits until it is closed, as with a slow service

	seen int
}

// Throttled returns the fault of calls that come too often.
func Throttled(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusBadRequest,
		Code: "ThrottlingException", Message: "Rate exceeded"}
}

// Broken returns the fault of an internal failure of the service.
func Broken(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusInternalServerError,
		Code: "InternalFailure", Message: "An internal failure occurred."}
}

// Unavailable returns the fault of a service that cannot answer now.
func Unavailable(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusServiceUnavailable,
		Code: "ServiceUnavailable", Message: "The service is unavailable. Try your call again."}
}

// Denied returns the fault of an account without permission for the call.
func Denied(call string) Fault {
	return Fault{Call: call, Status: http.StatusBadRequest, Code: "AccessDeniedException",
		Message: "User: arn:aws:iam::123456789012:user/somebody is not authorized to perform: " +
			"sagemaker:" + call}
}

// NotReady returns the fault of a serverless endpoint whose model is still starting.
func NotReady(times int) Fault {
	return Fault{Call: "InvokeEndpoint", Times: times, Status: http.StatusTooManyRequests,
		Code:    "ModelNotReadyException",
		Message: "The model is not ready to serve inference requests."}
}

// Lost returns the fault of a connection that is cut.
func Lost(call string, cut Cut, times int) Fault {
	return Fault{Call: call, Cut: cut, Times: times}
}

// Fail adds faults, for calls from now on.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Heal removes all faults of calls and resources.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.resourceFaults, s.lag = nil, nil, 0
}

// fault returns the fault of a call, or nil.
func (s *Server) fault(q *request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if (f.Call != "" && f.Call != q.call) || !strings.Contains(q.name, f.Name) {
			continue
		}
		f.seen++
		if f.seen > f.After && (f.Times == 0 || f.seen <= f.After+f.Times) {
			return f
		}
	}
	return nil
}

// before returns the error of a call that fails before it has an effect, or nil.
func (f *Fault) before() error {
	switch {
	case f == nil:
		return nil
	case f.Cut == CutBefore:
		return &cutOff{}
	case f.Status == 0:
		return nil
	}
	r := &refusal{f.Status, f.Code, f.Message}
	if f.Code == "ModelError" {
		return &modelError{refusal: r, status: http.StatusInternalServerError, message: f.Message}
	}
	return r
}

// A cutOff is the error of a call whose connection is cut.
type cutOff struct{}

func (*cutOff) Error() string { return "the connection was cut" }

func (*cutOff) hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// A ResourceKind is what a ResourceFault can affect.
type ResourceKind string

const (
	TrainingJob ResourceKind = "training-job"
	Endpoint    ResourceKind = "endpoint"
)

// A ResourceFault is what goes wrong in the life of training jobs or endpoints. A zero field does
// no harm.
type ResourceFault struct {
	Of    ResourceKind // "": both
	Name  string       // part of its name; "": any
	Times int          // how many resources it affects; 0: all

	// no instance is available: the job fails with a CapacityError, the endpoint fails
	Capacity bool
	Starved  bool // no spot instance is available: MaxWaitTimeExceeded
	// the spot instance is reclaimed after so many epochs, once for each element
	Interrupted []int
	Dies        int    // the job fails after so many epochs, from 1
	Reason      string // the FailureReason of Dies, or of an endpoint: "AlgorithmError: ..."
	// the log is not shown beyond so many epochs, from 1, until the job has ended, and Late more
	Stalls int
	Late   time.Duration // how long after it was written a line of the log is shown
	Gaps   bool          // each page of the log is empty once before it has events
	Lost   bool          // there is no model in S3, although the job says so
	Slow   time.Duration // added to the time until an endpoint is in service

	seen int
}

// FailResources adds faults, for resources that are created from now on.
func (s *Server) FailResources(faults ...ResourceFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range faults {
		s.resourceFaults = append(s.resourceFaults, &d)
	}
}

// resourceFault returns the fault of a new resource.
func (s *Server) resourceFault(kind ResourceKind, name string) ResourceFault {
	for _, d := range s.resourceFaults {
		if (d.Of == "" || d.Of == kind) && strings.Contains(name, d.Name) &&
			(d.Times == 0 || d.seen < d.Times) {
			d.seen++
			return *d
		}
	}
	return ResourceFault{}
}

// Lag makes resources that are created from now on visible only after so many reads in vain.
func (s *Server) Lag(reads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = reads
}

// A birth counts the reads that do not find a new resource yet.
type birth struct{ unseen int }

func (b *birth) found() bool {
	if b.unseen > 0 {
		b.unseen--
		return false
	}
	return true
}
