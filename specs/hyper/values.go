package hyper

import (
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// fieldIndexes returns the index of each field of Parameters, by its JSON name.
var fieldIndexes = sync.OnceValue(func() map[string][]int {
	indexes := map[string][]int{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Parameters]()) {
		if !f.Anonymous {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			indexes[name] = f.Index
		}
	}
	return indexes
})

// field returns the field of p that the row describes.
func (r Row) field(p *Parameters) reflect.Value {
	index, ok := fieldIndexes()[r.Name]
	if !ok {
		panic("BUG: Parameters has no field for " + r.Name)
	}
	return reflect.ValueOf(p).Elem().FieldByIndex(index)
}

// Field returns a pointer to the field of p that the row describes: *int, *float64, *string or
// *bool.
func (r Row) Field(p *Parameters) any { return r.field(p).Addr().Interface() }

// Default returns the table's defaults.
func Default() Parameters {
	var p Parameters
	for _, r := range Table {
		r.field(&p).Set(reflect.ValueOf(r.Default))
	}
	return p
}

// Strings returns the hyperparameters by name as a container gets them. It leaves out what the
// training does not read, and what is none: SageMaker knows its own defaults, and refuses empty
// values.
func (p Parameters) Strings() map[string]string {
	all := map[string]string{}
	for _, r := range Table {
		v := r.field(&p)
		if r.NoneAtZero && v.IsZero() || r.ReadBy != nil && !r.ReadBy(p) {
			continue
		}
		if f, ok := v.Interface().(float64); ok {
			all[r.Name] = strconv.FormatFloat(f, 'g', -1, 64)
			continue
		}
		all[r.Name] = fmt.Sprint(v.Interface())
	}
	maps.Copy(all, p.Extra)
	return all
}

// Parse reads hyperparameters as a container gets them. What is not there has its default; names
// that are not in the table are ignored.
func Parse(values map[string]string) (Parameters, error) {
	p := Default()
	for _, r := range Table {
		text, ok := values[r.Name]
		if !ok {
			continue
		}
		var err error
		switch field := r.Field(&p).(type) {
		case *int:
			*field, err = strconv.Atoi(text)
		case *float64:
			*field, err = strconv.ParseFloat(text, 64)
		case *string:
			*field = text
		case *bool:
			*field = strings.EqualFold(text, "true")
		}
		if err != nil {
			return p, fmt.Errorf("hyperparameter %s is %q: %w", r.Name, text, err)
		}
	}
	return p, nil
}
