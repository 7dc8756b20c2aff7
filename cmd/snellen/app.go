package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/secret"
	"snellen/steps/proc"
	"snellen/steps/term"
)

// An app is one call of the program: its streams, its interrupts, and the two flags that every
// command has.
type app struct {
	in       io.Reader
	out, err io.Writer // results; progress, questions and errors
	// of a command that prints lines for machines and was asked to; else nil
	stream     *view.Stream
	interrupts *interrupts

	chdir   string
	noColor bool
	secrets []string // sensitive variables of the study, once it is loaded
}

// run does what args say and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	ctx, interrupts, done := listen(ctx)
	defer done()
	a := &app{in: in, out: out, err: err, interrupts: interrupts}
	return a.finish(ctx, a.execute(ctx, args))
}

func (a *app) execute(ctx context.Context, args []string) error {
	if asksCompletion(args) {
		return a.complete(ctx, args)
	}
	args, err := cmdline.Arguments(args, os.Getenv("SNELLEN_CLI_ARGS"))
	if err != nil {
		return err
	}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	return root.ExecuteContext(ctx)
}

// finish prints the error, if any, and returns the exit code.
func (a *app) finish(ctx context.Context, err error) int {
	_, printed := err.(printedError)
	if err != nil && !printed && context.Cause(ctx) == errInterrupted {
		err = errInterrupted
	}
	if err != nil && !printed {
		if a.stream != nil {
			a.stream.Fail(err)
		}
		view.PrintError(a.err, err, a.colour(a.err))
	}
	return exitCode(err)
}

// prepare does what comes before every command: it goes to the folder that -chdir names.
func (a *app) prepare() error {
	if a.chdir == "" {
		return nil
	}
	if err := os.Chdir(a.chdir); err != nil {
		return fmt.Errorf("-chdir: %w", err)
	}
	return nil
}

// colour reports whether to colour what goes to w.
func (a *app) colour(w io.Writer) bool { return view.Colour(w, a.noColor) }

// warn prints what a person should know and what stops nothing.
func (a *app) warn(text string) {
	if a.stream != nil {
		a.stream.Diagnose("", specs.Diagnostic{Warning: true, Message: text})
		return
	}
	view.PrintWarning(a.err, text, a.colour(a.err))
}

// show prints a spec's mistakes and warnings. Its error, where there are mistakes, is already
// printed.
func (a *app) show(list specs.Diagnostics) error {
	if a.stream != nil {
		for _, d := range list {
			if err := a.stream.Diagnose("", d); err != nil {
				return err
			}
		}
	} else if len(list) > 0 {
		list.Write(a.err, view.Width(a.err), a.colour(a.err))
	}
	if list.HasErrors() {
		return printedError{exitError}
	}
	return nil
}

// showMistakes shows those of a file that an error consists of. It returns other errors as they are.
func (a *app) showMistakes(err error) error {
	if list, ok := errors.AsType[specs.Diagnostics](err); ok {
		return a.show(list)
	}
	return err
}

// look looks at footage, and tells people how far that is when it takes longer than a second.
func (a *app) look(
	check func(project.Progress) (specs.Diagnostics, error)) (specs.Diagnostics, error) {
	if a.stream != nil {
		return check(func(int, int) {})
	}
	tick := view.NewTicker(a.err, "looking at videos")
	defer tick.Close()
	return check(tick.Count)
}

// checkFootage shows what is wrong with the footage that a plan's steps will probe. Its error, where
// there are mistakes, is already printed.
func (a *app) checkFootage(ctx context.Context, p *project.Project, plan *engine.Plan) error {
	list, err := a.look(func(progress project.Progress) (specs.Diagnostics, error) {
		return p.CheckPlanned(ctx, plan, progress)
	})
	if err != nil {
		return err
	}
	return a.show(list)
}

// events returns the view of a run that fits the streams.
func (a *app) events(log view.Log, work *view.Work) view.Events {
	if a.stream != nil {
		return view.NewJSON(a.stream, work)
	}
	return view.NewEvents(a.err, log, work)
}

// screen returns where the plan and the course of an apply are shown: results go to standard
// output, so for people it is standard error.
func (a *app) screen() io.Writer {
	if a.stream != nil {
		return a.out
	}
	return a.err
}

// A nextLine is what a person may want to type now.
type nextLine struct {
	Type    string `json:"type"` // "next"
	Command string `json:"command"`
}

// next prints, after some text, what a person may want to type now: words of a command, in the
// folder of this one. A stream has the command alone.
func (a *app) next(before string, words ...string) {
	if a.chdir != "" {
		words = append([]string{"-chdir", a.chdir}, words...)
	}
	text, command := a.typed(before, words)
	if a.stream != nil {
		// A reader who went away needs no hint.
		a.stream.Line(view.LevelInfo, text, nextLine{"next", command})
		return
	}
	if wide := view.Width(a.err); wide > 0 && term.Width(text) > wide {
		before = strings.TrimRight(view.Wrap(strings.TrimSpace(before), wide), "\n") + "\n  "
		text, _ = a.typed(before, words)
	}
	fmt.Fprintf(a.err, "\n%s\n", text)
}

// printFailures prints what failed, for people, and how to go on.
func (a *app) printFailures(result *engine.Result) {
	view.PrintFailures(a.err, result, a.colour(a.err))
	if result.Interrupted {
		text, _ := a.typed(interrupted, os.Args[1:])
		fmt.Fprintln(a.err, text)
	}
}

const interrupted = "Interrupted. What is done is kept; to go on, type: "

// typed returns what to type for the words of a command, alone and behind a text that ends with a
// colon. Sensitive values are left out, and the text says so.
func (a *app) typed(before string, words []string) (text, command string) {
	words, left := secret.Without(words, a.secrets)
	for _, name := range left {
		before = strings.TrimSuffix(before, ": ") + ", with SNELLEN_VAR_" + name + " set: "
	}
	command = proc.Line(append([]string{"snellen"}, words...)...)
	return before + command, command
}

var errJSONAsks = step.WithHint(errors.New("-json cannot ask for a yes"), "pass -auto-approve")

// readLine reads one line of the input, without its end. It gives up when ctx ends. What it started
// to read is lost then.
func (a *app) readLine(ctx context.Context) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(a.in).ReadString('\n') // an end without an answer is no yes
		line <- text
	}()
	select {
	case text := <-line:
		if !strings.HasSuffix(text, "\n") || !view.IsTerminal(a.err) {
			fmt.Fprintln(a.err) // where the answer did not end the line, this does
		}
		return strings.TrimSpace(text), nil
	case <-ctx.Done():
		fmt.Fprintln(a.err)
		return "", context.Cause(ctx)
	}
}
