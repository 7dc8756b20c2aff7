package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"snellen/steps/sagemaker/constraint"
)

// maxRequest bounds a request's body, in bytes. An image may have 25 MB by the service's
// documentation, and 6 MiB by its model.
const maxRequest = 32 << 20

// A handler answers a call, with the lock held. Its result becomes JSON.
type handler func(s *Server, request []byte) (any, error)

// handle returns a handler of requests of one type.
func handle[Request any](answer func(*Server, *Request) (any, error)) handler {
	return func(s *Server, body []byte) (any, error) {
		request := new(Request)
		if err := json.Unmarshal(body, request); err != nil {
			return nil, &refusal{http.StatusBadRequest, "SerializationException", err.Error()}
		}
		return answer(s, request)
	}
}

// calls are the handlers of calls with an X-Amz-Target.
var calls = map[string]handler{
	"CreateTrainingJob": createJob, "DescribeTrainingJob": handle(describeJob),
	"StopTrainingJob":   handle(stopJob),
	"DeleteTrainingJob": handle(deleteJob), "ListTrainingJobs": handle(listJobs),
	"CreateModel": createModel, "DescribeModel": handle(describeModel),
	"DeleteModel": handle(deleteModel), "ListModels": handle(listModels),
	"CreateEndpointConfig": createConfig, "DescribeEndpointConfig": handle(describeConfig),
	"DeleteEndpointConfig": handle(deleteConfig), "ListEndpointConfigs": handle(listConfigs),
	"CreateEndpoint": handle(createEndpoint), "DescribeEndpoint": handle(describeEndpoint),
	"UpdateEndpoint": handle(updateEndpoint),
	"DeleteEndpoint": handle(deleteEndpoint), "ListEndpoints": handle(listEndpoints),
	"AddTags": handle(addTags), "ListTags": handle(listTags), "DeleteTags": handle(deleteTags),
	"DescribeLogStreams": handle(describeStreams), "GetLogEvents": handle(getEvents),
	"FilterLogEvents":     handle(filterEvents),
	"GetMetricStatistics": handle(getMetrics),
	"GetProducts":         handle(getProducts), "ListServiceQuotas": handle(listQuotas),
}

// A refusal is an error that is sent to the client unchanged.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func invalid(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, "ValidationException", fmt.Sprintf(format, args...)}
}

// A request is one call, as received.
type request struct {
	call    string
	service string // as in a signature
	name    string // of the resource
	body    []byte // JSON; for InvokeEndpoint, made from its headers and body
	raw     []byte // InvokeEndpoint's body
	sent    []byte // the body as it was sent
	header  http.Header
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		refuse(w, &refusal{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"the request is too large"})
		return
	}
	q, err := identify(r, body)
	if err != nil {
		refuse(w, err)
		return
	}
	moment := Moment{Call: q.call, Name: q.name, Count: s.counted()}
	s.watch(moment)
	answer, err := s.answer(r, q)
	moment.Done = true
	s.watch(moment)
	switch c, cut := err.(*cutOff); {
	case cut:
		c.hangUp(w)
	case err != nil:
		refuse(w, err)
	default:
		answer(w)
	}
}

func (s *Server) counted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return s.count
}

func (s *Server) watch(m Moment) {
	if s.options.Watch != nil {
		s.options.Watch(m)
	}
}

// answer handles a call and returns the function that writes its answer.
func (s *Server) answer(r *http.Request, q *request) (func(http.ResponseWriter), error) {
	if !loopback(r.Host) {
		return nil, &refusal{http.StatusForbidden, "AccessDeniedException",
			"the stand-in is for loopback alone"}
	}
	if err := s.signed(r, q); err != nil {
		return nil, err
	}
	f := s.fault(q)
	if f != nil && f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
			return nil, &cutOff{}
		}
	}
	if err := f.before(); err != nil {
		return nil, err
	}
	answer, err := s.do(r, q)
	if f != nil && f.Cut == CutAfter {
		return nil, &cutOff{}
	}
	return answer, err
}

func (s *Server) do(r *http.Request, q *request) (func(http.ResponseWriter), error) {
	if err := constraint.Check(q.call, q.body); err != nil {
		code := "ValidationException"
		if q.call == "InvokeEndpoint" {
			code = "ValidationError"
		}
		return nil, &refusal{http.StatusBadRequest, code, err.Error()}
	}
	switch q.call {
	case "InvokeEndpoint":
		return s.invoke(r.Context(), q)
	case "GetCallerIdentity":
		return s.identity(), nil
	}
	if err := s.lookAhead(q); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := calls[q.call](s, q.body)
	if err != nil {
		return nil, err
	}
	return writeJSON(v)
}

