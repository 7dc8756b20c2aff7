package sagemaker

import (
	"fmt"
	"regexp"
	"strings"

	"snellen/steps/sagemaker/constraint"
)

// TrainingImage returns the registry address of an image in a region. BuiltIn has one for each
// region; another image is its own address. The same image trains and serves.
func TrainingImage(image, region string) (string, error) {
	if image != BuiltIn {
		return image, nil
	}
	host := constraint.Registry(region)
	if host == "" {
		return "", fmt.Errorf(
			"the built-in image classification is in no registry of %s; it is in %s", region,
			strings.Join(constraint.Regions(), ", "))
	}
	return host + "/" + BuiltIn, nil
}

var registryRegion = regexp.MustCompile(`\.dkr\.ecr\.([a-z0-9-]+)\.`)

// foreignRegion returns the region of an image's registry if it differs from the job's, and "" if
// it does not or if the image is in no AWS registry.
func foreignRegion(image, region string) string {
	if m := registryRegion.FindStringSubmatch(image); m != nil && m[1] != region {
		return m[1]
	}
	return ""
}
