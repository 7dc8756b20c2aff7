package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"snellen/steps/standin"
)

// TestWatchEndpoint: the crops go to an endpoint, and its answers come back into the picture; the
// rest is as with a model.
func TestWatchEndpoint(t *testing.T) {
	if realWorker() == "" {
		t.Skip("snellen-worker is not built: make build")
	}
	s := newSky(t, cloudOptions())
	dir := cloudFolder(t, s.bucket)
	s.deploy(t, "theirs")
	watch := func(name string) *exec.Cmd {
		cmd := snellen(dir, s, "watch", "-video", "shelf.mp4", "-headless", "-json", "-endpoint",
			name, "-record", name+".avi")
		cmd.Env = append(cmd.Env, "SNELLEN_WORKER="+realWorker())
		return cmd
	}
	out, err := watch("theirs").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	all := judgements(watchLines(t, string(out)))
	if len(all) != 10 {
		t.Fatalf("%d judgements, want one area in ten pictures", len(all))
	}
	for _, d := range all {
		if d.Found != "A" || d.Probability != 0.75 || d.Expected != "A" {
			t.Errorf("judged %+v", d)
		}
	}
	if n := countFrames(t, filepath.Join(dir, "theirs.avi")); n != "10" {
		t.Errorf("the record has %s frames, want 10", n)
	}
	if asked, deleted := s.called("InvokeEndpoint"), s.called("Delete"); asked != 10 ||
		deleted != 0 {
		t.Errorf("asked %d times, want 10, and deleted %d things of somebody else's", asked,
			deleted)
	}

	if out, err := watch("none").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "endpoint none") {
		t.Errorf("of an endpoint that is not there: %s", out)
	}
	s.server.Fail(standin.Denied("InvokeEndpoint"))
	again := watch("theirs")
	again.Args = again.Args[:len(again.Args)-2] // no record
	if out, err := again.CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "picture 1: ") ||
		!strings.Contains(string(out), "not authorized") {
		t.Errorf("of an account that may not ask: %s", out)
	}
}

// called counts the calls whose names begin so.
func (s *sky) called(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, call := range s.calls {
		if strings.HasPrefix(call, name) {
			n++
		}
	}
	return n
}

// deploy makes an endpoint in the stand-in's account, as somebody else would.
func (s *sky) deploy(t *testing.T, name string) {
	t.Helper()
	const key = "theirs/model.tar.gz"
	var archive bytes.Buffer // with nothing in it: answers are made up
	z := gzip.NewWriter(&archive)
	if err := errors.Join(tar.NewWriter(z).Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := s.store.Client().PutObject(t.Context(),
		&s3.PutObjectInput{Bucket: &s.bucket, Key: aws.String(key),
			Body: bytes.NewReader(archive.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range s.environment() {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	api := sagemaker.NewFromConfig(cfg)
	role, image := "arn:aws:iam::123456789012:role/SageMaker", "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"
	_, err = api.CreateModel(t.Context(), &sagemaker.CreateModelInput{
		ModelName: &name, ExecutionRoleArn: &role,
		PrimaryContainer: &types.ContainerDefinition{Image: &image,
			ModelDataUrl: aws.String("s3://" + s.bucket + "/" + key)},
	})
	if err == nil {
		_, err = api.CreateEndpointConfig(t.Context(), &sagemaker.CreateEndpointConfigInput{
			EndpointConfigName: &name, ProductionVariants: []types.ProductionVariant{{
				VariantName: aws.String("AllTraffic"), ModelName: &name,
				InstanceType: "ml.m5.large", InitialInstanceCount: aws.Int32(1),
			}},
		})
	}
	if err == nil {
		_, err = api.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: &name,
			EndpointConfigName: &name})
	}
	if err == nil {
		err = sagemaker.NewEndpointInServiceWaiter(api,
			func(o *sagemaker.EndpointInServiceWaiterOptions) { o.MinDelay = time.Millisecond }).Wait(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: &name}, time.Minute)
	}
	if err != nil {
		t.Fatal(err)
	}
}
