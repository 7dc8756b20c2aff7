package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/term"
)

func newCloud(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "cloud", Short: "List and delete Snellen's cloud resources",
		Long: `List and delete Snellen's cloud resources, of a study with trainer "sagemaker".`,
		Example: `  snellen cloud check
  snellen cloud list snacks.hcl`,
	}, newCloudCheck(a), newCloudList(a), newCloudStop(a), newCloudClean(a))
}

// A cloudCommand has what all cloud commands share.
type cloudCommand struct {
	*app
	studyOptions
	spec string
}

func (c *cloudCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	f.StringVar(&c.spec, "spec", "", "the study's `FILE`")
	f.MarkHidden("spec") // how it was named before it became an argument
}

// account opens the study that the arguments name, and its account. The other arguments are names.
// The caller calls end to end the worker that asks the account.
func (c *cloudCommand) account(args []string) (p *project.Project, account sagemaker.Account,
	names []string, end func(), err error) {
	names, spec, err := splitSpec(args)
	if c.spec != "" {
		spec = append(spec, c.spec)
	}
	if err == nil {
		p, err = c.open(c.app, spec, project.ToRun)
	}
	if err != nil {
		return nil, account, nil, nil, err
	}
	if p.Study.Trainer.SageMaker == nil {
		err := fmt.Errorf("%s trains on this machine", p.Study.File)
		return nil, account, nil, nil, step.WithHint(err,
			`write trainer "sagemaker" { ... }, or name the spec of another study`)
	}
	account, end, err = p.Account(c.warn)
	return p, account, names, end, err
}

type cloudCheckCommand struct{ cloudCommand }

func newCloudCheck(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "check [SPEC]", Short: "Ask the account for credentials, bucket, role and quotas",
		Args:    aSpec,
		Long:    `Ask the account for credentials, bucket, role and quotas. Nothing is changed.`,
		Example: `  snellen cloud check snacks.hcl`,
	}, &cloudCheckCommand{cloudCommand{app: a}})
}

func (c *cloudCheckCommand) run(ctx context.Context, args []string) error {
	_, account, _, end, err := c.account(args)
	if err != nil {
		return err
	}
	defer end()
	findings, err := account.Check(ctx)
	if err != nil {
		return err
	}
	bad := 0
	for _, f := range findings {
		if f.Error == "" {
			fmt.Fprintf(c.out, " + %-12s %s\n", f.What, term.Clean(f.Text))
			continue
		}
		bad++
		fmt.Fprintf(c.out, " ! %-12s %s\n", f.What, term.Clean(f.Error))
		if f.Hint != "" {
			fmt.Fprintf(c.out, "   %-12s %s\n", "", term.Clean(f.Hint))
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s failed", term.Count(bad, "check"))
	}
	return nil
}

// A listed is a cloud resource and what needs it.
type listed struct {
	sagemaker.Item
	needed string // "journal", "record", or ""
}

// inventory returns what Snellen has in the account, and what needs each thing.
func (a *app) inventory(ctx context.Context, p *project.Project,
	account sagemaker.Account) ([]listed, error) {
	things, err := account.Items(ctx)
	if err != nil {
		return nil, err
	}
	live, _, err := ledger.Open(p.CloudDir()).Live()
	if err != nil {
		return nil, err
	}
	orphans, damage, err := sagemaker.Orphans(p.CloudDir())
	if err != nil {
		return nil, err
	}
	if damage != "" {
		a.warn(damage)
	}
	var list []listed
	for _, t := range things {
		list = append(list, listed{t, neededBy(p, t, live, orphans)})
	}
	return list, nil
}

// neededBy returns what needs a thing: "journal", "record", or "".
func neededBy(p *project.Project, t sagemaker.Item, live, orphans []ledger.Resource) string {
	same := func(r ledger.Resource) bool { return r.Kind == t.Kind && r.Name == t.Name }
	if slices.ContainsFunc(live, same) && !slices.ContainsFunc(orphans, same) {
		return "journal"
	}
	if folder, digest, ok := strings.Cut(t.Name, "/"); t.Kind == sagemaker.Keys && ok {
		return keyNeededBy(p, folder, digest, live)
	}
	var key store.Key
	if t.Kind == ledger.Job && key.UnmarshalText([]byte(t.Key)) == nil {
		if _, err := p.Store.Lookup(key); err == nil {
			return "record"
		}
	}
	return ""
}

// keyNeededBy returns what needs a folder of the bucket: a job's folder, or bytes that the store
// has too.
func keyNeededBy(p *project.Project, folder, name string, live []ledger.Resource) string {
	switch folder {
	case "files":
		var digest store.Digest
		if digest.UnmarshalText([]byte("sha256:"+name)) == nil {
			if _, err := os.Stat(p.Store.Path(digest)); err == nil {
				return "record"
			}
		}
	case "jobs":
		if slices.ContainsFunc(live, func(r ledger.Resource) bool {
			return r.Kind == ledger.Job &&
				r.Name == name
		}) {
			return "journal"
		}
	case "checkpoints":
		if slices.ContainsFunc(live, func(r ledger.Resource) bool {
			return r.Kind == ledger.Job &&
				r.Key == name
		}) {
			return "journal"
		}
	}
	return ""
}

// A thingLine is a thing as a JSON line. Names are never changed, only added.
type thingLine struct {
	Type    string    `json:"type"` // "cloud_thing"
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Status  string    `json:"status,omitempty"`
	Address string    `json:"address,omitempty"`
	Key     string    `json:"key,omitempty"`
	Created time.Time `json:"created"`
	USD     float64   `json:"usd_per_hour"`
	Bytes   int64     `json:"bytes,omitempty"`
	Needed  string    `json:"needed_by"` // "journal", "record", or ""
}

type cloudListCommand struct {
	cloudCommand
	jsonOptions
}

func newCloudList(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "list [SPEC]", Short: "Show all that Snellen made, what it costs, and who needs it",
		Args: aSpec, Example: `  snellen cloud list snacks.hcl`,
	}, &cloudListCommand{cloudCommand: cloudCommand{app: a}})
}

