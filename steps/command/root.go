package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/regular"
	"snellen/engine/step"
)

// A root is the private folder that stands for /opt/ml. Programs may leave anything in it, such as
// links, and anything in its place. So what they leave is looked at, moved and removed by own, which
// was opened before they started and from which no name leads out.
type root struct {
	dir string // absolute
	own *os.Root
}

// openRoot opens a folder. The caller calls close.
func openRoot(dir string) (root, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return root{}, err
	}
	own, err := os.OpenRoot(dir)
	return root{dir, own}, err
}

func (r root) close() { r.own.Close() }

// newRoot opens dir, which must be empty, makes the folders in it, and copies the program's files.
// The caller calls close, unless there is an error.
func newRoot(ctx context.Context, dir string, job *step.Job, files []string) (root, error) {
	r, err := openRoot(dir)
	if err != nil {
		return r, err
	}
	if err := r.fill(ctx, job, files); err != nil {
		r.close()
		return r, err
	}
	return r, nil
}

// fill makes the folders, and copies the program's files.
func (r root) fill(ctx context.Context, job *step.Job, files []string) error {
	for _, name := range []string{"code", "input/config", "input/data", "model", "output/data",
		"checkpoints", "tmp"} {
		if err := r.own.MkdirAll(name, 0o777); err != nil {
			return err
		}
	}
	for i, name := range files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("the file %q leads out of its folder", name)
		}
		if err := clone(ctx, job.Inputs["code/"+strconv.Itoa(i)],
			r.path("code/"+name)); err != nil {
			return err
		}
	}
	return nil
}

// path returns the path of a slash-separated name.
func (r root) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// clear deletes all entries of the root but these. What is in the root's place afterwards is the
// root: outputs are written there by their paths.
func (r root) clear(except ...string) error {
	mine, err := r.own.Stat(".")
	if err != nil {
		return err
	}
	if there, err := os.Lstat(r.dir); err != nil || !os.SameFile(mine, there) {
		return errors.New("the program moved the folder that it was given")
	}
	entries, err := fs.ReadDir(r.own.FS(), ".")
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !slices.Contains(except, e.Name()) {
			errs = append(errs, r.remove(e.Name()))
		}
	}
	return errors.Join(errs...)
}

// remove deletes a file or a folder, even where a program has made folders unreadable.
func (r root) remove(name string) error {
	err := r.own.RemoveAll(name)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	fs.WalkDir(r.own.FS(), name, func(path string, e fs.DirEntry, _ error) error {
		if e != nil && e.IsDir() {
			return r.own.Chmod(path, 0o700)
		}
		return nil
	})
	return r.own.RemoveAll(name)
}

// folder opens a folder that a program was given, or left. It refuses one that is not a folder, or
// in none, and so follows no link.
func (r root) folder(name string) (*os.Root, error) {
	for end := range len(name) + 1 {
		if end < len(name) && name[end] != '/' {
			continue
		}
		fi, err := r.own.Lstat(name[:end])
		if err != nil {
			return nil, err
		}
		if !fi.IsDir() {
			return nil, fmt.Errorf("the program left %q, which is not a folder", name[:end])
		}
	}
	return r.own.OpenRoot(name)
}

