//go:build native

package torch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkTrain trains on batches of 32 pictures of 96x96 pixels. If python3-torch is installed,
// the same network in Python takes turns with it, in both memory layouts, and the ratio of the
// medians is reported: over 1, Snellen is faster.
func BenchmarkTrain(b *testing.B) {
	c := small
	c.Height, c.Width, c.Classes = 96, 96, 17
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			c.Threads = threads
			ours := trainer(b, c)
			var peers []func(batches int) time.Duration
			for _, layout := range layouts {
				peers = append(peers, peer(b, c, layout))
			}
			for b.Loop() {
				race(b, ours, peers)
			}
		})
	}
}

// BenchmarkTrainHead trains the last layer once on 8,160 rows of 512 features, in batches of 32.
func BenchmarkTrainHead(b *testing.B) {
	const features, classes, n = 512, 17, 8160
	rows, labels := make([]float32, n*features), make([]int64, n)
	for i := range rows {
		rows[i] = float32(i%101) / 101
	}
	for i := range labels {
		labels[i] = int64(i % classes)
	}
	net, err := New(Config{Network: Head, Features: features, Classes: classes, Seed: 4, Threads: 1,
		Device: "cpu", Std: [3]float64{1, 1, 1}})
	if err != nil {
		b.Fatal(err)
	}
	defer net.Close()
	if err := net.Optimize(Optimizer{Name: "sgd", Momentum: 0.9, WeightDecay: 0.1}); err != nil {
		b.Fatal(err)
	}
	for order := inOrder(n); b.Loop(); {
		if _, _, err := net.TrainHead(rows, labels, order, batch, 0.01); err != nil {
			b.Fatal(err)
		}
	}
}

const (
	batch   = 32
	turns   = 11
	perTurn = 8               // batches
	images  = batch * perTurn // in a turn
)

var layouts = []string{"channels_last", "contiguous"}

// race lets all train in turns, so that other load on the machine slows them alike.
func race(b *testing.B, ours func(int) time.Duration, peers []func(int) time.Duration) {
	took := make([][]time.Duration, 1+len(peers))
	for range turns {
		took[0] = append(took[0], ours(perTurn))
		for i, p := range peers {
			if p != nil {
				took[i+1] = append(took[i+1], p(perTurn))
			}
		}
	}
	b.ReportMetric(images/median(took[0]), "images/s")
	for i, t := range took[1:] {
		if t != nil {
			b.ReportMetric(images/median(t), "images/s/python-"+layouts[i])
			b.ReportMetric(median(t)/median(took[0]), "times-python-"+layouts[i])
		}
	}
}

func median(t []time.Duration) float64 {
	slices.Sort(t)
	return t[len(t)/2].Seconds()
}

// trainer returns a function that trains a network on so many batches and returns the time it took.
func trainer(b *testing.B, c Config) func(int) time.Duration {
	n := open(b, c)
	if err := n.Optimize(Optimizer{Name: "sgd", Momentum: 0.9, WeightDecay: 1e-4}); err != nil {
		b.Fatal(err)
	}
	rgb, classes := pictures(c, batch, 1)
	return func(batches int) time.Duration {
		began := time.Now()
		for range batches {
			if _, _, err := n.Train(rgb, classes, 0.01); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began)
	}
}

// peer starts the network in Python and returns what trainer does, or nil if PyTorch is not
// installed.
func peer(b *testing.B, c Config, layout string) func(int) time.Duration {
	python := "/usr/bin/python3" // Debian's, which sees Debian's packages
	if exec.Command(python, "-c", "import torch").Run() != nil {
		b.Log("python3-torch is not installed: nothing to compare with")
		return nil
	}
	cmd := exec.Command(python, filepath.Join("testdata", "peer.py"), strconv.Itoa(c.Height),
		strconv.Itoa(c.Classes), strconv.Itoa(batch), strconv.Itoa(c.Threads), layout)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	answers := bufio.NewReader(out)
	return func(batches int) time.Duration {
		var seconds float64
		fmt.Fprintln(in, batches)
		if _, err := fmt.Fscanln(answers, &seconds); err != nil {
			b.Fatal("the peer in Python: ", err)
		}
		return time.Duration(seconds * float64(time.Second))
	}
}
