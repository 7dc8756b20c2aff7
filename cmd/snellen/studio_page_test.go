package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	const run = `import("/store.js").then(({state}) => state.run)`
	before := value[string](b, run+`.then((run) => run.id)`)
	b.press("Apply")
	// The page draws what it knows a little later: its text alone may be of the run before.
	b.within(10*time.Minute, fmt.Sprintf(`((run) => run.id !== %q && run.state === "done")(
		await %s) && /Last run\s+snellen apply.* is done, after/.test(
		document.querySelector("main").innerText)`,
		before, run), "the run's end")
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

// still holds that no link of the page's top moves, whatever the page has to say beside it: whoever
// was about to press one would miss it.
func (b *studioTab) still() {
	b.Helper()
	for _, width := range []int64{1280, 390} {
		b.emulate("light", width)
		const places = `(async () => {
			const {changed, state} = await import("/store.js"), {run, spec, tab} = state, all = new Set();
			for (const now of ["done", "running"]) for (const study of ["", "a rather long name"])
				for (const to of ["film", "areas", "run", "read", "watch"]) {
				Object.assign(state, {run: {...run, state: now}, spec: {...spec, study}, tab: to});
				changed();
				await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
				all.add(JSON.stringify([...document.querySelectorAll(".top nav a")].map((one) => {
					const {x, y, width, height} = one.getBoundingClientRect();
					return [x, y, width, height].map(Math.round);
				})));
			}
			Object.assign(state, {run, spec, tab});
			changed();
			return [...all].join("\n");
		})()`
		if all := value[string](b, places); strings.Contains(all, "\n") {
			b.Errorf("the links of a top of %d pixels move:\n%s", width, all)
		}
	}
	b.emulate("light", 1280)
}

// overtaken has the page's requests to addresses with that text wait until a DELETE was answered,
// as if it had overtaken them. What they ask for is gone then, and nobody complains.
func (b *studioTab) overtaken(text string) {
	b.Helper()
	value[bool](b, fmt.Sprintf(`(() => {
		const ask = window.ask ??= window.fetch, held = window.held = {begun: 0, ended: 0};
		const gone = Promise.withResolvers();
		window.fetch = async (at, options) => {
			if (!at.includes(%q)) {
				const answer = await ask(at, options);
				if (options.method === "DELETE") gone.resolve();
				return answer;
			}
			held.begun++;
			await gone.promise;
			return ask(at, options).finally(() => held.ended++);
		};
		return true;
	})()`, text))
}

// loads holds that who waits for the spec or the clips has them as they were then, or newer, even
// where a later request is on its way, and that an answer that was overtaken counts no more.
func (b *studioTab) loads() {
	b.Helper()
	for name, field := range map[string]string{"loadSpec": "spec", "loadClips": "clips"} {
		if got := value[string](b, fmt.Sprintf(`(async () => {
			const {%[1]s: load} = await import("/load.js"), {state} = await import("/store.js");
			const ask = window.fetch, answer = [], held = [0, 1, 2, 3].map(
				(i) => new Promise((now) => { answer[i] = now; }));
			let n = 0;
			window.fetch = async (...all) => {
				const hold = n < 4 ? held[n++] : null, answered = await ask(...all);
				await hold;
				return answered;
			};
			const was = state.%[2]s, [one, two, three, four] = [load(), load(), load(), load()];
			window.fetch = ask;
			answer[0]();
			await one;
			const first = state.%[2]s !== was;
			answer[3]();
			await four;
			const last = state.%[2]s;
			answer[1]();
			answer[2]();
			await Promise.all([two, three]);
			return [first, state.%[2]s === last].join();
		})()`, name, field)); got != "true,true" {
			b.Errorf("%s: %s", name, got)
		}
	}
}

