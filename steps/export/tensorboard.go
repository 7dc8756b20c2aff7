package export

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/export/tfevents"
)

// TensorBoard writes a run folder with one event file for each training, dir/RESOLUTION/REPLICATE.
// It removes the runs of an earlier export that are not in list, and leaves other files alone.
func TensorBoard(dir string, list []Training) (Result, error) {
	f, err := openFolder(dir, "tensorboard", false)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	var result Result
	names := runNames(list)
	for i := range list {
		before := f.bytes
		name := path.Join(names[i], tfevents.Name)
		if err := f.write(name, func(w io.Writer) error { return list[i].events(w) }); err != nil {
			return Result{}, err
		}
		result.Items = append(result.Items, Item{
			names[i], list[i].Address, f.path(name), 1, f.bytes - before,
		})
	}
	result.Changed, err = f.commit()
	return result, err
}

// runNames returns RESOLUTION/REPLICATE for each training, safe as a path.
func runNames(list []Training) []string {
	var resolutions []string
	at := map[string]int{}
	for _, t := range list {
		if _, ok := at[t.Resolution]; !ok {
			at[t.Resolution] = len(resolutions)
			resolutions = append(resolutions, t.Resolution)
		}
	}
	safe := safeNames(resolutions)
	var names []string
	for _, t := range list {
		names = append(names, path.Join(safe[at[t.Resolution]], strconv.Itoa(t.Replicate)))
	}
	return names
}

// events writes a training's event file. The step of an epoch is its number, from 0. The training's
// results have the step of its last epoch.
func (t *Training) events(out io.Writer) error {
	w := tfevents.NewWriter(out, t.started())
	w.Hparams(t.started(), t.Resolution, t.hparams())
	w.Text(t.Record.Ended, "training", t.description())
	for _, p := range t.points() {
		w.Scalar(p.at, int64(p.epoch), p.name, p.value)
	}
	for _, f := range t.Figures {
		w.Scalar(f.Known, int64(t.last()), "result/"+f.Name, f.Value)
	}
	w.End(t.Record.Ended)
	return w.Err()
}

// hparams returns what all trainings of a resolution have in common. TensorBoard shows it once for
// the group.
func (t *Training) hparams() []tfevents.Hparam {
	list := []tfevents.Hparam{{Name: "resolution", Value: t.Resolution}}
	for _, p := range t.Params {
		if slices.Contains(perTraining, p.Name) {
			continue
		}
		h := tfevents.Hparam{Name: p.Name, Value: p.Value}
		if number, err := strconv.ParseFloat(p.Value, 64); err == nil {
			h.Value = number
		} else if p.Value == "true" || p.Value == "false" {
			h.Value = p.Value == "true"
		}
		list = append(list, h)
	}
	return list
}

// perTraining are the parameters in which the trainings of one resolution differ.
var perTraining = []string{"seed", "replicate"}

// description returns a Markdown table that says where a training comes from.
func (t *Training) description() string {
	var b strings.Builder
	row := func(name, value string) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, escapeMarkdown(value))
	}
	b.WriteString("| what | |\n| --- | --- |\n")
	row("study", t.Study)
	row("step", t.Address)
	row("key", t.Record.Key().String())
	for _, p := range t.Params {
		if slices.Contains(perTraining, p.Name) {
			row(p.Name, p.Value)
		}
	}
	for _, tool := range t.Tools {
		row(tool.Name, tool.Identity)
	}
	return b.String()
}
