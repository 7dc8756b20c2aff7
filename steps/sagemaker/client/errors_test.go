package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

// refusal returns an error of the service.
func refusal(code, text string) error { return &smithy.GenericAPIError{Code: code, Message: text} }

// TestErrorClasses uses texts that the services really return.
func TestErrorClasses(t *testing.T) {
	for _, c := range []struct {
		err                           error
		missing, taken, over, expired bool
	}{
		{
			err:     refusal("ValidationException", "Requested resource not found."),
			missing: true, over: true,
		},
		{
			err: refusal("ValidationException",
				`Could not find endpoint "arn:aws:sagemaker:us-east-1:1:endpoint/x".`),
			missing: true, over: true,
		},
		{err: refusal("ResourceNotFound", "whatever"), missing: true, over: true},
		{
			err: refusal("ResourceInUse",
				"Training job names must be unique within an AWS account and region"),
			taken: true,
		},
		{
			err: refusal("ValidationException",
				`Cannot create already existing endpoint "arn:..."`),
			taken: true,
		},
		{
			err: refusal("ValidationException",
				"The request was rejected because the training job is in status Stopped."),
			over: true,
		},
		{
			err: refusal("ExpiredTokenException",
				"The security token included in the request is expired"),
			expired: true,
		},
		{err: refusal("AccessDeniedException", "User is not authorized")},
		{err: errors.New("connection reset")},
	} {
		got := [4]bool{isNotFound(c.err), isNameInUse(c.err), isAlreadyEnded(c.err),
			isExpired(c.err)}
		if want := [4]bool{c.missing, c.taken, c.over, c.expired}; got != want {
			t.Errorf("%v: missing, taken, over and expired are %v, want %v", c.err, got, want)
		}
	}
}

func TestQuota(t *testing.T) {
	text := "The account-level service limit 'ml.p3.2xlarge for training job usage' is %N " +
		"Instances, with current utilization of %U Instances and a request delta of 1 Instances."
	for _, c := range []struct {
		n, u  string
		waits bool
	}{{"0", "0", false}, {"1", "1", true}, {"2", "0", false}} {
		said := strings.NewReplacer("%N", c.n, "%U", c.u).Replace(text)
		limit, waits, ok := quotaLimit(refusal("ResourceLimitExceeded", said))
		if !ok || waits != c.waits || !strings.Contains(limit, "training job usage is "+c.n) {
			t.Errorf("limit %s, %s in use: %q, waits %v, %v", c.n, c.u, limit, waits, ok)
		}
	}
	if _, _, ok := quotaLimit(refusal("ThrottlingException", "Rate exceeded")); ok {
		t.Error("throttling is taken for a quota")
	}
}

func TestEndings(t *testing.T) {
	failedJob := func(reason string) *api.DescribeTrainingJobOutput {
		return &api.DescribeTrainingJobOutput{
			TrainingJobStatus: types.TrainingJobStatusFailed,
			SecondaryStatus:   types.SecondaryStatusFailed, FailureReason: aws.String(reason),
		}
	}
	state := func(
		status types.TrainingJobStatus, secondary types.SecondaryStatus,
	) *api.DescribeTrainingJobOutput {
		return &api.DescribeTrainingJobOutput{TrainingJobStatus: status, SecondaryStatus: secondary}
	}
	for _, c := range []struct {
		job  *api.DescribeTrainingJobOutput
		want outcome
	}{
		{failedJob("CapacityError: Unable to provision requested ML compute capacity."),
			noCapacity},
		{
			failedJob("InternalServerError: We encountered an internal error. Please try again."),
			retryable,
		},
		{failedJob("ClientError: no such file"), failed},
		{failedJob("AlgorithmError: CapacityError in the middle"), failed},
		{failedJob(""), failed},
		{state("Completed", "Completed"), completed},
		{state("Stopped", "Stopped"), stopped},
		{state("Stopped", "MaxRuntimeExceeded"), failed},
		{state("Stopped", "MaxWaitTimeExceeded"), retryable},
		{state("Stopping", "Stopping"), running},
		{state("InProgress", "SomethingNew"), running},
		{state("Deleting", ""), running},
	} {
		if got, _ := jobOutcome(c.job); got != c.want {
			t.Errorf("%s/%s %q: %d, want %d", c.job.TrainingJobStatus, c.job.SecondaryStatus,
				aws.ToString(c.job.FailureReason), got, c.want)
		}
	}
}

func TestHide(t *testing.T) {
	if got := maskKeys("key AKIAIOSFODNN7EXAMPLE is bad"); got != "key **** is bad" {
		t.Error(got)
	}
}
