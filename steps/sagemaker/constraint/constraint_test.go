package constraint

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEveryConstraint makes, for each call, a request that has every member, and then breaks each
// constraint in turn: it must be found, by its path.
func TestEveryConstraint(t *testing.T) {
	broken := 0
	for _, name := range slices.Sorted(maps.Keys(calls())) {
		s := calls()[name].request
		whole := sample(t, s)
		if err := Check(name, encode(t, whole)); err != nil {
			t.Errorf("%s: a request that fits: %v", name, err)
		}
		for _, b := range breaks("", s) {
			if name == "InvokeEndpoint" && b.put == "Body" {
				continue // six million bytes: TestBody
			}
			broken++
			request, _ := json.Marshal(whole)
			err := Check(name, edit(t, request, b))
			var e *Error
			if !errors.As(err, &e) || !e.says(cmp.Or(b.at, b.put), b.rule) {
				t.Errorf("%s: %s %s: %v", name, b.put, b.rule, err)
			}
		}
	}
	if broken < 1000 {
		t.Errorf("only %d constraints were broken", broken)
	}
	t.Logf("%d constraints of %d calls broken", broken, len(calls()))
}

func (e *Error) says(path, rule string) bool {
	return slices.ContainsFunc(e.Violations,
		func(v Violation) bool { return v.Path == path && strings.Contains(v.Rule, rule) })
}

// A flaw is one value of a request put wrong.
type flaw struct {
	put   string // where
	rule  string // what must be said of it
	value any    // nil takes the member out
	at    string // the violation's path, where it is not put: an entry of a map
}

func breaks(path string, s *shape) []flaw {
	flaws := ownBreaks(path, s)
	switch s.kind {
	case kindStructure:
		for _, name := range s.required {
			flaws = append(flaws, flaw{put: join(path, name), rule: "not be null"})
		}
		for _, name := range s.order {
			flaws = append(flaws, breaks(join(path, name), s.members[name])...)
		}
	case kindList:
		flaws = append(flaws, breaks(path+"[0]", s.item)...)
	}
	return flaws
}

func ownBreaks(path string, s *shape) []flaw {
	var flaws []flaw
	short, long := s.min != nil && *s.min > 0, s.max != nil
	switch s.kind {
	case kindString:
		if s.enum != nil {
			flaws = append(flaws, flaw{put: path, rule: "enum value set", value: "no-such-value"})
		}
		if short {
			flaws = append(flaws,
				flaw{put: path, rule: "greater than or equal",
					value: strings.Repeat("a", int(*s.min)-1)})
		}
		if long {
			flaws = append(flaws,
				flaw{put: path, rule: "less than or equal",
					value: strings.Repeat("a", int(*s.max)+1)})
		}
		if bad, ok := mismatch(s); ok {
			flaws = append(flaws, flaw{put: path, rule: "pattern", value: bad})
		}
		flaws = append(flaws, flaw{put: path, rule: "be a string", value: 1})
	case kindInteger, kindLong, kindFloat:
		if s.min != nil {
			flaws = append(flaws, flaw{put: path, rule: "greater than or equal", value: *s.min - 1})
		}
		if long {
			flaws = append(flaws, flaw{put: path, rule: "less than or equal", value: *s.max + 1})
		}
		flaws = append(flaws, flaw{put: path, rule: "be a", value: "1"})
	case kindList:
		if short {
			flaws = append(flaws, flaw{put: path, rule: "greater than or equal", value: []any{}})
		}
		if long {
			flaws = append(flaws,
				flaw{put: path, rule: "less than or equal",
					value: slices.Repeat([]any{"x"}, int(*s.max)+1)})
		}
	case kindMap:
		if long {
			many := map[string]any{}
			for i := range int(*s.max) + 1 {
				many[fmt.Sprint("k", i)] = "1"
			}
			flaws = append(flaws, flaw{put: path, rule: "less than or equal", value: many})
		}
		if s.item.max != nil {
			flaws = append(flaws,
				flaw{path, "less than or equal",
					map[string]any{"k": strings.Repeat("a", int(*s.item.max)+1)}, path + ".k"})
		}
		if s.key.max != nil {
			flaws = append(flaws,
				flaw{path, "less than or equal",
					map[string]any{strings.Repeat("a", int(*s.key.max)+1): "1"}, path + ".key"})
		}
	case kindBoolean:
		flaws = append(flaws, flaw{put: path, rule: "be a boolean", value: "true"})
	}
	return flaws
}

// mismatch finds a string of the right length that the pattern refuses, if there is one.
func mismatch(s *shape) (string, bool) {
	if s.match == nil {
		return "", false
	}
	n := 1
	if s.min != nil {
		n = max(n, int(*s.min))
	}
	for _, c := range []string{"\n", "\x00", "é", "_", " ", "*", ":"} {
		if bad := strings.Repeat(c, n); !s.match().MatchString(bad) {
			return bad, true
		}
	}
	return "", false
}

// edit puts the flaw into a request made of the whole sample.
func edit(t *testing.T, request []byte, f flaw) []byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(request, &root); err != nil {
		t.Fatal(err)
	}
	put(root, strings.Split(strings.ReplaceAll(f.put, "[0]", ".0"), "."), f.value)
	return encode(t, root)
}

