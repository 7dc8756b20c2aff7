//go:build native

package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"snellen/engine/regular"
	"snellen/steps/torch"
	"snellen/steps/vision"
)

// The mean and the standard deviation of colours that all of Snellen's models share: ImageNet's.
var (
	colourMean = [3]float64{0.485, 0.456, 0.406}
	colourStd  = [3]float64{0.229, 0.224, 0.225}
)

// model returns what is known of model.json before the dataset is read.
func (p Params) model() (Model, error) {
	height, width, err := p.InputSize()
	if err != nil {
		return Model{}, err
	}
	return Model{
		Format: 1, NumLayers: p.NumLayers, ImageShape: p.ImageShape,
		Preparation: Preparation{
			Resize: p.Resize, Height: height, Width: width, Filter: areaLinear, Colour: "RGB",
			Mean: colourMean, Std: colourStd,
		},
	}, nil
}

func (p Preparation) vision() vision.Preparation {
	return vision.Preparation{Resize: p.Resize, Long: p.Long, Height: p.Height, Width: p.Width}
}

// areaLinear is how pictures are resized.
const areaLinear = "area/linear"

// config returns the network's configuration.
func (m Model) config(seed int64, threads int, device string) torch.Config {
	p := m.Preparation
	return torch.Config{
		Network: m.Network, NumLayers: m.NumLayers, Height: p.Height, Width: p.Width,
		Classes: len(m.Classes), Seed: seed, Threads: threads, Device: device,
		BGR: p.Colour == "BGR", Range: p.Range, Mean: p.Mean, Std: p.Std,
	}
}

// check returns an error for a model that no network can be made from. A model may come from
// anywhere.
func (m Model) check() error {
	p := m.Preparation
	switch {
	case m.Format != 1:
		return fmt.Errorf("model.json has the format %d, and 1 is known", m.Format)
	case len(m.Classes) < 2 || len(m.Classes) > maxClasses:
		return fmt.Errorf("the model has %d classes", len(m.Classes))
	case p.Height < 1 || p.Width < 1 || p.Height > maxSide || p.Width > maxSide || p.Resize < 0 ||
		p.Resize > maxSide || p.Long < 0 || p.Long > maxSide:
		return fmt.Errorf("the model's input of %dx%d from %d cannot be", p.Width, p.Height,
			p.Resize)
	case p.Range < 0 || p.Range > 255 || p.Std[0] <= 0 || p.Std[1] <= 0 || p.Std[2] <= 0:
		return fmt.Errorf("the model's values up to %g, divided by %v, cannot be", p.Range, p.Std)
	case p.Filter != areaLinear || p.Colour != "RGB" && p.Colour != "BGR":
		return fmt.Errorf("the model wants pictures prepared by filter %.40q in %.40q", p.Filter,
			p.Colour)
	}
	return nil
}

const (
	maxClasses = 100_000
	maxSide    = 4096     // pixels
	maxModel   = 64 << 20 // bytes of model.json
	maxWeights = 4 << 30  // bytes of a network
)

// parseModel reads model.json and checks it.
func parseModel(data []byte) (m Model, err error) {
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("model.json: %w", err)
	}
	return m, m.check()
}

// A Classifier is a trained model in memory.
type Classifier struct {
	model   Model
	net     *torch.Net
	threads int
	input   []byte
}

// Open reads a model that computes with so many threads on device, which is "cpu" or "cuda". The
// caller closes it.
func Open(modelJSON, weights string, threads int, device string) (*Classifier, error) {
	data, err := regular.Read(modelJSON, maxModel)
	if err != nil {
		return nil, err
	}
	c := &Classifier{threads: threads}
	if c.model, err = parseModel(data); err != nil {
		return nil, err
	}
	if data, err = regular.Read(weights, maxWeights); err != nil {
		return nil, err
	}
	tensors, err := torch.Read(data)
	if err != nil {
		return nil, err
	}
	if c.net, err = torch.New(c.model.config(0, threads, device)); err != nil {
		return nil, err
	}
	if err := c.net.SetTensors(tensors); err != nil {
		return nil, errors.Join(err, c.net.Close())
	}
	return c, nil
}

// Classes returns the labels, in the order of probabilities.
func (c *Classifier) Classes() []string { return c.model.Classes }

// Close frees the network.
func (c *Classifier) Close() error { return c.net.Close() }

// Quicken has few pictures take less time; see torch.Net.
func (c *Classifier) Quicken() { c.net.Quicken() }

// Classify returns, for each JPEG, a probability for each class. One goroutine at a time may call
// it.
func (c *Classifier) Classify(ctx context.Context, jpegs [][]byte) ([][]float64, error) {
	if err := ctx.Err(); err != nil || len(jpegs) == 0 {
		return nil, err
	}
	p := c.model.Preparation.vision()
	size := 3 * p.Height * p.Width
	if need := size * len(jpegs); cap(c.input) < need {
		c.input = make([]byte, need)
	}
	input := c.input[:size*len(jpegs)]
	var all errgroup.Group
	all.SetLimit(max(1, c.threads))
	for i, data := range jpegs {
		all.Go(func() error {
			picture, err := p.Decode(data)
			if err != nil {
				return fmt.Errorf("picture %d: %w", i, err)
			}
			p.CropCentre(picture, input[i*size:(i+1)*size])
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	flat, err := c.net.Classify(input, len(jpegs))
	return c.rows(flat), err
}

// ClassifyFeatures is like Classify on rows of features, one after the other, in place of pictures.
func (c *Classifier) ClassifyFeatures(features []float32) ([][]float64, error) {
	flat, err := c.net.ClassifyFeatures(features, len(features)/c.net.Width())
	return c.rows(flat), err
}

// Width returns the number of features in a row.
func (c *Classifier) Width() int { return c.net.Width() }

// rows returns a list of probabilities for each picture.
func (c *Classifier) rows(flat []float32) [][]float64 {
	var out [][]float64
	for row := range slices.Chunk(flat, len(c.model.Classes)) {
		var p []float64
		for _, x := range row {
			p = append(p, float64(x))
		}
		out = append(out, p)
	}
	return out
}

// previewQuality is the JPEG quality of pictures of the network's input.
const previewQuality = 90

// Preview returns the network's input for a JPEG, as a JPEG.
func (c *Classifier) Preview(jpeg []byte) ([]byte, error) {
	return c.model.Preparation.vision().Preview(jpeg, previewQuality)
}

// save writes model.safetensors and model.json.
func save(dir string, m Model, tensors []torch.Tensor) (err error) {
	f, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return err
	}
	if err := errors.Join(torch.Write(f, tensors), f.Close()); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "model.json"), m)
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}
