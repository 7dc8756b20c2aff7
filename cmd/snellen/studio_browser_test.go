package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A studioTab is a tab of a real browser with the studio's page. Its camera is a file.
type studioTab struct {
	*studioWorld
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
	requests   []string
}

// openStudio opens the page of a studio. camera is the path of the film that its camera sees, which
// may be another one each time when the camera is turned on; "" is a browser without one.
func openStudio(w *studioWorld, camera string) *studioTab {
	w.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		w.Skip("chromium is not installed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // it refuses to run as root with one
	}
	if camera != "" {
		opts = append(opts, chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-video-capture", camera))
	}
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Minute)
	w.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	w.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	w.Cleanup(cancel)
	b := &studioTab{studioWorld: w, ctx: ctx}
	b.must(chromedp.Listen(ctx, b.hear))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	b.must(err)
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{runtime.Enable, log.Enable} {
		_, err = chromedp.Call(ctx, domain, cdp.Empty{})
		b.must(err)
	}
	b.emulate("light", 1280)
	b.do(chromedp.Navigate(w.url))
	b.until(`document.querySelector("main h1") !== null`, "the page")
	return b
}

func (b *studioTab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console.%s: %+v", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// quiet holds that nothing was complained about but what has one of the texts, and nothing asked of
// others.
func (b *studioTab) quiet(but ...string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.complaints {
		if !slices.ContainsFunc(but, func(one string) bool { return strings.Contains(text, one) }) {
			b.Error(text)
		}
	}
	for _, url := range b.requests {
		if !strings.HasPrefix(url, b.base+"/") && !strings.HasPrefix(url, "data:") &&
			!strings.HasPrefix(url, "blob:"+b.base+"/") {
			b.Errorf("%.200s was asked for", url)
		}
	}
}

func (b *studioTab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	b.must(chromedp.Do(b.ctx, steps...))
}

func (b *studioTab) emulate(scheme string, width int64) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	b.must(err)
	b.do(chromedp.EmulateViewport(width, 900))
}

// value evaluates an expression of the page.
func value[T any](b *studioTab, expression string) T {
	b.Helper()
	v, err := asked[T](b, expression)
	if err != nil {
		b.Fatalf("%.300s: %v", expression, err)
	}
	return v
}

func asked[T any](b *studioTab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// leaves reports whether an evaluation failed because the page gives way to another one.
func leaves(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "navigated or closed") ||
		strings.Contains(err.Error(), "Execution context was destroyed") ||
		strings.Contains(err.Error(), "Cannot find context"))
}

// until waits until an expression of the page is true. A test that waited in vain says what the
// page showed.
func (b *studioTab) until(expression, what string) {
	b.Helper()
	b.within(3*time.Minute, expression, what)
}

// within is until with a limit of its own, as for a whole run of the study on a busy machine.
func (b *studioTab) within(limit time.Duration, expression, what string) {
	b.Helper()
	question := "!!(" + expression + ")"
	if strings.Contains(expression, "await ") {
		question = "(async () => " + question + ")()"
	}
	for end := time.Now().Add(limit); ; {
		is, err := asked[bool](b, question)
		switch {
		case is:
			return
		case err != nil && !leaves(err):
			b.Fatalf("%.300s: %v", expression, err)
		}
		if time.Now().After(end) {
			b.shot("failed")
			b.Fatalf("the page never had %s; the focus is at %.300s\n%.3000s", what,
				value[string](b, "document.activeElement.outerHTML"),
				value[string](b, "document.body.innerText"))
		}
		time.Sleep(20 * time.Millisecond) // the page is asked, which costs it time as well
	}
}

// shot keeps a picture of the page where STUDIO_PICTURES names a folder.
func (b *studioTab) shot(name string) {
	b.Helper()
	dir := os.Getenv("STUDIO_PICTURES")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.must(err)
	b.must(os.WriteFile(filepath.Join(dir, name+".png"), data, 0o666))
}

// press presses the button with that text.
func (b *studioTab) press(text string) {
	b.Helper()
	// What is saved meanwhile may move the page between a look and a click, so that both are one.
	// Where a mouse would be, nothing lies over the button.
	b.until(fmt.Sprintf(`(() => {
		const one = [...document.querySelectorAll("main button, dialog button")].find(
			(one) => !one.disabled && one.textContent.trim().startsWith(%q));
		if (!one) return false;
		one.scrollIntoView({block: "center"});
		const r = one.getBoundingClientRect();
		if (!one.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2))) return false;
		one.click();
		return true;
	})()`, text), "a button "+text)
}

// open opens one of the tabs.
func (b *studioTab) open(tab string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf(`nav a[href="#%s"]`, tab))))
	b.until(fmt.Sprintf(`document.querySelector("nav a[aria-current]").hash === "#%[1]s" &&
		document.querySelector("main h1")?.innerText.toLowerCase() === %[1]q`, tab), tab)
}

