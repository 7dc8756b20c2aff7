package schema

import "testing"

func TestSchemaFindsMistakes(t *testing.T) {
	const version = `{"type":"version","snellen":"x","stream":"1.5","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}` + "\n"
	for _, line := range []string{
		`{"type":"log","address":"a","text":"x","@level":"info","@message":"x","@timestamp":"yesterday"}`,
		`{"type":"log","address":"a","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"log","address":"a","text":"x","colour":1,"@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"new","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`,
		`{"type":"log","address":"a","text":"x"}`,
		version,
	} {
		if CheckLines(version+line) == nil {
			t.Errorf("taken: %s", line)
		}
	}
	if err := CheckLines(version + `{"type":"log","address":"a","text":"x","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}`); err != nil {
		t.Error(err)
	}
}
