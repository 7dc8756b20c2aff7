package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/steps/term"
	"snellen/steps/video"
)

// version is set by the linker where a release is built.
var version = ""

// A versionCommand prints the versions of this program and of its tools.
type versionCommand struct {
	*app
	jsonOptions
}

func newVersion(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "version", Short: "Print the versions of snellen and of the tools that it finds",
		Args: takes(0, 0, ""),
		Example: `  snellen version
  snellen version -json`,
	}, &versionCommand{app: a})
}

func (c *versionCommand) flags(f *pflag.FlagSet) { c.jsonOptions.flags(f, "print one JSON value") }

// versions is what version -json prints. A tool that is not found is missing.
type versions struct {
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Tools    map[string]string `json:"tools"`
}

func (c *versionCommand) run(ctx context.Context, _ []string) error {
	v := versions{ownVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
		map[string]string{}}
	if identity, err := video.Version(ctx); err == nil {
		v.Tools["ffmpeg"] = identity
	}
	if tools, err := (&project.WorkerProgram{}).Ask(ctx); err == nil {
		for name, identity := range tools {
			v.Tools[name] = identity
		}
	}
	if c.json {
		return view.WriteJSON(c.out, v)
	}
	fmt.Fprintf(c.out, "snellen %s (%s, %s)\n", v.Version, v.Go, v.Platform)
	for _, name := range []string{"ffmpeg", "libav", "opencv", "libtorch"} {
		identity, ok := v.Tools[name]
		if !ok {
			identity = "not found"
		}
		fmt.Fprintf(c.out, "%s %s\n", name, term.Clean(identity))
	}
	return nil
}

// ownVersion returns the release's version, or the commit that was built.
func ownVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "development " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}
