//go:build native

package torch

import (
	"math"
	"math/rand/v2"
	"testing"
)

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
		gotLoss, gotRight, err := net.TrainHead(rows, labels, rate)
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
