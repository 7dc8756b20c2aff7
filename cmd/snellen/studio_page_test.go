package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// This file holds the studio's page to what people without a mouse, with a screen reader, with a
// telephone, or with an editor beside it need.

// realStudio opens the page of the scripts' study, with real pictures of it.
func realStudio(t *testing.T) *studioTab {
	t.Helper()
	worker := realWorker()
	if worker == "" {
		t.Skip("snellen-worker is not built: make build")
	}
	return openStudio(newStudioWorld(t, studioFolder(t), "SNELLEN_WORKER="+worker), "")
}

// apply applies the study, and waits for its end.
func (b *studioTab) apply() {
	b.Helper()
	b.open("run")
	const last = `import("/store.js").then(({state}) => state.run.id)`
	before := value[string](b, last)
	b.press("Apply")
	b.until(fmt.Sprintf(`(await %s) !== %q && /Last run\s+snellen apply.* is done, after/.test(
		document.querySelector("main").innerText)`, last, before), "the run's end")
}

// A finding is what axe found.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// loadAxe puts axe into the page: the policy lets no script element do that, and the DevTools are
// not bound by it.
func (b *studioTab) loadAxe() {
	b.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "axe", "axe.min.js"))
	b.must(err)
	const want = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
		b.Fatalf("SHA-256 %x, want %s: see axe/README.md", sum, want)
	}
	value[bool](b, string(data)+"; true")
}

// axe looks at the page as it is now: light and dark, wide and narrow.
func (b *studioTab) axe(where string) {
	b.Helper()
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			b.emulate(scheme, width)
			text := value[string](b, `new Promise((done) => requestAnimationFrame(() =>
				requestAnimationFrame(done))).then(() => axe.run(document,
				{resultTypes: ["violations"], iframes: false})).then(
				(all) => JSON.stringify(all.violations))`)
			var found []finding
			b.must(json.Unmarshal([]byte(text), &found))
			for _, f := range found {
				for _, n := range f.Nodes {
					b.Errorf("%s, %s, %d: %s: %s (%s)\n%.400s\n%s", where, scheme, width, f.Impact, f.ID,
						f.Help, n.HTML, n.FailureSummary)
				}
			}
			if wide := value[float64](b, `document.documentElement.scrollWidth`); wide >
				float64(width) {
				b.Errorf("%s, %s: the page is %v wide, more than %d", where, scheme, wide, width)
			}
			b.shot(fmt.Sprintf("axe-%s-%s-%d", where, scheme, width))
		}
	}
	b.emulate("light", 1280)
}

// TestStudioForEveryone has axe look at every tab of a study that has run, and at its dialogs.
func TestStudioForEveryone(t *testing.T) {
	b := realStudio(t)
	b.loadAxe()
	b.until(`document.querySelectorAll(".clip img").length === 3`, "the clips")
	b.axe("film")
	b.open("run")
	b.until(`document.querySelector("table.plan .cell")`, "the plan")
	b.axe("plan")
	b.apply()
	b.until(`document.querySelector("#curves canvas")`, "the curves")
	value[bool](b, `(document.querySelectorAll("details").forEach((one) => { one.open = true; }),
		true)`)
	b.axe("run")
	b.press("Log")
	b.until(`document.querySelector("dialog[open] pre")`, "the log")
	b.axe("log")
	b.press("Close")

	b.open("film")
	b.until(`[...document.querySelectorAll(".thumb img")].every((one) => one.complete &&
		one.naturalWidth > 0 && one.getBoundingClientRect().width > 150)`, "the clips' pictures")
	for _, name := range []string{"Rename", "Delete"} {
		b.press(name + "…")
		b.until(`document.querySelector("dialog[open]")`, "the dialog "+name)
		b.axe(strings.ToLower(name))
		b.press("Close")
		b.until(`!document.querySelector("dialog")`, "the end of the dialog")
	}
	b.do(chromedp.Click(chromedp.CSS(".thumb")))
	b.until(`document.querySelector("dialog[open] video")?.videoWidth > 0`, "the clip")
	b.axe("play")
	b.press("Close")

	b.open("areas")
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 2`, "the areas")
	b.press("Add an area")
	b.until(`document.querySelector(".chart-row img")`, "the eye chart")
	b.axe("areas")
	spec := filepath.Join(b.dir, "tiny.hcl")
	b.must(os.WriteFile(spec, []byte(strings.Replace(studioSpecText, "[2, 8, 16, 32]",
		"[3, 8, 16, 32]", 1)), 0o666))
	b.until(`document.querySelectorAll(".conflict .diff").length === 2`, "the conflict")
	b.axe("conflict")
	b.press("Take the file's")

	b.apply()
	b.open("read")
	b.until(`document.querySelectorAll("main form select").length === 2`, "two runs")
	b.press("Compare")
	b.until(`document.querySelectorAll("iframe").length === 2`, "the comparison")
	b.axe("read")

	b.open("watch")
	b.axe("choose")
	value[bool](b, `(document.querySelectorAll("input[name=source]")[1].click(), true)`)
	b.press("Watch")
	b.until(`/ 2 right|1 right|1 wrong|2 wrong|unsure/.test(
		document.querySelector(".watch-facts")?.innerText) && document.querySelectorAll(
		"main td.right, main td.wrong, main td.unsure").length === 2`, "what is found")
	b.axe("watch")
	b.press("Stop")

	// A spec with a mistake, its editor, and a notice.
	b.must(os.WriteFile(spec, []byte(strings.Replace(studioSpecText, `expect = "A"`,
		`expect = "X"`, 1)), 0o666))
	b.until(`document.querySelector(".mistakes-box button")`, "the mistake")
	b.press("line ")
	b.until(`document.activeElement.id === "spec-text"`, "the editor")
	b.axe("mistake")
	b.quiet("409 (Conflict)") // by which the page learns of the editor's change
}
