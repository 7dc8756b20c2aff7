package container

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"snellen/engine/step"
)

// An Epoch is what a log says about one epoch, counted from 0. What it does not say is NaN.
type Epoch struct {
	Epoch      int
	Train      float64 // accuracy
	Validation float64 // accuracy
	Seconds    float64
	Speed      float64 // images a second, in the latest batch
}

// Whole reports whether the epoch has what a curve needs.
func (e Epoch) Whole() bool { return !math.IsNaN(e.Train) && !math.IsNaN(e.Validation) }

// Bounds that keep a hostile log from filling memory.
const (
	maxEpoch = 1_000_000
	maxLine  = 16 << 10 // bytes; the longest real line is a configuration
)

var (
	metric  = lazy(`Epoch\[(\d+)\] (Train|Validation)-([A-Za-z0-9_]+)=([0-9.eE+-]+|nan|inf)\s*$`)
	quality = lazy(
		`#quality_metric: host=[^,\s]+, epoch=(\d+), ` +
			`(train|validation) (accuracy) <(?:score|loss)>=([0-9.eE+-]+|nan|inf)\s*$`)
	cost  = lazy(`Epoch\[(\d+)\] Time cost=([0-9.]+)`)
	batch = lazy(`Epoch\[(\d+)\] Batch \[(\d+)\](?:#011|\t|\s)+Speed: ([0-9.]+) samples/sec`)
	stop  = lazy(`[Ee]arly stopping criteria met`)
)

// A Parser reads the log of a training, by SageMaker's image classification or by any program that
// prints the same lines, and collects a curve: one entry for each epoch. A log is untrusted; other
// lines are ignored. If a job has several machines, pass the log of one of them.
type Parser struct {
	Samples int // of an epoch, for the progress within one; 0: not known
	Batch   int // images of a batch

	EarlyStopped bool
	epochs       []Epoch
	within       float64
	again        bool
}

// Restart is called when the job has restarted, from a checkpoint or from nothing. The next epoch
// that a line is about replaces the epoch of that number, and those after it are dropped.
func (p *Parser) Restart() { p.again, p.within = true, 0 }

// Line reads one line. It returns the epoch that is whole with this line, or nil.
func (p *Parser) Line(line string) *Epoch {
	if len(line) > maxLine || !strings.Contains(line, "poch") &&
		!strings.Contains(line, "arly stopping") {
		return nil
	}
	if stop().MatchString(line) {
		p.EarlyStopped = true
		return nil
	}
	if m := metric().FindStringSubmatch(line); m != nil {
		return p.metric(m)
	}
	if m := quality().FindStringSubmatch(line); m != nil {
		return p.metric(m)
	}
	if m := cost().FindStringSubmatch(line); m != nil {
		if e := p.epoch(m[1]); e != nil {
			e.Seconds = number(m[2])
		}
		return nil
	}
	if m := batch().FindStringSubmatch(line); m != nil {
		p.batch(m)
	}
	return nil
}

// metric keeps an accuracy, unless there is one: a log that is read again repeats it.
func (p *Parser) metric(m []string) *Epoch {
	e := p.epoch(m[1])
	value := number(m[4])
	if e == nil || m[3] != "accuracy" || math.IsNaN(value) || value < 0 || value > 1 {
		return nil
	}
	was := e.Whole()
	to := &e.Train
	if strings.EqualFold(m[2], "validation") {
		to = &e.Validation
	}
	if math.IsNaN(*to) {
		*to = value
	}
	if was || !e.Whole() {
		return nil
	}
	p.within = 0
	whole := *e
	return &whole
}

func (p *Parser) batch(m []string) {
	e := p.epoch(m[1])
	n, err := strconv.Atoi(m[2])
	if e == nil || err != nil {
		return
	}
	e.Speed = number(m[3])
	if p.Samples > 0 && e.Epoch == len(p.epochs)-1 {
		p.within = min(1, float64(n)*float64(p.Batch)/float64(p.Samples))
	}
}

// epoch returns the epoch of that number, and begins it if it is the next one. It returns nil where
// the log leaps ahead.
func (p *Parser) epoch(digits string) *Epoch {
	n, err := strconv.Atoi(digits)
	if err != nil || n > len(p.epochs) || n >= maxEpoch {
		return nil
	}
	if p.again {
		p.epochs, p.again = p.epochs[:n], false
	}
	if n == len(p.epochs) {
		nan := math.NaN()
		p.epochs = append(p.epochs, Epoch{n, nan, nan, nan, nan})
	}
	return &p.epochs[n]
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// Progress reads one line and returns what a local training would report: the line for the step's
// log, an epoch's figures, and how many of the given number of epochs are done.
func (p *Parser) Progress(line string, epochs int) step.Progress {
	out := step.Progress{Log: Clean(line)}
	before := p.Done()
	if e := p.Line(line); e != nil {
		out.Metrics = &step.Metrics{Epoch: e.Epoch,
			Values: map[string]float64{"train_accuracy": e.Train,
				"validation_accuracy": e.Validation}}
		if e.Speed > 0 {
			out.Metrics.Values["images_per_second"] = e.Speed
		}
	}
	if done := p.Done(); done != before {
		out.Done, out.Total, out.Unit = done, float64(epochs), "epochs"
	}
	return out
}

// Clean returns a line with control characters, which could move a terminal, as spaces. CloudWatch
// shows a tab as #011.
func Clean(line string) string {
	line = strings.ReplaceAll(line, "#011", " ")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
}

// Done returns how many epochs are done, including the part of the current one.
func (p *Parser) Done() float64 { return float64(len(p.Epochs())) + p.within }

// Epochs returns the whole epochs, from the first up to a gap.
func (p *Parser) Epochs() []Epoch {
	for i, e := range p.epochs {
		if !e.Whole() {
			return p.epochs[:i]
		}
	}
	return p.epochs
}

// Best returns the index of the epoch with the highest validation accuracy, the first of equals, or
// -1. The service keeps that epoch's model.
func Best(epochs []Epoch) int {
	best := -1
	for i, e := range epochs {
		if best < 0 || e.Validation > epochs[best].Validation {
			best = i
		}
	}
	return best
}

// lazy compiles a pattern on its first use. That saves the start of every command a millisecond.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
