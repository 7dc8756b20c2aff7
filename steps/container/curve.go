package container

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"snellen/engine/step"
)

// An Epoch is what a log told of one, counted from 0. A figure that was not told is NaN.
type Epoch struct {
	Epoch      int
	Train      float64 // accuracy
	Validation float64 // accuracy
	Seconds    float64
	Speed      float64 // images a second, in the latest batch
}

// Whole tells whether the epoch has what a curve needs.
func (e Epoch) Whole() bool { return !math.IsNaN(e.Train) && !math.IsNaN(e.Validation) }

// The bounds keep a hostile log from filling memory.
const (
	maxEpoch = 1_000_000
	maxLine  = 16 << 10 // bytes; the longest real line is a configuration
)

var (
	metric  = lazy(`Epoch\[(\d+)\] (Train|Validation)-([A-Za-z0-9_]+)=([0-9.eE+-]+|nan|inf)\s*$`)
	quality = lazy(`#quality_metric: host=[^,\s]+, epoch=(\d+), (train|validation) (accuracy) <(?:score|loss)>=([0-9.eE+-]+|nan|inf)\s*$`)
	cost    = lazy(`Epoch\[(\d+)\] Time cost=([0-9.]+)`)
	batch   = lazy(`Epoch\[(\d+)\] Batch \[(\d+)\](?:#011|\t|\s)+Speed: ([0-9.]+) samples/sec`)
	stop    = lazy(`[Ee]arly stopping criteria met`)
)

// A Parser reads the log of a training by SageMaker's image classification, or by any program that prints its lines, line by
// line, and makes a curve of it: an entry for each epoch. A log is untrusted; lines that mean nothing are passed over.
// Where a job has several machines, give it one machine's log.
type Parser struct {
	Samples int // of an epoch; progress within an epoch is told where it is known
	Batch   int // images of a batch

	EarlyStopped bool
	epochs       []Epoch
	within       float64
	again        bool
}

// Restart says that the job was begun again, from a checkpoint or from nothing: what the following lines tell of an epoch
// takes the place of it and of all behind it.
func (p *Parser) Restart() { p.again, p.within = true, 0 }

// Line reads one line. It gives the epoch that the line made whole, or nil.
func (p *Parser) Line(line string) *Epoch {
	if len(line) > maxLine || !strings.Contains(line, "poch") && !strings.Contains(line, "arly stopping") {
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

// metric keeps an accuracy. The first word counts: a log that is read again says the same.
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

// epoch is the epoch of that number: the last one, one before it, or the next; a log that leaps is not followed.
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

// Progress reads one line, and tells what it says as a local training would; epochs are asked for. A log's line is always
// given, without what would move a terminal.
func (p *Parser) Progress(line string, epochs int) step.Progress {
	out := step.Progress{Log: Clean(line)}
	before := p.Done()
	if e := p.Line(line); e != nil {
		out.Metrics = &step.Metrics{Epoch: e.Epoch, Values: map[string]float64{"train_accuracy": e.Train, "validation_accuracy": e.Validation}}
		if e.Speed > 0 {
			out.Metrics.Values["images_per_second"] = e.Speed
		}
	}
	if done := p.Done(); done != before {
		out.Done, out.Total, out.Unit = done, float64(epochs), "epochs"
	}
	return out
}

// Clean is a line without what would move a terminal. CloudWatch shows a tab as #011.
func Clean(line string) string {
	line = strings.ReplaceAll(line, "#011", " ")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
}

// Done is how many epochs were trained, the part of the present one included.
func (p *Parser) Done() float64 { return float64(len(p.Epochs())) + p.within }

// Epochs are those that are whole, from the first without a gap.
func (p *Parser) Epochs() []Epoch {
	for i, e := range p.epochs {
		if !e.Whole() {
			return p.epochs[:i]
		}
	}
	return p.epochs
}

// Best is the epoch whose validation accuracy is the highest, the first of equals; the service keeps that one's model. Of
// no epochs it is -1.
func Best(epochs []Epoch) int {
	best := -1
	for i, e := range epochs {
		if best < 0 || e.Validation > epochs[best].Validation {
			best = i
		}
	}
	return best
}

// lazy compiles a pattern when it is first matched: a command that needs none of them starts a millisecond sooner.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
