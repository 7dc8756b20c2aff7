package standin_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	runtime "github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
)

// A mirror is a classifier that says how long the image is, and what its model is.
type mirror struct {
	files  []string
	closed *atomic.Int32
}

func (m *mirror) Classify(_ context.Context, image []byte) ([]float64, error) {
	if string(image) == "bad" {
		return nil, errors.New("unable to decode the image")
	}
	return []float64{float64(len(image)), float64(len(m.files))}, nil
}

func (m *mirror) Close() error {
	m.closed.Add(1)
	return nil
}

// hosted is a world with a trained model and what opens it.
func hosted(t *testing.T) (*world, *atomic.Int32) {
	closed := new(atomic.Int32)
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.5)),
			Open: func(_ context.Context, dir string) (standin.Classifier, error) {
				files, err := filepath.Glob(filepath.Join(dir, "*"))
				if err == nil {
					_, err = os.Stat(filepath.Join(dir, "model-shapes.json"))
				}
				return &mirror{files, closed}, err
			}})
	w.create(w.job("trained", w.records(8, 4, 2, 32, 24)))
	w.advance(time.Hour)
	return w, closed
}

func (w *world) model(name string) {
	w.t.Helper()
	_, err := w.maker.CreateModel(w.t.Context(),
		&sagemaker.CreateModelInput{ModelName: &name, ExecutionRoleArn: aws.String(role),
			PrimaryContainer: &types.ContainerDefinition{
				Image: aws.String(image1),
				ModelDataUrl: aws.String("s3://" + w.bucket +
					"/output/trained/output/model.tar.gz")}})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) endpoint(name string) error {
	_, err := w.maker.CreateEndpoint(w.t.Context(),
		&sagemaker.CreateEndpointInput{EndpointName: &name, EndpointConfigName: &name})
	return err
}

