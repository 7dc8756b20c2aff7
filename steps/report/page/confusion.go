package page

import "strconv"

// A Confusion is the confusion matrix of one resolution in one evaluation.
type Confusion struct {
	Evaluation, Resolution string
	Open                   bool
	Found                  []string
	Rows                   []ConfusionRow
}

// A ConfusionRow is the row of one expected label.
type ConfusionRow struct {
	Expected string
	Counts   []Cell // Mark says whether it is right, and shades it by its share of the row
}

// Confusions returns the matrices of all resolutions and evaluations that have one. Those of the
// chosen resolution are open.
func (v *view) Confusions() []Confusion {
	var list []Confusion
	for _, r := range v.Resolutions {
		for _, e := range r.Evaluations {
			if e.Confusion == nil {
				continue
			}
			c := Confusion{
				Evaluation: e.Name, Resolution: r.Resolution, Found: e.Confusion.Found,
				Open: r.Resolution == deref(v.Decision.Resolution),
			}
			for i, expected := range e.Confusion.Expected {
				row := confusionRow(expected, e.Confusion.Found, e.Confusion.Counts[i])
				c.Rows = append(c.Rows, row)
			}
			list = append(list, c)
		}
	}
	return list
}

// confusionRow returns the row of an expected label. counts has an entry for each label in found.
func confusionRow(expected string, found []string, counts []int) ConfusionRow {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	row := ConfusionRow{Expected: expected}
	for j, n := range counts {
		cell := integer(n)
		switch {
		case n == 0:
			cell.Text = "·"
		case found[j] == expected:
			cell.Mark = "share hit" + strconv.Itoa(shade(n, sum))
		default:
			cell.Mark = "share miss" + strconv.Itoa(shade(n, sum))
		}
		row.Counts = append(row.Counts, cell)
	}
	return row
}

// shade returns the shade of a share n/of, from 1 to 5.
func shade(n, of int) int { return 1 + min(5*n/of, 4) }