func (c *cloudListCommand) flags(f *pflag.FlagSet) {
	c.cloudCommand.flags(f)
	c.jsonOptions.flags(f, "print a JSON line a thing")
}

func (c *cloudListCommand) run(ctx context.Context, args []string) error {
	p, account, _, end, err := c.account(args)
	if err != nil {
		return err
	}
	defer end()
	list, err := c.inventory(ctx, p, account)
	if err != nil {
		return err
	}
	if c.json {
		return c.listJSON(list)
	}
	return c.listTable(list)
}

func (a *app) listJSON(list []listed) error {
	for _, t := range list {
		if err := view.WriteJSON(a.out, thingLine{"cloud_thing", t.Kind, t.Name, t.Status,
			t.Address, t.Key, t.Created, t.USD, t.Bytes, t.needed}); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) listTable(list []listed) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(a.out, "Snellen has nothing in the cloud.")
		return err
	}
	g := term.Grid{Right: []bool{false, false, false, true, false, false}, Blocks: true}
	g.Row("kind", "status", "step", "USD/hour", "needed by", "name")
	hourly, unknown := 0.0, false
	for _, t := range list {
		status := t.Status
		if t.Kind == sagemaker.Keys {
			status = fmt.Sprintf("%d files, %s", t.Objects, term.Bytes(t.Bytes))
		}
		g.Row(t.Kind, term.Clean(status), term.Clean(t.Address), t.hour(),
			cmp.Or(t.needed, "nobody"), term.Clean(t.Name))
		hourly, unknown = hourly+t.USD, unknown || t.Unknown
	}
	if err := g.Write(a.out, view.Width(a.out), a.colour(a.out)); err != nil {
		return err
	}
	total := fmt.Sprintf("%.2f USD an hour", hourly)
	if unknown {
		total += ", and what has no known price"
	}
	_, err := fmt.Fprintf(a.out, "\nIt costs %s, and storage.\n", total)
	return err
}

func (t listed) hour() string {
	switch {
	case t.Unknown:
		return "unknown"
	case t.USD > 0:
		return fmt.Sprintf("%.2f", t.USD)
	}
	return ""
}

