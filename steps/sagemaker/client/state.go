package client

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// An ending is where a job stands.
type ending int

const (
	running  ending = iota
	complete        // its result can be taken
	another         // it failed, and another attempt may do better
	crowded         // as another, and an instance of another type may be had
	stopped         // a person stopped it: this apply ends with that, and a later one begins another attempt
	final           // it failed, and would again
)

// endOf reads a job's state and, where it has ended badly, why. The status says what happened; of the secondary status only
// what the documentation says to be stable is looked at, and never the status message.
func endOf(d *api.DescribeTrainingJobOutput) (ending, string) {
	switch d.SecondaryStatus {
	case types.SecondaryStatusMaxRuntimeExceeded:
		return final, fmt.Sprintf("it did not end in its %d seconds", limitOf(d))
	case types.SecondaryStatusMaxWaitTimeExceeded:
		return another, "no spare machine came in time"
	}
	switch d.TrainingJobStatus {
	case types.TrainingJobStatusCompleted:
		return complete, ""
	case types.TrainingJobStatusStopped:
		return stopped, "it was stopped"
	case types.TrainingJobStatusFailed:
		return failure(aws.ToString(d.FailureReason))
	}
	return running, ""
}

func limitOf(d *api.DescribeTrainingJobOutput) int32 {
	if d.StoppingCondition == nil {
		return 0
	}
	return aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds)
}

// failure reads a reason by its class, which is the word before the colon.
func failure(reason string) (ending, string) {
	class, _, _ := strings.Cut(reason, ":")
	if reason == "" {
		reason = "the service gives no reason"
	}
	switch strings.TrimSpace(class) {
	case "CapacityError":
		return crowded, reason
	case "InternalServerError":
		return another, reason
	}
	return final, reason
}

var credentials = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)

// hide takes out of a text from elsewhere what looks like a key's name.
func hide(text string) string { return credentials.ReplaceAllString(text, "****") }
