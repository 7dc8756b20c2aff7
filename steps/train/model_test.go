//go:build native

package train

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const someModel = `{"format":1,"classes":["A","B"],"network":"squeezenet1.1","preparation":` +
	`{"height":224,"width":224,"resize":256,"range":1,"mean":[0,0,0],"std":[1,1,1],` +
	`"filter":"area/linear","colour":"RGB"}}`

// FuzzModel checks that a model that can be read has an input of a bounded size, and is written as
// one that reads the same.
func FuzzModel(f *testing.F) {
	f.Add([]byte(someModel))
	f.Add([]byte(strings.Replace(someModel, "224", "1000000", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseModel(data)
		if err != nil {
			return
		}
		p := m.Preparation
		if size := 3 * p.Width * p.Height; size < 3 || size > 3*maxSide*maxSide ||
			len(m.Classes) < 2 {
			t.Errorf("%+v", m)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := parseModel(again); err != nil || !reflect.DeepEqual(same, m) {
			t.Errorf("%+v became %+v, %v", m, same, err)
		}
	})
}
