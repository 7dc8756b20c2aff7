package standin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// An endpoint answers requests by a model's classifier; see invoke.go.
type endpoint struct {
	name, arn        string
	config           string
	status, reason   string
	created, changed time.Time
	fault            ResourceFault
	turn             int
	serving          []served // what answers; several only during a change
	birth
}

// A served is a variant that has been started.
type served struct {
	variant    variant
	url        string // of its model
	images     []deployedImage
	classifier Classifier
	dir        string
}

// A Classifier answers for one model. Its methods may be called from several goroutines.
type Classifier interface {
	// Classify returns the probability of each class for one encoded image.
	Classify(ctx context.Context, image []byte) ([]float64, error)
	Close() error
}

// An Open opens the model whose files are in dir, as they were in model.tar.gz. The folder stays
// until the Classifier is closed.
type Open func(ctx context.Context, dir string) (Classifier, error)

type createEndpointRequest struct {
	EndpointName, EndpointConfigName string
	Tags                             []tag
}

func createEndpoint(s *Server, q *createEndpointRequest) (any, error) {
	e := &endpoint{name: q.EndpointName, arn: s.arn("endpoint", q.EndpointName), status: "Creating",
		created: s.now(), config: q.EndpointConfigName}
	if _, ok := s.endpoints[e.name]; ok {
		return nil, invalid("Cannot create already existing endpoint %q.", e.arn)
	}
	c, err := s.config(q.EndpointConfigName)
	if err != nil {
		return nil, err
	}
	if err := repeated(q.Tags); err != nil {
		return nil, err
	}
	for _, v := range c.asked.ProductionVariants {
		if v.InstanceType == "" {
			continue
		}
		usage := v.InstanceType + " for endpoint usage"
		if err := s.quota(usage, s.hosting(v.InstanceType), v.InitialInstanceCount); err != nil {
			return nil, err
		}
	}
	e.fault, e.unseen, e.changed = s.resourceFault(Endpoint, e.name), s.lag, e.created
	s.endpoints[e.name] = e
	s.tags[e.arn] = q.Tags
	s.start(e, c)
	return struct{ EndpointArn string }{e.arn}, nil
}

// hosting returns how many instances of a type the endpoints hold.
func (s *Server) hosting(instance string) int {
	n := 0
	for _, e := range s.endpoints {
		if c := s.configs[e.config]; c != nil {
			for _, v := range c.asked.ProductionVariants {
				if v.InstanceType == instance {
					n += v.InitialInstanceCount
				}
			}
		}
	}
	return n
}

// start fetches the models of a configuration and puts them into service.
func (s *Server) start(e *endpoint, c *config) {
	e.turn++
	turn := e.turn
	var wanted []served
	for _, v := range c.asked.ProductionVariants {
		one := served{variant: v}
		if m := s.models[v.ModelName]; m != nil {
			container := m.asked.PrimaryContainer
			one.url, one.images = container.ModelDataUrl,
				deployed(container.Image, stamp(s.now()))
		}
		wanted = append(wanted, one)
	}
	s.after(s.waits.Endpoint+e.fault.Slow, func() {
		switch {
		case e.turn != turn:
			return
		case e.fault.Capacity:
			s.settle(e, nil,
				said(
					"Unable to provision requested ML compute capacity due to "+
						"InsufficientInstanceCapacity error. Please retry using a different ML "+
						"instance "+
						"type or after some time."))
			return
		case e.fault.Reason != "":
			s.settle(e, nil, said(e.fault.Reason))
			return
		}
		var started []served
		var err error
		s.apart(func() { started, err = s.serve(e.name, wanted) }, func() {
			if e.turn != turn {
				s.end(started)
				return
			}
			s.settle(e, started, err)
		})
	})
}

// settle ends an endpoint's creation or change.
func (s *Server) settle(e *endpoint, started []served, err error) {
	e.changed = s.now()
	if err != nil {
		s.end(started)
		e.reason = err.Error()
		if e.status = "Failed"; len(e.serving) > 0 {
			e.status = "InService" // the change was rolled back
		}
		return
	}
	s.end(e.serving)
	e.serving, e.status, e.reason = started, "InService", ""
}

// serve unpacks and opens the models. It is called without the lock.
func (s *Server) serve(name string, wanted []served) ([]served, error) {
	var started []served
	for i, v := range wanted {
		dir, err := os.MkdirTemp(s.dir, "endpoint-")
		if err != nil {
			return started, err
		}
		v.dir = dir
		started = append(started, v)
		c, err := s.open(v.url, filepath.Join(dir, "model"))
		if err != nil {
			log := fmt.Sprintf("%s/i-%012d", v.variant.VariantName, i)
			s.mu.Lock()
			t := s.newStream("/aws/sagemaker/Endpoints/"+name, log)
			t.append(s.now(), s.now(), "ERROR: "+err.Error())
			s.mu.Unlock()
			return started,
				said("The primary container for production variant " + v.variant.VariantName +
					" did not pass the ping health check. Please check CloudWatch logs for this " +
					"endpoint.")
		}
		started[i].classifier = c
	}
	return started, nil
}

