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
	CutAfter      // it has, and nobody hears of it
)

// A Fault is what goes wrong with some calls. Of several that fit, the one that was told first counts, until it is used up.
type Fault struct {
	Call  string // "" is every call
	Name  string // part of the name of what the call is about; "" is all
	After int    // how many calls that fit go well before
	Times int    // how many go wrong; 0 is all

	Status        int // of an error; 0 is none
	Code, Message string
	Cut           Cut
	Hold          <-chan struct{} // the call waits until it is closed: a slow service

	seen int
}

// Throttled is the fault that a call is asked too often.
func Throttled(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusBadRequest, Code: "ThrottlingException", Message: "Rate exceeded"}
}

// Broken is the fault of the service itself.
func Broken(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "An internal failure occurred."}
}

// Unavailable is the fault that a service cannot answer now.
func Unavailable(call string, times int) Fault {
	return Fault{Call: call, Times: times, Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The service is unavailable. Try your call again."}
}

// Denied is the fault that the account may not do that.
func Denied(call string) Fault {
	return Fault{Call: call, Status: http.StatusBadRequest, Code: "AccessDeniedException",
		Message: "User: arn:aws:iam::123456789012:user/somebody is not authorized to perform: sagemaker:" + call}
}

// NotReady is the fault that a serverless endpoint's model is still being started.
func NotReady(times int) Fault {
	return Fault{Call: "InvokeEndpoint", Times: times, Status: http.StatusTooManyRequests, Code: "ModelNotReadyException", Message: "The model is not ready to serve inference requests."}
}

// Lost is a connection that is cut.
func Lost(call string, cut Cut, times int) Fault { return Fault{Call: call, Cut: cut, Times: times} }

// Fail has calls go wrong from now on.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Heal takes all faults back.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.resourceFaults, s.lag = nil, nil, 0
}

// fault finds the one that befalls a call; nil is none.
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

// before is what goes wrong before a call has had an effect.
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

// A cutOff is a connection that ends here.
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

// A ResourceKind is what a ResourceFault can befall.
type ResourceKind string

const (
	TrainingJob ResourceKind = "training-job"
	Endpoint    ResourceKind = "endpoint"
)

// A ResourceFault is what befalls training jobs or endpoints. Each field left zero is no harm.
type ResourceFault struct {
	Of    ResourceKind // "" is both
	Name  string       // part of its name; "" is all
	Times int          // how many it befalls; 0 is all

	Capacity    bool          // no instance is to be had: the job fails with a CapacityError, the endpoint fails
	Starved     bool          // no spot instance is to be had: MaxWaitTimeExceeded
	Interrupted []int         // the spot instance is taken back after that many epochs; one for each time
	Dies        int           // the job fails after that many epochs, from 1
	Reason      string        // the FailureReason of Dies, or of an endpoint: "AlgorithmError: ..."
	Stalls      int           // lines of the log after that many epochs, from 1, are not shown until the job has ended, and Late more
	Late        time.Duration // after its writing each line of the log is shown
	Gaps        bool          // each page of the log comes empty once before it has events
	Lost        bool          // no model is in S3, though the job says so
	Slow        time.Duration // added to the time that an endpoint takes to come into service

	seen int
}

// ResourceFault has that befall what is created from now on.
func (s *Server) FailResources(faults ...ResourceFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range faults {
		s.resourceFaults = append(s.resourceFaults, &d)
	}
}

// resourceFault finds what befalls something new.
func (s *Server) resourceFault(kind ResourceKind, name string) ResourceFault {
	for _, d := range s.resourceFaults {
		if (d.Of == "" || d.Of == kind) && strings.Contains(name, d.Name) && (d.Times == 0 || d.seen < d.Times) {
			d.seen++
			return *d
		}
	}
	return ResourceFault{}
}

// Lag has what is created from now on be found only after that many reads have not found it.
func (s *Server) Lag(reads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = reads
}

// A birth is how many reads do not find something yet.
type birth struct{ unseen int }

func (b *birth) found() bool {
	if b.unseen > 0 {
		b.unseen--
		return false
	}
	return true
}
