package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
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
		Args: cobra.MaximumNArgs(1),
		Long: `Draw the areas of each evaluation, with their names and labels, into a frame of its
camera's video, and write that as a picture. Nothing is trained, and nothing needs to be. Rulers at
the picture's sides count its pixels. What leaves the frame, or overlaps, is red.`,
		Example: `  snellen areas
  snellen areas snacks.hcl -evaluation shelf -at 2.5 -out shelf.png`,
	}, &areasCommand{app: a})
}

func (c *areasCommand) flags(f *pflag.FlagSet) {
	c.specOptions.flags(f)
	c.streamOptions.flags(f, "print a JSON line for each picture, and for each mistake")
	f.Float64Var(&c.at, "at", 0, "draw into the frame shown at `SECONDS` from the video's begin")
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
		path, err := c.path(args, camera.Name, len(cameras))
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

// path returns where to write the picture of one of n evaluations.
func (c *areasCommand) path(args []string, name string, n int) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(c.to)); {
	case ext != ".jpg" && ext != ".jpeg" && ext != ".png" && c.to != "":
		return filepath.Join(c.to, name+".jpg"), nil
	case c.to != "" && n > 1:
		err := fmt.Errorf("-out %s is one file, and there are %d evaluations", c.to, n)
		return "", step.WithHint(err, "name a folder, or pass -evaluation")
	case c.to != "":
		return c.to, nil
	}
	spec, err := project.SpecPath(args)
	return filepath.Join(strings.TrimSuffix(spec, ".hcl")+".areas", name+".jpg"), err
}

// An areasLine says where a picture is, and what of.
type areasLine struct {
	Type       string   `json:"type"` // "areas"
	Evaluation string   `json:"evaluation"`
	Video      string   `json:"video"`
	Width      int      `json:"width"`
	Height     int      `json:"height"`
	Rate       float64  `json:"rate"`
	Seconds    float64  `json:"seconds"`
	Areas      int      `json:"areas"`
	Problems   []string `json:"problems"`
	Picture    string   `json:"picture"`
}

func (c *areasCommand) print(camera project.Camera, path string) error {
	text := fmt.Sprintf("%s: %v: %s", camera.Name, camera, path)
	if c.stream == nil {
		_, err := fmt.Fprintln(c.out, term.Clean(text))
		return err
	}
	w, h := camera.Size()
	return c.stream.Line(view.LevelInfo, text, areasLine{"areas", camera.Name, camera.Video, w, h,
		camera.Rate, camera.Length, len(camera.Areas), camera.Problems, path})
}
