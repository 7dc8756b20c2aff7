package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/steps/export/bundle"
	"snellen/steps/report/document"
)

// A Bundle is the content of a study's bundle. Package bundle describes the archive.
type Bundle struct {
	Study     string
	Spec      map[string][]byte // the spec, its lock file and the other files of the study, by name
	Variables map[string]string // set by the caller; no sensitive ones
	Version   string            // of Snellen
	Document  *document.Document
	Decisions []*engine.Decision
	Report    map[string][]byte           // the files of the report's folder, by name
	Programs  map[string]*debug.BuildInfo // Snellen's programs, by name
}

// bundleStep is one entry of steps.json.
type bundleStep struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	State   string `json:"state"`         // "done", or "missing" where there is no record
	Key     string `json:"key,omitempty"` // its files are steps/KEY.manifest and steps/KEY.json
}

// bundleRecord is steps/KEY.json: the record of a step without its log.
type bundleRecord struct {
	Key     string                  `json:"key"`
	Seconds float64                 `json:"seconds"` // that the step took
	Ended   time.Time               `json:"ended"`
	Outputs map[string]store.Output `json:"outputs"`
}

// Write writes the bundle as an archive.
func (b *Bundle) Write(w io.Writer) error {
	files := map[string][]byte{}
	for name, data := range b.Spec {
		files[path.Join("spec", name)] = data
	}
	for name, data := range b.Report {
		files[path.Join("report", name)] = data
	}
	steps := []bundleStep{}
	for _, d := range b.Decisions {
		s := bundleStep{Address: d.Node.Address, Kind: d.Node.Kind.Name, State: "missing"}
		if r := d.Record; r != nil {
			s.State, s.Key = "done", r.Key().String()
			// In UTC, so that the bytes do not depend on the machine's time zone.
			record := bundleRecord{s.Key, r.Took.Seconds(), r.Ended.UTC(), r.Outputs}
			files["steps/"+s.Key+manifestSuffix] = []byte(r.Manifest)
			files["steps/"+s.Key+recordSuffix] = mustJSON(record)
		}
		steps = append(steps, s)
	}
	files[stepsName] = mustJSON(steps)
	files["licences.json"] = mustJSON(licences(b.Document, b.Programs))
	about := map[string]any{"study": b.Study, "snellen": b.Version, "variables": b.Variables}
	files["about.json"] = mustJSON(about)
	readme := strings.NewReplacer("{Study}", escapeMarkdown(b.Study), "{Answer}",
		escapeMarkdown(b.Document.Answer))
	files["README.md"] = []byte(readme.Replace(bundleReadme))
	return bundle.Write(w, safeName(b.Study), files)
}

const (
	stepsName      = "steps.json"
	manifestSuffix = ".manifest"
	recordSuffix   = ".json"

	bundleReadme = `# The study {Study}

{Answer}

| file | content |
| --- | --- |
| ` + "`spec/`" + ` | the study as it was declared, and its lock file |
| ` + "`report/`" + ` | the report: open index.html |
| ` + "`steps.json`" + ` | the key of each step, or that it has no result |
| ` + "`steps/KEY.manifest`" + ` | what a result depends on; its SHA-256 is the key |
| ` + "`steps/KEY.json`" + ` | the result's files with their digests |
| ` + "`licences.json`" + ` | the tools, pretrained networks and modules that made the results, and their licences |
| ` + "`about.json`" + ` | the version of Snellen, and the variables |

To check it, type snellen export bundle -check FILE, or, where it is unpacked,
sha256sum -c MANIFEST. Footage, the dataset's pictures and models are not included.
`
)

// mustJSON returns the JSON of a value that always has one.
func mustJSON(v any) []byte {
	var b bytes.Buffer
	if err := writeJSON(&b, v); err != nil {
		panic("BUG: a bundle's file: " + err.Error())
	}
	return b.Bytes()
}

// MaxBundle bounds a bundle, and any file in it, in bytes.
const MaxBundle = 1 << 30

// CheckBundle reads a bundle and returns what it holds. Beyond the checks of package bundle, each
// step that is done must have its record and its manifest, whose SHA-256 must be the step's key.
func CheckBundle(r io.Reader) (bundle.Content, error) {
	var steps []bundleStep
	has := map[string]bool{}
	content, err := bundle.Check(r, func(name string, data []byte) error {
		has[name] = true
		if name == stepsName {
			return json.Unmarshal(data, &steps)
		}
		return checkStep(name, data)
	})
	if err != nil {
		return content, err
	}
	if !has[stepsName] {
		return content, errors.New("it has no " + stepsName)
	}
	for _, s := range steps {
		file := "steps/" + s.Key
		if s.State == "done" && !(has[file+manifestSuffix] && has[file+recordSuffix]) {
			return content, fmt.Errorf("it has no manifest or no record of %q", s.Address)
		}
	}
	return content, nil
}

// checkStep checks that a step's manifest or record belongs to the key in its name. Other files are
// none of its business.
func checkStep(name string, data []byte) error {
	file, ok := strings.CutPrefix(name, "steps/")
	if !ok {
		return nil
	}
	if key, ok := strings.CutSuffix(file, manifestSuffix); ok {
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != key {
			return errors.New("its SHA-256 is not the key in its name")
		}
		return nil
	}
	var r bundleRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	if r.Key+recordSuffix != file {
		return errors.New("it is the record of another key than the one in its name")
	}
	return nil
}
