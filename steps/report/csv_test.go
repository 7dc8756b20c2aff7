package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func csvOf(t *testing.T, r *Report) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll() // an error unless all rows have as many fields
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// There is a row for each of two resolutions, two trainings, one evaluation and two sizes.
func TestCSV(t *testing.T) {
	rows := csvOf(t, read(t, whole()))
	if len(rows) != 1+8 {
		t.Fatalf("%d rows", len(rows))
	}
	got := strings.Join(rows[1], " ")
	if want := "snacks|<b> 320x240 320 240 1 2020 blocks 0.8 1 3 true 37 2048 shelf native 8 2 " +
		"0.875 0.264054 0.992731 ○"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(rows[2][13:], " "); !strings.HasPrefix(got, "shelf 80x60 8 2 0.25 ") {
		t.Errorf("at the other size: %s", got)
	}
	rows = csvOf(t, readOf(t, simple(), one()))
	if len(rows) != 3 || rows[2][1] != "80x60" || rows[2][7] != "" || rows[2][17] != "" {
		t.Errorf("without results: %q", rows)
	}
}

// Texts that a spreadsheet would take for formulas are marked as texts. Numbers stay numbers.
func TestFormulas(t *testing.T) {
	study := simple()
	study.Name = `=HYPERLINK("http://x","y")`
	rows := csvOf(t, readOf(t, study, one()))
	if rows[1][0] != "'"+study.Name {
		t.Errorf("study %q", rows[1][0])
	}
	for cell, want := range map[string]string{"": "", "-1.5": "-1.5", "+2": "+2", "@a": "'@a",
		"-a": "'-a", "\ta": "'\ta", "=1": "'=1", "○": "○"} {
		if got := escapeFormula(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}
