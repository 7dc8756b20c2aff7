//go:build native

package torch

// #cgo CXXFLAGS: -std=c++17 -O2 -I/usr/include/torch/csrc/api/include
// #cgo LDFLAGS: -ltorch -ltorch_cpu -lc10
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// Version is libtorch's, whether it can use a GPU, for which of the processor's instructions it and oneDNN chose their code,
// and whose BLAS it found: "1.13.1 cpu avx2/avx512_core, OpenBLAS 0.3.21 SkylakeX". Others add in another order, and trained
// weights come out otherwise.
func Version() string {
	device := "cpu"
	if C.snellen_cuda() != 0 {
		device = "cuda"
	}
	return C.GoString(C.snellen_version()) + " " + device + " " + C.GoString(C.snellen_code())
}

// A Config describes a network.
type Config struct {
	NumLayers     int
	Height, Width int // of the input, pixels
	Classes       int
	Seed          int64      // of the initial weights
	Threads       int        // of each operation; sums depend on it
	Device        string     // "cpu" or "cuda"
	Mean, Std     [3]float64 // of red, green and blue, of values from 0 to 1
}

// An Optimizer says how weights are moved. Adam knows no decay, as in SageMaker.
type Optimizer struct {
	Name                  string // "sgd" or "adam"
	Momentum, WeightDecay float64
	Beta1, Beta2, Eps     float64
}

// A Net is a network. Its methods may be called from any goroutine, one at a time.
type Net struct {
	config Config
	net    *C.snellen_net
}

// libtorch keeps a team of threads for each thread that calls it, so one thread calls it always.
var caller = sync.OnceValue(func() chan func() {
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

// call runs f, which calls the shim with the place for an error's text, on libtorch's thread. The number of threads is
// that thread's, whatever network it serves, so it is looked after each time.
func call(threads int, f func(text **C.char) bool) (err error) {
	done := make(chan struct{})
	caller() <- func() {
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

// New makes a network with weights drawn from the seed. Close must be called.
func New(config Config) (*Net, error) {
	if config.Device == "cuda" && C.snellen_cuda() == 0 {
		return nil, errors.New("this libtorch has no CUDA, or finds no GPU")
	}
	device := C.CString(config.Device)
	defer C.free(unsafe.Pointer(device))
	c := C.snellen_config{
		num_layers: C.int(config.NumLayers), height: C.int(config.Height), width: C.int(config.Width), classes: C.int(config.Classes),
		seed: C.int64_t(config.Seed), device: device,
	}
	for i := range 3 {
		c.mean[i], c.std[i] = C.float(config.Mean[i]), C.float(config.Std[i])
	}
	n := &Net{config: config}
	err := call(config.Threads, func(text **C.char) bool {
		n.net = C.snellen_new(&c, text)
		return n.net != nil
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Close frees the network.
func (n *Net) Close() error {
	return call(n.config.Threads, func(**C.char) bool {
		C.snellen_free(n.net)
		n.net = nil
		return true
	})
}

// Optimize chooses how Train moves the weights, from a fresh start.
func (n *Net) Optimize(o Optimizer) error {
	c := C.snellen_optimizer{
		momentum: C.double(o.Momentum), weight_decay: C.double(o.WeightDecay),
		beta_1: C.double(o.Beta1), beta_2: C.double(o.Beta2), eps: C.double(o.Eps),
	}
	if o.Name == "adam" {
		c.adam = 1
	}
	return call(n.config.Threads, func(text **C.char) bool { return C.snellen_optimize(n.net, &c, text) == 0 })
}

// Train takes one step on pictures, each 3*Height*Width bytes of RGB, and their classes, two at least. It gives the sum of
// their losses and how many the network had right before the step.
func (n *Net) Train(rgb []byte, classes []int64, learningRate float64) (loss float64, right int, err error) {
	if err := n.check(rgb, len(classes)); err != nil {
		return 0, 0, err
	}
	var l C.double
	var r C.int64_t
	err = call(n.config.Threads, func(text **C.char) bool {
		return C.snellen_train(n.net, (*C.uint8_t)(&rgb[0]), (*C.int64_t)(&classes[0]), C.int(len(classes)), C.double(learningRate), &l, &r, text) == 0
	})
	return float64(l), int(r), err
}

// Classify gives for each of count pictures a probability for each class, one picture after the other.
func (n *Net) Classify(rgb []byte, count int) ([]float32, error) {
	if err := n.check(rgb, count); err != nil {
		return nil, err
	}
	out := make([]float32, count*n.config.Classes)
	err := call(n.config.Threads, func(text **C.char) bool {
		return C.snellen_classify(n.net, (*C.uint8_t)(&rgb[0]), C.int(count), (*C.float)(&out[0]), text) == 0
	})
	return out, err
}

func (n *Net) check(rgb []byte, count int) error {
	if want := count * n.config.Height * n.config.Width * 3; count < 1 || len(rgb) != want {
		return fmt.Errorf("%d pictures have %d bytes, and these are %d", count, want, len(rgb))
	}
	return nil
}

// Tensors gives the network's weights and running statistics, by name.
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

// tensor gives a tensor's name and shape, and room for its data.
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

// SetTensors gives the network all its weights and statistics, which must be those of its own shape.
func (n *Net) SetTensors(all []Tensor) error {
	byName := map[string]Tensor{}
	for _, t := range all {
		byName[t.Name] = t
	}
	if want := int(C.snellen_tensors(n.net)); len(byName) != want {
		return fmt.Errorf("%d tensors, and the network has %d", len(byName), want)
	}
	var wrong error
	err := call(n.config.Threads, func(text **C.char) bool {
		for i := range C.snellen_tensors(n.net) {
			want := n.tensor(i)
			t, ok := byName[want.Name]
			if !ok || fmt.Sprint(t.Shape) != fmt.Sprint(want.Shape) || len(t.Data) != len(want.Data) {
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
