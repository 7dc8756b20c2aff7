package builtin

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// This file bounds numbers. The time to make a number of a text grows with the square of its
// digits, and a number with a large exponent fills the memory where it is written out.

// MaxDigits bounds the characters of a number, written as one or as a text that becomes one.
const MaxDigits = 100

// maxBits bounds the exponent of a number, in bits. That of any float64 is smaller.
const maxBits = 1100

var (
	errDigits = &mistake{fmt.Sprintf("a text of more than %d characters is no number",
		MaxDigits), ""}
	errHuge = &mistake{"this number is too large or too small", ""}
)

// IsHuge reports whether a value is a number beyond those of a float64.
func IsHuge(v cty.Value) bool {
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.Number {
		return false
	}
	bits := v.AsBigFloat().MantExp(nil)
	return bits > maxBits || bits < -maxBits
}

// Convert converts a value to a type. A text that is too long for a number, or that stands for a
// huge one, becomes none.
func Convert(v cty.Value, to cty.Type) (cty.Value, error) {
	if !holds(to, cty.Number) {
		return convert.Convert(v, to)
	}
	if err := checkDigits(v); err != nil {
		return cty.NilVal, err
	}
	converted, err := convert.Convert(v, to)
	if err != nil {
		return cty.NilVal, err
	}
	cty.Walk(converted, func(_ cty.Path, v cty.Value) (bool, error) {
		if IsHuge(v) {
			err = errHuge
		}
		return err == nil, nil
	})
	return converted, err
}

// holds reports whether a type is a primitive one, or has values of that type.
func holds(t, primitive cty.Type) bool {
	switch {
	case t.IsCollectionType():
		return holds(t.ElementType(), primitive)
	case t.IsTupleType():
		for _, one := range t.TupleElementTypes() {
			if holds(one, primitive) {
				return true
			}
		}
	case t.IsObjectType():
		for _, one := range t.AttributeTypes() {
			if holds(one, primitive) {
				return true
			}
		}
	}
	return t == primitive
}

// checkDigits returns an error if a text in a value would take long to be read as a number.
func checkDigits(v cty.Value) (err error) {
	cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if err == nil && isLongNumber(text(v)) {
			err = errDigits
		}
		return err == nil, nil
	})
	return err
}

// isLongNumber reports whether a text begins as a number does for more than MaxDigits characters.
// Others are refused at the first character that is no number's.
func isLongNumber(text string) bool {
	return len(text) > MaxDigits && strings.Trim(text[:MaxDigits], numerals) == ""
}

// numerals are the characters of numbers.
const numerals = "0123456789+-.eEpP"

// digits is what reading the numbers in a text costs.
func digits(text string) int {
	cost := 0
	for _, run := range strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(numerals, r)
	}) {
		cost += times(len(run), len(run)) >> 15
	}
	return min(cost, budget+1)
}
