package hyper

import (
	"maps"
	"testing"
)

// FuzzParse checks that hyperparameters that can be read are written as texts that read the same.
func FuzzParse(f *testing.F) {
	f.Add("epochs", "30", "learning_rate", "0.1")
	f.Add("learning_rate", "NaN", "lr_scheduler_step", "10,20,x")
	f.Add("use_pretrained_model", "1", "none", "")
	f.Fuzz(func(t *testing.T, a, x, b, y string) {
		p, err := Parse(map[string]string{a: x, b: y})
		if err != nil {
			return
		}
		texts := p.Strings()
		same, err := Parse(texts)
		if err != nil || !maps.Equal(same.Strings(), texts) {
			t.Errorf("%v became %v, %v", texts, same.Strings(), err)
		}
	})
}
