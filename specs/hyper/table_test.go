package hyper

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTableIsStruct: every field has a row, and every row a field of its default's type.
func TestTableIsStruct(t *testing.T) {
	fields := maps.Clone(fieldIndexes())
	delete(fields, "extra") // the user's own have no rows
	var p Parameters
	for _, r := range Table {
		if _, ok := fields[r.Name]; !ok {
			t.Errorf("%s has no field, or two rows", r.Name)
			continue
		}
		delete(fields, r.Name)
		for _, def := range []any{r.Default, r.Frozen, r.Tuned} {
			if want := reflect.TypeOf(def); def != nil && r.field(&p).Type() != want {
				t.Errorf("%s is of type %v, and a default of %v", r.Name, r.field(&p).Type(), want)
			}
		}
		if r.Meaning == "" {
			t.Errorf("%s is not documented", r.Name)
		}
	}
	for name := range fields {
		t.Errorf("%s has no row", name)
	}
}

// TestDefaultsAreValid: a default is within its bounds and among its choices.
func TestDefaultsAreValid(t *testing.T) {
	for _, r := range Table {
		for _, def := range []any{r.Default, r.Frozen, r.Tuned} {
			if def == nil || r.Name == "num_layers" && def == 0 { // 0: the network's own depth
				continue
			}
			if problem := outside(r, def); problem != "" {
				t.Errorf("%s is %s", r.Name, problem)
			}
		}
	}
}

// outside returns why a value is none that may be written, or "".
func outside(r Row, value any) string {
	if r.Choices != nil && !slices.Contains(r.Choices, fmt.Sprint(value)) {
		return fmt.Sprintf("%v, which is none of %q", value, r.Choices)
	}
	v := reflect.ValueOf(value)
	if r.Low == 0 && r.High == 0 || !v.CanConvert(reflect.TypeFor[float64]()) {
		return ""
	}
	if f := v.Convert(reflect.TypeFor[float64]()).Float(); f < r.Low || f > r.High {
		return fmt.Sprintf("%v, outside %v to %v", f, r.Low, r.High)
	}
	return ""
}

// TestLocalReads: the local trainer's part of the struct is what the table says that its trainings
// read. What chooses among its steps is in the key of none.
func TestLocalReads(t *testing.T) {
	weighted := Local{Regularization: Regularization{UseWeightedLoss: 1}} // 0 is left out
	local := strings.Fields(jsonNames(t, weighted))
	for _, r := range Table {
		if reads := slices.Contains(local, r.Name); reads == (r.SageMakerOnly || r.ChoosesSteps) {
			t.Errorf("%s: SageMakerOnly is %v, ChoosesSteps is %v, and Local has it: %v", r.Name,
				r.SageMakerOnly, r.ChoosesSteps, reads)
		}
	}
}

// TestJSON: the order of names is part of the keys of training steps.
func TestJSON(t *testing.T) {
	p := Default()
	p.Extra = map[string]string{"trees": "200"}
	weighted := p
	weighted.UseWeightedLoss = 1
	for want, v := range map[string]any{
		"num_layers image_shape resize epochs mini_batch_size optimizer learning_rate " +
			"lr_scheduler_factor lr_scheduler_step momentum weight_decay beta_1 beta_2 eps gamma " +
			"augmentation_type early_stopping early_stopping_min_epochs early_stopping_patience " +
			"early_stopping_tolerance checkpoint_frequency kv_store precision_dtype top_k " +
			"use_pretrained_model extra": p,
		"num_layers image_shape resize epochs mini_batch_size optimizer learning_rate " +
			"lr_scheduler_factor lr_scheduler_step momentum weight_decay beta_1 beta_2 eps " +
			"augmentation_type early_stopping early_stopping_min_epochs early_stopping_patience " +
			"early_stopping_tolerance": p.Local(),
		"num_layers image_shape resize epochs mini_batch_size optimizer learning_rate " +
			"lr_scheduler_factor lr_scheduler_step momentum weight_decay beta_1 beta_2 eps " +
			"augmentation_type early_stopping early_stopping_min_epochs early_stopping_patience " +
			"early_stopping_tolerance use_weighted_loss": weighted.Local(),
	} {
		if got := jsonNames(t, v); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// jsonNames returns the names of an object, in order.
func jsonNames(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.Token() // {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return strings.Join(names, " ")
}

// TestStrings: what a training does not read is left out, and so is what is none. What is there can
// be parsed back.
func TestStrings(t *testing.T) {
	const always = "epochs image_shape learning_rate lr_scheduler_factor mini_batch_size " +
		"num_layers " +
		"optimizer precision_dtype use_pretrained_model weight_decay"
	for name, c := range map[string]struct {
		change func(*Parameters)
		more   string
	}{
		"defaults": {func(*Parameters) {}, "momentum"},
		"adam":     {func(p *Parameters) { p.Optimizer = "adam" }, "beta_1 beta_2 eps"},
		"rmsprop":  {func(p *Parameters) { p.Optimizer = "rmsprop" }, "eps gamma"},
		"early": {func(p *Parameters) { p.EarlyStopping = true }, "momentum early_stopping " +
			"early_stopping_min_epochs early_stopping_patience early_stopping_tolerance"},
		"some": {func(p *Parameters) { p.Resize, p.TopK, p.KVStore = 8, 2, "dist_sync" },
			"momentum resize top_k kv_store"},
		"weights": {func(p *Parameters) { p.UseWeightedLoss = 1 }, "momentum use_weighted_loss"},
		"own": {func(p *Parameters) { p.Extra = map[string]string{"trees": "200"} },
			"momentum trees"},
	} {
		p := Default()
		c.change(&p)
		texts := p.Strings()
		want := strings.Fields(always + " " + c.more)
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(texts)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		back, err := Parse(texts)
		back.Extra = p.Extra
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%s: %+v was parsed as %+v, %v", name, p, back, err)
		}
	}
}

func TestParse(t *testing.T) {
	for name, bad := range map[string]string{"epochs": "many", "eps": "small", "top_k": "1.5"} {
		if _, err := Parse(map[string]string{name: bad}); err == nil {
			t.Errorf("%s is %s", name, bad)
		}
	}
	p, err := Parse(map[string]string{"early_stopping": "True", "trees": "200"})
	if err != nil || !p.EarlyStopping {
		t.Errorf("%+v, %v", p, err)
	}
}
