package document

// Cloud is the job of a training on Amazon SageMaker and its cost.
type Cloud struct {
	Job          string  `json:"name"`
	Region       string  `json:"region"`
	Instance     string  `json:"instance_type"`
	Count        int     `json:"instance_count"`
	Spot         bool    `json:"spot"`
	Attempt      int     `json:"attempt"` // from 1
	Seconds      float64 `json:"training_seconds"`
	Billable     float64 `json:"billable_seconds"`     // of each instance
	EstimatedUSD float64 `json:"estimated_usd"`        // of the plan; 0: not known
	BilledUSD    float64 `json:"billed_usd"`           // billable seconds times the known price
	PriceDate    string  `json:"price_date,omitempty"` // of that price
}
