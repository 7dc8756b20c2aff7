package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
)

// confirm asks for a yes, unless -auto-approve says it. Without a terminal nobody is asked, and the answer is no: instead
// says what was left alone.
func (a *app) confirm(ctx context.Context, question, instead string) error {
	if a.flags.approve {
		return nil
	}
	if !a.flags.input || !view.IsTerminal(a.in) {
		return step.WithHint(fmt.Errorf("this needs a yes, and there is no terminal to ask at; %s", instead), "pass -auto-approve")
	}
	fmt.Fprint(a.err, question+" Only \"yes\" is taken: ")
	answer, err := a.readLine(ctx)
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("not approved; " + instead)
	}
	return nil
}

// readLine reads one line of the input, or gives up when ctx ends.
func (a *app) readLine(ctx context.Context) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(a.in).ReadString('\n') // an end without an answer is no yes
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
