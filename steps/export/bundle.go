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

// A Bundle is all that a study's bundle is made of.
type Bundle struct {
	Study     string
	Spec      map[string][]byte // the spec, its lock file, and what else the study was read from, by file name
	Variables map[string]string // the caller gave; none that is sensitive
	Version   string            // of Snellen
	Document  *document.Document
	Decisions []*engine.Decision
	Report    map[string][]byte           // the report's folder
	Programs  map[string]*debug.BuildInfo // by name
}

// bundleStep is one line of steps.json.
type bundleStep struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	State   string `json:"state"`         // "done", or "missing" where there is no record
	Key     string `json:"key,omitempty"` // its files are steps/KEY.manifest and steps/KEY.json
}

// bundleRecord is steps/KEY.json: what a key led to.
type bundleRecord struct {
	Key     string                  `json:"key"`
	Seconds float64                 `json:"seconds"` // that making it took
	Ended   time.Time               `json:"ended"`
	Outputs map[string]store.Output `json:"outputs"`
}

// Write packs the bundle.
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
			files["steps/"+s.Key+manifestSuffix] = []byte(r.Manifest)
			files["steps/"+s.Key+recordSuffix] = encoded(bundleRecord{s.Key, r.Took.Seconds(), r.Ended.UTC(), r.Outputs})
		}
		steps = append(steps, s)
	}
	files[stepsName] = encoded(steps)
	files["licences.json"] = encoded(licences(b.Document, b.Programs))
	files["about.json"] = encoded(map[string]any{"study": b.Study, "snellen": b.Version, "variables": b.Variables})
	files["README.md"] = []byte(strings.NewReplacer("{Study}", plain(b.Study), "{Answer}", plain(b.Document.Answer)).Replace(bundleReadme))
	return bundle.Write(w, safeName(b.Study), files)
}

const (
	stepsName      = "steps.json"
	manifestSuffix = ".manifest"
	recordSuffix   = ".json"

	bundleReadme = `# The study {Study}

{Answer}

| what | is in |
| --- | --- |
| the study as it was declared, and its lock file | ` + "`spec/`" + ` |
| the report: open index.html | ` + "`report/`" + ` |
| each step's key, or that it has no result | ` + "`steps.json`" + ` |
| what each result depends on; the key is the SHA-256 of the manifest | ` + "`steps/KEY.manifest`" + ` |
| what was made of it, with digests | ` + "`steps/KEY.json`" + ` |
| the tools and modules that it was made with, and their licences | ` + "`licences.json`" + ` |
| the version of Snellen, and the variables | ` + "`about.json`" + ` |

Check it with snellen export bundle -check FILE, or unpacked with sha256sum -c MANIFEST. Footage, pictures of the dataset
and models are not in it.
`
)

func encoded(v any) []byte {
	var b bytes.Buffer
	if err := writeJSON(&b, v); err != nil {
		panic("BUG: a bundle's file: " + err.Error())
	}
	return b.Bytes()
}

// CheckBundle reads a bundle and tells what it holds. Beside what every bundle must be, each step that is done must have its
// manifest, whose SHA-256 is its key, and its record.
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
		if s.State == "done" && !(has["steps/"+s.Key+manifestSuffix] && has["steps/"+s.Key+recordSuffix]) {
			return content, fmt.Errorf("it has no manifest, or no record, of %q", s.Address)
		}
	}
	return content, nil
}

// checkStep holds a step's manifest and record to their name.
func checkStep(name string, data []byte) error {
	file, ok := strings.CutPrefix(name, "steps/")
	if !ok {
		return nil
	}
	if key, ok := strings.CutSuffix(file, manifestSuffix); ok {
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != key {
			return errors.New("its SHA-256 is not the key that it is named by")
		}
		return nil
	}
	var r bundleRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	if r.Key+recordSuffix != file {
		return errors.New("it is the record of another key")
	}
	return nil
}
