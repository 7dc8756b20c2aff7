package sagemaker

import (
	"context"
	"encoding/json"
	"time"

	"snellen/engine/step"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
)

// An Item is a resource that Snellen created in the account.
type Item struct {
	Kind     string // of package ledger, or Keys
	Name     string
	Status   string
	Key      string // of the step, by its tag
	Address  string // of the step, by its tag
	Created  time.Time
	Instance string  // while it costs
	USD      float64 // an hour, while it costs
	Unknown  bool    // it costs, but the price is unknown
	Bytes    int64   // of Keys
	Objects  int     // of Keys
	ARN      string
}

// Keys is the kind of an Item that sums the objects in the bucket below one folder.
const Keys = "s3"

// A Finding is the result of one check of the account.
type Finding struct {
	What  string
	Text  string // the state found
	Error string // "" if the check passed
	Hint  string
}

// WithError returns the finding with an error and its hint. A nil error changes nothing.
func (f Finding) WithError(err error) Finding {
	if err != nil {
		f.Error, f.Hint = err.Error(), step.Hint(err)
	}
	return f
}

// AskKind is the kind of the worker's jobs that ask about the account. It is not a kind of step:
// its parameters are a Question, and its answer is one message.
const AskKind = "cloud-ask"

// A Question is the parameters of an AskKind job.
type Question struct {
	About    string            `json:"about"` // one of the constants below
	Name     string            `json:"name,omitempty"`
	Item     *Item             `json:"item,omitempty"`
	Orphans  []ledger.Resource `json:"orphans,omitempty"`
	Pictures [][]byte          `json:"pictures,omitempty"` // JPEG
	Classes  int               `json:"classes,omitempty"`
}

// What a Question is about.
const (
	AboutAccount  = "account"  // answers []Finding
	AboutItems    = "items"    // answers []Item
	AboutPrices   = "prices"   // answers a price.Table
	AboutEndpoint = "endpoint" // fails unless the endpoint Name is in service
	AboutPictures = "pictures" // has the endpoint Name classify Pictures; answers [][]float64
	StopJob       = "stop"     // stops the training job Name
	DeleteItem    = "delete"   // deletes Item
	DeleteOrphans = "orphans"  // deletes Orphans
)

// An Account asks a worker about a SageMaker account. Warn is called with what a person should know
// at once, such as expired credentials. Its methods block until the worker answers.
type Account struct {
	Ask  func(ctx context.Context, kind string, job *step.Job, answer any) error
	Warn func(string)
}

func (a Account) ask(ctx context.Context, q Question, answer any) error {
	params, err := json.Marshal(q)
	if err != nil {
		return err
	}
	report := func(p step.Progress) {
		if p.Warning != "" {
			a.Warn(p.Warning)
		}
	}
	return a.Ask(ctx, AskKind, &step.Job{Params: params, Report: report}, answer)
}

// Check checks credentials, role, bucket and quotas. It changes nothing in the account.
func (a Account) Check(ctx context.Context) (list []Finding, err error) {
	err = a.ask(ctx, Question{About: AboutAccount}, &list)
	return list, err
}

// Items returns every resource that Snellen created in the account.
func (a Account) Items(ctx context.Context) (list []Item, err error) {
	err = a.ask(ctx, Question{About: AboutItems}, &list)
	return list, err
}

// Prices returns the live prices of the instances that the session's study names.
func (a Account) Prices(ctx context.Context) (*price.Table, error) {
	t := new(price.Table)
	return t, a.ask(ctx, Question{About: AboutPrices}, t)
}

// Stop stops a training job. One that has already ended is no error.
func (a Account) Stop(ctx context.Context, job string) error {
	return a.ask(ctx, Question{About: StopJob, Name: job}, nil)
}

// Delete deletes an item for good: an endpoint with its configuration and model, a job with the
// objects that it wrote to the bucket.
func (a Account) Delete(ctx context.Context, i Item) error {
	return a.ask(ctx, Question{About: DeleteItem, Item: &i}, nil)
}

// DeleteOrphans deletes the orphans in the session's region.
func (a Account) DeleteOrphans(ctx context.Context, orphans []ledger.Resource) error {
	return a.ask(ctx, Question{About: DeleteOrphans, Orphans: orphans}, nil)
}

// Serves returns an error unless an endpoint is in service.
func (a Account) Serves(ctx context.Context, endpoint string) error {
	return a.ask(ctx, Question{About: AboutEndpoint, Name: endpoint}, nil)
}

// Classify returns an endpoint's probabilities of each class for each picture, a JPEG.
func (a Account) Classify(
	ctx context.Context, endpoint string, classes int, pictures [][]byte,
) (answers [][]float64, err error) {
	q := Question{About: AboutPictures, Name: endpoint, Pictures: pictures, Classes: classes}
	err = a.ask(ctx, q, &answers)
	return answers, err
}
