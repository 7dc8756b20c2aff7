package client

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"snellen/engine/step"
	"snellen/steps/container"
)

const logGroup = "/aws/sagemaker/TrainingJobs"

// maxStreams limits the log streams of one job. A spot job has one for each restart.
const maxStreams = 1000

// A jobLog follows the log of a job's first machine from its first line, and reports it as a local
// training reports its own. A job that resumes from another job's checkpoints continues its epochs,
// so the logs of the earlier jobs are read first. It is used by one goroutine.
type jobLog struct {
	cloud  *Cloud
	jobs   []string // in the order of their start
	epochs int      // of the whole training
	report func(step.Progress)
	parser container.Parser

	streams []string // in the order of their start
	current int      // index of the stream being read
	token   *string
}

// read reads and reports what is new, and returns the number of log events. A log that does not
// exist yet counts as empty.
func (l *jobLog) read(ctx context.Context) (lines int, err error) {
	if err := l.findStreams(ctx); err != nil {
		return 0, err
	}
	for l.current < len(l.streams) {
		n, end, err := l.readPage(ctx)
		lines += n
		if err != nil {
			return lines, err
		}
		if !end {
			continue
		}
		if l.current == len(l.streams)-1 {
			break
		}
		l.current, l.token = l.current+1, nil
		l.parser.Restart()
	}
	return lines, nil
}

// findStreams adds new streams of all jobs. A job's first stream appears when its container first
// prints.
func (l *jobLog) findStreams(ctx context.Context) error {
	for _, job := range l.jobs {
		if err := l.findStreamsOf(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

func (l *jobLog) findStreamsOf(ctx context.Context, job string) error {
	prefix := job + "/algo-1-"
	pages := cloudwatchlogs.NewDescribeLogStreamsPaginator(l.cloud.logs(),
		&cloudwatchlogs.DescribeLogStreamsInput{
			LogGroupName: aws.String(logGroup), LogStreamNamePrefix: &prefix,
		})
	for pages.HasMorePages() && len(l.streams) < maxStreams {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil // the account's first job creates the group
		}
		if err != nil {
			return err
		}
		// The streams are sorted by name, which ends in the second of their start.
		for _, s := range page.LogStreams {
			if name := aws.ToString(s.LogStreamName); strings.HasPrefix(name, prefix) &&
				!slices.Contains(l.streams, name) {
				l.streams = append(l.streams, name)
			}
		}
	}
	return nil
}

// readPage reads one page of the current stream. At the end of the stream, the service returns the
// token that it was sent.
func (l *jobLog) readPage(ctx context.Context) (lines int, end bool, err error) {
	out, err := l.cloud.logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(logGroup), LogStreamName: &l.streams[l.current],
		StartFromHead: aws.Bool(true), NextToken: l.token,
	})
	if isNotFound(err) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	for _, e := range out.Events {
		for line := range strings.Lines(aws.ToString(e.Message)) {
			l.reportLine(strings.TrimRight(line, "\r\n"))
		}
	}
	end = out.NextForwardToken == nil || l.token != nil && *out.NextForwardToken == *l.token
	if out.NextForwardToken != nil {
		l.token = out.NextForwardToken
	}
	return len(out.Events), end, nil
}

func (l *jobLog) reportLine(reportLine string) {
	l.report(l.parser.Progress(reportLine, l.epochs))
}
