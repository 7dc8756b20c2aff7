package export

import (
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"snellen/steps/report/document"
)

// goList runs go list on packages of the native build and returns the fields of its output.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	const tags = "-tags=native,gocv_specific_modules,gocv_videoio,gocv_highgui"
	out, err := exec.Command("go", append([]string{"list", tags}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// The list has a licence for every module that is linked into one of the programs. Packages below cmd
// that only tests import are in none.
func TestEveryModuleHasALicence(t *testing.T) {
	programs := goList(t, "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "snellen/cmd/...")
	if len(programs) < 2 {
		t.Fatalf("only the programs %q", programs)
	}
	const module = "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}"
	modules := goList(t, append([]string{"-deps", "-f", module}, programs...)...)
	if len(modules) < 30 {
		t.Fatalf("only %d modules", len(modules))
	}
	for _, m := range modules {
		if licenceOf(m) == unknownLicence {
			t.Errorf("%s has no line in licences.txt: add its licence, as its LICENSE says", m)
		}
	}
}

func TestLicences(t *testing.T) {
	for module, want := range map[string]string{
		"github.com/hashicorp/hcl/v2":             "MPL-2.0",
		"github.com/aws/aws-sdk-go-v2/service/s3": "Apache-2.0",
		"github.com/hashicorp/hcl2":               unknownLicence,
		"golang.org/x/image":                      "BSD-3-Clause", "example.com/x": unknownLicence,
	} {
		if got := licenceOf(module); got != want {
			t.Errorf("%s: %s, want %s", module, got, want)
		}
	}
	tools := []document.Tool{
		{Name: "ffmpeg", Identity: "5.1"}, {Name: "program", Identity: "python3 abc"},
	}
	doc := &document.Document{Steps: []document.Step{{Tools: tools}, {Tools: tools[:1]}}}
	squeeze := document.Network{
		Name: "SqueezeNet 1.1", Digest: "6b31", Licence: "BSD-2-Clause AND MIT",
	}
	own := document.Network{Name: "ResNet-50", Digest: "abcd"}
	small := document.Network{Name: "residual network of 8 layers"}
	for _, n := range []*document.Network{&squeeze, &squeeze, &own, &small, nil} {
		doc.Resolutions = append(doc.Resolutions, document.Resolution{Network: n})
	}
	info := &debug.BuildInfo{
		GoVersion: "go1.26", Deps: []*debug.Module{
			{Path: "golang.org/x/text", Version: "v1", Sum: "h1:x"},
		},
	}
	got := licences(doc, map[string]*debug.BuildInfo{"snellen": info})
	if len(got.Tools) != 3 || got.Tools[0].Name != "ffmpeg" ||
		got.Tools[1].Licence != unknownLicence || got.Tools[0].Note == "" {
		t.Errorf("%+v", got.Tools)
	}
	if n := got.Networks; len(n) != 2 || n[0].SHA256 != "6b31" ||
		n[0].Licence != "BSD-2-Clause AND MIT" || !strings.Contains(n[0].Text, "MIT License") ||
		n[1].Licence != unknownLicence || n[1].Text != "" {
		t.Errorf("networks %+v", n)
	}
	if len(got.Programs) != 1 || got.Programs[0].Modules[0].Licence != "BSD-3-Clause" {
		t.Errorf("%+v", got.Programs)
	}
}
