package client

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// An outcome is how a job ended, or that it is still running.
type outcome int

const (
	running    outcome = iota
	completed          // its outputs can be read
	retryable          // it failed, but another attempt may succeed
	noCapacity         // as retryable, and another instance type may be free
	stopped            // by a person: this apply ends, and a later one makes another attempt
	failed             // it failed and would fail again
)

// jobOutcome returns a job's outcome and, if it ended badly, the reason. It reads the status, and
// only those secondary statuses that the documentation declares stable. It never reads the status
// message.
func jobOutcome(d *api.DescribeTrainingJobOutput) (outcome, string) {
	switch d.SecondaryStatus {
	case types.SecondaryStatusMaxRuntimeExceeded:
		return failed, fmt.Sprintf("it did not finish within %d seconds", runtimeLimit(d))
	case types.SecondaryStatusMaxWaitTimeExceeded:
		return retryable, "no spot instance became available in time"
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

// runtimeLimit returns the job's time limit in seconds, or 0 if it has none.
func runtimeLimit(d *api.DescribeTrainingJobOutput) int32 {
	if d.StoppingCondition == nil {
		return 0
	}
	return aws.ToInt32(d.StoppingCondition.MaxRuntimeInSeconds)
}

// failureOutcome classifies a failure reason by the word before its colon.
func failureOutcome(reason string) (outcome, string) {
	class, _, _ := strings.Cut(reason, ":")
	if reason == "" {
		reason = "the service reports no reason"
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

// maskKeys masks access key IDs in a text from elsewhere.
func maskKeys(text string) string { return accessKeyID.ReplaceAllString(text, "****") }
