package mlflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"snellen/engine/step"
)

// The API's limits for one call.
const (
	maxParams  = 100
	maxTags    = 100
	maxMetrics = 1000
	maxFound   = 1000
)

// A Pair is a parameter or a tag.
type Pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A Metric is a figure at a step.
type Metric struct {
	Key   string  `json:"key"`
	Value float64 `json:"value"`
	Time  int64   `json:"timestamp"` // milliseconds since 1970
	Step  int64   `json:"step"`
}

// A Run is a run on the server.
type Run struct {
	ID        string
	Artifacts string // URI below which the server wants the run's artifacts
	Tags      map[string]string
}

// A NewRun describes a run to find or create.
type NewRun struct {
	Name         string
	Started      int64 // milliseconds since 1970
	Tags         map[string]string
	IdentityTags []string // names of the tags that identify it; at least one
}

// Experiment returns the ID of the experiment with that name, and creates it if there is none.
func (c *Client) Experiment(ctx context.Context, name string) (string, error) {
	id, err := c.findExperiment(ctx, name)
	if err != nil || id != "" {
		return id, err
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	err = c.call(ctx, http.MethodPost, "experiments/create", nil, map[string]string{"name": name},
		&made)
	if hasCode(err, "RESOURCE_ALREADY_EXISTS") {
		// Somebody else was faster, or the answer to an earlier attempt was lost.
		return c.findExperiment(ctx, name)
	}
	if err == nil && made.ID == "" {
		err = errors.New("the server created an experiment without an ID")
	}
	return made.ID, err
}

// findExperiment returns the ID of the experiment with that name, or "" if there is none.
func (c *Client) findExperiment(ctx context.Context, name string) (string, error) {
	var found struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	query := url.Values{"experiment_name": {name}}
	err := c.call(ctx, http.MethodGet, "experiments/get-by-name", query, nil, &found)
	if hasCode(err, "RESOURCE_DOES_NOT_EXIST") {
		return "", nil
	}
	if err == nil && found.Experiment.Stage == "deleted" {
		err = step.WithHint(fmt.Errorf("the experiment %q was deleted on the server", name),
			"restore it there, or choose another with -experiment")
	}
	return found.Experiment.ID, err
}

// apiRun is a run in the form of the API.
type apiRun struct {
	Info struct {
		ID        string `json:"run_id"`
		Artifacts string `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Tags []Pair `json:"tags"`
	} `json:"data"`
}

// run converts a run from the form of the API.
func (r apiRun) run() (Run, error) {
	out := Run{r.Info.ID, r.Info.Artifacts, map[string]string{}}
	for _, t := range r.Data.Tags {
		out.Tags[t.Key] = t.Value
	}
	if out.ID == "" {
		return out, errors.New("the server returned a run without an ID")
	}
	return out, nil
}

// Run returns the experiment's run that has n's identity tags, and creates it if there is none;
// made reports which. If the answer to a create call is lost, Run looks for the run before it tries
// again, so that there are never two.
func (c *Client) Run(ctx context.Context, experiment string,
	n NewRun) (run Run, made bool, err error) {
	for range maxRetries {
		var ok bool
		run, ok, err = c.find(ctx, experiment, n)
		if err != nil || ok {
			return run, false, err
		}
		if run, err = c.create(ctx, experiment, n); err == nil {
			return run, true, nil
		}
		if e, refused := errors.AsType[*Error](err); ctx.Err() != nil || refused && e.Status < 500 {
			break
		}
	}
	return Run{}, false, err
}

// find returns the experiment's run that has n's identity tags, if there is one. The server filters
// by the first of the tags, find by the others.
func (c *Client) find(ctx context.Context, experiment string, n NewRun) (Run, bool, error) {
	filter := fmt.Sprintf("tags.`%s` = '%s'", n.IdentityTags[0], n.Tags[n.IdentityTags[0]])
	query := map[string]any{
		"experiment_ids": []string{experiment}, "filter": filter, "max_results": maxFound,
		"run_view_type": "ACTIVE_ONLY",
	}
	var found struct {
		Runs []apiRun `json:"runs"`
	}
	if err := c.call(ctx, http.MethodPost, "runs/search", nil, query, &found); err != nil {
		return Run{}, false, err
	}
	for _, r := range found.Runs {
		run, err := r.run()
		if err != nil {
			return run, false, err
		}
		differs := func(name string) bool { return run.Tags[name] != n.Tags[name] }
		if !slices.ContainsFunc(n.IdentityTags, differs) {
			return run, true, nil
		}
	}
	return Run{}, false, nil
}

// create creates a run. The call is not retried by itself, since a lost answer would leave two
// runs.
func (c *Client) create(ctx context.Context, experiment string, n NewRun) (Run, error) {
	var made struct {
		Run apiRun `json:"run"`
	}
	in := map[string]any{
		"experiment_id": experiment, "run_name": n.Name, "start_time": n.Started,
		"tags": pairs(n.Tags),
	}
	ctx = context.WithValue(ctx, noRetry{}, true)
	if err := c.call(ctx, http.MethodPost, "runs/create", nil, in, &made); err != nil {
		return Run{}, err
	}
	return made.Run.run()
}

// pairs returns the tags sorted by key.
func pairs(tags map[string]string) []Pair {
	list := []Pair{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, Pair{key, tags[key]})
	}
	return list
}

// Log adds parameters, metrics and tags to a run, in as many calls as the API's limits ask for.
// Metrics that the run has already are left out: the server would keep them twice.
func (c *Client) Log(ctx context.Context, run string, params []Pair, metrics []Metric,
	tags map[string]string) error {
	metrics, err := c.missing(ctx, run, metrics)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(params, maxParams) {
		if err := c.batch(ctx, run, "params", part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(metrics, maxMetrics) {
		if err := c.batch(ctx, run, "metrics", part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(pairs(tags), maxTags) {
		if err := c.batch(ctx, run, "tags", part); err != nil {
			return err
		}
	}
	return nil
}

// batch logs one list of a kind: "params", "metrics" or "tags".
func (c *Client) batch(ctx context.Context, run, what string, list any) error {
	in := map[string]any{"run_id": run, what: list}
	return c.call(ctx, http.MethodPost, "runs/log-batch", nil, in, nil)
}

// missing returns the metrics that the run does not have.
func (c *Client) missing(ctx context.Context, run string, metrics []Metric) ([]Metric, error) {
	has := map[Metric]bool{} // and, with a key alone, the metrics whose history was read
	for _, m := range metrics {
		if _, asked := has[Metric{Key: m.Key}]; asked {
			continue
		}
		has[Metric{Key: m.Key}] = true
		if err := c.history(ctx, run, m.Key, has); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(metrics), func(m Metric) bool { return has[m] }), nil
}

// history adds all that a run has of one metric to has.
func (c *Client) history(ctx context.Context, run, key string, has map[Metric]bool) error {
	query := url.Values{
		"run_id": {run}, "metric_key": {key}, "max_results": {strconv.Itoa(maxMetrics)},
	}
	for {
		var page struct {
			Metrics []Metric `json:"metrics"`
			Next    string   `json:"next_page_token"`
		}
		if err := c.call(ctx, http.MethodGet, "metrics/get-history", query, nil,
			&page); err != nil {
			return err
		}
		for _, m := range page.Metrics {
			has[m] = true
		}
		if page.Next == "" || len(page.Metrics) == 0 {
			return nil
		}
		query.Set("page_token", page.Next)
	}
}

// Finish marks a run as finished at a time in milliseconds since 1970.
func (c *Client) Finish(ctx context.Context, run string, ended int64) error {
	in := map[string]any{"run_id": run, "status": "FINISHED", "end_time": ended}
	return c.call(ctx, http.MethodPost, "runs/update", nil, in, nil)
}

// RunURL returns the address at which a browser shows a run.
func (c *Client) RunURL(experiment, run string) string {
	u := c.base.JoinPath("/")
	u.Fragment = "/experiments/" + experiment + "/runs/" + run
	return u.String()
}
