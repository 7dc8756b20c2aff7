package specs

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"snellen/specs/builtin"
)

// A Condition is an expression over results. It is evaluated when the spec is loaded, with unknown
// results, so that a misspelled name or a wrong type is found before anything runs.
type Condition struct {
	Text string // as written

	expr    hclsyntax.Expression
	context *hcl.EvalContext // functions, variables and locals
	meter   *builtin.Meter   // of the whole spec
	shape   *Study
}

// ErrNoResult is returned by Condition.Holds when a result that the condition needs is not
// available yet.
var ErrNoResult = errors.New("a result that it needs is not available yet")

// Results are the values that a condition may use. A nil pointer, or a missing map entry, means
// that the result is not known yet.
type Results struct {
	Resolutions map[string]ResolutionResult // by name
	Decision    DecisionResult
	Leakage     *float64 // seconds
	LeakedAreas *float64 // judged areas that show pictures of the training frames
}

// A ResolutionResult is the result of one resolution.
type ResolutionResult struct {
	Accuracy, BestEpoch, Epochs, TrainSeconds, DatasetBytes *float64
	DetectionResult
	Evaluations map[string]EvaluationResult
}

// An EvaluationResult is the result of one evaluation of a resolution's models.
type EvaluationResult struct {
	DetectionResult
	Areas map[string]float64 // detection rate by area, or by whole picture
}

// A DetectionResult is a detection rate with its confidence interval, and the grade.
type DetectionResult struct {
	Rate, Low, High *float64
	Grade           *string
}

// A DecisionResult is what the study's decision rule found. Where State is known and Resolution is
// nil, there is no answer.
type DecisionResult struct {
	State, Resolution, Best *string
	Difference              *float64
	Decided                 *bool
}

// resultNames are the names that a condition may use beside the spec's own.
var resultNames = []string{"resolution", "decision", "leakage_seconds", "leaked_areas"}

// readCondition reads and checks a gate's condition. It returns nil when the condition is wrong.
func (l *loader) readCondition(s *Study, expr hclsyntax.Expression) *Condition {
	ok := true
	for _, t := range expr.Variables() {
		if !slices.Contains(resultNames, t.RootName()) {
			ok = l.nameKnown(t, nil) && ok
		}
	}
	if !ok || l.refuseSecrets(expr) { // unknown results hide which values it depends on
		return nil
	}
	at := expr.Range()
	c := &Condition{Text: string(at.SliceBytes(l.sources[at.Filename])), expr: expr,
		context: l.evalContext(nil), meter: l.meter, shape: s}
	v, diags := c.value(Results{})
	for _, d := range diags {
		if d.Summary == "Invalid index" { // HCL's message does not name the key
			d.Detail = "there is no such resolution, evaluation or area in this study"
		}
	}
	l.addEvaluation(diags, expr)
	if diags.HasErrors() {
		return nil
	}
	if v, err := convert.Convert(v, cty.Bool); err != nil || v.IsNull() {
		l.add(at, `compare something: resolution["320x240"].detection_rate > 0.8`,
			fmt.Sprintf("condition must be true or false, not %s", typeName(v)))
		return nil
	}
	return c
}

// Holds reports whether the condition is true for the results. It returns ErrNoResult when they do
// not suffice to tell, and another error when the expression cannot be evaluated or is null. It may
// be called from several goroutines.
func (c *Condition) Holds(r Results) (bool, error) {
	v, diags := c.value(r)
	if diags.HasErrors() {
		return false, fmt.Errorf("evaluate %s: %s", c.Text, diags[0].Detail)
	}
	v, err := convert.Convert(v, cty.Bool)
	switch {
	case err != nil:
		return false, fmt.Errorf("evaluate %s: %w", c.Text, err)
	case !v.IsKnown():
		return false, ErrNoResult
	case v.IsNull():
		return false, fmt.Errorf("%s is null", c.Text)
	}
	return v.True(), nil
}

// Found returns what the condition was decided by: `resolution["80x60"].detection_rate is 0.7`.
func (c *Condition) Found(r Results) []string {
	child := c.context.NewChild()
	child.Variables = r.values(c.shape)
	return builtin.Found(c.expr, c.Text, child, resultNames)
}

