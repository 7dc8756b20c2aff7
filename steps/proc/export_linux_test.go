package proc

// ForbidNamespaces has this process start programs as in a container that allows no PID namespaces.
func ForbidNamespaces() { namespaces = func() uintptr { return 0 } }

// LaunchAs has the program started by a launcher of a role: "become", "stay", or "" for none.
func (c *Cmd) LaunchAs(role string) { c.role, c.SysProcAttr = role, attributes(role) }

var GroupLimit = groupLimit
