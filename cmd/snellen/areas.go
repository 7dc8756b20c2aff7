package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/specs"
	"snellen/steps/term"
)

// An areasCommand draws the areas of evaluations into a frame of each camera's video.
type areasCommand struct {
	*app
	specOptions
	streamOptions
	at             float64
	to, evaluation string
}

func newAreas(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "areas [SPEC]", Short: "Draw the areas of evaluations into a picture of their camera",
		Args: aSpec,
		Long: `Draw the areas of each evaluation, with their names and labels, into a frame of its
camera's video or a still, and write that as a picture. Nothing is trained, and nothing needs to
be. Rulers at the picture's sides count its pixels. What leaves the frame, or overlaps, is red.`,
		Example: `  snellen areas
  snellen areas snacks.hcl -evaluation shelf -at 2.5 -out shelf.png`,
	}, &areasCommand{app: a})
}

func (c *areasCommand) flags(f *pflag.FlagSet) {
	c.specOptions.flags(f)
	c.streamOptions.flags(f, "print a JSON line for each picture, and for each mistake")
	f.Float64Var(&c.at, "at", 0,
		"draw into the frame at `SECONDS` of the video, or into a still by its number")
	f.StringVar(&c.to, "out", "", "write to `PATH`: a folder, or a file that ends in .jpg or .png "+
		"(default NAME.areas beside the spec)")
	f.StringVar(&c.evaluation, "evaluation", "", "draw evaluation `NAME` alone")
}

func (c *areasCommand) run(ctx context.Context, args []string) error {
	if !(c.at >= 0) {
		return errors.New("-at must be 0 or more")
	}
	variables, err := c.variables()
	if err != nil {
		return err
	}
	var cameras []project.Camera
	list, err := c.look(func(p project.Progress) (list specs.Diagnostics, err error) {
		cameras, list, err = project.Cameras(ctx, args, variables, c.evaluation, p)
		return list, err
	})
	wrong := c.show(list)
	if err != nil {
		return err
	}
	drawer, err := project.NewAreaDrawer()
	if err != nil {
		return err
	}
	defer drawer.Close()
	for _, camera := range cameras {
		path, err := project.PicturePath(args, c.to, camera.Name, len(cameras))
		if err != nil {
			return err
		}
		if err := drawer.Draw(ctx, camera, c.at, path); err != nil {
			return err
		}
		if err := c.print(camera, path); err != nil {
			return err
		}
	}
	return wrong
}

func (c *areasCommand) print(camera project.Camera, path string) error {
	text := fmt.Sprintf("%s: %v: %s", camera.Name, camera, path)
	if c.stream != nil {
		return c.stream.Line(view.LevelInfo, text, camera.Line(path))
	}
	_, err := fmt.Fprintln(c.out, term.Clean(text))
	return err
}
