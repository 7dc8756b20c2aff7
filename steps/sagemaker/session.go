package sagemaker

import (
	"time"

	"snellen/specs"
	"snellen/steps/sagemaker/price"
)

// A Session is what a client needs to know. It is sent to the worker as JSON and contains no
// secret: the worker finds credentials by itself.
type Session struct {
	Settings *specs.SageMaker `json:"settings"`
	Dir      string           `json:"dir"`              // of the ledger
	Poll     time.Duration    `json:"poll,omitempty"`   // the first wait; 0: the default
	Prices   *price.Table     `json:"prices,omitempty"` // for job.json; nil: built in

	Estimates map[string]float64 `json:"estimates,omitempty"` // USD by address, for job.json
}

// CleanupTimeout limits the deletion of an endpoint after a step was cancelled. Deleting takes a
// minute or so. What is left after the timeout stays in the ledger.
const CleanupTimeout = 5 * time.Minute
