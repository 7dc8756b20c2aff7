package client

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"snellen/steps/sagemaker/constraint"
	"snellen/steps/standin"
)

// callsMade returns the calls that this package's source makes, except those to S3 and STS, whose
// requests hold nothing from a spec.
func callsMade(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`\.(?:api|logs|runtime)\(\)\.([A-Z]\w+)\(ctx` +
		`|(?:api|cloudwatchlogs|servicequotas)\.New(\w+)Paginator|client\.(GetProducts)\(ctx`)
	var calls []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made.FindAllStringSubmatch(string(source), -1) {
			calls = append(calls, m[1]+m[2]+m[3])
		}
	}
	slices.Sort(calls)
	return slices.Compact(calls)
}

// TestConstraintsAreChecked: the constraints of every call are known, and a request that breaks one
// is not sent. TestEveryConstraint, in package constraint, tests that each single constraint is
// found.
func TestConstraintsAreChecked(t *testing.T) {
	w := newWorld(t, standin.Options{})
	c := w.open(nil)
	sent := 0
	w.watch = func(standin.Moment) { sent++ }
	calls := callsMade(t)
	if len(calls) < 15 {
		t.Fatalf("only the calls %v were found", calls)
	}
	clients := []reflect.Value{
		reflect.ValueOf(c.api()), reflect.ValueOf(c.logs()), reflect.ValueOf(c.runtime()),
	}
	for _, name := range calls {
		if !constraint.Known(name) {
			t.Errorf("the constraints of %s are unknown", name)
			continue
		}
		for _, client := range clients {
			method := client.MethodByName(name)
			if !method.IsValid() {
				continue
			}
			in := reflect.New(method.Type().In(1).Elem())
			breakTexts(in.Elem())
			out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			err, _ := out[1].Interface().(error)
			if e := broken(err); e == nil || len(e.Violations) == 0 {
				t.Errorf("%s with bad members: %v", name, err)
			}
		}
	}
	if sent > 0 {
		t.Errorf("%d bad requests were sent", sent)
	}
}

// breakTexts sets every text of an input to one that no service accepts.
func breakTexts(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.CanSet() && f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.String {
			text := strings.Repeat("x\x01", 5000)
			f.Set(reflect.ValueOf(&text))
		}
	}
}
