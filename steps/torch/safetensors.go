// Package torch trains and runs networks with libtorch, behind a C interface of some dozen functions
// (see shim.h), and reads and writes their weights. It is linked into the worker alone; without the
// build tag native it only reads and writes weights.
//
// Most networks are built by MXNet's symbol "resnet", which Amazon SageMaker's image classification
// trains: 18, 34, 50, 101 and 152 layers for large input, and 8, 20, 32, 44, 56 and 110 for small.
// The others are those that come trained on ImageNet.
package torch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Batch is the number of pictures that go through a network at once, except in training. Whoever has
// more gives as many as a multiple of it, because smaller batches are filled up.
const Batch = 16

// A Tensor is one of a network's arrays.
type Tensor struct {
	Name  string
	Shape []int     // of a convolution: output channels, input channels, height, width
	Data  []float32 // in row-major order, as many as the product of Shape
}

// isStatistic reports whether a tensor is a running mean or variance of a normalisation, which is
// measured and not learnt.
func isStatistic(name string) bool {
	return strings.HasSuffix(name, ".running_mean") || strings.HasSuffix(name, ".running_var")
}

// CountParameters returns how many numbers the network learns: weights, not statistics.
func CountParameters(all []Tensor) int {
	n := 0
	for _, t := range all {
		if !isStatistic(t.Name) {
			n += len(t.Data)
		}
	}
	return n
}

// An entry is a tensor's part of the header. The safetensors format is the length of the header in
// 8 bytes, little endian; the header, a JSON object from name to entry; and the numbers, without
// gaps.
type entry struct {
	Type    string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // begin and end in the numbers, bytes
}

const (
	metadata  = "__metadata__"
	maxHeader = 16 << 20 // bytes; the largest network has a thousand tensors
)

func byName(a, b Tensor) int { return strings.Compare(a.Name, b.Name) }

// Write writes tensors as safetensors. The same tensors make the same bytes, in whatever order they
// come.
func Write(w io.Writer, all []Tensor) error {
	all = slices.SortedFunc(slices.Values(all), byName)
	header := map[string]any{metadata: map[string]string{"format": "pt"}}
	at := int64(0)
	for _, t := range all {
		next := at + 4*int64(len(t.Data))
		header[t.Name] = entry{"F32", t.Shape, [2]int64{at, next}}
		at = next
	}
	text, err := json.Marshal(header) // a map is encoded in the order of its names
	if err != nil {
		return err
	}
	text = append(text, bytes.Repeat([]byte(" "), -len(text)&7)...) // aligns the numbers
	out := bufio.NewWriterSize(w, 1<<18)
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	out.Write(text)
	var number [4]byte
	for _, t := range all {
		for _, x := range t.Data {
			binary.LittleEndian.PutUint32(number[:], math.Float32bits(x))
			out.Write(number[:])
		}
	}
	return out.Flush() // a bufio.Writer keeps its first error
}

// Read parses safetensors and returns the tensors, sorted by name. A type other than F32 is an
// error, and so is a file whose tensors do not cover its numbers exactly.
func Read(data []byte) ([]Tensor, error) {
	if len(data) < 8 {
		return nil, errors.New("safetensors: the file is cut off")
	}
	size := binary.LittleEndian.Uint64(data)
	if size > maxHeader || size > uint64(len(data)-8) {
		return nil, fmt.Errorf("safetensors: the header cannot have %d bytes", size)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+size], &header); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	numbers := data[8+size:]
	all, covered := make([]Tensor, 0, len(header)), 0
	for name, text := range header {
		if name == metadata {
			continue
		}
		t, err := readTensor(name, text, numbers)
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %.80q: %w", name, err)
		}
		all, covered = append(all, t), covered+4*len(t.Data)
		if covered > len(numbers) {
			break // tensors overlap; a file must not make us hold more than it has
		}
	}
	if covered != len(numbers) {
		return nil, fmt.Errorf("safetensors: the tensors take %d bytes, but the file has %d",
			covered, len(numbers))
	}
	slices.SortFunc(all, byName)
	return all, nil
}

// readTensor decodes a tensor from its entry in the header. The shape is checked before it is
// multiplied out, so that the product cannot overflow.
func readTensor(name string, text json.RawMessage, numbers []byte) (Tensor, error) {
	var e entry
	if err := json.Unmarshal(text, &e); err != nil {
		return Tensor{}, err
	}
	if e.Type != "F32" {
		return Tensor{}, fmt.Errorf("its type is %.20q, but only F32 is supported", e.Type)
	}
	count := int64(1)
	for _, n := range e.Shape {
		if n < 0 || n > math.MaxInt32 || count*int64(n) > int64(len(numbers)) {
			return Tensor{}, errors.New("its shape is larger than the file")
		}
		count *= int64(n)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to > int64(len(numbers)) || to-from != 4*count {
		return Tensor{}, errors.New("its offsets are outside the file or do not fit its shape")
	}
	t := Tensor{Name: name, Shape: e.Shape, Data: make([]float32, count)}
	for i := range t.Data {
		t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[from+4*int64(i):]))
	}
	return t, nil
}
