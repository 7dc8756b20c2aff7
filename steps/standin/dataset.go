package standin

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // for DecodeConfig
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"snellen/engine/regular"
	"snellen/steps/frames"
)

// A dataset is what a job found in its channels.
type dataset struct {
	channels          map[string]string // folders
	checkpoints       string            // folder
	checkpointed      int               // epochs that the folder has checkpoints of
	lists             []string          // the names of the .lst files
	train, validation int               // images
	highest           int               // label
	width, height     int               // of the first training image
	batch, samples    int               // hyperparameters
}

// batches returns how many batches a training epoch has.
func (d *dataset) batches() int {
	if d.batch < 1 {
		return 0
	}
	return d.samples / d.batch
}

// fetch downloads the channels and reads their shape. It is called without the lock.
func (j *job) fetch() (*dataset, error) {
	d := &dataset{channels: map[string]string{}, batch: j.number("mini_batch_size", 32),
		samples: j.number("num_training_samples", 0)}
	var budget atomic.Int64
	budget.Store(int64(j.asked.ResourceConfig.VolumeSizeInGB) << 30)
	for _, c := range j.asked.InputDataConfig {
		dir := filepath.Join(j.dir, "data", c.ChannelName)
		if !filepath.IsLocal(c.ChannelName) {
			return nil, fmt.Errorf("%q cannot be a folder", c.ChannelName)
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, err
		}
		source := c.DataSource.S3DataSource
		if source.S3DataType != "S3Prefix" {
			return nil, fmt.Errorf("channel %s: the stand-in reads no %s", c.ChannelName,
				source.S3DataType)
		}
		f := fetcher{j.server.options.S3, dir, &budget}
		if err := f.prefix(j.server.ctx, source.S3Uri); err != nil {
			return nil, fmt.Errorf("data download failed: channel %s: %w", c.ChannelName, err)
		}
		d.channels[c.ChannelName] = dir
	}
	if err := j.fetchCheckpoints(d, &budget); err != nil {
		return nil, err
	}
	if !builtIn(j.asked.AlgorithmSpecification.TrainingImage) {
		return d, nil // another image knows its own data
	}
	return d, j.look(d)
}

// fetchCheckpoints downloads the checkpoints of the job, if it has a place for them.
func (j *job) fetchCheckpoints(d *dataset, budget *atomic.Int64) error {
	c := j.asked.CheckpointConfig
	if c == nil {
		return nil
	}
	d.checkpoints = filepath.Join(j.dir, "checkpoints")
	f := fetcher{j.server.options.S3, d.checkpoints, budget}
	if err := errors.Join(os.MkdirAll(d.checkpoints, 0o777),
		f.prefix(j.server.ctx, folder(c.S3Uri))); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(d.checkpoints, "image-classification-*.params"))
	if err != nil {
		return err
	}
	for _, path := range kept {
		var epoch int
		if _, err := fmt.Sscanf(filepath.Base(path), weightsName, &epoch); err == nil {
			d.checkpointed = max(d.checkpointed, epoch)
		}
	}
	return nil
}

// number returns an integer hyperparameter, or its default.
func (j *job) number(name string, usual int) int {
	if n, err := strconv.Atoi(j.asked.HyperParameters[name]); err == nil {
		return n
	}
	return usual
}

// The forms of a dataset: images with lists, or RecordIO.
var (
	imageChannels  = []string{"train", "validation", "train_lst", "validation_lst"}
	recordChannels = []string{"train", "validation"}
)

func (j *job) look(d *dataset) error {
	channels, count := recordChannels, d.countRecords
	types := []string{"application/x-recordio"}
	if _, ok := d.channels["train_lst"]; ok {
		channels, count = imageChannels, d.countListed
		types = []string{"application/x-image", "image/jpeg", "image/png"}
	}
	for _, name := range channels {
		if err := j.lookAt(name, types); err != nil {
			return err
		}
	}
	var err error
	if d.train, err = count("train"); err != nil {
		return err
	}
	d.validation, err = count("validation")
	return err
}