func (s *Server) open(url, dir string) (Classifier, error) {
	if s.options.Open == nil {
		return nil, errors.New("this stand-in serves no models")
	}
	if err := s.getModel(s.ctx, url, dir); err != nil {
		return nil, err
	}
	return s.options.Open(s.ctx, dir)
}

// end closes what was started, without the lock: a classifier may take a while to close.
func (s *Server) end(all []served) {
	for _, v := range all {
		s.work.Go(func() {
			if v.classifier != nil {
				v.classifier.Close()
			}
			os.RemoveAll(v.dir)
		})
	}
}

// closeModels closes all models of an endpoint.
func (s *Server) closeModels(e *endpoint) {
	s.end(e.serving)
	e.serving = nil
}

func (s *Server) endpoint(name string) (*endpoint, error) {
	e, ok := s.endpoints[name]
	if !ok || !e.found() {
		return nil, invalid("Could not find endpoint %q.", s.arn("endpoint", name))
	}
	return e, nil
}

type endpointName struct{ EndpointName string }

func describeEndpoint(s *Server, q *endpointName) (any, error) {
	e, err := s.endpoint(q.EndpointName)
	if err != nil {
		return nil, err
	}
	type running struct {
		VariantName                                string
		DeployedImages                             []deployedImage
		CurrentWeight, DesiredWeight               float64
		CurrentInstanceCount, DesiredInstanceCount int

		CurrentServerlessConfig, DesiredServerlessConfig *serverless `json:",omitempty"`
	}
	variants := []running{}
	for _, v := range e.serving {
		count, weight, s := v.variant.InitialInstanceCount, v.variant.weight(),
			v.variant.ServerlessConfig
		variants = append(variants,
			running{v.variant.VariantName, v.images, weight, weight, count, count, s, s})
	}
	return struct {
			EndpointName, EndpointArn, EndpointConfigName, EndpointStatus string
			FailureReason                                                 string    `json:",omitempty"`
			ProductionVariants                                            []running `json:",omitempty"`
			CreationTime, LastModifiedTime                                stamp
		}{e.name, e.arn, e.config, e.status, e.reason, variants, stamp(e.created),
			stamp(e.changed)},
		nil
}

func (v *variant) weight() float64 {
	if v.InitialVariantWeight == nil {
		return 1
	}
	return *v.InitialVariantWeight
}

// changeable returns an error for an endpoint that is changing.
func (e *endpoint) changeable() error {
	switch e.status {
	case "Creating", "Updating", "Deleting":
		return invalid("Cannot update in-progress endpoint %q.", e.arn)
	}
	return nil
}

func updateEndpoint(s *Server, q *createEndpointRequest) (any, error) {
	e, err := s.endpoint(q.EndpointName)
	if err != nil {
		return nil, err
	}
	if err := e.changeable(); err != nil {
		return nil, err
	}
	if e.status == "Failed" {
		return nil, invalid("Cannot update endpoint %q, which failed: it can only be deleted.",
			e.arn)
	}
	c, err := s.config(q.EndpointConfigName)
	if err != nil {
		return nil, err
	}
	e.status, e.config, e.changed = "Updating", c.name, s.now()
	s.start(e, c)
	return struct{ EndpointArn string }{e.arn}, nil
}

func deleteEndpoint(s *Server, q *endpointName) (any, error) {
	e, err := s.endpoint(q.EndpointName)
	if err != nil {
		return nil, err
	}
	if err := e.changeable(); err != nil {
		return nil, err
	}
	e.turn++
	e.status, e.changed = "Deleting", s.now()
	s.closeModels(e)
	s.after(s.waits.Delete, func() {
		delete(s.endpoints, e.name)
		delete(s.tags, e.arn)
	})
	return nil, nil
}

func listEndpoints(s *Server, q *listing) (any, error) {
	var all []entry
	for _, e := range s.endpoints {
		all = append(all, entry{e.name, e.status, e.created, struct {
			EndpointName, EndpointArn, EndpointStatus string
			CreationTime, LastModifiedTime            stamp
		}{e.name, e.arn, e.status, stamp(e.created), stamp(e.changed)}})
	}
	found, next, err := q.page(all)
	return struct {
		Endpoints []any
		NextToken string `json:",omitempty"`
	}{found, next}, err
}
