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
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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

// Read parses safetensors and returns the tensors, sorted by name. Numbers of the types F16 and
// BF16 become float32, which has them all. Counts of batches, which PyTorch stores with each
// normalisation, are left out. Any other type is an error, and so is a file whose tensors do not
// cover its numbers exactly.
func Read(data []byte) ([]Tensor, error) {
	all, err := readEntries(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var tensors []Tensor
	for _, e := range all {
		if !e.isBatchCount() {
			numbers := data[e.place[0]:e.place[1]]
			tensors = append(tensors, Tensor{e.name, e.Shape, formats[e.Type].decode(numbers)})
		}
	}
	return tensors, nil
}

// ReadHeader reads the header of a safetensors file of so many bytes, and nothing behind it. It
// returns what Read does, but without Data.
func ReadHeader(file io.Reader, size int64) ([]Tensor, error) {
	all, err := readEntries(file, size)
	if err != nil {
		return nil, err
	}
	var tensors []Tensor
	for _, e := range all {
		if !e.isBatchCount() {
			tensors = append(tensors, Tensor{Name: e.name, Shape: e.Shape})
		}
	}
	return tensors, nil
}

// A placed is an entry with its name, and its bytes' place in the file.
type placed struct {
	entry
	name  string
	place [2]int64
}

// isBatchCount reports whether a tensor counts the batches that a normalisation has seen in
// PyTorch. Nothing is computed with it.
func (e *placed) isBatchCount() bool {
	return e.Type == "I64" && strings.HasSuffix(e.name, ".num_batches_tracked") && len(e.Shape) == 0
}

// readEntries reads the header of a file of so many bytes, sorted by name. Every type has a format,
// or is a count of batches.
func readEntries(file io.Reader, size int64) ([]*placed, error) {
	var length [8]byte
	if _, err := io.ReadFull(file, length[:]); err != nil {
		return nil, cutOff(err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if size < 8 || n > maxHeader || n > uint64(size-8) {
		return nil, fmt.Errorf("safetensors: the header cannot have %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(file, text); err != nil {
		return nil, cutOff(err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	start := 8 + int64(n)
	all := make([]*placed, 0, len(header))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		text := header[name]
		if name == metadata {
			continue
		}
		e := &placed{name: name}
		if err := e.read(text, size-start); err != nil {
			return nil, fmt.Errorf("safetensors: tensor %.80q: %w", name, err)
		}
		e.place = [2]int64{start + e.Offsets[0], start + e.Offsets[1]}
		all = append(all, e)
	}
	if err := checkCover(all, start, size); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *placed) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// cutOff returns the error of a read that found less than it needs.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("safetensors: the file is cut off")
	}
	return err
}

// checkCover returns an error unless the tensors lie side by side from start to the file's end. So
// a file cannot make us hold more than it has. It sorts them by place.
func checkCover(all []*placed, start, size int64) error {
	slices.SortFunc(all, func(a, b *placed) int {
		return cmp.Or(slices.Compare(a.place[:], b.place[:]), strings.Compare(a.name, b.name))
	})
	at := start
	for _, e := range all {
		if e.place[0] != at {
			return fmt.Errorf("safetensors: tensor %.80q overlaps another, or leaves a gap", e.name)
		}
		at = e.place[1]
	}
	if at != size {
		return fmt.Errorf("safetensors: the tensors end at byte %d, but the file has %d", at, size)
	}
	return nil
}

// read decodes an entry of the header, and checks it against the bytes of all numbers. The shape is
// checked before it is multiplied out, so that the product cannot overflow.
func (e *placed) read(text json.RawMessage, numbers int64) error {
	if err := json.Unmarshal(text, &e.entry); err != nil {
		return err
	}
	width := int64(8)
	if !e.isBatchCount() {
		f, ok := formats[e.Type]
		if !ok {
			return fmt.Errorf("its type is %.20q, but only F32, F16 and BF16 are supported", e.Type)
		}
		width = int64(f.width)
	}
	count := int64(1)
	for _, n := range e.Shape {
		if n < 0 || n > math.MaxInt32 || count*int64(n) > numbers {
			return errors.New("its shape is larger than the file")
		}
		count *= int64(n)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to > numbers || to-from != width*count {
		return errors.New("its offsets are outside the file or do not fit its shape")
	}
	return nil
}

// A format is how a number is stored.
type format struct {
	width int                  // bytes
	read  func([]byte) float32 // of that many bytes
}

var formats = map[string]format{
	"F32": {4, func(b []byte) float32 {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}},
	"F16": {2, func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) }},
	"BF16": {2, func(b []byte) float32 {
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	}},
}

func (f format) decode(numbers []byte) []float32 {
	out := make([]float32, len(numbers)/f.width)
	for i := range out {
		out[i] = f.read(numbers[i*f.width:])
	}
	return out
}

// half returns the number with the bits of a 16-bit float: a sign, 5 bits of exponent and 10 of
// fraction. A float32 has 8 and 23.
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15), uint32(bits>>10&0x1f), uint32(bits&0x3ff)
	switch exponent {
	case 0: // below the smallest normal number, 2^-14
		x := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign<<31 | math.Float32bits(x))
	case 0x1f: // infinite, or not a number
		exponent = 0xff
	default:
		exponent += 127 - 15
	}
	return math.Float32frombits(sign<<31 | exponent<<23 | fraction<<13)
}
