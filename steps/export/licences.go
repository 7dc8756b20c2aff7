package export

import (
	_ "embed"
	"runtime/debug"
	"slices"
	"strings"

	"snellen/steps/pretrained"
	"snellen/steps/report/document"
)

// moduleLicences has a line for each linked Go module: its path, which stands for all modules below
// it too, and its licence as an SPDX expression, according to its LICENSE file.
//
//go:embed licences.txt
var moduleLicences string

const unknownLicence = "not known"

// Licences is the content of licences.json in a bundle: what made its results.
type Licences struct {
	Tools    []LicensedTool    `json:"tools"`
	Networks []LicensedNetwork `json:"networks"` // whose weights trainings began with
	Programs []LicensedProgram `json:"programs"`
}

// A LicensedTool is a program or library that results depend on.
type LicensedTool struct {
	Name     string `json:"name"`
	Identity string `json:"identity"`       // the version that the tool reports, or ""
	Licence  string `json:"licence"`        // SPDX
	Note     string `json:"note,omitempty"` // what the licence depends on
}

// A LicensedNetwork is a pretrained network.
type LicensedNetwork struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`         // of its weights
	Licence string `json:"licence"`        // SPDX
	Text    string `json:"text,omitempty"` // of the licences; of Snellen's own network alone
}

// A LicensedProgram is one of Snellen's programs, with the Go modules linked into it.
type LicensedProgram struct {
	Name    string           `json:"name"`
	Go      string           `json:"go"`
	Modules []LicensedModule `json:"modules"`
}

// A LicensedModule is a Go module.
type LicensedModule struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"` // as in go.sum
	Licence string `json:"licence"`
}

// toolLicences maps the name of a tool in the manifests to its licence and a note on it.
var toolLicences = map[string][2]string{
	"ffmpeg": {
		"GPL-2.0-or-later",
		"as built with libx264 and libx265, which Snellen encodes with; its own code is " +
			"LGPL-2.1-or-later",
	},
	"libav": {
		"GPL-2.0-or-later",
		"the libraries of ffmpeg as Debian builds them; their own code is LGPL-2.1-or-later",
	},
	"opencv": {"Apache-2.0", "its modules; the libraries that it loads have their own licences"},
	"libtorch": {
		"BSD-3-Clause", "PyTorch's code; the libraries that it loads have their own licences",
	},
}

// licences returns the licences of the tools and the pretrained networks that made a report's
// results, and of the modules of programs. Each version of a tool is listed once.
func licences(doc *document.Document, programs map[string]*debug.BuildInfo) Licences {
	out := Licences{
		Tools: []LicensedTool{}, Networks: networkLicences(doc), Programs: []LicensedProgram{},
	}
	for _, s := range doc.Steps {
		for _, t := range s.Tools {
			one := LicensedTool{t.Name, t.Identity, unknownLicence, "a program of the study"}
			if known, ok := toolLicences[t.Name]; ok {
				one.Licence, one.Note = known[0], known[1]
			}
			if !slices.Contains(out.Tools, one) {
				out.Tools = append(out.Tools, one)
			}
		}
	}
	slices.SortFunc(out.Tools, func(a, b LicensedTool) int {
		return strings.Compare(a.Name+" "+a.Identity, b.Name+" "+b.Identity)
	})
	out.Tools = append(out.Tools, LicensedTool{
		"Apache ECharts", "", "Apache-2.0", "in report/index.html, which names its version",
	})
	for _, name := range []string{"snellen", "snellen-worker"} {
		if info := programs[name]; info != nil {
			out.Programs = append(out.Programs, program(name, info))
		}
	}
	return out
}

// networkLicences returns the pretrained networks of a report, each once.
func networkLicences(doc *document.Document) []LicensedNetwork {
	list := []LicensedNetwork{}
	for _, r := range doc.Resolutions {
		if r.Network == nil || r.Network.Digest == "" {
			continue
		}
		one := LicensedNetwork{r.Network.Name, r.Network.Digest, r.Network.Licence, ""}
		if one.Licence != "" {
			one.Text = pretrained.BuiltinLicences()
		} else {
			one.Licence = unknownLicence
		}
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// program returns the modules of a program, each as it was linked: after the replacements of
// go.mod.
func program(name string, info *debug.BuildInfo) LicensedProgram {
	p := LicensedProgram{name, info.GoVersion, []LicensedModule{}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		p.Modules = append(p.Modules, LicensedModule{m.Path, m.Version, m.Sum, licenceOf(m.Path)})
	}
	return p
}

// licenceOf returns a module's licence. Of the paths in the list that are the module's or lead to
// it, the longest counts.
func licenceOf(module string) string {
	best, licence := "", unknownLicence
	for line := range strings.Lines(moduleLicences) {
		path, said, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && len(path) > len(best) && (module == path || strings.HasPrefix(module, path+"/")) {
			best, licence = path, said
		}
	}
	return licence
}
