package standin

import "time"

// scenarios start the scenarios that setup.Scenarios lists.
var scenarios = map[string]func(*Server){
	"broken": func(s *Server) { s.Fail(Broken("CreateTrainingJob", 2)) },
	"capacity": func(s *Server) {
		s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Capacity: true})
	},
	"cut":  func(s *Server) { s.Fail(Lost("CreateTrainingJob", CutAfter, 1)) },
	"dies": func(s *Server) { s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Dies: 1}) },
	"expired": func(s *Server) {
		s.Expire("")
		s.clock.after(10*time.Second, func() { s.Renew("") })
	},
	"interrupted": func(s *Server) {
		s.FailResources(ResourceFault{Of: TrainingJob, Times: 1, Interrupted: []int{1}})
	},
	"lag":   func(s *Server) { s.Lag(2) },
	"model": func(s *Server) { s.Fail(ModelBroken(3)) },
	"slow": func(s *Server) {
		s.FailResources(ResourceFault{Of: Endpoint, Times: 1, Slow: time.Minute})
	},
	"stalled": func(s *Server) {
		s.FailResources(
			ResourceFault{Of: TrainingJob, Times: 1, Stalls: 1, Late: 3 * time.Second, Gaps: true})
	},
	"throttled": func(s *Server) { s.Fail(Throttled("", 5)) },
}

// StartScenario starts the scenario of that name, and reports whether there is one.
func (s *Server) StartScenario(name string) bool {
	start, ok := scenarios[name]
	if ok {
		start(s)
	}
	return ok
}
