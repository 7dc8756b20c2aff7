package train

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"snellen/specs/hyper"
)

// last returns the epoch with which a training of this curve ends.
func last(rule hyper.Regularization, curve []float64) int {
	wait := patience{rule: rule}
	for epoch, accuracy := range curve {
		if wait.enough(epoch, accuracy) {
			return epoch
		}
	}
	return len(curve)
}

func TestEarlyStopping(t *testing.T) {
	rule := hyper.Regularization{EarlyStopping: true, EarlyStoppingMin: 10, EarlyStoppingWait: 5}
	flat, rising, late := make([]float64, 30), make([]float64, 30), make([]float64, 30)
	for i := range 30 {
		flat[i], rising[i], late[i] = 0.5, float64(i)/30, 0.5
	}
	late[12] = 0.6
	tolerant := rule
	tolerant.EarlyStoppingTol = 0.19
	off := rule
	off.EarlyStopping = false
	for _, c := range []struct {
		name  string
		rule  hyper.Regularization
		curve []float64
		want  int
	}{
		{"nothing better after the first", rule, flat, 14}, {"always better", rule, rising, 30},
		{"better at 12", rule, late, 17},
		{"better by a fifth", tolerant, late, 17}, {"switched off", off, flat, 30},
	} {
		if got := last(c.rule, c.curve); got != c.want {
			t.Errorf("%s: ends at %d, want %d", c.name, got, c.want)
		}
	}
	tolerant.EarlyStoppingTol = 0.21
	if got := last(tolerant, late); got != 14 {
		t.Errorf("a fifth better is not enough, and it ends at %d", got)
	}
}

// The article's curves, by the documented rule as we read it. The service stopped at 15, 20, 20, 20
// and 20, by a rule that it does not document.
func TestEarlyStoppingOnTheArticle(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "article", "results.json"))
	if err != nil {
		t.Skip("the article's results are not here: ", err)
	}
	var article struct {
		Results []struct {
			Resolution string       `json:"resolution"`
			Curve      [][3]float64 `json:"curve"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &article); err != nil {
		t.Fatal(err)
	}
	ends := map[string]int{}
	for _, r := range article.Results {
		var curve []float64
		for _, e := range r.Curve {
			curve = append(curve, e[2])
		}
		ends[r.Resolution] = last(
			hyper.Regularization{EarlyStopping: true, EarlyStoppingMin: 10, EarlyStoppingWait: 5},
			curve)
	}
	want := "map[160x120:21 320x240:20 640x480:20 800x600:14 80x60:14]"
	if got := fmt.Sprint(ends); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
