package page

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// unknown stands where there is no result.
const unknown = "–"

// A Table is one that a reader can sort and copy.
type Table struct {
	ID      string
	Caption string
	Head    []Column
	Rows    [][]Cell // the first cell names its row
}

// A Column is a table's.
type Column struct {
	Name   string
	Number bool // it is sorted by Cell.Sort
}

// A Cell is what a table shows, and by what it is sorted.
type Cell struct {
	Text string
	Sort string // a number; "" for none
	Mark string // a class of page.css, or ""
}

// long is from how many bytes on a text gets a wide column.
const long = 24

func text(s string) Cell {
	if len(s) > long && strings.Contains(s, " ") {
		return Cell{Text: s, Mark: "long"}
	}
	return Cell{Text: s}
}

// number is a cell of a figure that may be missing.
func number[T int | int64 | float64](v *T, format func(T) string) Cell {
	if v == nil {
		return Cell{Text: unknown}
	}
	return Cell{Text: format(*v), Sort: strconv.FormatFloat(float64(*v), 'g', -1, 64)}
}

func whole(n int) Cell { return number(&n, strconv.Itoa) }

func three(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func took(s float64) string { return term.Duration(time.Duration(s * float64(time.Second))) }

// rate is a rate with its interval: "75.0 % (41–93)".
func rate(r *float64, i *document.Interval) string {
	switch {
	case r == nil:
		return unknown
	case i == nil:
		return document.Percent(*r)
	}
	return fmt.Sprintf("%s (%.0f–%.0f)", document.Percent(*r), 100*i.Low, 100*i.High)
}

func rateCell(r *float64, i *document.Interval) Cell {
	return number(r, func(float64) string { return rate(r, i) })
}

func met(v *bool) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return "met"
	}
	return "not met"
}

func metCell(v *bool) Cell {
	mark := "unsure"
	if v != nil && *v {
		mark = "right"
	} else if v != nil {
		mark = "wrong"
	}
	return Cell{Text: met(v), Mark: mark}
}

func heads(names ...string) []Column {
	var list []Column
	for _, n := range names {
		list = append(list, Column{Name: n})
	}
	return list
}

// numbers makes the columns from the nth on numbers.
func numbers(list []Column, from int) []Column {
	for i := from; i < len(list); i++ {
		list[i].Number = true
	}
	return list
}

func pointer[T any](p *T) T {
	var none T
	if p == nil {
		return none
	}
	return *p
}

// functions are what page.html calls beside the view's methods.
var functions = template.FuncMap{
	"percent": document.Percent, "bytes": term.Bytes, "took": took, "capital": capital,
	"parts": func(name string) []string { return strings.SplitAfter(name, "_") }, // where a line may break
}
