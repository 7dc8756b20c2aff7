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
	at      int      // the stream that is read
	token   *string
}

// read reads what is new, and tells how many lines that were. A log that is not there yet is an empty one.
func (l *jobLog) read(ctx context.Context) (lines int, err error) {
	if err := l.find(ctx); err != nil {
		return 0, err
	}
	for l.at < len(l.streams) {
		n, end, err := l.page(ctx)
		lines += n
		if err != nil {
			return lines, err
		}
		if !end {
			continue
		}
		if l.at == len(l.streams)-1 {
			break
		}
		l.at, l.token = l.at+1, nil
		l.parser.Restart()
	}
	return lines, nil
}

// find looks for streams: the first comes when the container first prints.
func (l *jobLog) find(ctx context.Context) error {
	for _, job := range l.jobs {
		if err := l.findOf(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

func (l *jobLog) findOf(ctx context.Context, job string) error {
	prefix := job + "/algo-1-"
	pages := cloudwatchlogs.NewDescribeLogStreamsPaginator(l.cloud.logs(), &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: aws.String(logGroup), LogStreamNamePrefix: &prefix,
	})
	for pages.HasMorePages() && len(l.streams) < maxStreams {
		page, err := pages.NextPage(ctx)
		if missing(err) {
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

// page reads one page. At the end of what is there the service gives the same token again.
func (l *jobLog) page(ctx context.Context) (lines int, end bool, err error) {
	out, err := l.cloud.logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(logGroup), LogStreamName: &l.streams[l.at], StartFromHead: aws.Bool(true), NextToken: l.token,
	})
	if missing(err) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	for _, e := range out.Events {
		for line := range strings.Lines(aws.ToString(e.Message)) {
			l.line(strings.TrimRight(line, "\r\n"))
		}
	}
	end = out.NextForwardToken == nil || l.token != nil && *out.NextForwardToken == *l.token
	if out.NextForwardToken != nil {
		l.token = out.NextForwardToken
	}
	return len(out.Events), end, nil
}

func (l *jobLog) line(line string) {
	l.report(l.parser.Progress(line, l.epochs))
}
