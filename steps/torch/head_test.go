//go:build native

package torch

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// The last layer's own steps are those that libtorch's optimizers take on a network of it alone,
// with momentum and decay.
func TestTrainHeadTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	const features, classes, n = 20, 4, 6
	rows, labels := make([]float32, n*features), []int64{0, 1, 2, 3, 0, 1}
	for i := range rows {
		rows[i] = float32(random.NormFloat64())
	}
	for _, name := range []string{"sgd", "adam"} {
		o := Optimizer{Name: name, Momentum: 0.9, WeightDecay: 0.1, Beta1: 0.9, Beta2: 0.999,
			Eps: 1e-8}
		net, err := New(Config{Network: Head, Features: features, Classes: classes, Seed: 4,
			Threads: 1, Device: "cpu", Std: [3]float64{1, 1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		if err := net.Optimize(o); err != nil {
			t.Fatal(err)
		}
		x, err := net.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		var first, second [2][]float64 // an optimizer's state, of biases and weights
		for k := range x {
			first[k] = make([]float64, len(x[k].Data))
			second[k] = make([]float64, len(x[k].Data))
		}
		for step := 1; step <= 3; step++ {
			const rate = 0.1
			gradient := gradients(x, rows, labels, features, classes)
			for k := range x {
				decay := []float64{0, 0.1}[k]
				for i, g := range gradient[k] {
					w := float64(x[k].Data[i])
					if name == "sgd" {
						first[k][i] = 0.9*first[k][i] + g + decay*w
						w -= rate * first[k][i]
					} else {
						first[k][i] = 0.9*first[k][i] + 0.1*g
						second[k][i] = 0.999*second[k][i] + 0.001*g*g
						m := first[k][i] / (1 - math.Pow(0.9, float64(step)))
						v := second[k][i] / (1 - math.Pow(0.999, float64(step)))
						w -= rate * m / (math.Sqrt(v) + 1e-8)
					}
					x[k].Data[i] = float32(w)
				}
			}
			if _, _, err := net.TrainHead(rows, labels, inOrder(n), n, rate); err != nil {
				t.Fatal(err)
			}
			got, err := net.Tensors()
			if err != nil {
				t.Fatal(err)
			}
			for k := range x {
				for i, want := range x[k].Data {
					if math.Abs(float64(got[k].Data[i]-want)) > 1e-4 {
						t.Fatalf("%s, step %d: %s %d is %g, want %g", name, step, x[k].Name, i,
							got[k].Data[i], want)
					}
				}
			}
		}
	}
}

// inOrder returns the numbers below n.
func inOrder(n int) (order []int64) {
	for i := range int64(n) {
		order = append(order, i)
	}
	return order
}

// One call for all batches does what a call for each does, to the bit, and rows that the order does
// not name, or that there are not, change nothing.
func TestTrainHeadBatches(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const features, classes, n, batch = 37, 6, 50, 11
	rows, labels := make([]float32, n*features), make([]int64, n)
	for i := range rows {
		rows[i] = float32(random.NormFloat64())
	}
	for i := range labels {
		labels[i] = int64(random.IntN(classes))
	}
	order := inOrder(n)[:n-3]
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	train := func(take func(*Net) (float64, int)) (loss float64, right int, tensors []Tensor) {
		net, err := New(Config{Network: Head, Features: features, Classes: classes, Seed: 4,
			Threads: 1, Device: "cpu", Std: [3]float64{1, 1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		if err := net.Optimize(Optimizer{Name: "sgd", Momentum: 0.9, WeightDecay: 0.1}); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range [][]int64{nil, {n}, {-1}} {
			if _, _, err := net.TrainHead(rows, labels, wrong, batch, 0.1); err == nil {
				t.Errorf("an order of %d was taken", wrong)
			}
		}
		loss, right = take(net)
		if tensors, err = net.Tensors(); err != nil {
			t.Fatal(err)
		}
		return loss, right, tensors
	}
	step := func(net *Net, rows []float32, labels, order []int64) (float64, int) {
		loss, right, err := net.TrainHead(rows, labels, order, batch, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		return loss, right
	}
	loss, right, once := train(func(net *Net) (float64, int) {
		return step(net, rows, labels, order)
	})
	sum, count, each := train(func(net *Net) (sum float64, count int) {
		for part := range slices.Chunk(order, batch) {
			var x []float32
			var y []int64
			for _, row := range part {
				x, y = append(x, rows[row*features:(row+1)*features]...), append(y, labels[row])
			}
			l, r := step(net, x, y, inOrder(len(part)))
			sum, count = sum+l, count+r
		}
		return sum, count
	})
	if loss != sum || right != count || !reflect.DeepEqual(once, each) {
		t.Errorf("%g and %d in one call, %g and %d in many", loss, right, sum, count)
	}
}

// gradients returns the gradients of the mean cross entropy by the biases and by the weights.
func gradients(x []Tensor, rows []float32, labels []int64, features, classes int) [2][]float64 {
	out := [2][]float64{make([]float64, classes), make([]float64, classes*features)}
	for i, label := range labels {
		p, sum := make([]float64, classes), 0.0
		for c := range p {
			z := float64(x[0].Data[c])
			for j := range features {
				z += float64(x[1].Data[c*features+j]) * float64(rows[i*features+j])
			}
			p[c] = math.Exp(z)
			sum += p[c]
		}
		for c := range p {
			g := p[c] / sum
			if c == int(label) {
				g--
			}
			g /= float64(len(labels))
			out[0][c] += g
			for j := range features {
				out[1][c*features+j] += g * float64(rows[i*features+j])
			}
		}
	}
	return out
}

// A step of the last layer follows the gradient of the weighted cross entropy, for any number of
// features. Everything is computed again here, in float64.
func TestTrainHead(t *testing.T) {
	for _, features := range []int{5, 8, 19, 32} {
		const classes, n, rate = 3, 7, 0.5
		random := rand.New(rand.NewPCG(1, uint64(features)))
		net, err := New(Config{Network: Head, Features: features, Classes: classes, Seed: 4,
			Threads: 1, Device: "cpu", Std: [3]float64{1, 1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		if err := net.Optimize(Optimizer{Name: "sgd", ClassWeights: []float32{1, 2, 0.5}}); err != nil {
			t.Fatal(err)
		}
		of := []float64{1, 2, 0.5}
		rows, labels := make([]float32, n*features), make([]int64, n)
		for i := range rows {
			rows[i] = float32(random.NormFloat64())
		}
		for i := range labels {
			labels[i] = int64(random.IntN(classes))
		}
		before, err := net.Tensors() // fc.bias, fc.weight
		if err != nil {
			t.Fatal(err)
		}
		answers, err := net.ClassifyFeatures(rows, n)
		if err != nil {
			t.Fatal(err)
		}
		all, loss, right := 0.0, 0.0, 0
		for _, label := range labels {
			all += of[label]
		}
		bias, weight := make([]float64, classes), make([]float64, classes*features)
		for i, label := range labels {
			var logits, p [classes]float64
			best, sum := 0, 0.0
			for c := range classes {
				logits[c] = float64(before[0].Data[c])
				for j := range features {
					logits[c] += float64(before[1].Data[c*features+j]) * float64(rows[i*features+j])
				}
				if logits[c] > logits[best] {
					best = c
				}
				sum += math.Exp(logits[c])
			}
			if best == int(label) {
				right++
			}
			for c := range classes {
				p[c] = math.Exp(logits[c]) / sum
				if math.Abs(p[c]-float64(answers[i*classes+c])) > 1e-6 {
					t.Errorf("%d features: class %d of row %d has %g, want %g", features, c, i,
						answers[i*classes+c], p[c])
				}
				g := p[c]
				if c == int(label) {
					g--
				}
				g *= of[label] / all
				bias[c] += g
				for j := range features {
					weight[c*features+j] += g * float64(rows[i*features+j])
				}
			}
			loss -= of[label] * math.Log(p[label])
		}
		gotLoss, gotRight, err := net.TrainHead(rows, labels, inOrder(n), n, rate)
		if err != nil {
			t.Fatal(err)
		}
		if want := loss / all * n; math.Abs(gotLoss-want) > 1e-5 || gotRight != right {
			t.Errorf("%d features: a loss of %g and %d right, want %g and %d", features, gotLoss,
				gotRight, want, right)
		}
		after, err := net.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		for k, gradient := range [][]float64{bias, weight} {
			for i, g := range gradient {
				want := float64(before[k].Data[i]) - rate*g
				if math.Abs(float64(after[k].Data[i])-want) > 1e-5 {
					t.Fatalf("%d features: %s %d is %g, want %g", features, after[k].Name, i,
						after[k].Data[i], want)
				}
			}
		}
	}
}
