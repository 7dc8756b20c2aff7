package standin

import (
	"bytes"
	"time"
)

// A poolStatus is the status of a job's warm pool, or "" if it has none.
type poolStatus string

const (
	poolInUse      poolStatus = "InUse"
	poolAvailable  poolStatus = "Available"
	poolReused     poolStatus = "Reused"
	poolTerminated poolStatus = "Terminated"
)

type warmState struct {
	Status                                string
	ResourceRetainedBillableTimeInSeconds int    `json:",omitempty"`
	ReusedByJob                           string `json:",omitempty"`
}

// warm returns the description of a job's pool.
func (j *job) warm() *warmState {
	if j.pool == "" {
		return nil
	}
	w := &warmState{Status: string(j.pool), ReusedByJob: j.reusedBy}
	if !j.poolEnded.IsZero() {
		w.ResourceRetainedBillableTimeInSeconds = int(j.poolEnded.Sub(j.ended).Seconds())
	}
	return w
}

func (j *job) poolUsage() string {
	return j.asked.ResourceConfig.InstanceType + " for training warm pool usage"
}

// keepWarm keeps the instance of a job that has ended, if that was requested and the quota allows
// it. By default no quota does, and the service says nothing.
func (j *job) keepWarm() {
	if j.pool != poolInUse {
		return
	}
	if j.started.IsZero() {
		j.pool = poolTerminated
		return
	}
	j.pool = poolAvailable
	j.server.after(time.Duration(j.asked.ResourceConfig.KeepAlivePeriodInSeconds)*time.Second,
		func() {
			if j.pool == poolAvailable {
				j.pool, j.poolEnded = poolTerminated, j.server.now()
			}
		})
}

// warmPool returns an ended job whose warm instances fit a new one, or nil.
func (s *Server) warmPool(j *job) *job {
	for _, name := range names(s.jobs) {
		if other := s.jobs[name]; other.pool == poolAvailable && other.fits(j) {
			return other
		}
	}
	return nil
}

func (j *job) fits(other *job) bool {
	a, b := &j.asked, &other.asked
	p, q := *a.ResourceConfig, *b.ResourceConfig
	p.KeepAlivePeriodInSeconds, q.KeepAlivePeriodInSeconds = 0, 0
	return q == p && a.RoleArn == b.RoleArn && bytes.Equal(a.VpcConfig, b.VpcConfig) &&
		a.EnableNetworkIsolation == b.EnableNetworkIsolation && !b.EnableManagedSpotTraining &&
		a.EnableInterContainerTrafficEncryption == b.EnableInterContainerTrafficEncryption
}
