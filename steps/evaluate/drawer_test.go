//go:build native

package evaluate

import (
	"io"
	"strings"
	"testing"
)

// FuzzAnswers checks that a model with recorded answers gives one for each picture, or an error, and
// that answers that are left over are noticed.
func FuzzAnswers(f *testing.F) {
	f.Add("[0.25,0.75]\n[1,0]\n", 2)
	f.Add("[1]\n\n", 1)
	f.Add("{}\n", 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 0 || n > 1000 {
			return
		}
		r := newRecordedModel(io.NopCloser(strings.NewReader(text)), []string{"A", "B"})
		all, err := r.Classify(t.Context(), make([][]byte, n))
		if err == nil && len(all) != n {
			t.Errorf("%d answers for %d pictures", len(all), n)
		}
		lines := strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1
		if text == "" {
			lines = 0
		}
		if err == nil && n > lines || err == nil && n < lines && r.checkEnd() == nil {
			t.Errorf("%d of %d answers were enough", n, lines)
		}
	})
}
