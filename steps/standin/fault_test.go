package standin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	prices "github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (w *world) describeFails(name string) error {
	_, err := w.maker.DescribeTrainingJob(w.t.Context(),
		&sagemaker.DescribeTrainingJobInput{TrainingJobName: &name})
	return err
}

func TestFaults(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1))})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	for _, c := range []struct {
		fault       standin.Fault
		code, words string
	}{
		{standin.Throttled("DescribeTrainingJob", 1), "ThrottlingException", "Rate exceeded"},
		{standin.Broken("DescribeTrainingJob", 1), "InternalFailure", ""},
		{standin.Unavailable("", 1), "ServiceUnavailable", ""},
		{standin.Fault{Name: "jo", Times: 1, Status: 400, Code: "AccessDeniedException",
			Message: "no"}, "AccessDeniedException", "no"},
	} {
		w.server.Fail(c.fault)
		refused(t, w.describeFails("job"), c.code, c.words)
		w.describe("job")
	}
	w.server.Fail(standin.Denied("DescribeTrainingJob"),
		standin.Fault{Call: "DescribeTrainingJob", Name: "other", Status: 500})
	for range 3 {
		refused(t, w.describeFails("job"), "AccessDeniedException",
			"not authorized to perform: sagemaker:DescribeTrainingJob")
	}
	w.server.Heal()
	w.describe("job")
}

// A connection is cut before a call has its effect, or after.
func TestCut(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1))})
	q := w.job("job", w.records(8, 4, 2, 32, 24))
	w.server.Fail(standin.Lost("CreateTrainingJob", standin.CutBefore, 1),
		standin.Lost("CreateTrainingJob", standin.CutAfter, 1))
	if _, err := w.maker.CreateTrainingJob(t.Context(), q); err == nil {
		t.Error("an answer came")
	}
	refused(t, w.describeFails("job"), "ValidationException", "not found")
	if _, err := w.maker.CreateTrainingJob(t.Context(), q); err == nil {
		t.Error("an answer came")
	}
	w.describe("job")
}

// A slow call waits as long as it is held, or until the client gives up.
func TestHold(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1))})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	hold := make(chan struct{})
	w.server.Fail(standin.Fault{Call: "DescribeTrainingJob", Times: 1, Hold: hold})
	done := make(chan error)
	go func() { done <- w.describeFails("job") }()
	// another call is not held
	if _, err := w.maker.ListTrainingJobs(t.Context(),
		&sagemaker.ListTrainingJobsInput{}); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		t.Errorf("it was not held: %v", err)
	default:
	}
	close(hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLag(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1))})
	data := w.records(8, 4, 2, 32, 24)
	w.server.Lag(2)
	w.create(w.job("job", data))
	refused(t, w.describeFails("job"), "ValidationException", "not found")
	_, err := w.maker.CreateTrainingJob(t.Context(), w.job("job", data))
	refused(t, err, "ResourceInUse", "")
	refused(t, w.describeFails("job"), "ValidationException", "not found")
	w.describe("job")
}

// Where the stand-in has keys of its own, every service's requests need their signature.
func TestOwnKeys(t *testing.T) {
	w := newWorld(t, standin.Options{Credentials: aws.Credentials{AccessKeyID: "AKIDEXAMPLE",
		SecretAccessKey: "secret"}})
	calls := func() map[string]error {
		_, maker := w.maker.ListTrainingJobs(t.Context(), &sagemaker.ListTrainingJobsInput{
			NameContains: aws.String("a-b")})
		_, quotas := w.quotas.ListServiceQuotas(t.Context(),
			&servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
		_, sts := w.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		_, runtime := w.invoke("none", "picture", "application/json")
		return map[string]error{"sagemaker": maker, "quotas": quotas, "sts": sts, "runtime": runtime}
	}
	for service, err := range calls() {
		if err != nil && !strings.Contains(err.Error(), "not found") {
			t.Errorf("%s: %v", service, err)
		}
	}
	other := w.config("AKIDEXAMPLE", region)
	other.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "guessed", "")
	w.connect(other)
	for service, err := range calls() {
		if err == nil || !strings.Contains(err.Error(), "403") || service == "sagemaker" &&
			!strings.Contains(err.Error(), "InvalidSignature") {
			t.Errorf("%s: %v, with another secret", service, err)
		}
	}
	w.connect(w.config("stand-in", region))
	for service, err := range calls() {
		if err == nil || !strings.Contains(err.Error(), "403") || service == "sagemaker" &&
			!strings.Contains(err.Error(), "UnrecognizedClient") {
			t.Errorf("%s: %v, with another key", service, err)
		}
	}
}