// value evaluates the condition. A panic of the HCL library becomes a diagnostic.
func (c *Condition) value(r Results) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if p := recover(); p != nil { // the HCL library panics on some malformed input
			at := c.expr.Range()
			v, diags = cty.NilVal, hcl.Diagnostics{{Severity: hcl.DiagError,
				Summary: "this cannot be evaluated", Detail: fmt.Sprint(p), Subject: &at}}
		}
	}()
	child := c.context.NewChild()
	child.Variables = r.values(c.shape)
	v, diags = c.meter.Expression(c.expr).Value(child)
	if !diags.HasErrors() {
		v, _ = v.UnmarkDeep()
	}
	return v, diags
}

// values returns the results as variables of an expression. Every name that the study declares is
// present, so a missing result is unknown rather than an error.
func (r Results) values(s *Study) map[string]cty.Value {
	resolutions := map[string]cty.Value{}
	for _, one := range s.Resolutions {
		resolutions[one.Name] = r.Resolutions[one.Name].value(s)
	}
	d, resolution, difference := r.Decision, stringValue(r.Decision.Resolution),
		numberValue(r.Decision.Difference)
	if d.State != nil && d.Resolution == nil {
		resolution, difference = cty.NullVal(cty.String), cty.NullVal(cty.Number)
	}
	return map[string]cty.Value{
		"resolution":      cty.ObjectVal(resolutions),
		"leakage_seconds": numberValue(r.Leakage),
		"leaked_areas":    numberValue(r.LeakedAreas),
		"decision": cty.ObjectVal(map[string]cty.Value{
			"resolution": resolution, "best": stringValue(d.Best), "state": stringValue(d.State),
			"difference": difference, "decided": boolValue(d.Decided),
		}),
	}
}

// value returns the result as an object. It has an entry for every evaluation, area and whole
// picture of the study.
func (r ResolutionResult) value(s *Study) cty.Value {
	all := r.DetectionResult.values()
	all["accuracy"], all["best_epoch"] = numberValue(r.Accuracy), numberValue(r.BestEpoch)
	all["epochs"] = numberValue(r.Epochs)
	all["epoch"] = all["epochs"].Subtract(cty.NumberIntVal(1)) // the last: an older name
	all["train_seconds"], all["dataset_bytes"] = numberValue(r.TrainSeconds),
		numberValue(r.DatasetBytes)
	evaluations := map[string]cty.Value{}
	for _, e := range s.Evaluations {
		result := r.Evaluations[e.Name]
		one := result.DetectionResult.values()
		areas := map[string]cty.Value{}
		add := func(name string) {
			rate := cty.UnknownVal(cty.Number)
			if known, ok := result.Areas[name]; ok {
				rate = cty.NumberFloatVal(known)
			}
			areas[name] = cty.ObjectVal(map[string]cty.Value{"detection_rate": rate})
		}
		for _, a := range e.Areas {
			add(a.Name)
		}
		for _, s := range e.Samples {
			add(s.Name)
		}
		one["area"] = cty.ObjectVal(areas)
		evaluations[e.Name] = cty.ObjectVal(one)
	}
	all["evaluation"] = cty.ObjectVal(evaluations)
	return cty.ObjectVal(all)
}

// values returns the attributes that a resolution and an evaluation have in common.
func (j DetectionResult) values() map[string]cty.Value {
	return map[string]cty.Value{"detection_rate": numberValue(j.Rate), "low": numberValue(j.Low),
		"high": numberValue(j.High), "grade": stringValue(j.Grade)}
}

// numberValue, stringValue and boolValue return a result's value. A missing result is unknown, not
// null: null would make comparisons fail instead of waiting.
func numberValue(v *float64) cty.Value {
	if v == nil {
		return cty.UnknownVal(cty.Number)
	}
	return cty.NumberFloatVal(*v)
}

func stringValue(v *string) cty.Value {
	if v == nil {
		return cty.UnknownVal(cty.String)
	}
	return cty.StringVal(*v)
}

func boolValue(v *bool) cty.Value {
	if v == nil {
		return cty.UnknownVal(cty.Bool)
	}
	return cty.BoolVal(*v)
}
