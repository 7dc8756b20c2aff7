package project

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/remote"
	"snellen/steps/term"
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

// SendUnsent hands over to the shared store what earlier applies could not send. It reports whether
// there was any.
func (p *Project) SendUnsent() (bool, error) {
	tier := p.Tier()
	if tier == nil || tier.ReadOnly() {
		return false, nil
	}
	left, err := tier.Unsent()
	tier.SendAll(left)
	return len(left) > 0, err
}

// Outage returns what to say where the shared store could not be asked while a plan was made.
func (p *Project) Outage(plan *engine.Plan) []Note {
	err := plan.Outage()
	if err == nil {
		return nil
	}
	return []Note{{
		Text: fmt.Sprintf("the plan counts on this machine's store alone: %s cannot be asked: %v",
			p.SharedWord(), err),
		Hint: hints(step.Hint(err), "-shared="+NoShared+" does without it"),
	}}
}

// hints joins two hints. The first may be "".
func hints(first, second string) string {
	switch {
	case first == "":
		return second
	case strings.HasSuffix(first, "?"):
		return first + " " + second
	}
	return first + "; " + second
}

// SendingNotes returns what to say where not all could be sent to the shared store, and of steps
// whose results have other bytes there.
func (p *Project) SendingNotes(sent shared.Sent, plan *engine.Plan) (list []Note) {
	if sent.Left > 0 {
		before, why := "interrupted: ", ""
		if !errors.Is(sent.Err, context.Canceled) {
			before, why = "", fmt.Sprintf(": %v", sent.Err)
		}
		list = append(list, Note{
			Text: fmt.Sprintf("%s%s to be sent to %s%s", before,
				term.Count(sent.Left, "result waits", "results wait"), p.SharedWord(), why),
			Hint: hints(step.Hint(sent.Err), "the next apply tries again; or: snellen store push"),
		})
	}
	addresses := map[string]string{}
	for _, d := range plan.Decisions {
		addresses[d.Key.String()] = d.Node.Address
	}
	for _, key := range sent.Differ {
		n := Note{Address: addresses[key], Text: "a step of an earlier apply"}
		if n.Address != "" {
			n.Text = n.Address
		}
		n.Text += fmt.Sprintf(" made other bytes here than the result that %s has, which stays "+
			"there: key %s", p.SharedWord(), key)
		list = append(list, n)
	}
	return list
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
