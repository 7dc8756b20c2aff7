package engine_test

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// This file is policy, too: bytes that come from a file, a program, a server or a person may be
// anything, so each function that reads them has a fuzz target that reaches it, or says here why it
// needs none.

// decoders are the functions by which a parser is recognised, by their package: each begins so.
var decoders = map[string][]string{
	"base64":    {"StdEncoding.Decode", "URLEncoding.Decode", "NewDecoder"},
	"binary":    {"Read", "Uvarint", "Varint", "LittleEndian.Uint", "BigEndian.Uint", "Decode"},
	"bufio":     {"NewScanner"},
	"csv":       {"NewReader"},
	"fmt":       {"Sscan", "Fscan"},
	"gob":       {"NewDecoder"},
	"gzip":      {"NewReader"},
	"hclparse":  {"NewParser"},
	"hclsyntax": {"ParseConfig", "ParseExpression", "ParseTemplate", "ParseTraversal"},
	"hclwrite":  {"ParseConfig"},
	"hex":       {"Decode", "NewDecoder"},
	"image":     {"Decode"},
	"jpeg":      {"Decode"},
	"json":      {"Unmarshal", "NewDecoder"},
	"png":       {"Decode"},
	"strconv":   {"Parse", "Atoi", "Unquote"},
	"tar":       {"NewReader"},
	"xml":       {"Unmarshal", "NewDecoder"},
	"zip":       {"NewReader", "OpenReader"},
}

// TestParsersAreFuzzed: a new parser needs a fuzz target, or a reason to have none.
func TestParsersAreFuzzed(t *testing.T) {
	found, targets := map[string]string{}, map[string]bool{}
	eachFile(t, func(dir, path string) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			name := functionName(d)
			switch {
			case strings.HasSuffix(path, "_test.go"):
				if strings.HasPrefix(name, "Fuzz") {
					targets[dir+" "+name] = true
				}
			case decodes(d):
				found[dir+" "+name] = path
			}
		}
	})
	for name, path := range found {
		if parsers[name] == "" {
			t.Errorf("%s: %q reads bytes: write a fuzz target, and name it in parsers", path, name)
		}
	}
	used := map[string]bool{}
	for name, why := range parsers {
		if found[name] == "" {
			t.Errorf("%q reads nothing any more", name)
		}
		for target := range strings.SplitSeq(why, ", ") {
			if !strings.Contains(target, "Fuzz") {
				continue
			}
			dir, _, _ := strings.Cut(name, " ")
			if !strings.Contains(target, " ") {
				target = dir + " " + target
			}
			if used[target] = true; !targets[target] {
				t.Errorf("%q: there is no target %q", name, target)
			}
		}
	}
	for target := range targets {
		if !used[target] && !slices.Contains(others, target) {
			t.Errorf("%q is no parser's target", target)
		}
	}
	for _, target := range others {
		if !targets[target] {
			t.Errorf("there is no target %q", target)
		}
	}
}

// eachFile calls do with each Go file and its folder.
func eachFile(t *testing.T, do func(dir, path string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".go") {
			dir, err := filepath.Rel("..", filepath.Dir(path))
			if err != nil {
				return err
			}
			do(filepath.ToSlash(dir), path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// functionName returns a declared function's name, "Type.name" for a method, or that of the first
// value that is declared.
func functionName(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name
		}
		of := d.Recv.List[0].Type
		if p, ok := of.(*ast.StarExpr); ok {
			of = p.X
		}
		if g, ok := of.(*ast.IndexExpr); ok {
			of = g.X
		}
		if id, ok := of.(*ast.Ident); ok {
			return id.Name + "." + d.Name.Name
		}
	case *ast.GenDecl:
		if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
			return v.Names[0].Name
		}
	}
	return ""
}

// decodes reports whether a declaration calls one of the decoders. The parameters of a step are not
// counted: they are what the planner computed, and reach a worker by its input.
func decodes(d ast.Decl) (found bool) {
	ast.Inspect(d, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) > 0 && text(call.Args[0]) == "job.Params" {
			return true
		}
		pkg, name, _ := strings.Cut(text(call.Fun), ".")
		for _, begin := range decoders[pkg] {
			found = found || strings.HasPrefix(name, begin)
		}
		return true
	})
	return found
}

