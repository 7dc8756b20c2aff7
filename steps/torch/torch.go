//go:build native

package torch

// #cgo CXXFLAGS: -std=c++17 -O2 -I/usr/include/torch/csrc/api/include
// #cgo LDFLAGS: -ltorch -ltorch_cpu -lc10
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Version names everything that computes, like "1.13.1 cpu avx2/avx512_core, OpenBLAS 0.3.21
// SkylakeX": libtorch's version, whether it can use a GPU, the processor instructions that it and
// oneDNN use, and the BLAS that the system provides. Each adds in an order of its own, which
// changes trained weights, so the text is part of a training's key.
func Version() string {
	device := "cpu"
	if C.snellen_cuda() != 0 {
		device = "cuda"
	}
	return C.GoString(C.snellen_version()) + " " + device + " " + C.GoString(C.snellen_code())
}

// A Config describes a network.
type Config struct {
	// Network is "" for a residual network of the package comment; "resnet-v1" or "resnet-v2" for
	// one as torchvision or MXNet train it on ImageNet; "squeezenet1.1"; or Head.
	Network       string
	NumLayers     int // of a residual network
	Features      int // of a head
	Height, Width int // of the input, pixels
	Classes       int
	Seed          int64      // draws the initial weights
	Threads       int        // for each operation; sums in training depend on it
	Device        string     // "cpu" or "cuda"
	BGR           bool       // the network wants blue first
	Range         float64    // a channel runs from 0 to Range before Mean and Std; 0: to 1
	Mean, Std     [3]float64 // of the channels, in the network's order
}

// Head is a network without pictures: a linear layer on features that another one computed.
const Head = "head"

// An Optimizer says how Train changes the weights. Adam ignores WeightDecay, as SageMaker does.
type Optimizer struct {
	Name                  string // "sgd" or "adam"
	Momentum, WeightDecay float64
	Beta1, Beta2, Eps     float64
	HeadRate              float64   // factor of the learning rate for the last layer; 0: 1
	Clip                  float64   // the largest norm of a step's gradients; 0: any
	ClassWeights          []float32 // in the loss; nil: all alike
}

// A Net is a network. Its methods may be called from any goroutine, one at a time. It holds memory
// of libtorch's, so it must be closed.
type Net struct {
	config Config
	net    *C.snellen_net
	width  int // features
}

// libtorchThread returns the channel of functions for the one thread that calls libtorch. libtorch
// keeps a team of threads for every thread that calls it, so calls from several would multiply
// them.
var libtorchThread = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		C.snellen_start()
		for f := range work {
			f()
		}
	}()
	return work
})

// call runs f on libtorch's thread and waits for it. f calls the shim, which may set the text of an
// error, and returns whether that succeeded. The number of threads belongs to libtorch's thread and
// not to a network, so every call sets it.
func call(threads int, f func(text **C.char) bool) (err error) {
	done := make(chan struct{})
	libtorchThread() <- func() {
		defer close(done)
		var text *C.char
		C.snellen_threads(C.int(threads))
		if !f(&text) {
			err = errors.New("libtorch: " + C.GoString(text))
			C.free(unsafe.Pointer(text))
		}
	}
	<-done
	return err
}

// helpers are threads that compute batches beside libtorch's thread, which alone uses the list.
var helpers []chan func()

// helper returns helper thread i. It computes with one thread of its own.
func helper(i int) chan<- func() {
	for len(helpers) <= i {
		work, ready := make(chan func()), make(chan struct{})
		go func() {
			runtime.LockOSThread()
			C.snellen_threads(1)
			close(ready)
			for f := range work {
				f()
			}
		}()
		<-ready
		helpers = append(helpers, work)
	}
	return helpers[i]
}

