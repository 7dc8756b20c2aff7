package audit

import (
	"encoding/json"
	"reflect"
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

// FuzzAreas checks that places that can be read have no negative number, and are written as ones
// that read the same.
func FuzzAreas(f *testing.F) {
	f.Add([]byte(`{"compared":2,"leaked":[{"evaluation":1,"area":3,"picture":2,"seconds":1.5}]}`))
	f.Add([]byte(`{"compared":-1,"leaked":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseAreas(data)
		if err != nil {
			return
		}
		for _, l := range a.Leaked {
			if l.Evaluation < 0 || l.Area < 0 || l.Label < 0 || l.Picture != nil && *l.Picture < 0 {
				t.Errorf("%+v", l)
			}
		}
		if a.Compared < len(a.Leaked) {
			t.Errorf("%d leaked of %d", len(a.Leaked), a.Compared)
		}
		again, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ParseAreas(again); err != nil || !reflect.DeepEqual(same, a) {
			t.Errorf("%+v became %+v, %v", a, same, err)
		}
	})
}
