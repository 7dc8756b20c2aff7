package container

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// real has lines as published logs have them.
const real = `Docker entrypoint called with argument(s): train
[07/14/2020 22:20:42 INFO 140558353856320] Reading default configuration from /opt/amazon/lib/python2.7/site-packages/image_classification/default-input.json: {u'beta_1': 0.9}
[07/14/2020 22:20:42 INFO 140558353856320] checkpoint_frequency not set, will store the best model
[22:20:43] /opt/brazil-pkg-cache/packages/AIAlgorithmsMXNet/src/base.cc:49: text
[07/14/2020 22:21:00 INFO 140558353856320] Epoch[0] Batch [20]#011Speed: 191.406 samples/sec#011accuracy=0.976190
[07/14/2020 22:21:01 INFO 140558353856320] Epoch[0] Train-accuracy=0.150391
[07/14/2020 22:21:01 INFO 140558353856320] Epoch[0] Train-top_k_accuracy_2=0.273438
[07/14/2020 22:21:01 INFO 140558353856320] Epoch[0] Time cost=8.095
[07/14/2020 22:21:02 INFO 140558353856320] Epoch[0] Validation-accuracy=0.253906
[07/14/2020 22:21:02 INFO 140558353856320] Storing the best model with validation accuracy: 0.253906
[07/14/2020 22:21:02 INFO 140558353856320] Saved checkpoint to "/opt/ml/model/image-classification-0001.params"
[07/14/2020 22:21:09 INFO 140558353856320] Epoch[1] Train-accuracy=0.300000
[07/14/2020 22:21:09 INFO 140558353856320] Epoch[1] Validation-accuracy=0.400000
[07/14/2020 22:21:19 INFO 140558353856320] Epoch[2] Train-accuracy=0.310000
[07/14/2020 22:21:19 INFO 140558353856320] Epoch[2] Validation-accuracy=0.400000
[07/14/2020 22:21:20 INFO 140558353856320] Early stopping criteria met.
`

func TestRealLog(t *testing.T) {
	p := Parser{Samples: 2720, Batch: 32}
	var whole []int
	for line := range strings.Lines(real) {
		if e := p.Line(strings.TrimSuffix(line, "\n")); e != nil {
			whole = append(whole, e.Epoch)
		}
		if strings.Contains(line, "Batch [20]") && (p.Done() < 0.2 || p.Done() > 0.3) {
			t.Errorf("within the first epoch %g are done", p.Done())
		}
	}
	if !slices.Equal(whole, []int{0, 1, 2}) || !p.EarlyStopped || Best(p.Epochs()) != 1 ||
		p.Done() != 3 {
		t.Fatalf("epochs %v, early stop %v, best %d, done %g", whole, p.EarlyStopped,
			Best(p.Epochs()), p.Done())
	}
	if e := p.Epochs()[0]; e.Train != 0.150391 || e.Validation != 0.253906 || e.Seconds != 8.095 ||
		e.Speed != 191.406 {
		t.Errorf("epoch 0 is %+v", e)
	}
}

// TestRestart: a spot job that goes on from a checkpoint repeats some epochs.
func TestRestart(t *testing.T) {
	var p Parser
	log := func(n int, accuracy string) {
		p.Line(fmt.Sprintf("Epoch[%d] Train-accuracy=%s", n, accuracy))
		p.Line(fmt.Sprintf("Epoch[%d] Validation-accuracy=%s", n, accuracy))
	}
	log(0, "0.1")
	log(1, "0.2")
	log(2, "0.9") // was lost with the machine
	p.Restart()
	log(1, "0.3")
	got := p.Epochs()
	if len(got) != 2 || got[0].Validation != 0.1 || got[1].Validation != 0.3 {
		t.Fatalf("%+v", got)
	}
	log(1, "0.8") // the log is read again
	if p.Epochs()[1].Validation != 0.3 {
		t.Error("an epoch's figure changed")
	}
}

func TestBestOfNone(t *testing.T) {
	if Best(nil) != -1 {
		t.Error("no epochs have a best one")
	}
}

// FuzzLine: no log makes the parser fail, and it always collects a curve: epochs in order and
// without a gap, with accuracies from 0 to 1.
func FuzzLine(f *testing.F) {
	f.Add(real)
	f.Add(
		"Epoch[0] Train-accuracy=nan\nEpoch[0] " +
			"Validation-accuracy=1e309\nEpoch[99999999999999999999] Train-accuracy=1")
	f.Fuzz(func(t *testing.T, log string) {
		var p Parser
		for i, line := range strings.Split(log, "\n") {
			if i%7 == 6 {
				p.Restart()
			}
			p.Line(line)
		}
		for i, e := range p.Epochs() {
			if e.Epoch != i || !(e.Train >= 0 && e.Train <= 1) ||
				!(e.Validation >= 0 && e.Validation <= 1) {
				t.Fatalf("entry %d is %+v", i, e)
			}
		}
	})
}

// TestQuality: the lines of SageMaker's other algorithms are read, too.
func TestQuality(t *testing.T) {
	var p Parser
	p.Line("#quality_metric: host=algo-1, epoch=0, train accuracy <score>=0.75")
	e := p.Line(
		"[07/14/2020 22:21:09 INFO 140558353856320] #quality_metric: host=algo-1, epoch=0, " +
			"validation accuracy <score>=0.5")
	if e == nil || e.Train != 0.75 || e.Validation != 0.5 {
		t.Fatalf("%+v", e)
	}
	for _, other := range []string{"#quality_metric: host=algo-1, epoch=1, train loss <loss>=0.5",
		"#quality_metric: host=algo-1, epoch=1, batch=3 train accuracy <score>=1"} {
		if p.Line(other); len(p.epochs) != 1 {
			t.Errorf("%s is taken for an epoch's accuracy", other)
		}
	}
}
