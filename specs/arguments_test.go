package specs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const secretive = `
variable "epochs"  { default = 1 }
variable "crf"     { default = 23 }
variable "token"   {
  default   = "none"
  sensitive = true
}
variable "unused"  { default = "" }
locals { name = "s-${var.token}" }
transcode { crf = var.crf }
hyperparameters { epochs = var.epochs }
`

// TestArguments loads a study, and loads it again with the values that it reports.
func TestArguments(t *testing.T) {
	path := spec(t, minimal+secretive)
	o := Options{
		Assignments: []Assignment{set("epochs", "3"), set("token", "hunter2"),
			set("unused", "hunter3")},
		Env: []string{"SNELLEN_VAR_crf=18", "SNELLEN_VAR_unused=hunter4", "HOME=/hunter5"},
	}
	s := mustLoad(t, path, o)
	want := Arguments{Assignments: []Assignment{set("epochs", "3")},
		Env: []string{"SNELLEN_VAR_crf=18"}, Sensitive: []string{"token"}}
	if !reflect.DeepEqual(s.Arguments, want) {
		t.Errorf("%+v", s.Arguments)
	}
	if said := fmt.Sprintf("%+v", s.Arguments); strings.Contains(said, "hunter") {
		t.Errorf("a secret: %s", said)
	}
	again := mustLoad(t, path,
		Options{Assignments: append(s.Arguments.Assignments, set("token", "hunter2")),
			Env: s.Arguments.Env})
	if again.Transcode.CRF != 18 || !reflect.DeepEqual(again, s) {
		t.Errorf("%+v\n%+v", again, s)
	}
	if unasked := mustLoad(t, path, Options{}).
		Arguments; len(unasked.Assignments)+len(unasked.Env)+len(unasked.Sensitive) != 0 {
		t.Errorf("%+v", unasked)
	}
}
