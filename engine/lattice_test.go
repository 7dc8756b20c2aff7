package engine_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// This file is policy, not style: who may import whom. A change here is a change of the house's
// plan.
//
//   - engine/step, engine/filelock and engine/regular import the standard library alone; so does
//     engine/store, beside the last two; engine adds step and store;
//     engine/journal keeps the history of the engine's events, and engine/gc looks after a store
//     with the help of both. The engine knows neither. Whoever locks files may import
//     engine/filelock, and everybody engine/regular, which opens files.
//   - specs is the language, specs/lsp serves it to editors, and specs/edit changes a spec's text:
//     they import neither engine nor steps, but for engine/regular. specs/hyper, the hyperparameters, imports nothing of ours; whoever reads
//     hyperparameters may import it; likewise specs/sharedurl, a shared store's URL.
//   - a package of steps imports another one only where it says so below; a value passed through
//     the engine is better. steps/study alone knows all that a study's graph is made of.
//   - steps/sagemaker, the client, and steps/standin, which stands in for the service, know nothing
//     of each other; they share steps/sagemaker/constraint, the service's documented constraints.
//   - engine/shared is a bucket that several machines share. engine/shared/folder is one in a folder,
//     steps/remote opens any, and steps/remote/s3, which only cmd/snellen-remote links, is one of S3.
//   - each heavy library has one package that may import it.
//   - flags are read in cmd alone.

const module = "snellen/"

