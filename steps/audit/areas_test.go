package audit

import (
	"strings"
	"testing"
)

func TestParseAreas(t *testing.T) {
	a, err := ParseAreas([]byte(`{"compared":10,"leaked":[{"evaluation":0,"area":3,"label":1,` +
		`"video":0,"picture":2,"seconds":1.5,"label_seconds":0,"similarity":0.98,"frames":4}]}`))
	if err != nil || a.Compared != 10 || len(a.Leaked) != 1 || *a.Leaked[0].Picture != 2 ||
		a.Leaked[0].Frames != 4 {
		t.Errorf("%+v, %v", a, err)
	}
	for text, want := range map[string]string{
		`{"compared":1,"leaked":[{"area":-1}]}`:    "leaked area 0 has a negative number",
		`{"compared":1,"leaked":[{"picture":-1}]}`: "leaked area 0 has a negative number",
		`{"compared":0,"leaked":[{}]}`:             "1 areas are leaked, but only 0 were compared",
		`{"compared":"all"}`:                       "compared",
	} {
		if _, err := ParseAreas([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