func TestSignature(t *testing.T) {
	w := newWorld(t, standin.Options{})
	list := func(c aws.Config) error {
		_, err := sagemaker.NewFromConfig(c).ListTrainingJobs(t.Context(),
			&sagemaker.ListTrainingJobsInput{})
		return err
	}
	if err := list(w.config("AKIDEXAMPLE", region)); err != nil {
		t.Error(err)
	}
	refused(t, list(w.config("AKIDEXAMPLE", "us-west-2")), "InvalidSignatureException",
		"valid region, not 'us-west-2'")
	anonymous := w.config("AKIDEXAMPLE", region)
	anonymous.Credentials = aws.AnonymousCredentials{}
	refused(t, list(anonymous), "MissingAuthenticationTokenException", "")
	w.server.Expire("AKIDEXAMPLE")
	refused(t, list(w.config("AKIDEXAMPLE", region)), "ExpiredTokenException",
		"security token included in the request is expired")
	if err := list(w.config("AKIDOTHER", region)); err != nil {
		t.Error(err)
	}
	w.server.Renew("AKIDEXAMPLE")
	if err := list(w.config("AKIDEXAMPLE", region)); err != nil {
		t.Error(err)
	}
}

// Who a browser might bring here is turned away.
func TestForeignHost(t *testing.T) {
	w := newWorld(t, standin.Options{})
	r, err := http.NewRequest(http.MethodPost, w.server.URL(), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "rebound.example.com"
	r.Header.Set("X-Amz-Target", "SageMaker.ListModels")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestUnknownCall(t *testing.T) {
	w := newWorld(t, standin.Options{})
	_, err := w.maker.CreateApp(t.Context(),
		&sagemaker.CreateAppInput{AppName: aws.String("a"), AppType: types.AppTypeJupyterServer,
			DomainId: aws.String("d")})
	refused(t, err, "UnknownOperationException", "SageMaker.CreateApp")
}

// Those who watch see each call twice: as it came, and when it has had its effect.
func TestWatch(t *testing.T) {
	var moments []standin.Moment
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.1)),
			Watch: func(m standin.Moment) { moments = append(moments, m) }})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	w.describe("job")
	want := []standin.Moment{{"CreateTrainingJob", "job", 1, false},
		{"CreateTrainingJob", "job", 1, true}, {"DescribeTrainingJob", "job", 2, false},
		{"DescribeTrainingJob", "job", 2, true}}
	if !slices.Equal(moments, want) {
		t.Errorf("%+v", moments)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1))})
	w.create(w.job("job", w.records(8, 4, 2, 32, 24)))
	arn := aws.String("arn:aws:sagemaker:ap-northeast-1:123456789012:training-job/job")
	if _, err := w.maker.AddTags(t.Context(),
		&sagemaker.AddTagsInput{ResourceArn: arn,
			Tags: []types.Tag{{Key: aws.String("snellen:run"), Value: aws.String("r2")},
				{Key: aws.String("more"), Value: aws.String("")}}}); err != nil {
		t.Fatal(err)
	}
	out, err := w.maker.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: arn})
	if err != nil || len(out.Tags) != 2 || *out.Tags[0].Value != "r2" {
		t.Errorf("%v, %+v", err, out)
	}
	if _, err := w.maker.DeleteTags(t.Context(),
		&sagemaker.DeleteTagsInput{ResourceArn: arn, TagKeys: []string{"more"}}); err != nil {
		t.Fatal(err)
	}
	out, err = w.maker.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: arn})
	if err != nil || len(out.Tags) != 1 {
		t.Errorf("%v, %+v", err, out)
	}
	_, err = w.maker.ListTags(t.Context(),
		&sagemaker.ListTagsInput{
			ResourceArn: aws.String(
				"arn:aws:sagemaker:ap-northeast-1:123456789012:training-job/none")})
	refused(t, err, "ValidationException", "Could not find resource")
}

func TestAccount(t *testing.T) {
	w := newWorld(t,
		standin.Options{Quotas: map[string]float64{"ml.p3.2xlarge for training job usage": 7},
			Prices: map[string]float64{"ml.g5.2xlarge": 1.5}})
	who, err := w.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Account != "123456789012" {
		t.Errorf("%v, %+v", err, who)
	}
	values := map[string]float64{}
	pages := servicequotas.NewListServiceQuotasPaginator(w.quotas,
		&servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range page.Quotas {
			values[*q.QuotaName] = *q.Value
		}
	}
	if values["ml.p3.2xlarge for training job usage"] != 7 ||
		values["ml.m5.large for endpoint usage"] != 4 || len(values) != 151*3+277 {
		t.Errorf("%d quotas", len(values))
	}
	out, err := w.prices.GetProducts(t.Context(),
		&pricing.GetProductsInput{ServiceCode: aws.String("AmazonSageMaker"),
			Filters: []prices.Filter{
				{Type: prices.FilterTypeTermMatch, Field: aws.String("regionCode"),
					Value: aws.String(region)},
				{Type: prices.FilterTypeTermMatch, Field: aws.String("component"),
					Value: aws.String("Training")},
				{Type: prices.FilterTypeTermMatch, Field: aws.String("instanceName"),
					Value: aws.String("ml.g5.2xlarge")}}})
	if err != nil || len(out.PriceList) != 1 ||
		!strings.Contains(out.PriceList[0], `"USD":"1.5000000000"`) {
		t.Errorf("%v, %+v", err, out)
	}
}