// fill types into a field.
func (b *studioTab) fill(selector, text string) {
	b.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector)))
	value[bool](b, fmt.Sprintf(`(document.querySelector(%q).select(), true)`, selector))
	b.do(chromedp.KeyEvent(text))
}

// TestStudioFromAnEmptyFolder does the whole study with a mouse: four products and a shelf are
// filmed with the browser's camera, eight areas are drawn, the steps run, the report is read, and
// the shelf is watched. Nobody types a line of the spec.
func TestStudioFromAnEmptyFolder(t *testing.T) {
	footage := inRepository("../shared/footage")
	if _, err := os.Stat(footage); err != nil {
		t.Skip("there is no footage at ../shared/footage")
	}
	worker := realWorker()
	if worker == "" {
		t.Skip("snellen-worker is not built: make build")
	}
	dir := t.TempDir()
	w := newStudioWorld(t, dir, "SNELLEN_WORKER="+worker)
	camera := filepath.Join(t.TempDir(), "camera.mjpeg")
	names := []string{"OATLY", "GARANT_MILK", "BRAVO_ORANGE", "ALPRO_BLUEBERRY"}
	see := func(args ...string) { // the camera sees a film from its next turning on
		t.Helper()
		made := camera + ".new.mjpeg"
		args = append(append([]string{"-v", "error", "-y"}, args...), "-r", "20", "-c:v", "mjpeg",
			"-q:v", "3", "-f", "mjpeg", made)
		if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v\n%s", err, out)
		}
		w.must(os.Rename(made, camera))
	}
	see("-i", filepath.Join(footage, names[0]+".mp4"))
	b := openStudio(w, camera)
	b.shot("empty")

	for _, name := range names {
		see("-i", filepath.Join(footage, name+".mp4"))
		b.film(name, 6)
	}
	b.until(`document.querySelectorAll("main img").length >= 4`, "four clips")
	if _, err := os.Stat(filepath.Join(dir, "study.hcl")); err != nil {
		t.Fatalf("no spec: %v", err)
	}
	// A shelf of the four products, twice, on other photographs of them.
	shelf := filepath.Join(footage, "shelf.mp4")
	places := []string{"crop=106:170:567:25", "crop=106:170:567:245", "crop=106:170:127:245",
		"crop=106:170:127:25"}
	graph, last := "color=gray:s=800x600:r=20:d=6[0s]", "0s"
	for i := range 8 {
		from := 0
		if i >= 4 {
			from = 48
		}
		x, y := 60+(i%4)*190, 60+(i/4)*260
		next := fmt.Sprintf("%ds", i+1)
		graph += fmt.Sprintf(";[0:v]trim=start_frame=%d,setpts=PTS-STARTPTS,%s[c%d]"+
			";[%s][c%d]overlay=%d:%d[%s]", from, places[i%4], i, last, i, x, y, next)
		last = next
	}
	see("-i", shelf, "-filter_complex", graph, "-map", "["+last+"]", "-t", "3")
	b.film("", 4)
	b.shot("film")

	b.open("areas")
	b.until(`document.querySelector("svg.canvas image") || document.querySelector("details.new-shelf")`,
		"a picture to draw on")
	if value[bool](b, `document.querySelector("svg.canvas") === null`) {
		b.press("Draw its areas")
	}
	b.until(`document.querySelector("svg.canvas")?.getBoundingClientRect().width > 100`, "the canvas")
	for i := range 8 {
		b.draw(60+(i%4)*190, 60+(i/4)*260, 106, 170)
		b.until(fmt.Sprintf(`document.querySelectorAll("svg.canvas .spot").length === %d`, i+1),
			"the area")
		value[bool](b, fmt.Sprintf(`(() => { const s = document.getElementById("area-label");
			s.value = %q; s.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`,
			names[i%4]))
	}
	b.until(`document.querySelectorAll(".chart-row img").length > 1`,
		"the eye chart")
	b.shot("areas")
	b.press("Save")
	b.until(`[...document.querySelectorAll(".save .soft")].some((one) =>
		one.textContent.trim() === "Saved")`, "the areas saved")

	b.open("run")
	b.until(`document.querySelector("main table")`, "the plan")
	b.shot("plan")
	b.press("Apply")
	b.until(`/Now/.test(document.querySelector("#run-title")?.innerText)`, "the run")
	b.until(`document.querySelectorAll(".steps-now progress").length > 0`, "a step that runs")
	b.shot("running")
	b.within(10*time.Minute, `/Last run\s+snellen apply.* is done, after/.test(
		document.querySelector("main").innerText)`, "the run's end")
	b.shot("run")

	b.open("read")
	b.until(`performance.getEntriesByType("resource").some((one) =>
		one.initiatorType === "iframe" && one.responseStatus === 200)`, "the report")
	b.do(chromedp.Navigate(w.base + "/report/"))
	b.until(`/is enough|cannot|loses/.test(document.querySelector("h1#answer")?.innerText +
		document.body.innerText)`, "the report alone")
	b.do(chromedp.NavigateBack())
	b.until(`document.querySelector("iframe")`, "the page again")
	var state struct {
		Text   string
		Report bool
	}
	w.get(&state, "state", "GET", "/api/state", nil)
	if !state.Report {
		t.Error("there is no report")
	}
	b.shot("read")

	b.open("watch")
	b.press("Watch")
	// Eight areas of products that were filmed with the same camera: most are found.
	b.until(`1 * (document.querySelector(".watch-facts")?.innerText.match(
		/, ([0-9.]+) pictures a second/) || [])[1] >= 2 && 8 === [...document.querySelector(
		".watch-facts").innerText.matchAll(/[0-9]+(?= (right|unsure|wrong))/g)].reduce(
		(sum, one) => sum + 1 * one[0], 0) && 5 <= [...document.querySelector(
		".watch-facts").innerText.matchAll(/[0-9]+(?= (right|unsure))/g)].reduce(
		(sum, one) => sum + 1 * one[0], 0)`, "most products found")
	t.Log(value[string](b, `document.querySelector(".watch-facts").innerText`))
	b.shot("watch")
	b.do(chromedp.KeyEvent("1"), chromedp.KeyEvent("s"))
	b.until(`document.querySelector(".watch-facts strong").innerText === "800x600"`,
		"another resolution by a key")
	b.until(`/saved/.test(document.querySelector(".notices").innerText)`, "a saved picture")
	if saved, _ := filepath.Glob(filepath.Join(dir, "study.watch", "*.jpg")); len(saved) != 1 {
		t.Errorf("saved %v", saved)
	}
	b.press("Stop")
	b.quiet()

	out, err := exec.Command("snellen", "fmt", "-check", filepath.Join(dir, "study.hcl")).
		CombinedOutput()
	if err != nil {
		t.Errorf("fmt: %v\n%s\n%s", err, out, state.Text)
	}
	if n := strings.Count(state.Text, "\n  area "); n != 8 {
		t.Errorf("%d areas in\n%s", n, state.Text)
	}
}

