package train

import (
	"fmt"

	"snellen/engine/regular"
	"snellen/steps/torch"
)

// maxTable bounds a features.safetensors, in bytes.
const maxTable = 16 << 30

// Table is the content of features.safetensors: rows of features.
type Table struct {
	Width int                  // numbers in a row
	Sets  map[string][]float32 // rows one after the other, by the set's name
}

// LoadFeatures reads features.safetensors.
func LoadFeatures(path string) (Table, error) {
	data, err := regular.Read(path, maxTable)
	if err != nil {
		return Table{}, err
	}
	tensors, err := torch.Read(data)
	if err != nil {
		return Table{}, err
	}
	t := Table{Sets: map[string][]float32{}}
	for _, one := range tensors {
		if len(one.Shape) != 2 || one.Shape[1] < 1 || t.Width > 0 && t.Width != one.Shape[1] {
			return Table{}, fmt.Errorf("features: %.40q has the shape %v", one.Name, one.Shape)
		}
		t.Width, t.Sets[one.Name] = one.Shape[1], one.Data
	}
	return t, nil
}

// Len returns the number of a set's rows.
func (t Table) Len(set string) int {
	if t.Width == 0 {
		return 0
	}
	return len(t.Sets[set]) / t.Width
}

// Row returns a row of a set.
func (t Table) Row(set string, i int) []float32 { return t.rows(set, i, 1) }

// rows returns the rows of a set that begin with the i-th of count each.
func (t Table) rows(set string, i, count int) []float32 {
	return t.Sets[set][i*count*t.Width : (i+1)*count*t.Width]
}
