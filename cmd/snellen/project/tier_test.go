package project

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"snellen/engine"
	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/specs/sharedurl"
)

func TestSendingNotes(t *testing.T) {
	u, err := sharedurl.Parse("s3://lab")
	if err != nil {
		t.Fatal(err)
	}
	p := &Project{Shared: &specs.Shared{URL: u}}
	plan := &engine.Plan{Decisions: []*engine.Decision{
		{Node: &engine.Node{Address: "80x60/train"}, Key: store.Key{1}},
	}}
	const later = "the next apply tries again; or: snellen store push"
	other := store.Key{2}.String()
	for _, test := range []struct {
		sent shared.Sent
		want []Note
	}{
		{shared.Sent{Records: 3, Bytes: 9}, nil},
		{shared.Sent{Left: 1, Err: step.WithHint(errors.New("no route"), "is the network on?")},
			[]Note{{Text: "1 result waits to be sent to s3://lab: no route",
				Hint: "is the network on? " + later}}},
		{shared.Sent{Left: 2, Err: fmt.Errorf("send: %w", context.Canceled)}, // an interrupt
			[]Note{{Text: "interrupted: 2 results wait to be sent to s3://lab", Hint: later}}},
		{shared.Sent{Records: 2, Differ: []string{store.Key{1}.String(), other}}, []Note{
			{Address: "80x60/train", Text: "80x60/train made other bytes here than the result " +
				"that s3://lab has, which stays there: key " + store.Key{1}.String()},
			{Text: "a step of an earlier apply made other bytes here than the result that " +
				"s3://lab has, which stays there: key " + other},
		}},
	} {
		if got := p.SendingNotes(test.sent, plan); !slices.Equal(got, test.want) {
			t.Errorf("%+v:\ngot  %+v\nwant %+v", test.sent, got, test.want)
		}
	}
}
