package export

import (
	_ "embed"
	"runtime/debug"
	"slices"
	"strings"

	"snellen/steps/report/document"
)

// moduleLicences has a line for each Go module that is linked, with all below it: its path, and its licence as an SPDX
// expression, as its LICENSE file says.
//
//go:embed licences.txt
var moduleLicences string

const unknownLicence = "not known"

// Licences is licences.json of a bundle: what its results were made with.
type Licences struct {
	Tools    []LicensedTool    `json:"tools"`
	Programs []LicensedProgram `json:"programs"`
}

// A LicensedTool is a program or library that results depend on.
type LicensedTool struct {
	Name     string `json:"name"`
	Identity string `json:"identity"`       // version, as the tool tells it; "" where it does not
	Licence  string `json:"licence"`        // SPDX
	Note     string `json:"note,omitempty"` // what the licence depends on
}

// A LicensedProgram is one of Snellen's, with the Go modules that are linked into it.
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

// toolLicences are those of the tools that steps name.
var toolLicences = map[string][2]string{
	"ffmpeg":   {"GPL-2.0-or-later", "as it is built for libx264 and libx265, which Snellen encodes with; its own code is LGPL-2.1-or-later"},
	"libav":    {"GPL-2.0-or-later", "the libraries of ffmpeg, as Debian builds them; their own code is LGPL-2.1-or-later"},
	"opencv":   {"Apache-2.0", "its modules; the libraries that it loads have their own"},
	"libtorch": {"BSD-3-Clause", "PyTorch's own code; the libraries that it loads have their own"},
}

// licences are those of the tools that a report's results were made with, and of the modules of programs.
func licences(doc *document.Document, programs map[string]*debug.BuildInfo) Licences {
	out := Licences{Tools: []LicensedTool{}, Programs: []LicensedProgram{}}
	for _, s := range doc.Steps {
		for _, t := range s.Tools {
			one := LicensedTool{t.Name, t.Identity, unknownLicence, "a program of the study's own"}
			if known, ok := toolLicences[t.Name]; ok {
				one.Licence, one.Note = known[0], known[1]
			}
			if !slices.Contains(out.Tools, one) {
				out.Tools = append(out.Tools, one)
			}
		}
	}
	slices.SortFunc(out.Tools, func(a, b LicensedTool) int { return strings.Compare(a.Name+" "+a.Identity, b.Name+" "+b.Identity) })
	out.Tools = append(out.Tools, LicensedTool{"Apache ECharts", "", "Apache-2.0", "in report/index.html, which names its version"})
	for _, name := range []string{"snellen", "snellen-worker"} {
		if info := programs[name]; info != nil {
			out.Programs = append(out.Programs, program(name, info))
		}
	}
	return out
}

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

// licenceOf is a module's licence: of the longest path in the list that it is, or is below.
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
