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

// unknown is shown where there is no result.
const unknown = "–"

// A Table is a table that a reader can sort and copy.
type Table struct {
	ID      string
	Caption string
	Head    []Column
	Rows    [][]Cell // the first cell names its row
}

// A Column is the head of a column.
type Column struct {
	Name   string
	Number bool // sort by Cell.Sort
}

// A Cell is a cell of a table.
type Cell struct {
	Text string
	Sort string // the number to sort by, or ""
	Mark string // a class of page.css, or ""
}

// longText is the longest text, in bytes, that fits a narrow column.
const longText = 24

// text returns a cell without a number.
func text(s string) Cell {
	if len(s) > longText && strings.Contains(s, " ") {
		return Cell{Text: s, Mark: "long"}
	}
	return Cell{Text: s}
}

// number returns the cell of a figure, which is nil if it is missing.
func number[T int | int64 | float64](v *T, format func(T) string) Cell {
	if v == nil {
		return Cell{Text: unknown}
	}
	return Cell{Text: format(*v), Sort: strconv.FormatFloat(float64(*v), 'g', -1, 64)}
}

// integer returns the cell of a count.
func integer(n int) Cell { return number(&n, strconv.Itoa) }

func threeDecimals(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

// duration returns seconds in words: "37.2s", "3h05m".
func duration(s float64) string { return term.Duration(time.Duration(s * float64(time.Second))) }

// rate returns a rate with its interval: "75.0 % (41–93)".
func rate(r *float64, i *document.Interval) string {
	switch {
	case r == nil:
		return unknown
	case i == nil:
		return document.Percent(*r)
	}
	return fmt.Sprintf("%s (%.0f–%.0f)", document.Percent(*r), 100*i.Low, 100*i.High)
}

// rateCell returns the cell of a rate with its interval. It sorts by the rate.
func rateCell(r *float64, i *document.Interval) Cell {
	return number(r, func(float64) string { return rate(r, i) })
}

// met returns whether a requirement is met, where nil means that a result is missing.
func met(v *bool) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return "met"
	}
	return "not met"
}

// metCell returns the cell of met, with its colour.
func metCell(v *bool) Cell {
	mark := "unsure"
	if v != nil && *v {
		mark = "right"
	} else if v != nil {
		mark = "wrong"
	}
	return Cell{Text: met(v), Mark: mark}
}

// columns returns columns of texts.
func columns(names ...string) []Column {
	var list []Column
	for _, n := range names {
		list = append(list, Column{Name: n})
	}
	return list
}

// numbers changes the columns from place from on into columns of numbers, and returns the list.
func numbers(list []Column, from int) []Column {
	for i := from; i < len(list); i++ {
		list[i].Number = true
	}
	return list
}

// deref returns what p points to, or the zero value for nil.
func deref[T any](p *T) T {
	var none T
	if p == nil {
		return none
	}
	return *p
}

// templateFuncs are the functions that page.html calls beside the view's methods. breaks cuts a
// name at the places where a line may break.
var templateFuncs = template.FuncMap{
	"percent": document.Percent, "bytes": term.Bytes, "duration": duration,
	"capitalize": capitalize, "count": func(n int, what string) string { return term.Count(n, what) },
	"breaks": func(name string) []string { return strings.SplitAfter(name, "_") },
}