// New returns a network with weights drawn from the seed: the same config makes the same weights.
// Close must be called.
func New(config Config) (*Net, error) {
	if config.Device == "cuda" && C.snellen_cuda() == 0 {
		return nil, errors.New("libtorch was built without CUDA, or finds no GPU")
	}
	device, network := C.CString(config.Device), C.CString(config.Network)
	defer C.free(unsafe.Pointer(device))
	defer C.free(unsafe.Pointer(network))
	c := C.snellen_config{
		network: network, num_layers: C.int(config.NumLayers), features: C.int(config.Features),
		classes: C.int(config.Classes),
		height:  C.int(config.Height), width: C.int(config.Width),
		seed: C.int64_t(config.Seed), device: device,
		_range: C.float(cmp.Or(config.Range, 1)),
	}
	if config.BGR {
		c.bgr = 1
	}
	for i := range 3 {
		c.mean[i], c.std[i] = C.float(config.Mean[i]), C.float(config.Std[i])
	}
	n := &Net{config: config}
	err := call(config.Threads, func(text **C.char) bool {
		if n.net = C.snellen_new(&c, text); n.net == nil {
			return false
		}
		n.width = int(C.snellen_width(n.net))
		return true
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Close frees the network, which must not be used afterwards.
func (n *Net) Close() error {
	return call(n.config.Threads, func(**C.char) bool {
		C.snellen_free(n.net)
		n.net = nil
		return true
	})
}

// Optimize sets the optimizer. Momentum and other state start afresh.
func (n *Net) Optimize(o Optimizer) error {
	c := C.snellen_optimizer{
		momentum: C.double(o.Momentum), weight_decay: C.double(o.WeightDecay),
		beta_1: C.double(o.Beta1), beta_2: C.double(o.Beta2), eps: C.double(o.Eps),
		head_rate: C.double(cmp.Or(o.HeadRate, 1)), clip: C.double(o.Clip),
	}
	if o.ClassWeights != nil {
		if len(o.ClassWeights) != n.config.Classes {
			return fmt.Errorf("there are %d weights of %d classes", len(o.ClassWeights),
				n.config.Classes)
		}
		var pins runtime.Pinner
		defer pins.Unpin()
		pins.Pin(&o.ClassWeights[0])
		c.class_weights = (*C.float)(&o.ClassWeights[0])
	}
	if o.Name == "adam" {
		c.adam = 1
	}
	return call(n.config.Threads, func(text **C.char) bool {
		return C.snellen_optimize(n.net, &c, text) == 0
	})
}

// Train takes one optimizer step on a batch: len(classes) pictures of 3*Height*Width bytes of RGB
// each, at least two, and their classes. It returns the sum of their losses, and how many the
// network classified rightly before the step. Optimize must have been called.
func (n *Net) Train(
	rgb []byte, classes []int64, learningRate float64,
) (loss float64, right int, err error) {
	if err := n.check(rgb, len(classes)); err != nil {
		return 0, 0, err
	}
	pictures, labels := (*C.uint8_t)(&rgb[0]), (*C.int64_t)(&classes[0])
	count, rate := C.int(len(classes)), C.double(learningRate)
	var l C.double
	var r C.int64_t
	err = call(n.config.Threads, func(text **C.char) bool {
		return C.snellen_train(n.net, pictures, labels, count, rate, &l, &r, text) == 0
	})
	return float64(l), int(r), err
}

// TrainHead changes the last layer alone: it takes a step for each batch of the rows of features
// that order names, and returns the sum of their losses, and how many the layer classified rightly
// before their step. features holds Width numbers for each of classes. One call for many steps saves
// the threads' changing places, which takes as long as the steps.
func (n *Net) TrainHead(
	features []float32, classes, order []int64, batch int, learningRate float64,
) (loss float64, right int, err error) {
	if err := n.checkRows(features, len(classes)); err != nil {
		return 0, 0, err
	}
	if len(order) == 0 || batch < 1 {
		return 0, 0, fmt.Errorf("there are no batches in %d rows of batches of %d", len(order), batch)
	}
	for _, row := range order {
		if row < 0 || row >= int64(len(classes)) {
			return 0, 0, fmt.Errorf("there is no row %d in %d", row, len(classes))
		}
	}
	rows, labels := (*C.float)(&features[0]), (*C.int64_t)(&classes[0])
	named, count := (*C.int64_t)(&order[0]), C.int64_t(len(order))
	var l C.double
	var r C.int64_t
	err = call(n.config.Threads, func(text **C.char) bool {
		return C.snellen_train_head(n.net, rows, labels, named, count, C.int(batch),
			C.double(learningRate), &l, &r, text) == 0
	})
	return float64(l), int(r), err
}

// Width returns the number of features.
func (n *Net) Width() int { return n.width }

// Features returns the features of each picture: count rows of Width numbers, which are the input
// of the network's last layer. The pictures are as in Train, and go through the network as in
// Classify.
func (n *Net) Features(rgb []byte, count int) ([]float32, error) {
	if err := n.check(rgb, count); err != nil {
		return nil, err
	}
	return n.forward(rgb, count, n.width,
		func(pictures *C.uint8_t, count C.int, features *C.float, text **C.char) bool {
			return C.snellen_features(n.net, pictures, count, features, text) == 0
		})
}

// Quicken has few pictures take less time, such as the areas of a live picture. What the network
// answers of a picture then depends, in its last digits, on how many others there are.
func (n *Net) Quicken() { C.snellen_quicken(n.net) }

// Classify returns a probability for each class of each picture: count rows of Classes numbers. The
// pictures are as in Train. The weights do not change. A picture's answer does not depend on what
// it is classified with: all go through the network Batch at a time, and the last batch is filled
// up. Several batches share the threads, one each, which takes less time than all on one batch.
func (n *Net) Classify(rgb []byte, count int) ([]float32, error) {
	if err := n.check(rgb, count); err != nil {
		return nil, err
	}
	return n.forward(rgb, count, n.config.Classes,
		func(pictures *C.uint8_t, count C.int, probabilities *C.float, text **C.char) bool {
			return C.snellen_classify(n.net, pictures, count, probabilities, text) == 0
		})
}

// ClassifyFeatures is like Classify on rows of features.
func (n *Net) ClassifyFeatures(features []float32, count int) ([]float32, error) {
	if err := n.checkRows(features, count); err != nil {
		return nil, err
	}
	out := make([]float32, count*n.config.Classes)
	err := call(n.config.Threads, func(text **C.char) bool {
		rows, probabilities := (*C.float)(&features[0]), (*C.float)(&out[0])
		return C.snellen_classify_features(n.net, rows, C.int(count), probabilities, text) == 0
	})
	return out, err
}

// forward runs f on pictures, and returns a row of width numbers for each.
func (n *Net) forward(
	rgb []byte, count, width int,
	f func(rgb *C.uint8_t, count C.int, out *C.float, text **C.char) bool,
) ([]float32, error) {
	out, size := make([]float32, count*width), len(rgb)/count
	part := func(from, to int, text **C.char) bool {
		return f((*C.uint8_t)(&rgb[from*size]), C.int(to-from), (*C.float)(&out[from*width]), text)
	}
	batches := (count + Batch - 1) / Batch
	lanes := min(batches, n.config.Threads)
	if lanes < 2 || n.config.Device != "cpu" {
		return out, call(n.config.Threads, func(text **C.char) bool { return part(0, count, text) })
	}
	var next atomic.Int64
	lane := func(text **C.char) bool {
		for i := int(next.Add(1)) - 1; i < batches; i = int(next.Add(1)) - 1 {
			if !part(i*Batch, min((i+1)*Batch, count), text) {
				return false
			}
		}
		return true
	}
	return out, call(1, func(text **C.char) bool {
		texts := make([]*C.char, lanes) // of errors
		var others sync.WaitGroup
		for i := 1; i < lanes; i++ {
			others.Add(1)
			helper(i - 1) <- func() { defer others.Done(); lane(&texts[i]) }
		}
		lane(&texts[0])
		others.Wait()
		for _, t := range texts {
			if *text == nil {
				*text = t
			} else {
				C.free(unsafe.Pointer(t))
			}
		}
		return *text == nil
	})
}

// check returns an error unless rgb holds count pictures, and there is one: the shim reads without
// checks.
func (n *Net) check(rgb []byte, count int) error {
	if want := count * n.config.Height * n.config.Width * 3; count < 1 || len(rgb) != want {
		return fmt.Errorf("%d pictures have %d bytes, not %d", count, want, len(rgb))
	}
	return nil
}

// checkRows returns an error unless there are count rows of features, and at least one.
func (n *Net) checkRows(features []float32, count int) error {
	if want := count * n.width; count < 1 || len(features) != want {
		return fmt.Errorf("%d rows of features have %d numbers, not %d", count, want, len(features))
	}
	return nil
}

// Tensors returns copies of the network's weights and running statistics, sorted by name.
func (n *Net) Tensors() ([]Tensor, error) {
	var all []Tensor
	err := call(n.config.Threads, func(text **C.char) bool {
		for i := range C.snellen_tensors(n.net) {
			t := n.tensor(i)
			if C.snellen_tensor_get(n.net, i, (*C.float)(&t.Data[0]), text) != 0 {
				return false
			}
			all = append(all, t)
		}
		return true
	})
	return all, err
}

// tensor returns the name and shape of tensor i, with zeros for its data.
func (n *Net) tensor(i C.int) Tensor {
	var sizes [4]C.int64_t
	t := Tensor{Name: C.GoString(C.snellen_tensor_name(n.net, i))}
	numbers := 1
	for _, size := range sizes[:C.snellen_tensor_shape(n.net, i, &sizes[0])] {
		t.Shape = append(t.Shape, int(size))
		numbers *= int(size)
	}
	t.Data = make([]float32, numbers)
	return t
}

// SetTensors replaces all weights and statistics. Each of the network's tensors must be among them,
// in its shape, and no other. After an error some may be replaced.
func (n *Net) SetTensors(all []Tensor) error {
	named := map[string]Tensor{}
	for _, t := range all {
		named[t.Name] = t
	}
	if want := int(C.snellen_tensors(n.net)); len(named) != want {
		return fmt.Errorf("there are %d tensors, but the network has %d", len(named), want)
	}
	var wrong error
	err := call(n.config.Threads, func(text **C.char) bool {
		for i := range C.snellen_tensors(n.net) {
			want := n.tensor(i)
			t, ok := named[want.Name]
			if !ok || !slices.Equal(t.Shape, want.Shape) || len(t.Data) != len(want.Data) {
				wrong = fmt.Errorf("tensor %s of shape %v is missing", want.Name, want.Shape)
				return true
			}
			if C.snellen_tensor_set(n.net, i, (*C.float)(&t.Data[0]), text) != 0 {
				return false
			}
		}
		return true
	})
	return errors.Join(err, wrong)
}