// own lists which of our packages each package may import; one that is not here may import none.
var own = map[string][]string{
	"engine":         {"engine/step", "engine/store"},
	"engine/store":   {"engine/filelock"},
	"engine/gc":      {"engine", "engine/journal", "engine/store"},
	"engine/draft":   {"engine/filelock"},
	"engine/journal": {"engine", "engine/step", "engine/store"},

	"engine/shared":             {"engine/step", "engine/store"},
	"engine/shared/bucketsuite": {"engine/shared", "engine/store"},
	"engine/shared/folder":      {"engine/shared", "engine/step"},

	"specs": {
		"specs/builtin", "specs/filekind", "specs/hyper", "specs/layout", "specs/names",
		"specs/screen", "specs/secret", "specs/sharedurl",
	},
	"specs/builtin":   {"specs/names"},
	"specs/edit":      {"specs"},
	"specs/filekind":  {"specs/builtin"},
	"specs/layout":    {"specs/screen"},
	"specs/names":     {},
	"specs/screen":    {},
	"specs/secret":    {"specs/builtin"},
	"specs/sharedurl": {},
	"specs/lsp":       {"specs", "specs/builtin"},
	"steps/study": {
		"engine", "engine/step", "specs", "specs/hyper", "steps/address", "steps/audit",
		"steps/command", "steps/compare", "steps/container", "steps/evaluate", "steps/frames",
		"steps/picture", "steps/pretrained", "steps/sagemaker", "steps/term", "steps/train",
		"steps/video",
	},
	"steps/video":   {"engine/step", "steps/proc"},
	"steps/libav":   {"steps/video"},
	"steps/picture": {"engine/step", "steps/frames", "steps/libav", "steps/video", "steps/vision"},
	"steps/frames":  {"engine/step", "steps/libav", "steps/video", "steps/vision"},
	"steps/train": {
		"engine/step", "specs/hyper", "steps/frames", "steps/pretrained",
		"steps/pretrained/squeezenet", "steps/torch", "steps/vision",
	},
	"steps/evaluate": {
		"engine/step", "steps/frames", "steps/libav", "steps/picture", "steps/train",
		"steps/video", "steps/vision",
	},
	"steps/resemble": {
		"engine/step", "steps/audit", "steps/frames", "steps/train", "steps/video",
		"steps/vision",
	},
	"steps/pretrained": {"engine/step", "steps/torch"},

	"steps/pretrained/squeezenet": {},

	"steps/worker": {"engine/step", "steps/proc"},
	"steps/watch": {
		"engine/step", "steps/evaluate", "steps/libav", "steps/picture", "steps/torch",
		"steps/video", "steps/vision", "steps/worker",
	},
	"steps/demo": {"engine/draft", "engine/step", "steps/proc"},
	"steps/report": {
		"engine", "engine/draft", "engine/store", "specs", "steps/address", "steps/audit", "steps/compare",
		"steps/evaluate", "steps/frames", "steps/picture", "steps/report/document",
		"steps/report/page", "steps/report/plain", "steps/term", "steps/train", "steps/video",
	},

	"steps/container": {"engine/step", "specs/hyper", "steps/frames", "steps/train"},
	"steps/command":   {"engine/step", "specs", "steps/container", "steps/frames", "steps/proc"},
	"steps/sagemaker": {
		"engine/step", "specs", "steps/container", "steps/sagemaker/constraint",
		"steps/sagemaker/ledger", "steps/sagemaker/price",
	},

	"steps/sagemaker/client": {
		"engine/step", "specs", "steps/container", "steps/frames", "steps/sagemaker",
		"steps/sagemaker/ledger", "steps/sagemaker/price", "steps/worker",
	},

	"steps/sagemaker/ledger": {"engine/filelock"},

	"steps/remote": {
		"engine/shared", "engine/shared/folder", "engine/step", "specs/sharedurl", "steps/worker",
	},
	"steps/remote/s3": {"engine/shared", "engine/step", "steps/remote", "steps/worker"},

	"steps/standin": {
		"engine/draft", "engine/filelock", "engine/step", "steps/frames", "steps/proc",
		"steps/sagemaker/constraint",
	},
	"steps/standin/setup": {},
	"steps/standin/local": {
		"engine/draft", "engine/step", "specs/hyper", "steps/evaluate", "steps/frames",
		"steps/standin", "steps/train",
	},

	"steps/video/graph": {"steps/video"},

	"cmd/soak":            {"engine/store"},
	"cmd/snellen":         {"*"},
	"cmd/snellen/project": {"*"},
	"cmd/snellen/cmdline": {"engine/step", "specs", "steps/term"},
	"cmd/snellen/live": {
		"cmd/snellen/project", "engine", "engine/step", "specs", "specs/builtin", "steps/report",
		"steps/report/document", "steps/study", "steps/watch", "steps/worker",
	},
	"cmd/snellen/studio": {
		"cmd/snellen/live", "cmd/snellen/project", "cmd/snellen/starter", "cmd/snellen/studio/page",
		"cmd/snellen/view", "engine/draft", "engine/journal", "engine/step", "engine/store", "specs",
		"specs/builtin", "specs/edit", "steps/address", "steps/evaluate", "steps/proc",
		"steps/report", "steps/report/page", "steps/study",
	},
	"cmd/snellen/studio/page": {},
	"cmd/snellen/planfile": {
		"cmd/snellen/project", "cmd/snellen/view", "engine", "engine/step", "specs",
		"specs/filekind", "steps/proc",
	},
	"cmd/snellen/steplog": {
		"cmd/snellen/view", "engine", "engine/journal", "engine/step", "engine/store", "specs",
		"steps/term",
	},
	"cmd/snellen/starter": {
		"engine/step", "specs", "specs/builtin", "steps/picture", "steps/term", "steps/video",
	},
	"cmd/snellen/stepinfo": {
		"cmd/snellen/project", "cmd/snellen/view", "engine", "engine/journal", "engine/step",
		"engine/store", "specs", "steps/term", "steps/video",
	},
	"cmd/snellen/storecare": {
		"cmd/snellen/project", "cmd/snellen/storeview", "cmd/snellen/view", "engine", "engine/gc",
		"engine/shared", "engine/step", "engine/store", "specs", "steps/term",
	},
	"cmd/snellen/storeview": {
		"cmd/snellen/view", "engine", "engine/gc", "engine/shared", "engine/store", "steps/term",
	},
	"cmd/snellen/watchview": {
		"cmd/snellen/view", "engine/step", "steps/evaluate", "steps/term", "steps/watch",
	},
	"cmd/snellen/view": {
		"engine", "engine/gc", "engine/journal", "engine/step", "specs", "steps/address",
		"steps/term",
	},
	"cmd/snellen/view/schema": {},
	"cmd/snellen-remote":      {"steps/remote/s3"},
	"cmd/snellen-worker":      {"*"},

	"cmd/snellen-worker/serve": {
		"cmd/snellen/view", "engine/step", "steps/audit", "steps/command", "steps/evaluate",
		"steps/frames", "steps/sagemaker", "steps/sagemaker/client", "steps/standin",
		"steps/standin/local", "steps/standin/setup", "steps/study", "steps/term", "steps/train",
		"steps/video", "steps/video/graph", "steps/worker",
	},

	"steps/address":  {"specs/names"},
	"steps/audit":    {"engine/step", "steps/video"},
	"steps/compare":  {},
	"steps/diagram":  {"engine", "steps/term"},
	"steps/revision": {"engine/step", "steps/proc"},
	"steps/sides": {
		"engine", "engine/store", "specs", "steps/address", "steps/compare", "steps/report",
		"steps/report/document", "steps/report/page", "steps/term",
	},
	"steps/term":            {},
	"steps/report/document": {"steps/evaluate", "steps/term", "steps/train", "steps/video"},
	"steps/report/page":     {"steps/evaluate", "steps/report/document", "steps/term"},
	"steps/report/plain":    {"steps/report/document", "steps/term"},

	"steps/export": {
		"engine", "engine/filelock", "engine/journal", "engine/step", "engine/store",
		"steps/export/bundle", "steps/export/mlflow", "steps/export/tfevents", "steps/frames",
		"steps/pretrained", "steps/report/document", "steps/train",
	},
	"steps/export/bundle":   {},
	"steps/export/mlflow":   {"engine/step"},
	"steps/export/tfevents": {},
}

