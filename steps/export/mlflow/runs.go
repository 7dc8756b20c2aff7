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

// The bounds of one call.
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

// A Metric is a figure of a step.
type Metric struct {
	Key   string  `json:"key"`
	Value float64 `json:"value"`
	Time  int64   `json:"timestamp"` // milliseconds since 1970
	Step  int64   `json:"step"`
}

// A Run is one that the server has.
type Run struct {
	ID        string
	Artifacts string // where the server wants its artifacts
	Tags      map[string]string
}

// A NewRun is one to be found or made.
type NewRun struct {
	Name       string
	Began      int64 // milliseconds since 1970
	Tags       map[string]string
	Identities []string // names of the tags by which it is found again
}

// Experiment gives the ID of the experiment with that name, which is made where there is none.
func (c *Client) Experiment(ctx context.Context, name string) (string, error) {
	id, err := c.findExperiment(ctx, name)
	if err != nil || id != "" {
		return id, err
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	err = c.call(ctx, http.MethodPost, "experiments/create", nil, map[string]string{"name": name}, &made)
	if answered(err, "RESOURCE_ALREADY_EXISTS") { // by somebody else meanwhile, or by a call whose answer was lost
		return c.findExperiment(ctx, name)
	}
	if err == nil && made.ID == "" {
		err = errors.New("the server made an experiment without an ID")
	}
	return made.ID, err
}

func (c *Client) findExperiment(ctx context.Context, name string) (string, error) {
	var found struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	err := c.call(ctx, http.MethodGet, "experiments/get-by-name", url.Values{"experiment_name": {name}}, nil, &found)
	if answered(err, "RESOURCE_DOES_NOT_EXIST") {
		return "", nil
	}
	if err == nil && found.Experiment.Stage == "deleted" {
		err = step.WithHint(fmt.Errorf("the experiment %q was deleted on the server", name), "restore it there, or name another by -experiment")
	}
	return found.Experiment.ID, err
}

// answeredRun is a run as the API has it.
type answeredRun struct {
	Info struct {
		ID        string `json:"run_id"`
		Artifacts string `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Tags []Pair `json:"tags"`
	} `json:"data"`
}

func (r answeredRun) run() (Run, error) {
	out := Run{r.Info.ID, r.Info.Artifacts, map[string]string{}}
	for _, t := range r.Data.Tags {
		out.Tags[t.Key] = t.Value
	}
	if out.ID == "" {
		return out, errors.New("the server tells of a run without an ID")
	}
	return out, nil
}

// Run gives the experiment's run that has the identities, which is made where there is none. A call that makes one is not
// simply sent again when its answer is lost: what it made is looked for first.
func (c *Client) Run(ctx context.Context, experiment string, n NewRun) (run Run, made bool, err error) {
	for range tries {
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

func (c *Client) find(ctx context.Context, experiment string, n NewRun) (Run, bool, error) {
	filter := fmt.Sprintf("tags.`%s` = '%s'", n.Identities[0], n.Tags[n.Identities[0]])
	query := map[string]any{"experiment_ids": []string{experiment}, "filter": filter, "max_results": maxFound, "run_view_type": "ACTIVE_ONLY"}
	var found struct {
		Runs []answeredRun `json:"runs"`
	}
	if err := c.call(ctx, http.MethodPost, "runs/search", nil, query, &found); err != nil {
		return Run{}, false, err
	}
	for _, r := range found.Runs {
		run, err := r.run()
		if err != nil {
			return run, false, err
		}
		if !slices.ContainsFunc(n.Identities, func(name string) bool { return run.Tags[name] != n.Tags[name] }) {
			return run, true, nil
		}
	}
	return Run{}, false, nil
}

func (c *Client) create(ctx context.Context, experiment string, n NewRun) (Run, error) {
	var made struct {
		Run answeredRun `json:"run"`
	}
	in := map[string]any{"experiment_id": experiment, "run_name": n.Name, "start_time": n.Began, "tags": pairs(n.Tags)}
	if err := c.call(context.WithValue(ctx, once{}, true), http.MethodPost, "runs/create", nil, in, &made); err != nil {
		return Run{}, err
	}
	return made.Run.run()
}

func pairs(tags map[string]string) []Pair {
	list := []Pair{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, Pair{key, tags[key]})
	}
	return list
}

// Log adds parameters, metrics and tags to a run. Metrics that it has already are not logged a second time.
func (c *Client) Log(ctx context.Context, run string, params []Pair, metrics []Metric, tags map[string]string) error {
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

func (c *Client) batch(ctx context.Context, run, what string, list any) error {
	return c.call(ctx, http.MethodPost, "runs/log-batch", nil, map[string]any{"run_id": run, what: list}, nil)
}

// missing are the metrics that the run does not have.
func (c *Client) missing(ctx context.Context, run string, metrics []Metric) ([]Metric, error) {
	has := map[Metric]bool{}
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

// history notes all that a run has of one metric.
func (c *Client) history(ctx context.Context, run, key string, has map[Metric]bool) error {
	query := url.Values{"run_id": {run}, "metric_key": {key}, "max_results": {strconv.Itoa(maxMetrics)}}
	for {
		var page struct {
			Metrics []Metric `json:"metrics"`
			Next    string   `json:"next_page_token"`
		}
		if err := c.call(ctx, http.MethodGet, "metrics/get-history", query, nil, &page); err != nil {
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

// Finish says that a run came to its end, in milliseconds since 1970.
func (c *Client) Finish(ctx context.Context, run string, ended int64) error {
	return c.call(ctx, http.MethodPost, "runs/update", nil, map[string]any{"run_id": run, "status": "FINISHED", "end_time": ended}, nil)
}

// Page is where a browser shows a run.
func (c *Client) Page(experiment, run string) string {
	u := c.base.JoinPath("/")
	u.Fragment = "/experiments/" + experiment + "/runs/" + run
	return u.String()
}
