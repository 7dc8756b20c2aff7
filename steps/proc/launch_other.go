//go:build !linux

package proc

// Launched reports false: programs are started without launchers here.
func Launched() (code int, launched bool) { return 0, false }

// LauncherEnvironment returns nothing.
func LauncherEnvironment() []string { return nil }

// MemoryLimit returns 0: programs may use what memory there is.
func MemoryLimit() uint64 { return 0 }

func launcherRole() string { return "" }

func (c *Cmd) launch() error { panic("BUG: no launchers here") }
