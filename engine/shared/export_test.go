package shared

import "time"

// SetPatience sets how long a plan waits for one request.
func SetPatience(t *Tier, d time.Duration) { t.patience = d }