func (w *world) endpointConfig(name string) {
	w.t.Helper()
	_, err := w.maker.CreateEndpointConfig(w.t.Context(),
		&sagemaker.CreateEndpointConfigInput{EndpointConfigName: &name,
			ProductionVariants: []types.ProductionVariant{{
				VariantName: aws.String("AllTraffic"), ModelName: &name,
				InstanceType:         types.ProductionVariantInstanceTypeMlM5Large,
				InitialInstanceCount: aws.Int32(1)}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve makes all three and waits.
func (w *world) serve(name string) {
	w.t.Helper()
	w.model(name)
	w.endpointConfig(name)
	if err := w.endpoint(name); err != nil {
		w.t.Fatal(err)
	}
	w.advance(180 * time.Second)
}

func (w *world) status(name string) *sagemaker.DescribeEndpointOutput {
	w.t.Helper()
	d, err := w.maker.DescribeEndpoint(w.t.Context(),
		&sagemaker.DescribeEndpointInput{EndpointName: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) invoke(name, image, accept string) (*sagemakerruntime.InvokeEndpointOutput, error) {
	q := &sagemakerruntime.InvokeEndpointInput{EndpointName: &name, Body: []byte(image),
		ContentType: aws.String("image/jpeg")}
	if accept != "" {
		q.Accept = &accept
	}
	return w.runtime.InvokeEndpoint(w.t.Context(), q)
}

func TestEndpoint(t *testing.T) {
	w, closed := hosted(t)
	w.model("e")
	w.endpointConfig("e")
	if err := w.endpoint("e"); err != nil {
		t.Fatal(err)
	}
	if s := w.status("e").EndpointStatus; s != types.EndpointStatusCreating {
		t.Errorf("at first: %s", s)
	}
	_, err := w.invoke("e", "image", "")
	refused(t, err, "ValidationError", "Endpoint e of account 123456789012 not found.")
	_, err = w.maker.DeleteEndpoint(t.Context(),
		&sagemaker.DeleteEndpointInput{EndpointName: aws.String("e")})
	refused(t, err, "ValidationException", "Cannot update in-progress endpoint")
	w.advance(180 * time.Second)
	if d := w.status("e"); d.EndpointStatus != types.EndpointStatusInService ||
		len(d.ProductionVariants) != 1 || *d.ProductionVariants[0].CurrentInstanceCount != 1 {
		t.Fatalf("after three minutes: %+v", d)
	}
	out, err := w.invoke("e", "image", "")
	if err != nil || string(out.Body) != "[5,3]" || *out.InvokedProductionVariant != "AllTraffic" ||
		*out.ContentType != "application/json" {
		t.Errorf("a bare list: %v, %+v", err, out)
	}
	out, err = w.invoke("e", "image", "application/jsonlines")
	if err != nil || string(out.Body) != "{\"prediction\":[5,3]}\n" {
		t.Errorf("a line: %v, %+v", err, out)
	}
	_, err = w.invoke("e", "bad", "")
	m, ok := errors.AsType[*runtime.ModelError](err)
	if !ok || *m.OriginalStatusCode != 400 || !strings.Contains(*m.OriginalMessage, "decode") ||
		m.LogStreamArn == nil {
		t.Errorf("a bad image: %+v, %v", m, err)
	}
	_, err = w.invoke("e", strings.Repeat("x", 6291457), "")
	refused(t, err, "ValidationError", "less than or equal to")
	w.teardown("e")
	if closed.Load() != 1 || !w.server.Holding().Empty() || len(w.server.Misuse()) > 0 {
		t.Errorf("closed %d, held %+v, misused %q", closed.Load(), w.server.Holding(),
			w.server.Misuse())
	}
}

// teardown takes all three away in the right order.
func (w *world) teardown(name string) {
	w.t.Helper()
	if _, err := w.maker.DeleteEndpoint(w.t.Context(),
		&sagemaker.DeleteEndpointInput{EndpointName: &name}); err != nil {
		w.t.Fatal(err)
	}
	if s := w.status(name).EndpointStatus; s != types.EndpointStatusDeleting {
		w.t.Errorf("at first: %s", s)
	}
	w.advance(30 * time.Second)
	_, err := w.maker.DescribeEndpoint(w.t.Context(),
		&sagemaker.DescribeEndpointInput{EndpointName: &name})
	refused(w.t, err, "ValidationException", "Could not find endpoint \"arn:")
	if _, err := w.maker.DeleteEndpointConfig(w.t.Context(),
		&sagemaker.DeleteEndpointConfigInput{EndpointConfigName: &name}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.maker.DeleteModel(w.t.Context(),
		&sagemaker.DeleteModelInput{ModelName: &name}); err != nil {
		w.t.Fatal(err)
	}
}

func TestMisuse(t *testing.T) {
	w, _ := hosted(t)
	w.serve("e")
	w.maker.DeleteModel(t.Context(), &sagemaker.DeleteModelInput{ModelName: aws.String("e")})
	w.maker.DeleteEndpointConfig(t.Context(),
		&sagemaker.DeleteEndpointConfigInput{EndpointConfigName: aws.String("e")})
	if got := w.server.Misuse(); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if h := w.server.Holding(); !slices.Equal(h.Endpoints, []string{"e"}) || h.Configs != nil ||
		h.Models != nil {
		t.Errorf("%+v", h)
	}
}

func TestFailedEndpoint(t *testing.T) {
	w, _ := hosted(t)
	w.server.FailResources(standin.ResourceFault{Name: "unlucky", Capacity: true},
		standin.ResourceFault{Name: "slow", Slow: time.Hour})
	w.serve("unlucky")
	if d := w.status("unlucky"); d.EndpointStatus != types.EndpointStatusFailed ||
		!strings.Contains(*d.FailureReason, "InsufficientInstanceCapacity") {
		t.Errorf("%s: %s", d.EndpointStatus, aws.ToString(d.FailureReason))
	}
	_, err := w.maker.UpdateEndpoint(t.Context(),
		&sagemaker.UpdateEndpointInput{EndpointName: aws.String("unlucky"),
			EndpointConfigName: aws.String("unlucky")})
	refused(t, err, "ValidationException", "can only be deleted")
	w.teardown("unlucky")
	w.serve("slow")
	if s := w.status("slow").EndpointStatus; s != types.EndpointStatusCreating {
		t.Errorf("slow: %s", s)
	}
	w.advance(time.Hour)
	if s := w.status("slow").EndpointStatus; s != types.EndpointStatusInService {
		t.Errorf("slow, at last: %s", s)
	}
	w.put("output/trained/output/model.tar.gz", []byte("no archive"))
	w.serve("broken")
	if d := w.status("broken"); d.EndpointStatus != types.EndpointStatusFailed ||
		!strings.Contains(*d.FailureReason, "did not pass the ping health check") {
		t.Errorf("%s: %s", d.EndpointStatus, aws.ToString(d.FailureReason))
	}
}

func TestServerless(t *testing.T) {
	w, _ := hosted(t)
	w.model("e")
	create := func(memory int32) error {
		_, err := w.maker.CreateEndpointConfig(t.Context(),
			&sagemaker.CreateEndpointConfigInput{EndpointConfigName: aws.String("e"),
				ProductionVariants: []types.ProductionVariant{{
					VariantName: aws.String("AllTraffic"), ModelName: aws.String("e"),
					ServerlessConfig: &types.ProductionVariantServerlessConfig{
						MemorySizeInMB: &memory,
						MaxConcurrency: aws.Int32(5)}}}})
		return err
	}
	refused(t, create(1500), "ValidationException", "MemorySizeInMB")
	if err := errors.Join(create(2048), w.endpoint("e")); err != nil {
		t.Fatal(err)
	}
	w.advance(180 * time.Second)
	w.server.Fail(standin.NotReady(1))
	_, err := w.invoke("e", "image", "")
	refused(t, err, "ModelNotReadyException", "")
	out, err := w.invoke("e", "image", "")
	var numbers []float64
	if err != nil || json.Unmarshal(out.Body, &numbers) != nil || len(numbers) != 2 {
		t.Errorf("%v, %+v", err, out)
	}
	_, err = w.invoke("e", strings.Repeat("x", 5<<20), "")
	refused(t, err, "ValidationError", "4 MB")
}

func TestMissing(t *testing.T) {
	w, _ := hosted(t)
	_, err := w.maker.CreateModel(t.Context(),
		&sagemaker.CreateModelInput{ModelName: aws.String("m"), ExecutionRoleArn: aws.String(role),
			PrimaryContainer: &types.ContainerDefinition{
				Image:        aws.String(image1),
				ModelDataUrl: aws.String("s3://" + w.bucket + "/nothing.tar.gz")}})
	refused(t, err, "ValidationException", "Could not find model data")
	refused(t, w.endpoint("e"), "ValidationException",
		"Could not find endpoint configuration \"arn:")
	_, err = w.maker.DescribeModel(t.Context(),
		&sagemaker.DescribeModelInput{ModelName: aws.String("m")})
	refused(t, err, "ValidationException", "Could not find model \"arn:")
	w.serve("e")
	refused(t, w.endpoint("e"), "ValidationException",
		"Cannot create already existing endpoint \"arn:")
	d, err := w.maker.DescribeEndpointConfig(t.Context(),
		&sagemaker.DescribeEndpointConfigInput{EndpointConfigName: aws.String("e")})
	if err != nil || *d.ProductionVariants[0].ModelName != "e" {
		t.Errorf("%v, %+v", err, d)
	}
	m, err := w.maker.DescribeModel(t.Context(),
		&sagemaker.DescribeModelInput{ModelName: aws.String("e")})
	if err != nil || *m.PrimaryContainer.Image != image1 {
		t.Errorf("%v, %+v", err, m)
	}
}
