package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvHead names the columns of results.csv. Rates are shares, times are seconds; low and high are the interval of one
// training's detection rate.
var csvHead = []string{
	"study", "resolution", "width", "height", "replicate", "seed", "split", "accuracy", "best_epoch", "last_epoch", "early_stopped",
	"train_seconds", "dataset_bytes", "evaluation", "camera", "frames", "areas", "detection_rate", "low", "high", "grade",
}

// WriteCSV writes the figures for a spreadsheet: a row for each resolution, training, evaluation and size of the camera's
// picture, and one for each training where the study has no evaluation. What has no result is empty.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{csvHead}
	for i := range r.found.resolutions {
		for k := range r.found.resolutions[i].runs {
			rows = append(rows, r.csvRows(i, k)...)
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = noFormula(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvRows are those of run k of resolution i.
func (r *Report) csvRows(i, k int) [][]string {
	row, run := r.doc.Resolutions[i], r.doc.Resolutions[i].Runs[k]
	training := []string{
		r.doc.Study, row.Resolution, strconv.Itoa(row.Width), strconv.Itoa(row.Height), strconv.Itoa(run.Replicate), strconv.FormatInt(run.Seed, 10), r.doc.Split,
		decimal(run.Accuracy), decimal(number(run.BestEpoch)), decimal(number(run.Epoch)), "", decimal(run.TrainSeconds), decimal(number(row.DatasetBytes)),
	}
	if run.EarlyStopped != nil {
		training[10] = strconv.FormatBool(*run.EarlyStopped)
	}
	var list [][]string
	for e, declared := range r.study.Evaluations {
		for s, size := range r.doc.Cameras[e].Sizes {
			cells := []string{declared.Name, size, "", "", "", "", "", ""}
			if j := r.found.resolutions[i].runs[k].judged[e][s]; j != nil {
				areas := len(j.summary.Areas)
				interval := r.wilson(j.summary.DetectionRate, areas)
				cells = []string{
					declared.Name, size, strconv.Itoa(j.summary.Frames), strconv.Itoa(areas), decimal(&j.summary.DetectionRate),
					decimal(&interval.Low), decimal(&interval.High), "",
				}
				if g := grade(declared.Grades, j.summary.Areas); g != nil {
					cells[7] = *g
				}
			}
			list = append(list, append(append([]string{}, training...), cells...))
		}
	}
	if len(list) == 0 {
		list = append(list, append(training, "", "", "", "", "", "", "", ""))
	}
	return list
}

// decimal is a number as programs read it; "" for none.
func decimal(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// noFormula keeps a spreadsheet from taking a text for a formula: such a text gets an apostrophe, which spreadsheets do not
// show. Numbers stay as they are.
func noFormula(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
