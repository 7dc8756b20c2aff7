package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
)

// csvHeader names the columns of results.csv. Rates are shares and times are in seconds. low and
// high are the interval of one training's detection rate.
var csvHeader = []string{
	"study", "resolution", "width", "height", "replicate", "seed", "split", "accuracy",
	"best_epoch", "epochs", "early_stopped", "train_seconds", "dataset_bytes",
	"evaluation", "camera", "frames", "areas", "detection_rate", "low", "high", "grade",
}

// WriteCSV writes the figures for a spreadsheet: a row for each resolution, training, evaluation
// and size of the camera's picture. A study without evaluations has a row for each training. A
// figure without a result is empty.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{csvHeader}
	for i := range r.results.resolutions {
		for k := range r.results.resolutions[i].runs {
			rows = append(rows, r.csvRows(i, k)...)
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = escapeFormula(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvRows returns the rows of run k of resolution i.
func (r *Report) csvRows(i, k int) [][]string {
	row, run := r.doc.Resolutions[i], r.doc.Resolutions[i].Runs[k]
	stopped := ""
	if run.EarlyStopped != nil {
		stopped = strconv.FormatBool(*run.EarlyStopped)
	}
	training := []string{
		r.doc.Study, row.Resolution, strconv.Itoa(row.Width), strconv.Itoa(row.Height),
		strconv.Itoa(run.Replicate), strconv.FormatInt(run.Seed, 10), r.doc.Split,
		decimal(run.Accuracy), decimal(number(run.BestEpoch)), decimal(number(run.Epochs)), stopped,
		decimal(run.TrainSeconds), decimal(number(row.DatasetBytes)),
	}
	var list [][]string
	for e, declared := range r.study.Evaluations {
		for s, size := range r.doc.Cameras[e].Sizes {
			cells := []string{declared.Name, size, "", "", "", "", "", ""}
			if j := r.results.resolutions[i].runs[k].judged[e][s]; j != nil {
				copy(cells[2:], r.csvFigures(declared, j))
			}
			list = append(list, slices.Concat(training, cells))
		}
	}
	if len(list) == 0 {
		list = append(list, append(training, "", "", "", "", "", "", "", ""))
	}
	return list
}

// csvFigures returns the cells of a judgment, from frames to grade.
func (r *Report) csvFigures(declared specs.Evaluation, j *judgment) []string {
	rate, samples := j.rate(), j.samples()
	interval := r.wilson(rate, samples)
	name := ""
	if g := grade(declared.Grades, r.graded(declared, j.summary.Areas)); g != nil {
		name = *g
	}
	return []string{
		strconv.Itoa(j.summary.Frames), strconv.Itoa(samples), decimal(&rate),
		decimal(&interval.Low), decimal(&interval.High), name,
	}
}

// decimal returns a number as programs read it, or "" for nil.
func decimal(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// escapeFormula keeps a spreadsheet from taking a text for a formula. It adds an apostrophe, which
// spreadsheets do not show. It does not change numbers.
func escapeFormula(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	// "-1.5" is a number, not a formula.
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
