package serve

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
)

// An environment leads the AWS SDKs to the stand-in, whatever a person's own environment and
// configuration files say.
type environment struct {
	set   []string // NAME=VALUE
	unset []string // names
}

// environment returns the one of this stand-in. The variables for the region have two names, since
// some SDKs know only the older one. An empty profile is unset, since botocore looks for a profile
// of that name.
func (d *devServer) environment() environment {
	poll := cmp.Or(os.Getenv("SNELLEN_CLOUD_POLL"), "1s") // asking often costs nobody anything here
	return environment{
		set: []string{
			"AWS_ENDPOINT_URL=" + d.service.URL(), "AWS_ENDPOINT_URL_S3=" + d.storage.URL,
			"AWS_REGION=" + d.Region, "AWS_DEFAULT_REGION=" + d.Region,
			"AWS_ACCESS_KEY_ID=" + d.storage.AccessKey,
			"AWS_SECRET_ACCESS_KEY=" + d.storage.SecretKey,
			"AWS_EC2_METADATA_DISABLED=true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false",
			"AWS_USE_FIPS_ENDPOINT=false", "AWS_USE_DUALSTACK_ENDPOINT=false",
			"SNELLEN_CLOUD_POLL=" + poll,
		},
		unset: append([]string{
			"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
		}, ownEndpoints...),
	}
}

// ownEndpoints are the variables that lead to another server for a service that the stand-in has.
var ownEndpoints = []string{
	"AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL_PRICING",
	"AWS_ENDPOINT_URL_SAGEMAKER", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
	"AWS_ENDPOINT_URL_SERVICE_QUOTAS", "AWS_ENDPOINT_URL_STS",
}

// over returns a process's environment, changed by e.
func (e environment) over(all []string) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(e.unset, name)
	})
	return append(all, e.set...)
}

// shell returns the lines that change a shell's environment by e.
func (e environment) shell() string {
	return fmt.Sprintf("unset %s\nexport %s",
		strings.Join(e.unset, " "), strings.Join(e.set, " "))
}
