package engine

import (
	"snellen/engine/step"
	"snellen/engine/store"
)

// An Event is something that happened in an apply. Events come in the order in which they happened.
// A terminal, plain text and JSON lines are renderings of this one stream. The types below and
// Verified are all there are.
type Event interface{ event() }

// Started: a step was handed to its runner.
type Started struct {
	Address string
	Why     Reason
}

// Progressed: a running step reported something.
type Progressed struct {
	Address string
	step.Progress
}

// Finished: a step has a record. A cached one had it before, or another apply made it meanwhile.
type Finished struct {
	Address string
	Cached  bool
	With    string // address of the step of the same key that was run for this one, or ""
	Record  store.Record
	Key     store.Key
}

// Failed: a step failed for a reason of its own.
type Failed struct {
	Address string
	Err     error
	Log     string // the log's last lines
}

// Skipped: a step was not run, because one upstream failed.
type Skipped struct {
	Address string
	Because string // address of the step that failed
}

// Warned: something that a person should know, but that stops nothing. Address may be "".
type Warned struct {
	Address string
	Text    string
}

// Fetched: objects come from the shared store, Done bytes of Total in this apply so far. Total is
// what the plan expected at most, or more. The last one has no objects on their way.
type Fetched struct {
	From        string // name of the shared store
	Done, Total int64
	Going       int // objects that are on their way
	Records     int // steps whose results were taken from there, with or without their objects
}

// Stopping: the first interrupt came, and nothing new is started.
type Stopping struct {
	Running []string // addresses
}

func (Started) event()    {}
func (Progressed) event() {}
func (Finished) event()   {}
func (Failed) event()     {}
func (Skipped) event()    {}
func (Warned) event()     {}
func (Fetched) event()    {}
func (Stopping) event()   {}