// painted waits until a frame shows more than a blank page. What is in it has an origin of its own,
// so that its pixels are looked at.
func (b *studioTab) painted(selector string) {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; {
		value[bool](b, fmt.Sprintf(`(document.querySelector(%q).scrollIntoView(), true)`, selector))
		data, err := chromedp.Run(b.ctx, chromedp.Screenshot(chromedp.CSS(selector)))
		b.must(err)
		picture, err := png.Decode(bytes.NewReader(data))
		b.must(err)
		colours := map[color.Color]bool{}
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				colours[picture.At(x, y)] = true
			}
		}
		if len(colours) > 50 { // letters alone have more, by their edges
			return
		}
		if time.Now().After(end) {
			b.Fatalf("%s has %d colours", selector, len(colours))
		}
	}
}

// opened waits for a page of its own, by the beginnings of its address and its title, and comes
// back.
func (b *studioTab) opened(address, title string) {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; {
		all, err := chromedp.Targets(b.ctx)
		b.must(err)
		for _, one := range all {
			if one.Type == "page" && strings.HasPrefix(one.URL, address) &&
				strings.HasPrefix(one.Title, title) {
				// A page that is not in front draws nothing.
				_, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{})
				b.must(err)
				return
			}
		}
		if time.Now().After(end) {
			b.Fatalf("no page %s", address)
		}
		time.Sleep(20 * time.Millisecond) // the browser is asked
	}
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
	b.still()
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
	for i, frame := range []string{"Report of the study", "Comparison of two runs"} {
		b.painted(fmt.Sprintf(`iframe[title=%q]`, frame))
		address := []string{"/report/?edition=", "/compare?a="}[i]
		b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf(`main a[target=_blank][href^=%q]`, address))))
		b.opened(b.base+address, "tiny")
	}
	b.axe("read")

	b.open("watch")
	b.axe("choose")
	value[bool](b, `(document.querySelectorAll("input[name=source]")[1].click(), true)`)
	b.press("Watch")
	b.until(`/ 2 right|1 right|1 wrong|2 wrong|unsure/.test(
		document.querySelector(".watch-facts")?.innerText) && document.querySelectorAll(
		"main td.right, main td.wrong, main td.unsure").length === 2`, "what is found")
	b.axe("watch")
	b.overtaken("/picture")
	b.until(`held.begun >= 1`, "a picture on its way")
	b.press("Stop")
	b.until(`held.begun === held.ended`, "no picture on its way")
	b.overtaken("offset=")
	value[bool](b, `(async () => {
		const {Upload} = await import("/upload.js");
		const one = new Upload("late.mp4", {label: "A", name: "late.mp4"});
		await one.begin();
		one.push(new Blob(["not a film"]));
		return one.giveUp();
	})()`)
	b.until(`held.begun === 1 && held.ended === 1`, "no bytes on their way")

	// A spec with a mistake, its editor, and a notice.
	b.must(os.WriteFile(spec, []byte(strings.Replace(studioSpecText, `expect = "A"`,
		`expect = "X"`, 1)), 0o666))
	b.until(`document.querySelector(".mistakes-box button")`, "the mistake")
	b.press("line ")
	b.until(`document.activeElement.id === "spec-text"`, "the editor")
	b.axe("mistake")
	b.quiet("409 (Conflict)") // by which the page learns of the editor's change
}

