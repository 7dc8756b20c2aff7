//go:build !linux && !darwin

package report

import "errors"

// exchange would give two folders each other's name, which this system cannot do at once.
func exchange(string, string) error { return errors.ErrUnsupported }
