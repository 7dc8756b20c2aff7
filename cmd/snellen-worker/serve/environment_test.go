package serve

import (
	"slices"
	"strings"
	"testing"

	"snellen/steps/standin"
	"snellen/steps/standin/setup"
)

// Whatever a person's own environment says, botocore and the SDKs for Go find the stand-in: an
// empty AWS_PROFILE would be a profile that is not there, and botocore reads AWS_DEFAULT_REGION
// alone.
func TestEnvironment(t *testing.T) {
	d := devServer{Setup: setup.Setup{Region: "eu-west-1"}, service: &standin.Server{},
		storage: &standin.S3{URL: "http://127.0.0.1:1", AccessKey: "key", SecretKey: "secret"}}
	e := d.environment()
	own := []string{"PATH=/bin", "AWS_PROFILE=work", "AWS_DEFAULT_PROFILE=work",
		"AWS_SESSION_TOKEN=old", "AWS_ENDPOINT_URL_SAGEMAKER=http://elsewhere",
		"AWS_REGION=us-east-1"}
	all := e.over(own)
	for _, want := range []string{"PATH=/bin", "AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=key"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not in %q", want, all)
		}
	}
	lines := strings.Split(e.shell(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "unset ") ||
		!strings.HasPrefix(lines[1], "export ") {
		t.Fatalf("the lines are %q", lines)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN",
		"AWS_ENDPOINT_URL_SAGEMAKER"} {
		if slices.ContainsFunc(all, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			t.Errorf("%s is set in %q", name, all)
		}
		if !slices.Contains(strings.Fields(lines[0]), name) {
			t.Errorf("%s is not in %q", name, lines[0])
		}
	}
	if !slices.Contains(strings.Fields(lines[1]), "AWS_DEFAULT_REGION=eu-west-1") {
		t.Errorf("the region is not in %q", lines[1])
	}
}
