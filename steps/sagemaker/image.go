package sagemaker

import (
	"fmt"
	"regexp"
	"strings"

	"snellen/steps/sagemaker/constraint"
)

// TrainingImage is where the image of a training is, in a region. The same one serves.
func TrainingImage(image, region string) (string, error) {
	if image != BuiltIn {
		return image, nil
	}
	host := constraint.Registry(region)
	if host == "" {
		return "", fmt.Errorf("the built-in image classification is in no registry of %s; it is in %s", region, strings.Join(constraint.Regions(), ", "))
	}
	return host + "/" + BuiltIn, nil
}

var registryRegion = regexp.MustCompile(`\.dkr\.ecr\.([a-z0-9-]+)\.`)

// foreignRegion is the region of an image's registry where it is another than a job's; "" where it is not, or none.
func foreignRegion(image, region string) string {
	if m := registryRegion.FindStringSubmatch(image); m != nil && m[1] != region {
		return m[1]
	}
	return ""
}
