package specs

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A Condition is an expression over results. It is checked when the spec is loaded, with results that are not known yet, so
// that a name or a type that does not fit is found before anything runs.
type Condition struct {
	Text string // as written

	expr    hclsyntax.Expression
	context *hcl.EvalContext // functions, variables and locals
	shape   *Study
}

// ErrNoResult is the error of a condition that asks for a result which is not there yet.
var ErrNoResult = errors.New("a result that it needs is not available yet")

// Results are what a condition is about. What is nil, "" or absent is not known.
type Results struct {
	Resolutions map[string]ResolutionResult // by name
	Decision    DecisionResult
	Leakage     *float64 // seconds
}

// A ResolutionResult is one resolution's.
type ResolutionResult struct {
	Accuracy, Epoch, TrainSeconds, DatasetBytes *float64
	DetectionResult
	Evaluations map[string]EvaluationResult
}

// An EvaluationResult is what one camera saw of one resolution's models.
type EvaluationResult struct {
	DetectionResult
	Areas map[string]float64 // detection rate by area
}

// Judged is a detection rate with its interval, and the grade.
type DetectionResult struct {
	Rate, Low, High *float64
	Grade           *string
}

// A DecisionResult is what the study decided.
type DecisionResult struct {
	Resolution, Best *string
	Difference       *float64
	Decided          *bool
}

// ofResults are the names that a condition may use beside those of the spec.
var resultNames = []string{"resolution", "decision", "leakage_seconds"}

// condition checks a gate's condition; nil where it is wrong.
func (l *loader) readCondition(s *Study, expr hclsyntax.Expression) *Condition {
	ok := true
	for _, t := range expr.Variables() {
		if !slices.Contains(resultNames, t.RootName()) {
			ok = l.nameKnown(t, nil) && ok
		}
	}
	if !ok {
		return nil
	}
	at := expr.Range()
	c := &Condition{Text: string(at.SliceBytes(l.sources[at.Filename])), expr: expr, context: l.evalContext(nil), shape: s}
	v, diags := c.value(Results{})
	for _, d := range diags {
		if d.Summary == "Invalid index" { // HCL's words do not name the key
			d.Detail = "there is no such resolution, evaluation or area in this study"
		}
	}
	l.addEvaluation(diags, expr)
	if diags.HasErrors() {
		return nil
	}
	if v, err := convert.Convert(v, cty.Bool); err != nil || v.IsNull() {
		l.add(at, `compare something: resolution["320x240"].detection_rate > 0.8`, fmt.Sprintf("condition must be true or false, not %s", typeName(v)))
		return nil
	}
	return c
}

// Holds tells whether the condition is true of results. The error wraps ErrNoResult where they are not enough to tell.
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

func (c *Condition) value(r Results) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if p := recover(); p != nil { // a fault of the HCL library on some odd input
			at := c.expr.Range()
			v, diags = cty.NilVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "this cannot be evaluated", Detail: fmt.Sprint(p), Subject: &at}}
		}
	}()
	child := c.context.NewChild()
	child.Variables = r.values(c.shape)
	v, diags = c.expr.Value(child)
	if !diags.HasErrors() {
		v, _ = v.UnmarkDeep()
	}
	return v, diags
}

// values are the results as an expression sees them. All names that the study declares are there.
func (r Results) values(s *Study) map[string]cty.Value {
	resolutions := map[string]cty.Value{}
	for _, one := range s.Resolutions {
		resolutions[one.Name] = r.Resolutions[one.Name].value(s)
	}
	d := r.Decision
	return map[string]cty.Value{
		"resolution":      cty.ObjectVal(resolutions),
		"leakage_seconds": numberValue(r.Leakage),
		"decision": cty.ObjectVal(map[string]cty.Value{
			"resolution": stringValue(d.Resolution), "best": stringValue(d.Best), "difference": numberValue(d.Difference), "decided": boolValue(d.Decided),
		}),
	}
}

func (r ResolutionResult) value(s *Study) cty.Value {
	all := r.DetectionResult.values()
	all["accuracy"], all["epoch"] = numberValue(r.Accuracy), numberValue(r.Epoch)
	all["train_seconds"], all["dataset_bytes"] = numberValue(r.TrainSeconds), numberValue(r.DatasetBytes)
	evaluations := map[string]cty.Value{}
	for _, e := range s.Evaluations {
		result := r.Evaluations[e.Name]
		one := result.DetectionResult.values()
		areas := map[string]cty.Value{}
		for _, a := range e.Areas {
			rate := cty.UnknownVal(cty.Number)
			if known, ok := result.Areas[a.Name]; ok {
				rate = cty.NumberFloatVal(known)
			}
			areas[a.Name] = cty.ObjectVal(map[string]cty.Value{"detection_rate": rate})
		}
		one["area"] = cty.ObjectVal(areas)
		evaluations[e.Name] = cty.ObjectVal(one)
	}
	all["evaluation"] = cty.ObjectVal(evaluations)
	return cty.ObjectVal(all)
}

func (j DetectionResult) values() map[string]cty.Value {
	return map[string]cty.Value{"detection_rate": numberValue(j.Rate), "low": numberValue(j.Low), "high": numberValue(j.High), "grade": stringValue(j.Grade)}
}

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