// key presses a key, as a person without a mouse.
func (b *studioTab) key(keys string, modifiers ...chromedp.Modifier) {
	b.Helper()
	b.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// next presses Tab. The focus goes into a frame and out of it by way of other processes: whoever
// presses again before it has arrived passes over what is next, and no person is that quick.
func (b *studioTab) next(modifiers ...chromedp.Modifier) {
	b.Helper()
	b.key(kb.Tab, modifiers...)
	value[bool](b, `(async () => {
		const frame = () => new Promise(requestAnimationFrame);
		for (let i = 0; i < 2 && document.activeElement.matches("body, iframe"); i++) await frame();
		return true; })()`)
}

// to goes with Tab to what an expression of the element "one" is true of.
func (b *studioTab) to(expression, what string) {
	b.Helper()
	for range 400 {
		b.next()
		if value[bool](b, `((one) => !!(`+expression+`))(document.activeElement)`) {
			return
		}
	}
	b.Fatalf("Tab never comes to %s; the focus is at %.300s", what,
		value[string](b, "document.activeElement.outerHTML"))
}

// toButton goes with Tab to a button, by the beginning of its words.
func (b *studioTab) toButton(text string) {
	b.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll("button")].some((one) =>
		 !one.disabled && one.textContent.trim().startsWith(%q))`, text), "a button "+text)
	b.to(fmt.Sprintf(`one.matches("button") && one.textContent.trim().startsWith(%q)`, text), text)
}

// round goes with Tab and back over the whole page. Every control is come to, can be seen when it
// has the focus, and is left again.
func (b *studioTab) round(where string) {
	b.Helper()
	wanted := value[int](b, `(() => {
		const groups = new Set();
		window.controls = new Set([...document.querySelectorAll("a[href], button, input, select, " +
			"textarea, summary, iframe, video[controls], [tabindex='0']")].filter((one) =>
			!one.disabled && one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true}) &&
			(one.type !== "radio" || one.checked)));
		document.activeElement.blur();
		return controls.size; })()`)
	for _, modifiers := range [][]chromedp.Modifier{nil, {chromedp.ModifierShift}} {
		value[bool](b, `(window.missed = new Set(controls), true)`)
		for range wanted + 1000 { // a report in its frame has controls as well
			b.next(modifiers...)
			if problem := value[string](b, `(() => {
				const one = document.activeElement, top = document.querySelector(".top");
				missed.delete(one);
				if (one === document.body || one.matches("iframe")) return "";
				const r = one.getBoundingClientRect(), t = top.getBoundingClientRect();
				const name = one.outerHTML.slice(0, 200);
				if (r.width < 1 || r.height < 1) return "is not seen: " + name;
				if (!top.contains(one) && !one.matches(".skip") && r.bottom <= t.bottom &&
					!one.closest("dialog")) return "lies under the page's head: " + name;
				if (r.top >= innerHeight || r.bottom <= 0) return "lies outside the window: " + name;
				const ring = one.closest(".file") || one;
				if (getComputedStyle(ring).outlineStyle === "none" && !one.matches(".spot")) {
					return "has no ring: " + name;
				}
				return ""; })()`); problem != "" {
				b.Errorf("%s: what has the focus %s", where, problem)
			}
			if value[int](b, `missed.size`) == 0 {
				break
			}
		}
		if missed := value[string](b, `[...missed].map((one) => one.outerHTML.slice(0, 200)).join(
			"\n")`); missed != "" {
			b.Errorf("%s: Tab %v never comes to\n%s", where, modifiers, missed)
		}
	}
}

// tab opens a tab with keys.
func (b *studioTab) tab(name string) {
	b.Helper()
	b.to(fmt.Sprintf(`one.hash === "#%s"`, name), "the tab "+name)
	b.key(kb.Enter)
	b.until(fmt.Sprintf(`document.querySelector("nav a[aria-current]").hash === "#%[1]s" &&
		document.querySelector("main h1")?.innerText.toLowerCase() === %[1]q`, name), name)
	b.until(`document.activeElement.id === "main"`, "the focus at the tab's beginning")
}

// TestStudioByKeys does the work of each tab without a mouse.
func TestStudioByKeys(t *testing.T) {
	b := realStudio(t)
	b.until(`document.querySelectorAll(".clip .soft").length === 3 &&
		!document.querySelector("main").innerText.includes("being listed")`, "the clips")
	b.until(`/64x48/.test(document.querySelector(".clips").innerText) &&
		[...document.querySelectorAll(".thumb img")].every((one) => one.naturalWidth > 0)`,
		"what the clips are")
	b.round("film")

	// A dialog has the focus, keeps it, and gives it back.
	at := `one.getAttribute("aria-label") === "Rename B.mp4"`
	b.to(at, "Rename")
	b.key(kb.Enter)
	b.until(`document.querySelector("dialog")?.contains(document.activeElement)`, "the dialog")
	for range 10 {
		b.key(kb.Tab)
		if !value[bool](b, `document.activeElement === document.body ||
			document.querySelector("dialog")?.contains(document.activeElement)`) {
			t.Error("Tab leaves the dialog")
		}
	}
	b.key(kb.Escape)
	b.until(`!document.querySelector("dialog")`, "the dialog's end")
	if !value[bool](b, `((one) => `+at+`)(document.activeElement)`) {
		t.Errorf("the focus is at %s", value[string](b, `document.activeElement.outerHTML`))
	}
	// A picture that is being made of a clip fails where the clip gets another name meanwhile.
	b.until(`[...document.querySelectorAll(".thumb img")].every((one) => one.naturalWidth > 0)`,
		"the small pictures")
	b.key(kb.Enter)
	b.to(`one.matches("dialog input")`, "the field of the name")
	b.key("a", chromedp.ModifierCtrl)
	b.key("turned" + kb.Enter)
	b.until(`/B.mp4 is now turned.mp4/.test(document.querySelector(".notices").innerText) &&
		!document.querySelector("dialog")`, "the new name")
	b.until(`document.activeElement.getAttribute("aria-label") === "Rename turned.mp4"`,
		"the focus at the clip")

	// An area is added, moved, made larger, named, taken back, and saved.
	b.tab("areas")
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 2`, "the areas")
	b.round("areas")
	b.toButton("Add an area")
	b.key(kb.Enter)
	spot := `document.activeElement.matches(".spot") && document.activeElement.getAttribute(
		"aria-label")`
	said := func(want string) {
		t.Helper()
		b.until(fmt.Sprintf(`(%s || "").startsWith(%q)`, spot, want), want)
	}
	said("area-3: B; at 24, 8; 16 by 32")
	b.key(kb.ArrowLeft)
	b.key(kb.ArrowUp)
	said("area-3: B; at 23, 7; 16 by 32")
	b.key(kb.ArrowRight, chromedp.ModifierShift)
	said("area-3: B; at 33, 7; 16 by 32")
	b.key(kb.ArrowLeft, chromedp.ModifierAlt)
	b.key(kb.ArrowDown, chromedp.ModifierAlt)
	said("area-3: B; at 33, 7; 15 by 33; has a problem")
	b.key(kb.ArrowLeft, chromedp.ModifierShift)
	b.key(kb.ArrowRight)
	said("area-3: B; at 24, 7; 15 by 33")
	b.key(kb.Enter)
	b.until(`document.activeElement.id === "area-label"`, "the choice of a label")
	b.key("A" + kb.Enter) // some browsers take a choice by keys when it is left or confirmed
	b.until(`document.activeElement.value === "A" && [...document.querySelectorAll(".spot")].some(
		(one) => one.getAttribute("aria-label").startsWith("area-3: A;"))`, "the other label")
	b.to(`one.matches(".spot") && one.getAttribute("aria-label").startsWith("right")`,
		"the right area")
	b.key(kb.Delete)
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 2`, "one area less")
	if !value[bool](b, `document.activeElement.matches(".spot")`) {
		t.Errorf("the focus is at %s", value[string](b, `document.activeElement.outerHTML`))
	}
	b.key("z", chromedp.ModifierCtrl)
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 3`, "the area again")
	b.key("y", chromedp.ModifierCtrl)
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 2`, "the area deleted again")
	b.toButton("Undo")
	b.key(" ")
	b.until(`document.querySelectorAll("svg.canvas .spot").length === 3`, "the area once more")
	b.toButton("Save")
	b.key(kb.Enter)
	b.until(`document.querySelector(".save .soft").innerText === "Saved"`, "the areas saved")
	if text := string(readFile(t, filepath.Join(b.dir, "tiny.hcl"))); !strings.Contains(text,
		"  area \"area-3\" {\n    rect   = [24, 7, 15, 33]\n    expect = \"A\"\n  }\n") {
		t.Error(text)
	}

	// The reasons of a plan are shown, it is applied, and a log is read.
	b.tab("run")
	b.until(`document.querySelector("table.plan .cell")`, "the plan")
	b.to(`one.matches(".cell")`, "a cell of the plan")
	b.until(`document.getElementById("reasons")`, "the reasons")
	b.key(kb.Escape)
	b.until(`!document.getElementById("reasons")`, "no reasons")
	b.toButton("Apply")
	b.key(kb.Enter)
	b.within(10*time.Minute, `/Last run\s+snellen apply.* is done, after/.test(
		document.querySelector("main").innerText)`, "the run's end")
	b.until(`/Everything is done/.test(document.querySelector("main").innerText)`, "the plan")
	b.until(`/Everything is done/.test(document.querySelector("main").innerText)`,
		"the plan that is left") // it is drawn anew
	b.to(`one.matches("summary") && one.innerText.startsWith("Finished steps")`, "Finished steps")
	b.key(kb.Enter)
	b.round("run")
	b.to(`one.getAttribute("aria-label") === "Log of 64x48/train"`, "a log")
	b.key(kb.Enter)
	b.until(`document.querySelector("dialog pre.log")`, "the log")
	b.key(kb.Escape)
	b.until(`!document.querySelector("dialog")`, "the dialog's end")
	if !value[bool](b, `document.activeElement.getAttribute("aria-label") ===
		"Log of 64x48/train"`) {
		t.Errorf("the focus is at %s", value[string](b, `document.activeElement.outerHTML`))
	}

	b.tab("read")
	b.until(`document.querySelector("iframe")`, "the report")
	b.round("read")

	// A clip is watched, and another resolution chosen.
	b.tab("watch")
	b.to(`one.name === "source"`, "the choice of a source")
	b.key(kb.ArrowDown)
	b.until(`document.activeElement.parentElement.innerText.trim() === "A clip"`, "a clip")
	b.toButton("Watch")
	b.key(kb.Enter)
	facts := `document.querySelector(".watch-facts")?.innerText`
	b.until(`/^64x48, .*: [0-3] right/.test(`+facts+`)`, "what is found")
	b.round("watch")
	b.toButton("Save the picture")
	b.key(kb.ArrowRight)
	b.until(`/^32x24,/.test(`+facts+`)`, "the next resolution")
	b.key("1")
	b.until(`/^64x48,/.test(`+facts+`)`, "the first resolution")
	b.key("s")
	b.until(`/saved/.test(document.querySelector(".notices").innerText)`, "a saved picture")
	b.toButton("Stop")
	b.key(kb.Enter)
	b.until(`!document.querySelector(".watched")`, "the end")
	b.tab("film")

	// The spec's text is changed: Tab leaves a text as it leaves a field.
	b.to(`one.matches(".editor summary")`, "the spec's text")
	b.key(kb.Enter)
	b.to(`one.id === "spec-text"`, "the text")
	b.key(kb.Home, chromedp.ModifierCtrl)
	b.key("# By keys." + kb.Enter)
	b.toButton("Save")
	b.key(kb.Enter)
	b.until(`/tiny.hcl is saved/.test(document.querySelector(".notices").innerText)`,
		"the spec saved")
	if text := string(readFile(t, filepath.Join(b.dir, "tiny.hcl"))); !strings.HasPrefix(text,
		"# By keys.\n") {
		t.Error(text)
	}
	b.quiet()
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestStudioBesideAnEditor: what an editor saves is seen at once, and a draft of areas outlives it.
func TestStudioBesideAnEditor(t *testing.T) {
	b := realStudio(t)
	spec := filepath.Join(b.dir, "tiny.hcl")
	save := func(changes ...string) { // as an editor does: a new file in the place of the old one
		t.Helper()
		text := string(readFile(t, spec))
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(text, changes[i]) {
				t.Fatalf("no %q in\n%s", changes[i], text)
			}
			text = strings.Replace(text, changes[i], changes[i+1], 1)
		}
		b.must(os.WriteFile(spec+".new", []byte(text), 0o666))
		b.must(os.Rename(spec+".new", spec))
	}
	has := func(texts ...string) {
		t.Helper()
		got := string(readFile(t, spec))
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Errorf("no %q in\n%s", text, got)
			}
		}
	}
	spots := func(n int) {
		t.Helper()
		b.until(fmt.Sprintf(`document.querySelectorAll("svg.canvas .spot").length === %d`, n),
			fmt.Sprint(n, " areas"))
	}
	saved := `document.querySelector(".save .soft").innerText === "Saved"`
	b.loads()
	b.open("areas")
	spots(2)

	// It saves another part of the file, and other areas, while nothing is drafted.
	save(`resolution "32x24" {}`, `resolution "16x12" {}`)
	b.until(`/16x12/.test(document.querySelector("main").innerText) ||
		document.querySelector(".spot")?.focus()`, "the other resolution in the eye chart")
	save("[2, 8, 16, 32]", "[3, 8, 16, 32]")
	b.until(`document.querySelector(".spot").getAttribute("aria-label").includes("at 3, 8;")`,
		"the editor's area")

	// It saves another part while areas are drafted: the draft goes on top.
	b.press("Add an area")
	spots(3)
	before := value[string](b, `import("/store.js").then(({state}) => state.spec.sum)`)
	save("frames = 20", "frames = 24", "# The left one.", "# The leftmost one.")
	b.until(fmt.Sprintf(`(await import("/store.js")).state.spec.sum !== %q`, before), "the change")
	spots(3)
	if value[bool](b, `!!document.querySelector(".conflict")`) {
		t.Error("another part of the file is a conflict")
	}
	b.press("Save")
	b.until(saved, "the areas saved")
	has("frames = 24", "# The leftmost one.", `area "area-3" {`, "# measured twice")

	// It saves the same areas: both changes are shown, and neither is lost before a choice.
	conflict := func() {
		t.Helper()
		b.do(chromedp.Focus(chromedp.CSS(`.spot[data-key="a:2"]`)))
		b.key(kb.Delete)
		spots(2)
		save("[3, 8, 16, 32]", "[5, 8, 16, 32]")
		b.until(`[...document.querySelectorAll(".conflict .diff")].filter((one, i) =>
			one.innerText.includes(["+    rect   = [5, 8, 16, 32]", '-  area "area-3" {'][i])
			).length === 2`, "both changes")
		if !value[bool](b, `[...document.querySelectorAll(".save button")].find(
			(one) => one.innerText === "Save").disabled`) {
			t.Error("the draft can be saved without a choice")
		}
		spots(2)
		has("[5, 8, 16, 32]", `area "area-3" {`)
	}
	conflict()
	b.press("Take the file's")
	b.until(`!document.querySelector(".conflict")`, "no conflict")
	spots(3)
	b.until(saved, "nothing to save")
	b.until(`document.querySelector(".spot").getAttribute("aria-label").includes("at 5, 8;")`,
		"the file's area")

	save("[5, 8, 16, 32]", "[3, 8, 16, 32]")
	b.until(`document.querySelector(".spot").getAttribute("aria-label").includes("at 3, 8;")`,
		"the area as it was")
	conflict()
	b.press("Put mine on top")
	b.until(`!document.querySelector(".conflict") && `+saved, "no conflict")
	spots(2)
	has("[3, 8, 16, 32]", "frames = 24", "# The leftmost one.")
	if strings.Contains(string(readFile(t, spec)), `area "area-3" {`) {
		t.Error("the area is still there")
	}

	// A file with a mistake takes no draft away, and one that is deleted neither.
	b.press("Add an area")
	spots(3)
	save("epochs          = 3", "epochs          = X")
	b.until(`document.querySelector(".mistakes-box")`, "the mistake")
	spots(3)
	save("epochs          = X", "epochs          = 3")
	b.until(`!document.querySelector(".mistakes-box")`, "no mistake")
	spots(3)
	b.draw(32, 3, 0, 0) // a click beside the areas: no chart of one is asked for
	b.until(`!document.querySelector(".spot.selected")`, "no chosen area")
	value[bool](b, `(() => {
		const wait = window.setTimeout; // nothing that the page puts off comes too late to be seen
		window.setTimeout = (act) => wait(act);
		return true;
	})()`)
	b.must(os.Rename(spec, spec+".away"))
	b.until(`(await import("/store.js")).state.spec.exists === false`, "no file")
	spots(3)
	b.do(chromedp.Focus(chromedp.CSS(`.spot[data-key="a:2"]`)))
	b.until(`document.querySelector(".spot.selected")`, "the chosen area")
	b.must(os.Rename(spec+".away", spec))
	b.until(`(await import("/store.js")).state.spec.exists`, "the file")
	b.press("Save")
	b.until(saved, "the areas saved")
	has(`area "area-3" {`, "frames = 24")
	b.quiet("409 (Conflict)") // by which the page learns what the editor changed
}

// TestStudioDrawsEachEpoch: a point is on the page while the training still waits at its epoch.
func TestStudioDrawsEachEpoch(t *testing.T) {
	dir := studioFolder(t)
	for _, name := range []string{"started", "go"} {
		if err := mkfifo(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	b := openStudio(newStudioWorld(t, dir, "FAKE_EPOCHS=1", "SNELLEN_CLI_ARGS=-parallelism=1"), "")
	b.open("run")
	// When the page had how many points, in its chart and in its table.
	value[bool](b, `(() => {
		const sum = (list) => list.reduce((all, one) => all + one, 0);
		window.drawn = []; window.written = [];
		const look = () => {
			const element = document.getElementById("curves");
			const chart = element && window.echarts?.getInstanceByDom(element);
			const points = sum((chart?.getOption()?.series || []).map((one) => one.data.length));
			const cells = sum([...document.querySelectorAll("details table td:first-of-type")].map(
				(one) => Number(one.textContent)));
			drawn[points] ??= Date.now();
			written[cells] ??= Date.now();
			requestAnimationFrame(look);
		};
		look(); return true; })()`)
	b.press("Apply")
	const epochs = 2 * 3
	for i := 1; i <= epochs; i++ {
		meet(t, dir, "started", os.O_RDONLY) // the epoch was reported, and the training waits
		b.until(fmt.Sprintf(`drawn[%[1]d] && written[%[1]d] && /^Now/.test(
			document.getElementById("run-title").innerText)`, i), fmt.Sprint(i, " points"))
		meet(t, dir, "go", os.O_WRONLY)
	}
	b.until(`/Last run\s+snellen apply.* is done, after/.test(
		document.querySelector("main").innerText)`, "the run's end")
	journals, err := filepath.Glob(filepath.Join(dir, "store", "runs", "*.jsonl"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("%v, %v", journals, err)
	}
	drawn, written := value[[]float64](b, "drawn"), value[[]float64](b, "written")
	n := 0
	for line := range strings.Lines(string(readFile(t, journals[0]))) {
		var e struct {
			Type string
			Time time.Time `json:"@timestamp"`
		}
		b.must(json.Unmarshal([]byte(line), &e))
		if e.Type != "metric" {
			continue
		}
		n++
		after := func(at float64) time.Duration {
			return time.UnixMilli(int64(at)).Sub(e.Time).Round(time.Millisecond)
		}
		t.Logf("epoch %d of %d: in the table after %v, drawn after %v", n, epochs,
			after(written[n]), after(drawn[n]))
	}
	if n != epochs {
		t.Errorf("the journal has %d epochs", n)
	}
	b.quiet("422 (Unprocessable Entity)") // the fake worker makes no small pictures
}

// TestStudioIsThereAtOnce opens the page of a large study: 17 labels, five resolutions, 300 clips.
func TestStudioIsThereAtOnce(t *testing.T) {
	worker := realWorker()
	if worker == "" {
		t.Skip("snellen-worker is not built: make build")
	}
	dir := studioFolder(t)
	var spec strings.Builder
	spec.WriteString("study \"large\" {}\n\n")
	for i := range 17 {
		name := fmt.Sprintf("LABEL_%02d", i+1)
		var videos []string
		for k := i; k < 300; k += 17 {
			video := filepath.Join("footage", name, fmt.Sprintf("%d.mp4", k))
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(video)), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(filepath.Join(dir, "A.mp4"), filepath.Join(dir, video)); err != nil {
				t.Fatal(err)
			}
			videos = append(videos, fmt.Sprintf("%q", filepath.ToSlash(video)))
		}
		fmt.Fprintf(&spec, "label %q { videos = [%s] }\n", name, strings.Join(videos, ", "))
	}
	_, rest, _ := strings.Cut(studioSpecText, `resolution "32x24" {}`)
	rest = strings.NewReplacer(`"A"`, `"LABEL_01"`, `"B"`, `"LABEL_02"`).Replace(rest)
	spec.WriteString("\n")
	for _, size := range []string{"64x48", "48x36", "32x24", "24x18", "16x12"} {
		fmt.Fprintf(&spec, "resolution %q {}\n", size)
	}
	spec.WriteString(rest)
	if err := os.WriteFile(filepath.Join(dir, "tiny.hcl"), []byte(spec.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	b := openStudio(newStudioWorld(t, dir, "SNELLEN_WORKER="+worker), "")
	for range 4 {
		b.until(`document.querySelectorAll(".clip").length === 301 &&
			performance.getEntriesByName("first-contentful-paint").length`, "the clips")
		t.Log(value[string](b, `((page) => "answered after " + Math.round(page.responseEnd) +
			", read after " + Math.round(page.domInteractive) + ": ")(
			performance.getEntriesByType("navigation")[0]) + [...performance.getEntriesByType("paint"),
			...performance.getEntriesByType("resource").filter((one) =>
				one.name.includes("/api/"))].map((one) => one.name.replace(location.origin, "") +
			" " + Math.round(one.startTime) + "+" + Math.round(one.duration)).join(", ") + ", all at " +
			Math.round(performance.now())`))
		// A browser opens six connections: pictures leave some to what a person waits for.
		b.until(`performance.getEntriesByType("resource").filter((one) =>
			one.name.includes("/media/thumb")).length >= 6`, "small pictures")
		if n := value[int](b, `((all) => Math.max(...all.map((one) => all.filter((other) =>
			other.startTime <= one.startTime && one.startTime < other.responseEnd).length)))(
			performance.getEntriesByType("resource").filter((one) =>
			one.name.includes("/media/thumb")))`); n > 2 {
			t.Errorf("%d small pictures are asked for at once", n)
		}
		b.do(chromedp.Navigate(b.base + "/"))
	}
	b.until(`document.querySelectorAll(".clip").length === 301`, "the clips")
	for _, path := range []string{"/api/state", "/api/clips"} {
		begun := time.Now()
		for range 10 {
			if status, _ := b.ask("GET", path, nil); status != 200 {
				t.Errorf("%s: %d", path, status)
			}
		}
		t.Logf("%s takes %v", path, (time.Since(begun) / 10).Round(10*time.Microsecond))
	}
	b.quiet()
}
