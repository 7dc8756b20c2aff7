package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/specs"
)

// An app is one call of the program: its streams, and what its flags say.
type app struct {
	in         io.Reader
	out, err   io.Writer
	interrupts *interrupts
	flags      flags
	stream     *view.Stream // of a command that prints lines for machines, where -json asks for them; else nil
}

// Flags are the values of all flags; a command reads those that it declares.
type flags struct {
	chdir       string
	noColor     bool
	json        bool
	given       []assignment // of variables
	store       string
	spec        string // of a cloud command
	parallelism int
	approve     bool
	input       bool
	lockTimeout time.Duration
	locked      bool
	choice      project.Choice
	verbose     bool
}

// run does what args say and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	ctx, interrupts, done := listen(ctx)
	defer done()
	a := &app{in: in, out: out, err: err, interrupts: interrupts}
	return a.finish(ctx, a.execute(ctx, args))
}

func (a *app) execute(ctx context.Context, args []string) error {
	if len(args) > 1 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return a.complete(ctx, args)
	}
	args, err := arguments(args, os.Getenv("SNELLEN_CLI_ARGS"))
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

// finish prints the error, if any, and gives the exit code.
func (a *app) finish(ctx context.Context, err error) int {
	_, said := err.(shown)
	if err != nil && !said && context.Cause(ctx) == errInterrupted {
		err = errInterrupted
	}
	if err != nil && !said {
		if a.stream != nil {
			a.stream.Fail(err)
		}
		view.PrintError(a.err, suggestion(err), a.colour(a.err))
	}
	return exitCode(err)
}

// suggestion makes the flag parser's "did you mean" a hint.
func suggestion(err error) error {
	text, names, ok := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !ok {
		return err
	}
	return step.WithHint(errors.New(text), "did you mean "+strings.Join(strings.Fields(names), " or ")+"?")
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "snellen",
		Short: "How far may a camera's resolution drop before it stops recognising things?",
		Long: `How far may a camera's resolution drop before it stops recognising things?

A study is one HCL file: footage, labels, resolutions, a network, and the areas of a camera's picture that are to be
judged. snellen works out which steps that takes and runs only those whose inputs changed.

  snellen init                       write a commented study.hcl to start from
  snellen init -demo DIR             or: a study with footage that is drawn for it
  snellen apply                      run what changed, and compare the resolutions`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.prepare() },
	}
	root.AddCommand(a.initCommand(), a.validateCommand(), a.fmtCommand(), a.planCommand(), a.showCommand(), a.explainCommand(), a.applyCommand(),
		a.reportCommand(), a.exportCommand(), a.watchCommand(), a.graphCommand(), a.verifyCommand(), a.runsCommand(), a.logsCommand(), a.cloudCommand(), a.versionCommand())
	root.AddCommand(a.habits()...)
	root.PersistentFlags().StringVar(&a.flags.chdir, "chdir", "", "work in this `DIR`")
	root.PersistentFlags().BoolVar(&a.flags.noColor, "no-color", false, "print without colours")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	root.SetFlagErrorFunc(flagError)
	a.acquaint(root)
	return root
}

// prepare does what comes before every command.
func (a *app) prepare() error {
	if a.flags.chdir == "" {
		return nil
	}
	if err := os.Chdir(a.flags.chdir); err != nil {
		return fmt.Errorf("-chdir: %w", err)
	}
	return nil
}

const environment = `  SNELLEN_STORE       the store's folder, where -store does not say
  SNELLEN_WORKER      the program snellen-worker, where it is not beside snellen or in PATH
  SNELLEN_VAR_name    a variable's value, where -var, -var-file and NAME.vars.hcl do not say
  SNELLEN_CLOUD_POLL  the first wait between two questions to the cloud about one thing, such as 5s
  SNELLEN_CLI_ARGS    arguments that are added behind the command
  NO_COLOR, CI        no colours; a plain log in place of live lines
  CLICOLOR_FORCE      colours though the output is no terminal
`

// help prints a command's help, with flags as they are typed: one dash.
func (a *app) help(c *cobra.Command) {
	text := c.Long
	if text == "" {
		text = c.Short
	}
	fmt.Fprintf(a.out, "%s\n\nUsage: %s\n", text, c.UseLine())
	if c.HasAvailableSubCommands() {
		fmt.Fprint(a.out, "\nCommands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(a.out, "  %-11s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if c.Example != "" {
		fmt.Fprintf(a.out, "\nExamples:\n%s\n", c.Example)
	}
	c.Flags().VisitAll(func(*pflag.Flag) {}) // merges the persistent flags in
	fmt.Fprintf(a.out, "\nFlags:\n%s", strings.ReplaceAll(c.Flags().FlagUsages(), " --", "  -"))
	fmt.Fprintf(a.out, "\nEnvironment:\n%s\nExit codes:\n%s", environment, exitTable())
}

// colour reports whether to colour what goes to w.
func (a *app) colour(w io.Writer) bool { return view.Colour(w, a.flags.noColor) }

// streamFlag declares -json of a command that prints a stream.
func (a *app) streamFlag(c *cobra.Command, what string) {
	a.jsonFlag(c, what)
	before := c.PreRun
	c.PreRun = func(c *cobra.Command, args []string) {
		if before != nil {
			before(c, args)
		}
		if a.flags.json {
			a.stream = view.NewStream(a.out, ownVersion())
		}
	}
}

// warn tells what a person should know, and what stops nothing.
func (a *app) warn(text string) {
	if a.stream != nil {
		a.stream.Diagnose("", specs.Diagnostic{Warning: true, Message: text})
		return
	}
	view.PrintWarning(a.err, text, a.colour(a.err))
}

// A nextLine is what a person may want to type now.
type nextLine struct {
	Type    string `json:"type"` // "next"
	Command string `json:"command"`
}

// specFlags declares the flags of a command that loads a study.
func (a *app) specFlags(c *cobra.Command) {
	c.Flags().Var(assignments{&a.flags.given, false}, "var", "set a variable, `name=value`; may be repeated, and the last counts")
	c.Flags().Var(assignments{&a.flags.given, true}, "var-file", "read variables from `FILE`, as -var")
}

// storeFlag declares the flag of a command that opens the store.
func (a *app) storeFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.flags.store, "store", "", "keep results in `DIR` (default $SNELLEN_STORE, else snellen in the user's cache folder)")
}

// jsonFlag declares -json.
func (a *app) jsonFlag(c *cobra.Command, what string) {
	c.Flags().BoolVar(&a.flags.json, "json", false, what)
}

// load reads the study; its mistakes are printed, all at once.
func (a *app) load(args []string, use project.Use) (*specs.Study, error) {
	study, list, err := a.read(args, use)
	if err != nil {
		return nil, err
	}
	return study, a.show(list)
}

// read reads the study with the variables that the flags and the environment give.
func (a *app) read(args []string, use project.Use) (*specs.Study, specs.Diagnostics, error) {
	given, err := a.given()
	if err != nil {
		return nil, nil, err
	}
	return project.Load(args, given, use)
}

// open loads the study, builds its graph and opens the store. Nothing is written.
func (a *app) open(args []string, use project.Use) (*project.Project, error) {
	study, err := a.load(args, use)
	if err != nil {
		return nil, err
	}
	return project.New(study, a.flags.store)
}

var errJSONAsks = step.WithHint(errors.New("-json cannot ask for a yes"), "pass -auto-approve")
