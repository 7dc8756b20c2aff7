package remote

import "snellen/engine/shared"

// SetMostNames sets how many names a listing may have.
func SetMostNames(b shared.Bucket, n int) { b.(*client).most = n }