// film films a label, or the shelf where that is "".
func (b *studioTab) film(label string, seconds int) {
	b.Helper()
	b.open("film")
	b.press("Turn the camera on")
	b.until(`document.querySelector(".screen video")?.videoWidth > 0`, "the camera's picture")
	kind := `input[type=radio][name=what]`
	if label == "" {
		value[bool](b, fmt.Sprintf(`(document.querySelectorAll(%q)[1].click(), true)`, kind))
	} else {
		b.fill("#film-name", label)
	}
	clips := value[int](b, `document.querySelectorAll("main img").length`)
	b.press("Film")
	b.until(fmt.Sprintf(`(() => { const t = document.querySelector(".timer")?.innerText || "";
		const m = t.match(/(\d+):(\d+)/); return m && 60 * m[1] + 1 * m[2] >= %d; })()`, seconds),
		"the time")
	b.press("Stop")
	b.until(fmt.Sprintf(`document.querySelectorAll("main img").length > %d`, clips), "the clip")
	saved := "footage/shelf.webm is saved"
	if label != "" {
		saved = "footage/" + label + "/1.webm is saved"
	}
	b.until(fmt.Sprintf(`document.querySelector(".notices").innerText.includes(%q)`, saved), saved)
	b.press("Turn the camera off")
}

// draw draws an area with the mouse, in pixels of the frame.
func (b *studioTab) draw(x, y, width, height int) {
	b.Helper()
	var at [4]float64
	data := value[string](b, fmt.Sprintf(`(() => { const svg = document.querySelector("svg.canvas");
		svg.scrollIntoView({block: "center"}); const m = svg.getScreenCTM();
		const to = (x, y) => new DOMPoint(x, y).matrixTransform(m);
		const a = to(%d, %d), b = to(%d, %d); return JSON.stringify([a.x, a.y, b.x, b.y]); })()`,
		x, y, x+width, y+height))
	b.must(json.Unmarshal([]byte(data), &at))
	b.do(chromedp.MouseEvent(chromedp.MousePressed, at[0], at[1], chromedp.ButtonLeft,
		chromedp.ClickCount(1)))
	for i := 1; i <= 4; i++ {
		f := float64(i) / 4
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0]+f*(at[2]-at[0]), at[1]+f*(at[3]-at[1]),
			chromedp.ButtonLeft))
	}
	b.do(chromedp.MouseEvent(chromedp.MouseReleased, at[2], at[3], chromedp.ButtonLeft,
		chromedp.ClickCount(1)))
}
