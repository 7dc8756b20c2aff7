package standin

import "time"

// A Scenario is something that a person may have go wrong, by name.
type Scenario struct {
	Name, About string
	do          func(*Server)
}

// Start has it go wrong from now on.
func (t Scenario) Start(s *Server) { t.do(s) }

// Scenarios are all, in the order of their names. Each befalls the first thing that it can, and no other.
func Scenarios() []Scenario {
	return []Scenario{
		{"broken", "a call to make a training job ends with an internal failure", func(s *Server) { s.Fail(Broken("CreateTrainingJob", 2)) }},
		{"capacity", "a training job finds no instance", func(s *Server) { s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Capacity: true}) }},
		{"cut", "a training job is made, and the answer is lost", func(s *Server) { s.Fail(Lost("CreateTrainingJob", CutAfter, 1)) }},
		{"dies", "a training job ends with an internal error after its first epoch", func(s *Server) { s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Dies: 1}) }},
		{"expired", "for ten seconds, credentials are refused", func(s *Server) {
			s.Expire("")
			s.clock.after(10*time.Second, func() { s.Renew("") })
		}},
		{"interrupted", "a spot instance is taken back after an epoch", func(s *Server) { s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Interrupted: []int{1}}) }},
		{"lag", "what is made is not found at first", func(s *Server) { s.Lag(2) }},
		{"model", "an endpoint's container answers with errors", func(s *Server) { s.Fail(ModelBroken(3)) }},
		{"slow", "an endpoint takes a minute more to come into service", func(s *Server) { s.FailResources(ResourceFault{Of: Endpoint, Times: 1, Slow: time.Minute}) }},
		{"stalled", "a training job's log shows one epoch, and the others when it has ended", func(s *Server) {
			s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Stalls: 1, Late: 3 * time.Second, Gaps: true})
		}},
		{"throttled", "calls come too often", func(s *Server) { s.Fail(Throttled("", 5)) }},
	}
}
