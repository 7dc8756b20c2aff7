package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/steps/frames"
	"snellen/steps/standin"
)

// TestSageMakerSDK has others' clients of SageMaker train and judge on the stand-in: the SageMaker
// SDK, boto3 and the AWS CLI. SNELLEN_PYTHON names a Python that has them. The person's own
// environment leads elsewhere.
func TestSageMakerSDK(t *testing.T) {
	program, worker := os.Getenv("SNELLEN_PYTHON"), realWorker()
	switch {
	case program == "":
		t.Skip("SNELLEN_PYTHON names no Python")
	case exec.Command(program, "-c", "import boto3, awscli, sagemaker.estimator").Run() != nil:
		t.Skipf("%s lacks packages: pip install boto3 awscli 'sagemaker<3'", program)
	case worker == "" || standin.HaveS3() == "":
		t.Skip("snellen-worker or versitygw is missing: make build, snellen dev sagemaker")
	}
	dir := t.TempDir()
	script, err := filepath.Abs(filepath.Join("testdata", "sdk.py"))
	if err != nil {
		t.Fatal(err)
	}
	writeTraining(t, dir)
	settings := "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"
	if err := os.WriteFile(filepath.Join(dir, "sdk.yaml"), []byte(settings), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := again(dir, "SNELLEN_WORKER="+worker, "AWS_PROFILE=work", "AWS_SESSION_TOKEN=old",
		"AWS_ENDPOINT_URL_SAGEMAKER=http://127.0.0.1:1", "AWS_CONFIG_FILE="+os.DevNull,
		"SAGEMAKER_USER_CONFIG_OVERRIDE="+filepath.Join(dir, "sdk.yaml"))
	cmd.Args = []string{"snellen", "dev", "sagemaker", "-speed", "20", "--", program, script, dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, done := range []string{"fit", "attach", "analytics", "logs", "predict", "cli", "deleted"} {
		if !strings.Contains(string(out), "\n"+done) && !strings.HasPrefix(string(out), done) {
			t.Errorf("%s was not done:\n%s", done, out)
		}
	}
	if strings.Contains(string(out), "against the service") {
		t.Errorf("%s", out)
	}
}

// writeTraining writes two classes of plain pictures as RecordIO, and one picture by itself.
func writeTraining(t *testing.T, dir string) {
	t.Helper()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	plain := func(shade int) *image.Gray {
		m := image.NewGray(image.Rect(0, 0, 48, 32))
		for i := range m.Pix {
			m.Pix[i] = color.Gray{uint8(shade)}.Y
		}
		return m
	}
	coded := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, name := range []string{"train.rec", "validation.rec"} {
		var b bytes.Buffer
		w := frames.NewWriter(&b)
		for i := range 16 {
			if err := w.Write(i%2, coded(plain(200*(i%2)+i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		write(name, b.Bytes())
	}
	var b bytes.Buffer
	if err := png.Encode(&b, plain(200)); err != nil {
		t.Fatal(err)
	}
	write("one.png", b.Bytes())
	write("one.jpg", coded(plain(200)))
}
