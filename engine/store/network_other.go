//go:build !linux

package store

// Network returns "": which file systems several machines share is not known here.
func (s *Store) Network() string { return "" }
