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
type outcome int

const (
	running    outcome = iota
	completed          // its result can be taken
	retryable          // it failed, and another attempt may do better
	noCapacity         // as another, and an instance of another type may be had
	stopped            // a person stopped it: this apply ends with that, and a later one begins another attempt
	failed             // it failed, and would again
)

// jobOutcome reads a job's state and, where it has ended badly, why. The status says what happened; of the secondary status only
// what the documentation says to be stable is looked at, and never the status message.
func jobOutcome(d *api.DescribeTrainingJobOutput) (outcome, string) {
	switch d.SecondaryStatus {
	case types.SecondaryStatusMaxRuntimeExceeded:
		return failed, fmt.Sprintf("it did not end in its %d seconds", runtimeLimit(d))
	case types.SecondaryStatusMaxWaitTimeExceeded:
		return retryable, "no spare machine came in time"
	}
	switch d.TrainingJobStatus {
	case types.TrainingJobStatusCompleted:
		return completed, ""
	case types.TrainingJobStatusStopped:
		return stopped, "it was stopped"
	case types.TrainingJobStatusFailed:
		return failureOutcome(aws.ToString(d.FailureReason))
	}
	return running, ""
}

func runtimeLimit(d *api.DescribeTrainingJobOutput) int32 {
	if d.StoppingCondition == nil {
		return 0
	}
	return aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds)
}

// failureOutcome reads a reason by its class, which is the word before the colon.
func failureOutcome(reason string) (outcome, string) {
	class, _, _ := strings.Cut(reason, ":")
	if reason == "" {
		reason = "the service gives no reason"
	}
	switch strings.TrimSpace(class) {
	case "CapacityError":
		return noCapacity, reason
	case "InternalServerError":
		return retryable, reason
	}
	return failed, reason
}

var accessKeyID = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)

// maskKeys takes out of a text from elsewhere what looks like a key's name.
func maskKeys(text string) string { return accessKeyID.ReplaceAllString(text, "****") }