type cloudStopCommand struct{ cloudCommand }

func newCloudStop(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "stop JOB... [SPEC]", Short: "Stop training jobs",
		Args:    takes(1, -1, "name a job: snellen cloud list shows them"),
		Example: `  snellen cloud stop JOB`,
	}, &cloudStopCommand{cloudCommand{app: a}})
}

func (c *cloudStopCommand) run(ctx context.Context, args []string) error {
	_, account, names, end, err := c.account(args)
	if err != nil {
		return err
	}
	defer end()
	if len(names) == 0 {
		return step.WithHint(errors.New("no job is named"), "type snellen cloud list to see them")
	}
	for _, name := range names {
		if err := account.Stop(ctx, name); err != nil {
			return fmt.Errorf("stop %s: %w", name, err)
		}
		fmt.Fprintf(c.out, "%s is stopped, or will be in a minute.\n", term.Clean(name))
	}
	return nil
}

type cloudCleanCommand struct {
	cloudCommand
	keys, dry bool
}

func newCloudClean(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "clean [NAME...] [SPEC]", Short: "Delete what nobody needs, or what is named",
		Long: `Delete endpoints, their configurations and their models that no apply works with.

With names, delete those: an endpoint, or a training job that has ended, whose name can then be used
again. With -keys, delete also what no record or journal of this store needs in the bucket; another
person's store may need it.`,
		Example: `  snellen cloud clean`,
	}, &cloudCleanCommand{cloudCommand: cloudCommand{app: a}})
}

func (c *cloudCleanCommand) flags(f *pflag.FlagSet) {
	c.cloudCommand.flags(f)
	f.BoolVar(&c.keys, "keys", false, "also keys in the bucket")
	f.BoolVar(&c.dry, "dry-run", false, "only say what would be deleted")
}

func (c *cloudCleanCommand) run(ctx context.Context, args []string) error {
	p, account, names, end, err := c.account(args)
	if err != nil {
		return err
	}
	defer end()
	list, err := c.inventory(ctx, p, account)
	if err != nil {
		return err
	}
	chosen, err := choose(list, names, c.keys)
	if err != nil {
		return err
	}
	return c.clean(ctx, account, chosen, c.dry)
}

// choose returns what is named. Without names it returns what costs money, or could, and what
// nobody needs.
func choose(list []listed, names []string, keys bool) ([]listed, error) {
	var chosen []listed
	for _, t := range list {
		named := slices.Contains(names, t.Name)
		idle := len(names) == 0 && t.needed == "" && t.Kind != ledger.Job &&
			(t.Kind != sagemaker.Keys || keys)
		if named || idle {
			chosen = append(chosen, t)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(chosen, func(t listed) bool { return t.Name == name }) {
			return nil, step.WithHint(fmt.Errorf("there is no %s of Snellen's", name),
				"type snellen cloud list")
		}
	}
	return chosen, nil
}

// clean deletes an endpoint before what belongs to it. All that has one name goes with the first
// that has it.
func (a *app) clean(ctx context.Context, account sagemaker.Account, chosen []listed,
	dry bool) error {
	order := []string{ledger.Endpoint, ledger.Config, ledger.Model, ledger.Job, sagemaker.Keys}
	slices.SortStableFunc(chosen,
		func(x, y listed) int { return slices.Index(order, x.Kind) - slices.Index(order, y.Kind) })
	gone := map[string]bool{}
	var errs []error
	for _, t := range chosen {
		if dry {
			fmt.Fprintf(a.out, "would delete %s %s\n", t.Kind, term.Clean(t.Name))
			continue
		}
		if gone[t.Name] {
			continue
		}
		if err := account.Delete(ctx, t.Item); err != nil {
			errs = append(errs, fmt.Errorf("delete %s %s: %w", t.Kind, t.Name, err))
			continue
		}
		gone[t.Name] = true
		fmt.Fprintf(a.out, "deleted %s %s\n", t.Kind, term.Clean(t.Name))
	}
	if len(chosen) == 0 {
		fmt.Fprintln(a.out, "There is nothing to delete.")
	}
	return errors.Join(errs...)
}
