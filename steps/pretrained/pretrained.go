// Package pretrained knows the networks that were trained on ImageNet: the built-in SqueezeNet 1.1,
// and residual networks whose weights a person brings as a safetensors file. It recognises a file
// by the names and shapes of its tensors, and renames them for package torch. guide.md, which
// snellen docs pretrained prints, says where such files come from.
//
// Weights come from elsewhere, so sizes are bounded, and everything is checked before it is used.
package pretrained

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/torch"
)

// A Network is a network that was trained on ImageNet, without its classifier.
type Network struct {
	Name      string     // for people: "SqueezeNet 1.1", "ResNet-50"
	Family    string     // torch.Config.Network
	NumLayers int        // 0: SqueezeNet
	Features  int        // numbers for each picture
	Side      int        // of the square input, pixels
	Colour    string     // "RGB" or "BGR": order of the channels
	Range     float64    // a channel runs from 0 to this before Mean is subtracted: 255, or 1
	Mean, Std [3]float64 // in the order of Colour
	Licence   string     // SPDX; "" where it is not known
	Digest    string     // SHA-256 of the file, hexadecimal; "" for a file that was only described
}

// The families: values of torch.Config.Network.
const (
	squeezeNet = "squeezenet1.1"
	resNetV1   = "resnet-v1" // torchvision's
	resNetV2   = "resnet-v2" // MXNet's
)

// Builtin returns the network whose weights the worker has: package squeezenet.
func Builtin() Network {
	n := network(squeezeNet, 0)
	n.Licence = "BSD-2-Clause AND MIT"
	n.Digest = "6b31cc12b35a30b55e9caa42bd4cc2ba944c3ef9b531512bd6903a54b0dcecfe"
	return n
}

// network returns a network of a family, with the preparation of its input by which such networks
// were trained: SqueezeNet's in Caffe, torchvision's, and MXNet's, which leaves the normalisation
// to the network (example/image-classification in its repository).
func network(family string, layers int) Network {
	n := Network{Family: family, NumLayers: layers, Side: 224, Colour: "RGB", Features: 512}
	if layers >= 50 {
		n.Features = 2048
	}
	switch family {
	case squeezeNet:
		n.Name, n.Side, n.Colour, n.Range = "SqueezeNet 1.1", 227, "BGR", 255
		n.Mean, n.Std = [3]float64{103.939, 116.779, 123.68}, [3]float64{1, 1, 1}
	case resNetV1:
		n.Name, n.Range = fmt.Sprintf("ResNet-%d", layers), 1
		n.Mean, n.Std = [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}
	case resNetV2:
		n.Name, n.Range, n.Std = fmt.Sprintf("ResNet-%d v2", layers), 255, [3]float64{1, 1, 1}
	}
	return n
}

// Guide is the text of snellen docs pretrained, as Markdown.
//
//go:embed guide.md
var Guide string

const hint = "snellen docs pretrained says which files are known, and how to make one"

// maxBytes bounds a file. The largest network has 241 MB.
const maxBytes = 1 << 30

// Describe reads the header of a safetensors file alone, and returns which network it is. The error
// for a file that is none says how it differs from the most similar one. It does not name the file.
func Describe(path string) (Network, error) {
	f, size, err := open(path)
	if err != nil {
		return Network{}, err
	}
	defer f.Close()
	n, _, err := recognize(f, size)
	return n, err
}

// open opens a regular file.
func open(path string) (f *os.File, size int64, err error) {
	f, err = regular.Open(path)
	if errors.Is(err, regular.ErrNot) {
		return nil, 0, errors.New("this is not a regular file")
	}
	if err != nil {
		if e, ok := errors.AsType[*os.PathError](err); ok {
			err = e.Err
		}
		return nil, 0, err
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, fi.Size(), nil
}

// Read recognises a safetensors file as Describe does, and returns the network's tensors by package
// torch's names, without the classifier and sorted by name. A number that is not finite is an
// error.
func Read(data []byte) (Network, []torch.Tensor, error) {
	n, ours, err := recognize(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Network{}, nil, err
	}
	all, err := torch.Read(data)
	if err != nil {
		return Network{}, nil, err
	}
	tensors := make([]torch.Tensor, 0, len(ours))
	for _, t := range all {
		name, used := ours[t.Name]
		if !used {
			continue // of the classifier
		}
		if slices.ContainsFunc(t.Data, notFinite) {
			return Network{}, nil, step.WithHint(
				fmt.Errorf("tensor %q has numbers that are not finite", t.Name), hint)
		}
		if strings.HasSuffix(t.Name, fixedGamma) {
			t.Data = []float32{1, 1, 1}
		}
		t.Name = name
		tensors = append(tensors, t)
	}
	slices.SortFunc(tensors, func(a, b torch.Tensor) int { return strings.Compare(a.Name, b.Name) })
	sum := sha256.Sum256(data)
	n.Digest = hex.EncodeToString(sum[:])
	if b := Builtin(); n.Digest == b.Digest {
		n = b
	}
	return n, tensors, nil
}

func notFinite(x float32) bool {
	return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0)
}

// recognize reads a file's header, and returns the network and our name of each of its tensors by
// theirs.
func recognize(file io.Reader, size int64) (Network, map[string]string, error) {
	if size > maxBytes {
		return Network{}, nil, step.WithHint(fmt.Errorf("the file has %d MiB; the limit is %d",
			size>>20, maxBytes>>20), hint)
	}
	var start [8]byte
	n, _ := io.ReadFull(file, start[:]) // torch.ReadHeader returns the error
	if format := foreign(start[:n]); format != "" {
		return Network{}, nil, step.WithHint(fmt.Errorf("this is %s, not a safetensors file",
			format), hint)
	}
	all, err := torch.ReadHeader(io.MultiReader(bytes.NewReader(start[:n]), file), size)
	if err != nil {
		return Network{}, nil, step.WithHint(err, hint)
	}
	best, err := fit(all)
	if err != nil {
		return Network{}, nil, step.WithHint(err, hint)
	}
	return network(best.family, best.layers), best.ours, nil
}

// foreign returns what a file is that begins like this, if it is one in which weights are often
// stored, or "".
func foreign(start []byte) string {
	for prefix, format := range map[string]string{
		"PK\x03\x04":           "a file of PyTorch's (.pth)",
		"\x80\x02\x8a\n":       "an old file of PyTorch's (.pth)",
		"\x12\x01\x00\x00\x00": "a file of MXNet's (.params)",
		"\x89HDF\r\n":          "a file of Keras's (.h5)",
	} {
		if strings.HasPrefix(string(start), prefix) {
			return format
		}
	}
	return ""
}
