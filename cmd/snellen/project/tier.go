package project

import (
	"context"
	"time"

	"snellen/engine/shared"
	"snellen/specs"
	"snellen/steps/remote"
)

// Tier returns the shared store behind the project's own, or nil where there is none. It makes no
// request.
func (p *Project) Tier() *shared.Tier {
	if p.Shared != nil && p.tier == nil {
		p.tier = shared.NewTier(OpenBucket(p.Shared), p.Store, p.Shared.ReadOnly)
	}
	return p.tier
}

// OpenBucket opens the bucket of a shared store. It makes no request. The caller calls Close.
func OpenBucket(s *specs.Shared) shared.Bucket {
	return remote.Open(remote.Settings{
		URL: s.URL, Region: s.Region, Endpoint: s.Endpoint, Profile: s.Profile,
		Program: FindRemote,
	})
}

// SendUnsent hands over to the shared store what earlier applies could not send.
func (p *Project) SendUnsent() error {
	tier := p.Tier()
	if tier == nil {
		return nil
	}
	left, err := tier.Unsent()
	tier.SendAll(left)
	return err
}

// Drain waits until all results were sent to the shared store, and ends what serves it. It gives up
// when stop is closed, or ctx ends. tell is called from time to time with the bytes that were sent,
// and that there are to send.
func (p *Project) Drain(
	ctx context.Context, stop <-chan struct{}, tell func(done, total int64),
) shared.Sent {
	if p.tier == nil {
		return shared.Sent{}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	var sent shared.Sent
	go func() {
		defer close(over)
		sent = p.tier.Drain(ctx)
	}()
	ticks := time.NewTicker(200 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case <-over:
			p.tier.Bucket().Close() // what serves it has nothing left to do, and ends in any case
			p.tier = nil
			return sent
		case <-ticks.C:
			tell(p.tier.Sending())
		case <-stop:
			stop = nil
			cancel()
		}
	}
}
