package sagemaker

import (
	"context"
	"encoding/json"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
)

// A Session is what a client needs to know. It crosses to the worker as JSON and holds no secret:
// credentials are found there.
type Session struct {
	Settings *specs.SageMaker `json:"settings"`
	Dir      string           `json:"dir"`              // of the ledger
	Poll     time.Duration    `json:"poll,omitempty"`   // the first wait between two questions; 0: the usual one
	Prices   *price.Table     `json:"prices,omitempty"` // for job.json; nil: the built-in ones

	Estimates map[string]float64 `json:"estimates,omitempty"` // USD that steps should cost, by address; for job.json
}

// CleanupTimeout bounds the deleting of an endpoint after a step was cancelled. It needs a minute or so to
// go; the ledger has what is left then.
const CleanupTimeout = 5 * time.Minute

// An Item is something that Snellen made in the account.
type Item struct {
	Kind     string // of package ledger, or Keys
	Name     string
	Status   string
	Key      string // of the step, by its tag
	Address  string // of the step, by its tag
	Created  time.Time
	Instance string  // while it costs
	USD      float64 // an hour, while it costs
	Unknown  bool    // it costs, and the price is not known
	Bytes    int64   // of Keys
	Objects  int     // of Keys
	ARN      string
}

// Keys is the kind of objects in the bucket below one folder.
const Keys = "s3"

// A Finding is what one question about the account found.
type Finding struct {
	What  string
	Text  string // how it is
	Error string // "": as it must be
	Hint  string
}

// WithError returns the finding with an error and its hint. A nil error changes nothing.
func (f Finding) WithError(err error) Finding {
	if err != nil {
		f.Error, f.Hint = err.Error(), step.Hint(err)
	}
	return f
}

// AskKind is the kind of a worker's jobs that ask about the account. It is no kind of step: its
// parameters are a Question, and its answer is one message.
const AskKind = "cloud-ask"

// A Question is what an AskKind job asks, or asks to be done.
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
	StopJob       = "stop"     // ends the training job Name
	DeleteItem    = "delete"   // deletes Item
	DeleteOrphans = "orphans"  // deletes Orphans
)

// An Account asks a worker about a SageMaker account. Its warn function receives what a person
// should know at once.
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

// Check asks for credentials, role, bucket and quotas, and changes nothing.
func (a Account) Check(ctx context.Context) (list []Finding, err error) {
	err = a.ask(ctx, Question{About: AboutAccount}, &list)
	return list, err
}

// Items returns all that Snellen made in the account.
func (a Account) Items(ctx context.Context) (list []Item, err error) {
	err = a.ask(ctx, Question{About: AboutItems}, &list)
	return list, err
}

// Prices returns the live prices of the instances that the session's study names.
func (a Account) Prices(ctx context.Context) (*price.Table, error) {
	t := new(price.Table)
	return t, a.ask(ctx, Question{About: AboutPrices}, t)
}

// Stop ends a training job. One that has ended already is no error.
func (a Account) Stop(ctx context.Context, job string) error {
	return a.ask(ctx, Question{About: StopJob, Name: job}, nil)
}

// Delete deletes an item for good: with an endpoint what belongs to it, with a job what it left in
// the bucket.
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
func (a Account) Classify(ctx context.Context, endpoint string, classes int, pictures [][]byte) (answers [][]float64, err error) {
	q := Question{About: AboutPictures, Name: endpoint, Pictures: pictures, Classes: classes}
	err = a.ask(ctx, q, &answers)
	return answers, err
}
