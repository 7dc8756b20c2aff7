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

// maxStreams bounds the streams of one job: one for each time that a spot job was begun again.
const maxStreams = 1000

// A jobLog follows the log of a job's first machine from its first line, and tells what it says as a local training would.
// A job that goes on from another one's checkpoints goes on with its epochs, too: their logs are read before its own.
type jobLog struct {
	cloud  *Cloud
	jobs   []string // in the order in which they were begun
	epochs int      // that are asked for
	report func(step.Progress)
	parser container.Parser

	streams []string // in the order in which they were begun
	current int      // the stream that is read
	token   *string
}

// read reads what is new, and tells how many lines that were. A log that is not there yet is an empty one.
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

// findStreams looks for streams: the first comes when the container first prints.
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
	pages := cloudwatchlogs.NewDescribeLogStreamsPaginator(l.cloud.logs(), &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: aws.String(logGroup), LogStreamNamePrefix: &prefix,
	})
	for pages.HasMorePages() && len(l.streams) < maxStreams {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return nil // the group comes with the account's first job
		}
		if err != nil {
			return err
		}
		for _, s := range page.LogStreams { // sorted by name, which ends in the second when it was begun
			if name := aws.ToString(s.LogStreamName); strings.HasPrefix(name, prefix) && !slices.Contains(l.streams, name) {
				l.streams = append(l.streams, name)
			}
		}
	}
	return nil
}

// readPage reads one page. At the end of what is there the service gives the same token again.
func (l *jobLog) readPage(ctx context.Context) (lines int, end bool, err error) {
	out, err := l.cloud.logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(logGroup), LogStreamName: &l.streams[l.current], StartFromHead: aws.Bool(true), NextToken: l.token,
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