// clone copies a file, or a folder of files, and keeps the right to execute. Programs get copies,
// because they may write to their inputs and nobody may write to the store. A file system that can
// share blocks between copies does so.
func clone(ctx context.Context, from, to string) error {
	fi, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if !fi.IsDir() {
		return cloneFile(from, to, 0o666|fi.Mode()&0o111)
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := clone(ctx, filepath.Join(from, e.Name()),
			filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func cloneFile(from, to string, mode fs.FileMode) (err error) {
	in, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// write writes a JSON file.
func (r root) write(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(r.path(name), append(data, '\n'), 0o666)
}

// host is the name of the only machine, by the contract.
const host = "algo-1"

var (
	hosts     = []string{host}
	resources = map[string]any{
		"current_host": host, "hosts": hosts, "network_interface_name": "lo",
		"current_instance_type": "local", "current_group_name": "homogeneousCluster",
		"instance_groups": []any{
			map[string]any{"instance_group_name": "homogeneousCluster", "instance_type": "local",
				"hosts": hosts}},
	}
)

// environment returns the variables of both programs: PATH, the contract's, and the study's, which
// win. As in SageMaker's images, a program in Python prints its lines without a delay.
func (r root) environment(env map[string]string, threads, gpus int) map[string]string {
	all := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": r.path("tmp"), "TMPDIR": r.path("tmp"),
		"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": strconv.Itoa(threads),
		"SAGEMAKER_BASE_DIR": r.dir, "SM_MODEL_DIR": r.path("model"),
		"SM_NUM_CPUS": strconv.Itoa(threads), "SM_NUM_GPUS": strconv.Itoa(gpus),
		"SM_CURRENT_HOST": host, "SM_MASTER_HOST": host, "SM_HOSTS": text(hosts),
		"SM_NETWORK_INTERFACE_NAME": "lo", "SM_LOG_LEVEL": "20",
		"SM_MODULE_DIR": r.path("code"),
	}
	maps.Copy(all, env)
	return all
}

// channels returns the contract's names of the dataset's parts, with the role of the input that
// each holds.
func channels(format string) map[string]string {
	if format == "image" {
		return map[string]string{"train": "train", "validation": "validation",
			"train_lst": "train.lst", "validation_lst": "validation.lst"}
	}
	return map[string]string{"train": "train", "validation": "validation"}
}

// channel copies an input into its channel.
func (r root) channel(ctx context.Context, name, input, format string, job *step.Job) error {
	to := r.path("input/data/" + name)
	switch {
	case format != "image":
		to = filepath.Join(to, name+".rec")
	case strings.HasSuffix(input, ".lst"):
		to = filepath.Join(to, input)
	}
	return clone(ctx, job.Inputs[input], to)
}

// inputs writes the dataset and the configuration where a training looks for them, and adds the
// variables that say the same to env.
func (r root) inputs(ctx context.Context, job *step.Job, p TrainParams, texts map[string]string,
	env map[string]string) error {
	content, config, dirs := "application/x-recordio", map[string]any{}, map[string]string{}
	if p.Format == "image" {
		content = "application/x-image"
	}
	names := channels(p.Format)
	for name, input := range names {
		if err := r.channel(ctx, name, input, p.Format, job); err != nil {
			return err
		}
		config[name] = map[string]string{"ContentType": content, "TrainingInputMode": "File",
			"S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
		dirs[name] = r.path("input/data/" + name)
		env["SM_CHANNEL_"+strings.ToUpper(name)] = dirs[name]
	}
	for name, value := range texts {
		env["SM_HP_"+strings.ToUpper(name)] = value
	}
	maps.Copy(env, map[string]string{
		"SM_CHANNELS": text(slices.Sorted(maps.Keys(names))), "SM_HPS": text(texts),
		"SM_USER_ARGS": text(p.Program[1:]),
		"SM_INPUT_DIR": r.path("input"), "SM_INPUT_CONFIG_DIR": r.path("input/config"),
		"SM_INPUT_DATA_CONFIG": text(config), "SM_RESOURCE_CONFIG": text(resources),
		"SM_OUTPUT_DIR": r.path("output"), "SM_OUTPUT_DATA_DIR": r.path("output/data"),
		"SM_TRAINING_ENV":   text(r.trainingEnv(job, p, texts, config, dirs)),
		"TRAINING_JOB_NAME": jobName(job),
	})
	return errors.Join(r.write("input/config/hyperparameters.json", texts),
		r.write("input/config/inputdataconfig.json", config),
		r.write("input/config/resourceconfig.json", resources))
}

func jobName(job *step.Job) string { return "snellen-" + job.Key[:min(len(job.Key), 40)] }

// trainingEnv returns what SM_TRAINING_ENV holds: the whole configuration in one object.
func (r root) trainingEnv(job *step.Job, p TrainParams, texts map[string]string,
	config map[string]any, dirs map[string]string) map[string]any {
	return map[string]any{
		"channel_input_dirs": dirs, "hyperparameters": texts, "input_data_config": config,
		"current_host": host, "hosts": hosts, "network_interface_name": "lo",
		"resource_config": resources, "num_cpus": p.Threads, "num_gpus": p.GPUs,
		"job_name": jobName(job), "log_level": 20,
		"input_dir": r.path("input"), "input_config_dir": r.path("input/config"),
		"model_dir": r.path("model"), "module_dir": r.path("code"),
		"output_dir": r.path("output"), "output_data_dir": r.path("output/data"),
	}
}

// text returns a value as JSON.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(data)
}
