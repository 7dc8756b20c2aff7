package project

import (
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/sharedurl"
)

// TestChooseShared: the flag counts before the environment, and the environment before the spec.
func TestChooseShared(t *testing.T) {
	block := &specs.Shared{URL: sharedurl.URL{Scheme: "s3", Bucket: "lab", Prefix: "x"},
		Region: "eu-west-1", Endpoint: "https://minio.lab", Profile: "lab", ReadOnly: true}
	for _, c := range []struct {
		flag, environment string
		block             *specs.Shared
		want              string // URL, and whether it is the block
	}{
		{"", "", nil, "none"},
		{"", "", block, "s3://lab/x the spec's"},
		{"", "false", block, "none"},
		{"", "s3://lab/x/", block, "s3://lab/x the spec's"},
		{"", "s3://lab/y", block, "s3://lab/y"},
		{"", "file:///nfs/lab", nil, "file:///nfs/lab"},
		{"false", "s3://lab/y", block, "none"},
		{"false", "no URL", block, "none"},
		{"s3://lab/z", "false", block, "s3://lab/z"},
		{"S3://lab/x", "s3://lab/y", block, "s3://lab/x the spec's"},
		{"s3://lab/x", "", nil, "s3://lab/x"},
		{"true", "", block, "-shared: a shared store's URL begins with s3:// or file://; " +
			"write s3://BUCKET/PREFIX or file:///FOLDER; -shared=false shares nothing"},
		{"", "0", nil, "SNELLEN_SHARED: a shared store's URL begins with s3:// or file://; " +
			"write s3://BUCKET/PREFIX or file:///FOLDER; SNELLEN_SHARED=false shares nothing"},
		{"s3://me:hunter2@lab", "", nil, "-shared: a URL must hold no user and no password, which " +
			"would be recorded; leave them out: credentials come from the environment, or from " +
			"AWS's own files; -shared=false shares nothing"},
	} {
		t.Setenv("SNELLEN_SHARED", c.environment)
		got, err := ChooseShared(c.flag, c.block)
		is := "none"
		switch {
		case err != nil:
			is = err.Error() + "; " + step.Hint(err)
		case got != nil && got == c.block:
			is = got.URL.String() + " the spec's"
		case got != nil:
			is = got.URL.String()
			if got.Region+got.Endpoint+got.Profile != "" || got.ReadOnly {
				t.Errorf("%+v: %+v has the spec's settings", c, got)
			}
		}
		if is != c.want || strings.Contains(is, "hunter2") {
			t.Errorf("-shared %q, SNELLEN_SHARED %q: %s, want %s", c.flag, c.environment, is, c.want)
		}
	}
}
