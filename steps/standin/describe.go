package standin

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// This file has what the service's descriptions add to what a request said: the defaults of members
// that were left out, since clients read them without asking whether they are there.

// An object is a JSON object whose members are not read.
type object map[string]any

// fill adds the members that an object in JSON lacks.
func fill(data json.RawMessage, usual object) (json.RawMessage, error) {
	all := members{}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	for name, v := range usual {
		if old, ok := all[name]; ok && string(old) != "null" {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		all[name] = text
	}
	return json.Marshal(all)
}

// fill adds what the member of m lacks, if m has that member: an object, or a list of objects.
func (m members) fill(name string, usual object) (err error) {
	var list []json.RawMessage
	switch data, ok := m[name]; {
	case !ok:
		return nil
	case json.Unmarshal(data, &list) != nil:
		m[name], err = fill(data, usual)
		return err
	}
	for i := range list {
		if list[i], err = fill(list[i], usual); err != nil {
			return err
		}
	}
	m[name], err = json.Marshal(list)
	return err
}

// add adds the members that m lacks.
func (m members) add(usual object) error {
	for name, v := range usual {
		if _, ok := m[name]; ok {
			continue
		}
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		m[name] = data
	}
	return nil
}

// describable adds to a job's request what its description always has.
func (j *job) describable() error {
	algorithm := object{"EnableSageMakerMetricsTimeSeries": false}
	if builtIn(j.asked.AlgorithmSpecification.TrainingImage) {
		algorithm["MetricDefinitions"] = builtInMetrics
	}
	for name, usual := range map[string]object{
		"AlgorithmSpecification": algorithm,
		"InputDataConfig":        {"CompressionType": "None", "RecordWrapperType": "None"},
		"OutputDataConfig":       {"KmsKeyId": "", "CompressionType": "GZIP"},
	} {
		if err := j.kept.fill(name, usual); err != nil {
			return err
		}
	}
	return j.kept.add(object{"HyperParameters": object{}, "EnableNetworkIsolation": false,
		"EnableInterContainerTrafficEncryption": false, "EnableManagedSpotTraining": false})
}

// A metricDefinition says how the service reads a metric from a job's log.
type metricDefinition struct{ Name, Regex string }

// builtInMetrics are the metrics of the image-classification algorithm that the stand-in reports.
// The service's own expressions are not documented.
var builtInMetrics = []metricDefinition{
	{trainAccuracy, `Train-accuracy=([0-9.]+)`},
	{validationAccuracy, `Validation-accuracy=([0-9.]+)`},
}

const (
	trainAccuracy      = "train:accuracy"
	validationAccuracy = "validation:accuracy"
)

// describable adds to a model's request what its description always has.
func (m *model) describable() error {
	if err := m.kept.fill("PrimaryContainer",
		object{"Mode": "SingleModel", "Environment": object{}}); err != nil {
		return err
	}
	return m.kept.add(object{"EnableNetworkIsolation": false})
}

// describable adds to a configuration's request what its description always has.
func (c *config) describable() error {
	if err := c.kept.fill("ProductionVariants", object{"InitialVariantWeight": 1}); err != nil {
		return err
	}
	return c.kept.add(object{"EnableNetworkIsolation": false})
}

// A deployedImage is the image of a model that is in service, by its tag and by its digest.
type deployedImage struct {
	SpecifiedImage, ResolvedImage string
	ResolutionTime                stamp
}

// deployed returns what became of an image. The digest is made up of its name.
func deployed(image string, at stamp) []deployedImage {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name = name[:colon]
	}
	resolved := fmt.Sprintf("%s@sha256:%x", name, sha256.Sum256([]byte(image)))
	if strings.Contains(image, "@") {
		resolved = image
	}
	return []deployedImage{{image, resolved, at}}
}
