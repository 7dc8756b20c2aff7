package standin

import (
	"fmt"
	"strings"
	"time"
)

// A printer writes a job's log, in the words of the algorithm, to the stream of each of its hosts.
type printer struct {
	server  *Server
	streams []*stream
	began   time.Time // of the epoch
	best    float64   // validation accuracy
	late    time.Duration
	stalled bool
}

const jobGroup = "/aws/sagemaker/TrainingJobs"

func (s *Server) printer(j *job) *printer {
	p := &printer{server: s, began: s.now(), best: -1, late: j.fault.Late}
	for host := range j.asked.ResourceConfig.InstanceCount {
		t := s.newStream(jobGroup, fmt.Sprintf("%s/algo-%d-%d", j.name, host+1, p.began.Unix()))
		t.gaps = j.fault.Gaps
		p.streams = append(p.streams, t)
	}
	return p
}

// thread is the thread number in the algorithm's lines.
const thread = 140558353856320

// line writes one line. A tab is shown as CloudWatch shows it.
func (p *printer) line(text string) {
	now := p.server.now()
	shown := now.Add(p.late)
	if p.stalled {
		shown = never
	}
	for _, s := range p.streams {
		s.append(now, shown, strings.ReplaceAll(text, "\t", "#011"))
	}
}

// say writes a line in the algorithm's format.
func (p *printer) say(format string, args ...any) {
	p.line(fmt.Sprintf("[%s INFO %d] ", p.server.now().UTC().Format("01/02/2006 15:04:05"),
		thread) + fmt.Sprintf(format, args...))
}

// never is when a withheld line is shown.
var never = time.Unix(1<<40, 0)

// stall withholds the following lines until close.
func (p *printer) stall() { p.stalled = true }

// close ends the log. Withheld lines are shown from then on, with their delay.
func (p *printer) close() {
	if !p.stalled {
		return
	}
	p.stalled = false
	shown := p.server.now().Add(p.late)
	for _, s := range p.streams {
		s.release(shown)
	}
}

// defaults are the algorithm's default input, in the order in which it prints its parameters.
var defaults = []struct{ name, label, usual string }{
	{"num_layers", "num_layers", "152"}, {"precision_dtype", "data type", "float32"},
	{"epochs", "epochs", "30"},
	{"resize", "image resize size", ""}, {"optimizer", "optimizer", "sgd"},
	{"momentum", "momentum", "0.9"},
	{"weight_decay", "weight_decay", "0.0001"}, {"learning_rate", "learning_rate", "0.1"},
	{"num_training_samples", "num_training_samples", ""},
	{"mini_batch_size", "mini_batch_size", "32"},
	{"image_shape", "image_shape", "3,224,224"}, {"num_classes", "num_classes", ""},
	{"augmentation_type", "augmentation_type", "None"},
	{"kv_store", "kv_store", "device"}, {"top_k", "top_k", ""},
}

// opening writes the lines before the first epoch.
func (p *printer) opening(given map[string]string, d *dataset) {
	p.line("Docker entrypoint called with argument(s): train")
	p.say(
		"Reading default configuration from "+
			"/opt/amazon/lib/python2.7/site-packages/image_classification/default-input.json: %s",
		usualInput)
	p.say("Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: %s",
		python(given))
	p.say("Final configuration: %s", python(given))
	for _, l := range d.lists {
		channel, _, _ := strings.Cut(l, ".")
		p.say("Searching for .lst files in /opt/ml/input/data/%s_lst.", channel)
		p.say("Creating record files for %s", l)
		p.say("Done creating record files...")
	}
	if len(d.lists) == 0 {
		p.say("Searching for .rec files in /opt/ml/input/data/train.")
		p.say("Searching for .rec files in /opt/ml/input/data/validation.")
	}
	pretrained := given["use_pretrained_model"] == "1"
	p.say("use_pretrained_model: %s", orElse(given["use_pretrained_model"], "0"))
	p.say("multi_label: %s", orElse(given["multi_label"], "0"))
	if pretrained {
		p.say("Using pretrained model for initializing weights and transfer learning.")
	}
	p.parameters(given)
	p.say("Setting number of threads: 3")
	p.began = p.server.now()
}

func (p *printer) parameters(given map[string]string) {
	p.say("---- Parameters ----")
	for _, d := range defaults {
		value := orElse(given[d.name], d.usual)
		if d.name == "precision_dtype" {
			value = "<type 'numpy." + value + "'>"
		}
		if value != "" {
			p.say("%s: %s", d.label, value)
		}
	}
	if given["checkpoint_frequency"] == "" {
		p.say("checkpoint_frequency not set, will store the best model")
	}
	p.say("--------------------")
}

// usualInput is the algorithm's default-input.json, as Python 2 prints it.
const usualInput = "{u'beta_1': 0.9, u'gamma': 0.9, u'beta_2': 0.999, u'optimizer': u'sgd', " +
	"u'use_pretrained_model': 0, u'eps': 1e-08, u'epochs': 30, " +
	"u'lr_scheduler_factor': 0.1, u'num_layers': 152, u'image_shape': u'3,224,224', " +
	"u'precision_dtype': u'float32', u'mini_batch_size': 32, " +
	"u'weight_decay': 0.0001, u'learning_rate': 0.1, u'momentum': 0}"

// python prints hyperparameters as Python 2 does.
func python(given map[string]string) string {
	var items []string
	for _, name := range names(given) {
		items = append(items, fmt.Sprintf("u'%s': u'%s'", name, given[name]))
	}
	return "{" + strings.Join(items, ", ") + "}"
}

func orElse(value, usual string) string {
	if value == "" {
		return usual
	}
	return value
}

// batch writes the progress within an epoch.
func (p *printer) batch(epoch, batch int, accuracy float64, d *dataset, took time.Duration) {
	speed := float64(20*d.batch) / max(took.Seconds(), 0.001)
	p.say("Epoch[%d] Batch [%d]\tSpeed: %.3f samples/sec\taccuracy=%.6f", epoch, batch, speed,
		accuracy)
}

// epoch writes the lines at the end of an epoch.
func (p *printer) epoch(epoch int, train, validation float64, d *dataset) {
	now := p.server.now()
	p.say("Epoch[%d] Train-accuracy=%.6f", epoch, train)
	p.say("Epoch[%d] Time cost=%.3f", epoch, now.Sub(p.began).Seconds())
	p.began = now
	p.say("Epoch[%d] Validation-accuracy=%.6f", epoch, validation)
	if validation > p.best {
		p.best = validation
		p.say("Storing the best model with validation accuracy: %.6f", validation)
		p.say("Saved checkpoint to \"/opt/ml/model/image-classification-%04d.params\"", epoch+1)
	}
}
