//go:build !linux

package proc

// Launched reports false: programs are started without launchers here.
func Launched() (code int, launched bool) { return 0, false }

// LauncherEnvironment returns nothing.
func LauncherEnvironment() []string { return nil }

func launcherRole() string { return "" }

func (c *Cmd) launch() error { panic("BUG: no launchers here") }
