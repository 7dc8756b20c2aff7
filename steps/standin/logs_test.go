package standin_test

import (
	"strings"
	"testing"
	"time"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

var group = aws.String("/aws/sagemaker/TrainingJobs")

func TestNoLogYet(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(1))})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	_, err := w.logs.DescribeLogStreams(t.Context(),
		&cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group})
	refused(t, err, "ResourceNotFoundException", "log group does not exist")
	w.advance(2 * time.Minute)
	_, err = w.logs.GetLogEvents(t.Context(),
		&cloudwatchlogs.GetLogEventsInput{LogGroupName: group,
			LogStreamName: aws.String("job/algo-1-1")})
	refused(t, err, "ResourceNotFoundException", "log stream does not exist")
}

// The lines have the words of real logs.
func TestLines(t *testing.T) {
	w := newWorld(t,
		standin.Options{
			Replay: always(
				standin.Curve{Epochs: []standin.Epoch{{Train: 0.150391, Validation: 0.253906}},
					Stopped: true, Took: time.Minute})})
	q := w.job("job", w.records(8, 4, 2, 32, 24))
	q.HyperParameters["num_training_samples"] = "90"
	w.create(q)
	w.advance(time.Hour)
	lines := w.log("job")
	if lines[0] != "Docker entrypoint called with argument(s): train" {
		t.Errorf("first: %s", lines[0])
	}
	prefix := "[07/14/2020 22:22:42 INFO 140558353856320] "
	for _, want := range []string{
		prefix +
			"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: " +
			"{u'epochs': u'3', ",
		prefix + "Searching for .rec files in /opt/ml/input/data/train.",
		prefix + "data type: <type 'numpy.float32'>",
		prefix + "learning_rate: 0.01",
		prefix + "checkpoint_frequency not set, will store the best model",
		"Epoch[0] Batch [20]#011Speed: ",
		"Epoch[0] Train-accuracy=0.150391",
		"Epoch[0] Time cost=10.000",
		"Epoch[0] Validation-accuracy=0.253906",
		"Storing the best model with validation accuracy: 0.253906",
		`Saved checkpoint to "/opt/ml/model/image-classification-0001.params"`,
		"Early stopping criteria met.",
	} {
		if len(grep(lines, want)) == 0 {
			t.Errorf("no line has %q", want)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}
}

func TestStalledLog(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	w.server.FailResources(standin.ResourceFault{Stalls: 1, Late: time.Minute})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	w.advance(430 * time.Second) // trained, and uploading
	if got := grep(w.log("job"), "Validation-"); len(got) != 1 {
		t.Errorf("while it is stalled: %q", got)
	}
	w.advance(20 * time.Second)
	if s := w.describe("job").TrainingJobStatus; s != "Completed" {
		t.Errorf("it is %s", s)
	}
	if got := grep(w.log("job"), "Validation-"); len(got) != 1 {
		t.Errorf("at the end, before the late lines: %q", got)
	}
	w.advance(time.Minute)
	if got := grep(w.log("job"), "Validation-"); len(got) != 3 {
		t.Errorf("at last: %q", got)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	w.server.FailResources(standin.ResourceFault{Gaps: true})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	w.advance(2 * time.Minute)
	read := func(token *string, limit int32) *cloudwatchlogs.GetLogEventsOutput {
		t.Helper()
		out, err := w.logs.GetLogEvents(t.Context(),
			&cloudwatchlogs.GetLogEventsInput{LogGroupName: group,
				LogStreamName: aws.String("job/algo-1-1594765362"),
				StartFromHead: aws.Bool(true), NextToken: token, Limit: &limit})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := read(nil, 5)
	second := read(first.NextForwardToken, 5)
	if len(first.Events) != 0 || len(second.Events) != 5 ||
		*first.NextForwardToken == *second.NextForwardToken {
		t.Errorf("an empty page that is no end: %d and %d events", len(first.Events),
			len(second.Events))
	}
	rest := read(second.NextForwardToken, 10000)
	rest = read(rest.NextForwardToken, 10000)
	last := read(rest.NextForwardToken, 10000)
	if len(rest.Events) == 0 || len(last.Events) != 0 ||
		*last.NextForwardToken != *rest.NextForwardToken {
		t.Errorf("at the end: %d events, token %s after %s", len(last.Events),
			*last.NextForwardToken, *rest.NextForwardToken)
	}
	w.advance(25 * time.Hour)
	_, err := w.logs.GetLogEvents(t.Context(),
		&cloudwatchlogs.GetLogEventsInput{LogGroupName: group,
			LogStreamName: aws.String("job/algo-1-1594765362"),
			StartFromHead: aws.Bool(true), NextToken: last.NextForwardToken})
	refused(t, err, "InvalidParameterException", "nextToken")
}

func TestFilter(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2))})
	q := w.job("job", w.records(8, 4, 2, 32, 24))
	q.ResourceConfig.InstanceCount = aws.Int32(2)
	w.create(q)
	w.advance(time.Hour)
	var found []types.FilteredLogEvent
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(w.logs,
		&cloudwatchlogs.FilterLogEventsInput{LogGroupName: group,
			LogStreamNamePrefix: aws.String("job/"),
			FilterPattern:       aws.String(`"Validation-accuracy"`), Limit: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page.Events...)
	}
	if len(found) != 4 || *found[0].LogStreamName == *found[1].LogStreamName {
		t.Errorf("two epochs on two hosts: %d", len(found))
	}
}