// heavy names the one package that may import a library, by the start of the library's path.
var heavy = map[string]string{
	"github.com/hashicorp/hcl": "specs specs/builtin specs/edit specs/filekind specs/layout " +
		"specs/lsp specs/secret",
	"github.com/zclconf/go-cty": "specs specs/builtin specs/edit specs/lsp specs/names " +
		"specs/secret",
	"github.com/u2takey/ffmpeg-go":         "steps/video/graph",
	"gocv.io/x/gocv":                       "steps/vision",
	"C":                                    "steps/libav steps/torch",
	"github.com/spf13/cobra":               "cmd/snellen",
	"gonum.org/v1/gonum":                   "steps/compare",
	"flag":                                 "cmd/snellen cmd/snellen-worker cmd/soak",
	"github.com/aws/aws-sdk-go":            "",
	"github.com/rogpeppe/go-internal":      "",
	"github.com/chromedp":                  "",
	"github.com/agext/levenshtein":         "specs",
	"github.com/hashicorp/hcl-lang":        "specs/lsp",
	"github.com/creachadair/jrpc2":         "specs/lsp",
	"github.com/tliron/glsp":               "specs/lsp",
	"github.com/aymanbagabas/go-udiff":     "cmd/snellen cmd/snellen/studio specs/lsp",
	"golang.org/x/image":                   "steps/demo steps/report/page",
	"golang.org/x/term":                    "cmd/snellen/view",
	"golang.org/x/text":                    "steps/export steps/term",
	"github.com/apparentlymart/go-textseg": "specs/lsp",
	"google.golang.org/protobuf":           "steps/export/tfevents",

	"github.com/hashicorp/go-retryablehttp": "steps/export/mlflow",

	"github.com/aws/aws-sdk-go-v2/service/sagemaker":        "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime": "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs":   "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/pricing":          "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/servicequotas":    "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/sts":              "steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/config":                   "steps/remote/s3 steps/sagemaker/client",
	"github.com/aws/aws-sdk-go-v2/service/s3": "steps/remote/s3 steps/sagemaker/client " +
		"steps/standin",
}

func TestLattice(t *testing.T) {
	out, err := exec.Command("go", "list",
		"-tags", "native,gocv_specific_modules,gocv_videoio,gocv_highgui",
		"-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < len(own) {
		t.Fatalf("go list knows %d packages, fewer than the lattice", len(lines))
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], module)
		for _, imported := range fields[1:] {
			if problem := forbidden(name, imported); problem != "" {
				t.Errorf("%s imports %s: %s", name, imported, problem)
			}
		}
	}
}

// TestPlannerIsLight: the program that plans links nothing that only running a step needs, so that
// a plan starts at once.
func TestPlannerIsLight(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"cmd/snellen",
		module+"steps/remote").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, name := range strings.Fields(string(out)) {
		for _, heavy := range []string{
			"github.com/aws/", "github.com/u2takey/",
			module + "steps/standin/local", module + "steps/sagemaker/client",
			module + "steps/pretrained/squeezenet", module + "steps/remote/s3",
		} {
			if strings.HasPrefix(name, heavy) {
				t.Errorf("cmd/snellen links %s", name)
			}
		}
	}
}

func forbidden(name, imported string) string {
	if ours, ok := strings.CutPrefix(imported, module); ok {
		may := own[name]
		if ours != "engine/regular" && !slices.Contains(may, ours) && !slices.Contains(may, "*") {
			return "not in the lattice"
		}
		return ""
	}
	for library, home := range heavy {
		if (imported == library || strings.HasPrefix(imported, library+"/")) &&
			!slices.Contains(strings.Fields(home), name) {
			return "only " + home + " may"
		}
	}
	if strings.HasPrefix(name, "engine") && strings.Contains(imported, ".") {
		return "the engine imports the standard library alone"
	}
	return ""
}