func put(in any, parts []string, value any) {
	switch v := in.(type) {
	case map[string]any:
		if len(parts) > 1 {
			put(v[parts[0]], parts[1:], value)
		} else if v[parts[0]] = value; value == nil {
			delete(v, parts[0])
		}
	case []any:
		if len(parts) > 1 {
			put(v[0], parts[1:], value)
		} else {
			v[0] = value
		}
	}
}

// sample makes a value that fits, with every member set.
func sample(t *testing.T, s *shape) any {
	t.Helper()
	switch s.kind {
	case kindStructure:
		m := map[string]any{}
		for name, member := range s.members {
			m[name] = sample(t, member)
		}
		return m
	case kindList:
		return []any{sample(t, s.item)}
	case kindMap:
		return map[string]any{"k": "1"}
	case kindString:
		return word(t, s)
	case kindInteger, kindLong, kindFloat:
		if s.min != nil {
			return *s.min
		}
		return 1
	case kindBoolean:
		return true
	case kindTimestamp:
		return 1.5e9
	}
	return base64.StdEncoding.EncodeToString([]byte("x"))
}

// word makes a string of the pattern and the length.
func word(t *testing.T, s *shape) string {
	t.Helper()
	if s.enum != nil {
		return s.enum[0]
	}
	if s.pattern == "" {
		return strings.Repeat("a", max(1, int(valueOr(s.min, 1))))
	}
	made := rapid.StringMatching(s.pattern)
	for i := range 10000 {
		if w := made.Example(i); s.fits(w) {
			return w
		}
	}
	t.Fatalf("no word for %s", s.pattern)
	return ""
}

func (s *shape) fits(w string) bool {
	var f finder
	f.letters("", s, w)
	return len(f.found) == 0 && w != ""
}

func valueOr(f *float64, or float64) float64 {
	if f == nil {
		return or
	}
	return *f
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBody(t *testing.T) {
	for size, fits := range map[int]bool{6291456: true, 6291457: false} {
		request := encode(t, map[string]any{"EndpointName": "a", "Body": make([]byte, size)})
		if err := Check("InvokeEndpoint", request); (err == nil) != fits {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestText(t *testing.T) {
	err := Check("StopTrainingJob", []byte(`{"TrainingJobName":"a_b"}`))
	want := `1 validation error detected: Value 'a_b' at 'TrainingJobName' failed to satisfy constraint: ` +
		`Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	err = Check("StopTrainingJob", []byte(`{"TrainingJobName":null,"Name":"x"}`))
	want = `2 validation errors detected: Value null at 'TrainingJobName' failed to satisfy constraint: Member must not be null; ` +
		`Value null at 'Name' failed to satisfy constraint: Member must be one that the call has`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := Check("NoSuchCall", nil); err == nil {
		t.Error("a call that nobody knows passed")
	}
}

// A value of an environment may be a secret, so no error shows it.
func TestSecret(t *testing.T) {
	request := []byte(`{"ModelName":"a","PrimaryContainer":{"Environment":{"TOKEN":"` +
		strings.Repeat("hush", 300) + `"}}}`)
	if err := Check("CreateModel", request); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// An SDK's input made into JSON has capitals, nulls and empty enums.
func TestInput(t *testing.T) {
	request := []byte(
		`{"LogGroupName":"g","LogStreamName":"s","NextToken":null,"StartFromHead":true}`)
	if err := Check("GetLogEvents", request); err != nil {
		t.Error(err)
	}
	request = []byte(
		`{"SortBy":"","SortOrder":"","StatusEquals":"","CreationTimeAfter":"2026-11-24T10:00:00Z"}`)
	if err := Check("ListTrainingJobs", request); err != nil {
		t.Error(err)
	}
}

func TestValues(t *testing.T) {
	if v := Values("CreateTrainingJob", "ResourceConfig.InstanceType"); len(v) != 151 {
		t.Errorf("%d training instance types", len(v))
	}
	if v := Values("CreateEndpointConfig", "ProductionVariants.InstanceType"); len(v) != 277 {
		t.Errorf("%d hosting instance types", len(v))
	}
	if Values("CreateTrainingJob", "Nothing.Here") != nil {
		t.Error("values of nothing")
	}
}

func TestTarget(t *testing.T) {
	for header, want := range map[string]string{
		"SageMaker.StopTrainingJob":  "StopTrainingJob",
		"Logs_20140328.GetLogEvents": "GetLogEvents", "SageMaker.Fly": "",
		"ServiceQuotasV20190624.ListServiceQuotas": "ListServiceQuotas", "": "",
	} {
		if got := Target(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("CreateTrainingJob",
		[]byte(
			`{"TrainingJobName":"a","InputDataConfig":[{"ChannelName":"train"}],"HyperParameters":{"a":"1"}}`))
	f.Add("GetLogEvents", []byte(`{"limit":1e400}`))
	f.Fuzz(func(t *testing.T, name string, request []byte) {
		if err := Check(name, request); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
