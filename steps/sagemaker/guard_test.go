package sagemaker

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
	"snellen/steps/sagemaker/constraint"
	"snellen/steps/standin"
)

// callsMade are the calls to the services that this package's source makes, less those to S3 and to STS, whose requests
// hold nothing of a person's.
func callsMade(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`\.(?:api|logs|runtime)\(\)\.([A-Z]\w+)\(ctx|(?:api|cloudwatchlogs|servicequotas)\.New(\w+)Paginator|client\.(GetProducts)\(ctx`)
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

// TestConstraintsAreHeld: every call that is made has its documented constraints, and a request that breaks one of them is
// refused here: the service hears nothing of it. That each single constraint is found is TestEveryConstraint's matter, in
// package constraint.
func TestConstraintsAreHeld(t *testing.T) {
	w := newWorld(t, standin.Options{})
	c := w.open(nil)
	asked := 0
	w.watch = func(standin.Moment) { asked++ }
	calls := callsMade(t)
	if len(calls) < 15 {
		t.Fatalf("only the calls %v were found", calls)
	}
	clients := []reflect.Value{reflect.ValueOf(c.api()), reflect.ValueOf(c.logs()), reflect.ValueOf(c.runtime())}
	for _, name := range calls {
		if !constraint.Known(name) {
			t.Errorf("no constraints are known of %s", name)
			continue
		}
		for _, client := range clients {
			method := client.MethodByName(name)
			if !method.IsValid() {
				continue
			}
			in := reflect.New(method.Type().In(1).Elem())
			spoil(in.Elem())
			out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			err, _ := out[1].Interface().(error)
			if e := broken(err); e == nil || len(e.Violations) == 0 {
				t.Errorf("%s with bad members: %v", name, err)
			}
		}
	}
	if asked > 0 {
		t.Errorf("%d bad requests were sent", asked)
	}
}

// spoil sets every text of an input to one that no service takes.
func spoil(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.CanSet() && f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.String {
			text := strings.Repeat("x\x01", 5000)
			f.Set(reflect.ValueOf(&text))
		}
	}
}

// TestRules: what a study breaks is told before anything is sent, at the attribute that says it.
func TestRules(t *testing.T) {
	good := func() *specs.Study {
		return &specs.Study{
			Dataset:     specs.Dataset{Format: "recordio"},
			Resolutions: []specs.Resolution{{Name: "320x240"}},
			Trainer: specs.Trainer{SageMaker: &specs.SageMaker{
				Region: region, RoleARN: "arn:aws:iam::123456789012:role/SageMaker", Bucket: "b", Prefix: "snellen", Instances: []string{"ml.g5.xlarge"}, InstanceCount: 1,
				VolumeGB: 50, InputMode: "File", MaxRuntime: 3600, Attempts: 3, Serving: specs.Serving{Instance: "ml.m5.xlarge", Count: 1},
				Where: specs.Where{"role_arn": {Line: 1}, "instance_type": {Line: 2}, "tags": {Line: 3}, "subnets": {Line: 4}, "region": {Line: 5}, "image": {Line: 6},
					"input_mode": {Line: 7}, "volume_kms_key": {Line: 8}},
			}},
		}
	}
	if found := Rules(good()); len(found) > 0 {
		t.Fatalf("a good study: %v", found)
	}
	for name, c := range map[string]struct {
		spoil func(*specs.Study, *specs.SageMaker)
		line  int
		want  string
	}{
		"role":     {func(_ *specs.Study, s *specs.SageMaker) { s.RoleARN = "arn:aws:iam::1:role/x" }, 1, "RoleArn"},
		"instance": {func(_ *specs.Study, s *specs.SageMaker) { s.Instances = []string{"ml.z9.huge"} }, 2, "InstanceType"},
		"fallback": {func(_ *specs.Study, s *specs.SageMaker) { s.Instances = append(s.Instances, "ml.z9.huge") }, 2, "InstanceType"},
		"tags":     {func(_ *specs.Study, s *specs.SageMaker) { s.Tags = map[string]string{"a*b": "c"} }, 3, "Tags"},
		"subnets": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Subnets, s.SecurityGroups = []string{"no blank"}, []string{"sg-1"}
		}, 4, "Subnets"},
		"region":   {func(_ *specs.Study, s *specs.SageMaker) { s.Region = "mx-central-1" }, 5, "no registry"},
		"image":    {func(_ *specs.Study, s *specs.SageMaker) { s.Image = "1.dkr.ecr.eu-west-1.amazonaws.com/x:1" }, 6, "registry of eu-west-1"},
		"pipe":     {func(s *specs.Study, c *specs.SageMaker) { s.Dataset.Format, c.InputMode = "image", "Pipe" }, 7, "RecordIO"},
		"kms":      {func(_ *specs.Study, s *specs.SageMaker) { s.VolumeKey = "no blank" }, 8, "KmsKeyId"},
		"endpoint": {func(s *specs.Study, _ *specs.SageMaker) { s.Resolutions[0].Endpoint = "no_underline" }, 0, "EndpointName"},
		"serving":  {func(_ *specs.Study, s *specs.SageMaker) { s.Serving.Instance = "ml.z9.huge" }, 0, "ProductionVariants[0].InstanceType"},
	} {
		s := good()
		c.spoil(s, s.Trainer.SageMaker)
		found := Rules(s)
		if len(found) == 0 || !strings.Contains(found[0].Message, c.want) || found[0].At.Line != c.line {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
