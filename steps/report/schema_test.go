package report

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"snellen/specs"
)

// strict makes every object of a schema refuse unknown names. The published schema is open: names
// may be added under one version.
func strict(value any) {
	switch v := value.(type) {
	case map[string]any:
		if v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, child := range v {
			strict(child)
		}
	case []any:
		for _, child := range v {
			strict(child)
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	strict(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// worlds returns worlds at every stage of a study.
func worlds() map[string]world {
	partly := whole()
	delete(partly, "80x60/evaluate/shelf/2")
	delete(partly, "audit")
	old := whole()
	delete(old["320x240/evaluate/shelf"], "series.json")
	return map[string]world{
		"nothing": {}, "one": one(), "all": whole(), "partly": partly, "without series": old,
	}
}

// At every stage a report has every name of the schema, and no other.
func TestSchema(t *testing.T) {
	s := schema(t)
	for name, steps := range worlds() {
		var b bytes.Buffer
		if err := read(t, steps).WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A study of photographs has the other names of the schema, and those alone.
func TestSchemaOfPictures(t *testing.T) {
	study, steps := photos(4)
	study.Replicates = 2
	for _, at := range []string{"/train", "/train/2"} {
		steps["320x240"+at] = trained(0.9)
	}
	steps["320x240/evaluate/test"] = scored(study, 1, 7)
	steps["320x240/evaluate/test/2"] = scored(study, 3)
	r := readOf(t, study, steps)
	var js, page bytes.Buffer
	if err := r.WriteJSON(&js); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(&js)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(value); err != nil {
		t.Error(err)
	}
	if err := r.WritePage(&page); err != nil {
		t.Error(err)
	}
}

// At every stage a page can be written, and begins with the answer.
func TestPages(t *testing.T) {
	for name, steps := range worlds() {
		for kind, study := range map[string]*specs.Study{"full": full(), "simple": simple(),
			"no camera": blind()} {
			r := readOf(t, study, steps)
			var b bytes.Buffer
			if err := r.WritePage(&b); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
				continue
			}
			head, _, _ := strings.Cut(r.Document().Answer, ": ")
			if !strings.Contains(b.String(), `"><bdi>`+strings.TrimSuffix(head, ".")+
				`</bdi></h1>`) {
				t.Errorf("%s, %s: the page does not begin with %q", name, kind, head)
			}
		}
	}
}

// blind returns a study without evaluations.
func blind() *specs.Study {
	s := simple()
	s.Evaluations, s.Decision.Evaluations = nil, nil
	return s
}