func (j *job) lookAt(channel string, types []string) error {
	for _, c := range j.asked.InputDataConfig {
		if c.ChannelName != channel {
			continue
		}
		media, _, _ := strings.Cut(c.ContentType, ";")
		for _, t := range types {
			if media == t {
				return nil
			}
		}
		return &clientError{
			fmt.Errorf("content type of channel %s is %q, and %s is needed", channel, c.ContentType,
				strings.Join(types, " or "))}
	}
	return &clientError{fmt.Errorf("the channel %s is missing", channel)}
}

// countRecords counts a channel's images, which one .rec file holds.
func (d *dataset) countRecords(channel string) (int, error) {
	path, err := only(d.channels[channel], ".rec")
	if err != nil {
		return 0, err
	}
	records, err := frames.OpenRecords(path)
	if err != nil {
		return 0, &clientError{err}
	}
	defer records.Close()
	for i := range records.Len() {
		label, data, err := records.Read(i)
		if err != nil {
			return 0, &clientError{err}
		}
		if err := d.image(channel, i, label, data); err != nil {
			return 0, err
		}
	}
	return records.Len(), nil
}

// countListed counts a channel's images, which its list names.
func (d *dataset) countListed(channel string) (int, error) {
	path, err := only(d.channels[channel+"_lst"], ".lst")
	if err != nil {
		return 0, err
	}
	d.lists = append(d.lists, filepath.Base(path))
	file, err := regular.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := d.readList(channel, file)
	if err != nil {
		return 0, &clientError{fmt.Errorf("%s, line %d: %w", filepath.Base(path), n+1, err)}
	}
	return n, nil
}

// readList reads the lines of a channel's list, and returns how many there are before an error.
func (d *dataset) readList(channel string, list io.Reader) (n int, err error) {
	seen := map[string]bool{}
	lines := bufio.NewScanner(list)
	for ; lines.Scan(); n++ {
		if err := d.listed(channel, n, lines.Text(), seen); err != nil {
			return n, err
		}
	}
	return n, lines.Err()
}

// maxImage bounds an image of a channel, in bytes.
const maxImage = 64 << 20

// listed reads one line of a list: an index, a label and a path, separated by tabs.
func (d *dataset) listed(channel string, n int, line string, seen map[string]bool) error {
	columns := strings.Split(line, "\t")
	if len(columns) != 3 {
		return fmt.Errorf("it has %d columns, and 3 are needed", len(columns))
	}
	if seen[columns[0]] {
		return fmt.Errorf("the index %q occurs twice", columns[0])
	}
	seen[columns[0]] = true
	label, err := strconv.ParseFloat(columns[1], 32)
	if err != nil || label != float64(int(label)) {
		return fmt.Errorf("the label %q is no whole number", columns[1])
	}
	if !filepath.IsLocal(columns[2]) {
		return fmt.Errorf("the path %q leads out of its folder", columns[2])
	}
	data, err := regular.Read(filepath.Join(d.channels[channel], filepath.FromSlash(columns[2])),
		maxImage)
	if err != nil {
		return fmt.Errorf("the image %q is not in the channel", columns[2])
	}
	return d.image(channel, n, int(label), data)
}

// image records a label, and the size of the first training image.
func (d *dataset) image(channel string, n, label int, data []byte) error {
	if label < 0 {
		return &clientError{fmt.Errorf("the label %d of image %d is below 0", label, n)}
	}
	d.highest = max(d.highest, label)
	if channel != "train" || n > 0 {
		return nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return &clientError{fmt.Errorf("image %d: %w", n, err)}
	}
	d.width, d.height = c.Width, c.Height
	return nil
}

// only returns the one file of a folder with that suffix.
func only(dir, suffix string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err == nil && len(found) != 1 {
		err = &clientError{
			fmt.Errorf("a channel must have one file that ends in %s, and has %d", suffix,
				len(found))}
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}