// lookAhead makes the checks that read S3, which happen without the lock.
func (s *Server) lookAhead(q *request) error {
	switch q.call {
	case "CreateTrainingJob":
		return s.inputsThere(q.body)
	case "CreateModel":
		return s.dataThere(q.body)
	}
	return nil
}

func writeJSON(v any) (func(http.ResponseWriter), error) {
	data := []byte{}
	if v != nil {
		var err error
		if data, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Write(data)
	}, nil
}

// refuse writes an error as each of the protocols expects it: the code is in a header and in the
// body.
func refuse(w http.ResponseWriter, err error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{http.StatusInternalServerError, "InternalFailure", err.Error()}
	}
	body := map[string]any{"__type": r.code, "message": r.message}
	if m, ok := errors.AsType[*modelError](err); ok {
		body["OriginalStatusCode"], body["OriginalMessage"], body["LogStreamArn"] = m.status,
			m.message, m.log
	}
	data, _ := json.Marshal(body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-ErrorType", r.code)
	w.WriteHeader(r.status)
	w.Write(data)
}

// targets are the services by the prefix of their X-Amz-Target.
var targets = map[string]string{"SageMaker.": "sagemaker", "Logs_20140328.": "logs",
	"GraniteServiceVersion20100801.": "monitoring",
	"AWSPriceListService.":           "pricing", "ServiceQuotasV20190624.": "servicequotas"}

var invocation = lazy(`^/endpoints/([^/]+)/invocations$`)

// identify returns which call a request is.
func identify(r *http.Request, body []byte) (*request, error) {
	q := &request{body: body, sent: body, header: r.Header}
	if m := invocation().FindStringSubmatch(r.URL.EscapedPath()); m != nil &&
		r.Method == http.MethodPost {
		name, err := url.PathUnescape(m[1])
		if err != nil {
			return nil, invalid("the path is no name")
		}
		q.call, q.service, q.name, q.raw = "InvokeEndpoint", "sagemaker", name, body
		return q, q.fromHeaders()
	}
	if r.URL.Path != "/" || r.Method != http.MethodPost {
		return nil, &refusal{http.StatusNotFound, "UnknownOperationException", "no service has " +
			r.Method + " " + r.URL.Path}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("Action") != "GetCallerIdentity" {
			return nil, &refusal{http.StatusBadRequest, "InvalidAction", "no action " +
				form.Get("Action") + " is known"}
		}
		q.call, q.service, q.body = "GetCallerIdentity", "sts", nil
		return q, nil
	}
	target := r.Header.Get("X-Amz-Target")
	q.call = constraint.Target(target)
	if _, ok := calls[q.call]; !ok {
		return nil, &refusal{http.StatusBadRequest, "UnknownOperationException",
			fmt.Sprintf("the operation %q is not known", target)}
	}
	q.service = targets[target[:strings.Index(target, ".")+1]]
	q.name = about(body)
	return q, nil
}

// about returns the name of a request's resource, for Moments and Faults.
func about(body []byte) string {
	var n struct {
		TrainingJobName, ModelName, EndpointName, EndpointConfigName, ResourceArn string
		LogStreamName                                                             string `json:"logStreamName"`
		LogStreamNamePrefix                                                       string `json:"logStreamNamePrefix"`
	}
	json.Unmarshal(body, &n) // what is not JSON is refused later
	for _, name := range []string{n.TrainingJobName, n.EndpointName, n.EndpointConfigName,
		n.ModelName, n.ResourceArn, n.LogStreamName, n.LogStreamNamePrefix} {
		if name != "" {
			return name
		}
	}
	return ""
}

// fromHeaders returns InvokeEndpoint's members as JSON, for the check.
func (q *request) fromHeaders() error {
	members := map[string]any{"EndpointName": q.name, "Body": q.raw}
	for member, header := range map[string]string{
		"ContentType": "Content-Type", "Accept": "Accept",
		"CustomAttributes":        "X-Amzn-SageMaker-Custom-Attributes",
		"TargetModel":             "X-Amzn-SageMaker-Target-Model",
		"TargetVariant":           "X-Amzn-SageMaker-Target-Variant",
		"TargetContainerHostname": "X-Amzn-SageMaker-Target-Container-Hostname",
		"InferenceId":             "X-Amzn-SageMaker-Inference-Id",
	} {
		if v := q.header.Get(header); v != "" {
			members[member] = v
		}
	}
	var err error
	q.body, err = json.Marshal(members)
	return err
}

// loopback reports whether a request was meant for this machine. A web page could make a browser
// send one that was not.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || (ip != nil && ip.IsLoopback())
}
