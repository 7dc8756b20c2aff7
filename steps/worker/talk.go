package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"snellen/engine/step"
)

// Talk starts a worker for one job that talks, and ends it afterwards. Converse is called when the job was handed over, with
// what tells it something, from any goroutine and for as long as it runs; it gives what hears each thing that the job says,
// one at a time.
func Talk(ctx context.Context, program string, env []string, kind string, job *step.Job, converse func(tell func(any) error) (hear func(said json.RawMessage))) error {
	c, _, err := start(ctx, program, environment(env))
	if err != nil {
		return err
	}
	c.converse = converse
	failed, broken := c.run(ctx, kind, job)
	if broken != nil {
		c.kill()
		return broken
	}
	c.end()
	return failed
}

// tell tells the running job something.
func (c *child) tell(v any) error {
	told, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(told) > maxLine/2 {
		return fmt.Errorf("a message of %d bytes is too long", len(told))
	}
	return c.send(Request{Type: "tell", ID: c.last, Told: told})
}
