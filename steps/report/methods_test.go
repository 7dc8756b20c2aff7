package report

import (
	"testing"
	"unicode"

	"snellen/steps/report/document"
)

// Each method has a name for people beside the one for programs.
func TestMethodTitles(t *testing.T) {
	photographs, _ := photos(20)
	for _, methods := range [][]document.Method{
		read(t, whole()).Document().Methods, readOf(t, photographs, world{}).Document().Methods,
	} {
		for _, m := range methods {
			if title := m.Title(); !unicode.IsUpper([]rune(title)[0]) || title == m.Name {
				t.Errorf("%s is called %q", m.Name, title)
			}
		}
	}
}
