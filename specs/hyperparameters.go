package specs

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"snellen/specs/hyper"
)

// hyperparameterAttributes are the language's rows for the hyperparameters: first the table that all
// trainers share, then what the loader computes, SageMaker's own, the user's own, and what is not
// supported.
var hyperparameterAttributes = slices.Concat(
	tableAttributes(false),
	[]attribute{
		integer("num_classes", 0, "the number of labels").between(1, math.Inf(1)).computed(),
		integer("num_training_samples", 0, "the number of training frames").
			between(1, math.Inf(1)).computed(),
	},
	tableAttributes(true),
	[]attribute{
		anyValue("extra", "your own names and values, for trainer `\"command\"` and for your own "+
			"training image: `{ trees = 200 }`; a resolution's are added to the study's").
			defaultText("none"),
		unsupported("multi_label", "a study's frames have one label each"),
	},
)

// tableAttributes returns the attributes of the table's hyperparameters that only SageMaker has, or
// of all others. The reference has one table for all trainers, so SageMaker's own say so.
func tableAttributes(sagemakerOnly bool) []attribute {
	var list []attribute
	for _, r := range hyper.Table {
		if r.SageMakerOnly == sagemakerOnly {
			list = append(list, tableAttribute(r))
		}
	}
	return list
}

func tableAttribute(r hyper.Row) attribute {
	var a attribute
	switch def := r.Default.(type) {
	case int:
		a = integer(r.Name, def, r.Meaning)
	case float64:
		a = number(r.Name, def, r.Meaning)
	case string:
		a = str(r.Name, def, r.Meaning)
	case bool:
		a = boolean(r.Name, def, r.Meaning)
	default:
		panic(fmt.Sprintf("BUG: the default of %s is %T", r.Name, r.Default))
	}
	a.otherwise = otherwise(r)
	if r.SageMakerOnly {
		a.meaning += "; not for trainer `\"local\"`"
	}
	if r.Low != 0 || r.High != 0 {
		a = a.between(r.Low, r.High)
	}
	if r.Choices != nil {
		a = a.oneOf(r.Choices...)
	}
	return a
}

// otherwise describes a row's default with a pretrained network, or returns "" where it is the same
// as without one.
func otherwise(r hyper.Row) string {
	if r.Otherwise != "" || r.Frozen == nil && r.Tuned == nil {
		return r.Otherwise
	}
	text := func(def any) string { return "`" + display(cmp.Or(def, r.Default)) + "`" }
	tuned := "with `fine_tune` " + text(r.Tuned)
	switch cmp.Or(r.Frozen, r.Default) {
	case r.Tuned:
		return text(r.Frozen)
	case r.Default:
		return tuned
	}
	return text(r.Frozen) + ", " + tuned
}