// text returns an expression as it is written.
func text(e ast.Expr) string {
	var b strings.Builder
	if printer.Fprint(&b, token.NewFileSet(), e) != nil {
		return ""
	}
	return b.String()
}

// What most of the parsers without a target have in common.
const (
	flag    = "what a person types"
	checked = "a value that package specs has checked"
	ours    = "what this program, or a file inside it, has"

	sent     = "what this program's other half sends; only encoding/json reads it"
	asked    = "a request that package constraint has checked, or a part of one"
	compared = "a hyperparameter, which is compared with its bounds"
	names    = "the names of a dataset's classes; only encoding/json reads them"
	numbered = "a number in a file's name, which is compared with those in use"
	encoded  = "a picture that a step encoded; only image/jpeg reads it"
	computed = "a digest that is computed there"
	kernel   = "what the kernel says of processes"
	repeat   = "what this program prints and writes, in a campaign that damages it on purpose"
	written  = "what a step of this program has just written"
)

// parsers are the functions that call a decoder, by their folder and name: the fuzz targets that
// reach them, with their folders where these are others, or why they need none.
var parsers = map[string]string{
	"cmd/snellen/cmdline Age.Set":               flag,
	"cmd/snellen/live Conversation.begin":       sent,
	"cmd/snellen/cmdline Size.Set":              flag,
	"cmd/snellen-worker/serve Dev":              sent,
	"cmd/snellen-worker/serve runners":          sent,
	"cmd/soak command.keptPromise":              repeat,
	"cmd/soak command.ran":                      repeat,
	"cmd/soak figures":                          repeat,
	"cmd/soak page.ask":                         repeat,
	"cmd/soak processes":                        kernel,
	"cmd/soak tally.follow":                     sent,
	"cmd/soak standIn.start":                    repeat,
	"cmd/snellen/planfile parse":                "FuzzPlan",
	"cmd/snellen/studio advice":                 "FuzzLines",
	"cmd/snellen/studio free":                   "FuzzRequests",
	"cmd/snellen/studio read":                   "FuzzRequests",
	"cmd/snellen/studio runs.hear":              "FuzzLines",
	"cmd/snellen/studio scan":                   "FuzzLines",
	"cmd/snellen/studio server.addToRecording":  "FuzzRequests",
	"cmd/snellen/studio server.judgePicture":    "FuzzRequests",
	"cmd/snellen/studio server.serveFrame":      "FuzzRequests",
	"cmd/snellen/project parseNotes":            "FuzzNotes",
	"cmd/snellen/project Project.readJSON":      "steps/video FuzzReading",
	"cmd/snellen/project SideRequest.ofRun":     "specs FuzzVars, engine/journal FuzzJournal",
	"cmd/snellen/starter labelNames":            "FuzzNames",
	"engine comparison.otherKind":               "FuzzReasons",
	"engine comparison.parameters":              "FuzzReasons",
	"engine elementsOf":                         "FuzzReasons",
	"engine numbersDiffer":                      "FuzzNumbers",
	"engine sameNumber":                         "FuzzNumbers",
	"engine/journal Open":                       "FuzzJournal",
	"engine/journal Reader.Next":                "FuzzJournal",
	"engine/journal Reader.end":                 "FuzzJournal",
	"engine/store Record.decode":                "FuzzRecord",
	"engine/shared parseNote":                   "FuzzNote",
	"engine/shared parsePast":                   "FuzzPast",
	"engine/store parseMemo":                    "FuzzMemo",
	"engine/store decodeHex":                    "FuzzNeeds, FuzzHistory, FuzzLast",
	"engine/store parsePastRun":                 "FuzzHistory",
	"engine/store parser.escape":                "FuzzRecord",
	"engine/store parser.number":                "FuzzRecord",
	"engine/store parseLast":                    "FuzzLast",
	"specs Parse":                               "FuzzLoad",
	"specs collector.parseAnyLength":            "FuzzLoad, FuzzLock, FuzzWork",
	"specs hyperparameterChecker.checkSchedule": "FuzzLoad",
	"specs loader.parseLiteral":                 "FuzzVars",
	"specs loader.readSizes":                    "FuzzLoad",
	"specs loader.sideFromName":                 "FuzzLoad",
	"specs/hyper Parse":                         "FuzzParse",
	"specs/hyper integers":                      "FuzzParse",
	"specs/lsp analysis.textBefore":             "FuzzAnswers",
	"specs/lsp document.correction":             "FuzzAnswers",
	"specs/sharedurl ParseEndpoint":             "FuzzParse",
	"steps/address Training.Seed":               computed,
	"steps/audit ParseAreas":                    "FuzzAreas",
	"steps/container Answer":                    "FuzzAnswer",
	"steps/container Parser.batch":              "FuzzLine",
	"steps/container Parser.epoch":              "FuzzLine",
	"steps/container parseDataset":              "FuzzDataset",
	"steps/container number":                    "FuzzLine",
	"steps/evaluate ReadDetections":             "FuzzReadDetections",
	"steps/evaluate newRecordedModel":           "FuzzAnswers",
	"steps/evaluate recordedModel.Classify":     "FuzzAnswers",
	"steps/export CheckBundle":                  "FuzzStep, steps/export/bundle FuzzCheck",
	"steps/export parseSummary":                 "FuzzSummary",
	"steps/export Training.hparams":             "FuzzParams",
	"steps/export Training.localModel":          "steps/train FuzzModel",
	"steps/export checkStep":                    "FuzzStep",
	"steps/export parseList":                    "FuzzList",
	"steps/export params":                       "FuzzParams",
	"steps/export/bundle Check":                 "FuzzCheck",
	"steps/export/bundle validDigest":           "FuzzParse",
	"steps/export/mlflow Client.call":           "FuzzAnswers",
	"steps/export/mlflow Client.statusError":    "FuzzAnswers",
	"steps/frames Images.Place":                 "FuzzList",
	"steps/frames parseList":                    "FuzzList",
	"steps/frames parse":                        "FuzzRecordIO",
	"steps/frames parseEntry":                   "FuzzList",
	"steps/frames readPartHeader":               "FuzzRecordIO",
	"steps/picture SumNotes":                    "cmd/snellen/project FuzzNotes",
	"steps/picture file.bmp":                    "FuzzHeader",
	"steps/picture file.jpeg":                   "FuzzHeader",
	"steps/picture file.png":                    "FuzzHeader",
	"steps/picture file.webp":                   "FuzzHeader",
	"steps/picture first":                       "FuzzFirst",
	"steps/picture webpSize":                    "FuzzHeader",
	"steps/pretrained torchvisionName":          ours,
	"steps/remote parseAnswer":                  "FuzzAnswers",
	"steps/remote/s3 Serve":                     sent,
	"steps/report Report.networkInputs":         numbered,
	"steps/report Report.worstPictures":         numbered,
	"steps/report below":                        ours,
	"steps/report escapeFormula":                "a cell of the table that is written",
	"steps/report inputOf":                      checked,
	"steps/report reader.json":                  "FuzzOutputs",
	"steps/report/page album.read":              encoded,
	"steps/report/page scale":                   encoded,
	"steps/revision parseEntry":                 "FuzzGit",
	"steps/revision committed":                  "FuzzGit",
	"steps/sagemaker ReadJob":                   "figures of a step, which are only added up",
	"steps/sagemaker/client checkArchive":       "FuzzArchive",
	"steps/sagemaker/client hourly":             "FuzzHourly",
	"steps/sagemaker/client input":              ours,
	"steps/sagemaker/client quotaLimit":         "FuzzErrors",
	"steps/sagemaker/constraint bound":          ours,
	"steps/sagemaker/constraint check":          "FuzzCheck",
	"steps/sagemaker/constraint finder.number":  "FuzzCheck",
	"steps/sagemaker/constraint finder.text":    "FuzzCheck",
	"steps/proc Launched":                       sent,
	"steps/proc Cmd.pass":                       sent,
	"steps/proc parent":                         kernel,
	"steps/proc bound":                          kernel,
	"steps/proc groupLimit":                     kernel,
	"steps/proc killChildren":                   kernel,
	"steps/sagemaker/ledger parse":              "FuzzLedger",
	"steps/sagemaker/ledger readLive":           "FuzzLedger",
	"steps/sagemaker/price parse":               "FuzzPrices",
	"steps/sides Read":                          "FuzzReports",
	"steps/sides Resolution.bytes":              "FuzzReports",
	"steps/sides pair.resolutionNames":          "FuzzReports",
	"steps/standin Article":                     ours,
	"steps/standin Server.cursor":               "FuzzRequests",
	"steps/standin Server.dataThere":            "FuzzRequests",
	"steps/standin Server.getModel":             "FuzzUnpack",
	"steps/standin Server.inputsThere":          "FuzzRequests",
	"steps/standin about":                       "FuzzRequests",
	"steps/standin createConfig":                "FuzzRequests",
	"steps/standin createJob":                   asked,
	"steps/standin createModel":                 asked,
	"steps/standin dataset.readList":            "FuzzLists",
	"steps/standin dataset.image":               "FuzzLists",
	"steps/standin dataset.listed":              "FuzzLists",
	"steps/standin fill":                        asked,
	"steps/standin handle":                      "FuzzRequests",
	"steps/standin job.fetchCheckpoints":        numbered,
	"steps/standin job.number":                  compared,
	"steps/standin keep":                        asked,
	"steps/standin members.fill":                asked,
	"steps/standin members.join":                ours,
	"steps/standin place":                       "FuzzRequests",
	"steps/standin rule.check":                  compared,
	"steps/standin shape":                       compared,
	"steps/standin stamp.UnmarshalJSON":         "FuzzRequests",
	"steps/standin/local classes":               compared,
	"steps/standin/local read":                  written,
	"steps/standin/local training.keep":         written,
	"steps/torch formats":                       "FuzzSafetensors",
	"steps/torch placed.read":                   "FuzzSafetensors",
	"steps/torch readEntries":                   "FuzzSafetensors",
	"steps/train parseModel":                    "FuzzModel",
	"steps/train describer.inputs":              computed,
	"steps/train loader.load":                   names,
	"steps/train newHead":                       names,
	"steps/video parseFrameHashes":              "FuzzFrameHashes",
	"steps/video parseProbeResult":              "FuzzProbe",
	"steps/video ParseReading":                  "FuzzReading",
	"steps/video ParseSelection":                "FuzzReadSelection",
	"steps/video checkIntact":                   "ffprobe's counts, which are only compared",
	"steps/video checkSize":                     "FuzzParseFrames",
	"steps/video followProgress":                "FuzzProgress",
	"steps/video frameList.add":                 "FuzzParseFrames",
	"steps/video newReading":                    "FuzzContainer",
	"steps/video packetTimes":                   "at most maxPackets of ffprobe's numbers",
	"steps/video parseDisplayMatrix":            "FuzzContainer",
	"steps/video parseFrames":                   "FuzzParseFrames",
	"steps/video parseHash":                     "FuzzFrameHashes",
	"steps/video parsePictureSet":               "FuzzPictureSet",
	"steps/video pictureChoice.split":           computed,
	"steps/video parseContainer":                "FuzzContainer",
	"steps/video probeStart":                    "ffprobe's duration, which is only shown",
	"steps/video ratio":                         "FuzzReading, FuzzContainer",
	"steps/vision OpenCamera":                   flag,
	"steps/vision checkDisplay":                 "a number of 16 bits in the environment",
	"steps/watch session.obey":                  sent,
	"steps/worker Serve":                        "FuzzServe",
	"steps/worker Shared.Ask":                   sent,
	"steps/worker child.read":                   "FuzzReplies",
}

// others are the fuzz targets of parsers that no decoder of decoders shows.
var others = []string{"specs FuzzFormat", "specs FuzzQuote", "specs/edit FuzzClip",
	"specs/edit FuzzEvaluation", "specs/edit FuzzLayout", "steps/pretrained FuzzRead"}
