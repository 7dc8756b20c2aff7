package standin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// ask makes a call of the JSON protocol and returns the answer as it was sent.
func (w *world) ask(service, target, body string) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL(),
		strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("X-Amz-Date", "20200714T222042Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20200714/"+region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %s, %v", target, answer.StatusCode, data, err)
	}
	return data
}

// has checks that a description in JSON has a member, such as "OutputDataConfig.KmsKeyId", with
// that value.
func has(t *testing.T, data []byte, member, want string) {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(member, ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		o, _ := v.(map[string]any)
		var there bool
		if v, there = o[name]; !there {
			t.Errorf("%s is not there", member)
			return
		}
	}
	if got := fmt.Sprint(v); got != want {
		t.Errorf("%s is %q, not %q", member, got, want)
	}
}

// Clients read these members without asking whether they are there.
func TestDescriptionsAreWhole(t *testing.T) {
	w, _ := hosted(t)
	w.serve("e")
	ask := func(call, name string) []byte {
		return w.ask("sagemaker", "SageMaker."+call, name)
	}
	job := ask("DescribeTrainingJob", `{"TrainingJobName":"trained"}`)
	for member, want := range map[string]string{
		"OutputDataConfig.KmsKeyId":                               "",
		"OutputDataConfig.CompressionType":                        "GZIP",
		"AlgorithmSpecification.MetricDefinitions.Name":           "train:accuracy",
		"AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "false",
		"InputDataConfig.RecordWrapperType":                       "None",
		"InputDataConfig.CompressionType":                         "None",
		"EnableNetworkIsolation":                                  "false",
		"EnableInterContainerTrafficEncryption":                   "false",
		"EnableManagedSpotTraining":                               "false",
		"StoppingCondition.MaxRuntimeInSeconds":                   "7200",
		"RoleArn":                                                 role,
	} {
		has(t, job, member, want)
	}
	model := ask("DescribeModel", `{"ModelName":"e"}`)
	has(t, model, "PrimaryContainer.Mode", "SingleModel")
	has(t, model, "PrimaryContainer.Environment", "map[]")
	has(t, model, "EnableNetworkIsolation", "false")
	config := ask("DescribeEndpointConfig", `{"EndpointConfigName":"e"}`)
	has(t, config, "ProductionVariants.InitialVariantWeight", "1")
	has(t, config, "EnableNetworkIsolation", "false")
	endpoint := ask("DescribeEndpoint", `{"EndpointName":"e"}`)
	has(t, endpoint, "ProductionVariants.DeployedImages.SpecifiedImage", image1)
	if !bytes.Contains(endpoint, []byte(`"ResolvedImage":"`+
		strings.TrimSuffix(image1, ":1")+`@sha256:`)) {
		t.Errorf("the deployed image has no digest: %s", endpoint)
	}
}

// What a request says stays.
func TestDescriptionsKeepWhatWasSaid(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.5))})
	q := w.job("one", w.records(8, 4, 2, 32, 24))
	q.OutputDataConfig.KmsKeyId = aws.String("alias/key")
	q.EnableNetworkIsolation = aws.Bool(true)
	q.AlgorithmSpecification.TrainingImage = aws.String("example.com/own:1")
	q.AlgorithmSpecification.MetricDefinitions = []types.MetricDefinition{
		{Name: aws.String("loss"), Regex: aws.String("loss=(.*)")}}
	w.create(q)
	d := w.describe("one")
	if m := d.AlgorithmSpecification.MetricDefinitions; *d.OutputDataConfig.KmsKeyId !=
		"alias/key" || !*d.EnableNetworkIsolation || len(m) != 1 || *m[0].Name != "loss" {
		t.Errorf("the description is %+v", d)
	}
}

func TestServerlessDescription(t *testing.T) {
	w, _ := hosted(t)
	w.model("e")
	_, err := w.maker.CreateEndpointConfig(t.Context(),
		&sagemaker.CreateEndpointConfigInput{EndpointConfigName: aws.String("e"),
			ProductionVariants: []types.ProductionVariant{
				{VariantName: aws.String("all"), ModelName: aws.String("e"),
					ServerlessConfig: &types.ProductionVariantServerlessConfig{
						MaxConcurrency: aws.Int32(2), MemorySizeInMB: aws.Int32(2048)}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.endpoint("e"); err != nil {
		t.Fatal(err)
	}
	w.advance(180 * time.Second)
	v := w.status("e").ProductionVariants
	if len(v) != 1 || v[0].CurrentServerlessConfig == nil ||
		*v[0].CurrentServerlessConfig.MemorySizeInMB != 2048 {
		t.Errorf("variants: %+v", v)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.25, 0.75, 0.5))})
	w.create(w.job("one", w.records(8, 4, 2, 32, 24)))
	w.advance(time.Hour)
	d := w.describe("one")
	if m := d.FinalMetricDataList; len(m) != 2 || *m[0].MetricName != "train:accuracy" ||
		*m[1].Value != 0.5 {
		t.Errorf("the last metrics are %+v", m)
	}
	read := func(metric, job string) []float64 {
		data := w.ask("monitoring", "GraniteServiceVersion20100801.GetMetricStatistics",
			fmt.Sprintf(`{"Namespace":"/aws/sagemaker/TrainingJobs","MetricName":%q,
			"Dimensions":[{"Name":"TrainingJobName","Value":%q}],"StartTime":%d,"EndTime":%d,
			"Period":60,"Statistics":["Average"]}`, metric, job, d.TrainingStartTime.Unix(),
				d.TrainingEndTime.Unix()+60))
		var answer struct{ Datapoints []struct{ Average float64 } }
		if err := json.Unmarshal(data, &answer); err != nil {
			t.Fatal(err)
		}
		var all []float64
		for _, p := range answer.Datapoints {
			all = append(all, p.Average)
		}
		return all
	}
	if got := fmt.Sprint(read("validation:accuracy", "one")); got != "[0.25 0.75 0.5]" {
		t.Errorf("the curve is %s", got)
	}
	if got := append(read("loss", "one"), read("validation:accuracy", "two")...); len(got) != 0 {
		t.Errorf("of what there is not: %v", got)
	}
}
