package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"snellen/specs"
)

// hostile are names that a page must show as text: markup, 200 characters, right-to-left text with
// an override, emoji and template syntax. Its keys are the names that they replace.
var hostile = map[string]string{
	"A":     `<img src=x onerror=alert(1)>` + "\u202eevil",
	"B":     "🥛 " + strings.Repeat("VERYLONGLABEL", 15) + " حليب كامل الدسم",
	"1-1":   `</script><script>alert(1)</script>`,
	"1-2":   strings.Repeat("x", 200),
	"shelf": "رف المتجر {{.}} ${alert(1)}",
}

// harm returns a study and a world with the hostile names, and photographs for the pictures.
func harm(t *testing.T) (*specs.Study, world) {
	t.Helper()
	study, steps := full(), world{}
	for i := range study.Labels {
		study.Labels[i].Name = hostile[study.Labels[i].Name]
	}
	e := &study.Evaluations[0]
	e.Name, study.Decision.Evaluations = hostile["shelf"], []string{hostile["shelf"]}
	for i := range e.Areas {
		e.Areas[i].Name, e.Areas[i].Expect = hostile[e.Areas[i].Name], hostile[e.Areas[i].Expect]
	}
	study.Gates[0].Message = `</style><img src=x onerror=alert(1)>`
	for i := range study.Gates {
		for k := range study.Gates[i].Requirements {
			study.Gates[i].Requirements[k].Evaluation = ""
		}
	}
	for address, outputs := range whole() {
		address = strings.ReplaceAll(address, "/shelf", "/"+hostile["shelf"])
		steps[address] = map[string]string{}
		for name, text := range outputs {
			for old, new := range hostile {
				quoted, err := json.Marshal(new)
				if err != nil {
					t.Fatal(err)
				}
				text = strings.ReplaceAll(text, `"`+old+`"`, string(quoted))
			}
			if strings.HasSuffix(name, ".jpg") {
				text = photograph(t, len(text))
			}
			steps[address][name] = text
		}
	}
	return study, steps
}

// photograph returns a JPEG, a different one for each n.
func photograph(t *testing.T, n int) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * n / 64)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A tab is a tab of a real browser. It records complaints and requests.
type tab struct {
	*testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
	requests   []string
}

// open starts Chromium, and skips the test if it is not installed.
func open(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // it refuses to run as root with one
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	b.check(chromedp.Listen(ctx, b.hear))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	b.check(err)
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{runtime.Enable, log.Enable} {
		_, err = chromedp.Call(ctx, domain, cdp.Empty{})
		b.check(err)
	}
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console.%s: %+v", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func (b *tab) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	b.check(chromedp.Do(b.ctx, steps...))
}

// ask returns the value of a JavaScript expression.
func ask[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *tab) emulate(scheme string, width int64, opts ...chromedp.EmulateViewportOption) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	b.check(err)
	b.do(chromedp.EmulateViewport(width, 900, opts...))
}

// drawAll scrolls to each chart and waits until it is drawn.
func (b *tab) drawAll() {
	b.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`(() => {
		const missing = [...document.querySelectorAll("[data-chart]")].find((e) => e.querySelectorAll("svg path").length < 3);
		missing?.scrollIntoView();
		return !missing;
	})()`))
	b.check(err)
}

// screenshot writes a screenshot for a person to look at.
func (b *tab) screenshot(folder, name string) {
	b.Helper()
	ask[bool](b, `(scrollTo(0, 0), true)`)
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.check(err)
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		b.Error(err)
	}
	b.check(os.WriteFile(filepath.Join(folder, name+".png"), data, 0o666))
}

// hostilePage writes a report with hostile names and returns the page's address.
func hostilePage(t *testing.T) string {
	t.Helper()
	study, steps := harm(t)
	dir := filepath.Join(t.TempDir(), "snacks.report")
	if err := readOf(t, study, steps).WriteFolder(dir, Fingerprint{}); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.Join(dir, PageName)
}

// The page draws, sorts, copies and switches in a browser, makes no request and logs no complaint.
// Screenshots go to the folder that SNELLEN_SCREENSHOTS names.
func TestBrowser(t *testing.T) {
	b, url := open(t), hostilePage(t)
	folder := os.Getenv("SNELLEN_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	b.check(os.MkdirAll(folder, 0o777))
	backs := map[string]string{}
	for _, one := range []struct {
		name, scheme string
		width        int64
		opts         []chromedp.EmulateViewportOption
	}{{"light", "light", 1280, nil}, {"dark", "dark", 1280, nil},
		{"phone", "light", 375, []chromedp.EmulateViewportOption{chromedp.EmulateMobile}}} {
		b.emulate(one.scheme, one.width, one.opts...)
		b.do(chromedp.Navigate(url))
		b.drawAll()
		if wide := ask[int64](b, `document.documentElement.scrollWidth`); wide > one.width {
			t.Errorf("%s: the page is %d pixels wide, the window %d", one.name, wide, one.width)
		}
		backs[one.name] = ask[string](b, `getComputedStyle(document.body).backgroundColor`)
		b.screenshot(folder, one.name)
	}
	if backs["light"] == backs["dark"] {
		t.Errorf("light and dark are both %s", backs["light"])
	}
	b.emulate("light", 1280)
	b.do(chromedp.Navigate(url))
	t.Run("texts", func(*testing.T) { b.texts() })
	t.Run("sort", func(*testing.T) { b.sort() })
	t.Run("copy", func(*testing.T) { b.copy() })
	t.Run("legend", func(*testing.T) { b.legend() })
	t.Run("keys", func(*testing.T) { b.keys() })
	t.Run("print", func(*testing.T) { b.print(url, folder) })
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(b.complaints, "\n"))
	}
	for _, r := range b.requests {
		if r != url && !strings.HasPrefix(r, "data:image/jpeg;base64,") {
			t.Errorf("the page requests %.200s", r)
		}
	}
}

// The page of whole pictures has a card for each of the worst, fits a phone, and shows hostile names
// as text.
func TestBrowserOfPictures(t *testing.T) {
	study, steps := photos(20)
	for i := range study.Evaluations[0].Samples {
		study.Evaluations[0].Samples[i].Name += hostile["A"]
	}
	study.Evaluations[0].Samples[3].Name = hostile["1-2"]
	for _, res := range []string{"320x240", "80x60"} {
		steps[res+"/train"] = trained(0.9)
	}
	steps["320x240/evaluate/test"] = scored(study, 3, 4, 5)
	steps["80x60/evaluate/test"] = scored(study, 3, 4, 5, 21, 22)
	for _, outputs := range steps {
		for name := range outputs {
			if strings.HasSuffix(name, ".jpg") {
				outputs[name] = photograph(t, len(name)*len(outputs))
			}
		}
	}
	dir := filepath.Join(t.TempDir(), "photos.report")
	if err := readOf(t, study, steps).WriteFolder(dir, Fingerprint{}); err != nil {
		t.Fatal(err)
	}
	b, url := open(t), "file://"+filepath.Join(dir, PageName)
	folder := os.Getenv("SNELLEN_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	b.check(os.MkdirAll(folder, 0o777))
	for name, width := range map[string]int64{"pictures": 1280, "pictures-phone": 390} {
		b.emulate("light", width)
		b.do(chromedp.Navigate(url))
		b.drawAll()
		if wide := ask[int64](b, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("the page is %d pixels wide, the window %d", wide, width)
		}
		b.screenshot(folder, name)
	}
	if n := ask[int](b, `document.querySelectorAll(".card img").length`); n != 5 {
		t.Errorf("%d cards with a picture, want 5", n)
	}
	if got := ask[string](b, `document.querySelector(".card").innerText`); !strings.Contains(got,
		hostile["1-2"]) || !strings.Contains(got, "wrong at every resolution") {
		t.Errorf("the first card is %q", got)
	}
	if n := ask[int](b, `[...document.querySelectorAll(".card img")].filter((i) => !i.alt.includes(", which shows ")).length`); n > 0 {
		t.Errorf("%d pictures without a text", n)
	}
	if n := ask[int](b, `document.querySelectorAll('img:not([src^="data:image/jpeg;base64,"])').length`); n > 0 {
		t.Errorf("%d foreign elements", n)
	}
	if n := ask[int](b, `document.querySelectorAll("#areas, [data-chart=pixels]").length`); n > 0 {
		t.Error("the page has areas")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(b.complaints, "\n"))
	}
}

// texts checks that the hostile names are on the page, letter by letter but for the override, and
// had no other effect.
func (b *tab) texts() {
	if n := ask[int](b, `document.querySelectorAll('img:not([src^="data:image/jpeg;base64,"]), svg script, iframe, object').length`); n > 0 {
		b.Errorf("%d foreign elements", n)
	}
	text := ask[string](b, `document.body.textContent`)
	for _, name := range hostile {
		if !strings.Contains(text, strings.ReplaceAll(name, "\u202e", "\ufffd")) {
			b.Errorf("no %q in the page", name)
		}
	}
	if got := ask[string](b,
		`document.getElementById("answer").textContent`); !strings.HasSuffix(got, "cannot be told with 2 areas") {
		b.Errorf("the answer is %q", got)
	}
	if broken := ask[int](b,
		`[...document.images].filter((i) => i.complete && !i.naturalWidth).length`); broken > 0 {
		b.Errorf("%d pictures are broken", broken)
	}
}

const firstColumn = `[...document.querySelectorAll("#resolutions tbody th")].map((c) => c.textContent).join(" ")`

// sort sorts by a click and with the keyboard.
func (b *tab) sort() {
	if got := ask[string](b, firstColumn); got != "320x240 80x60" {
		b.Fatalf("at first %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS("#resolutions thead th:nth-child(1) button")))
	if got := ask[string](b, firstColumn); got != "80x60 320x240" {
		b.Errorf("by pixels %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS("#resolutions thead th:nth-child(3) button")))
	if got := ask[string](b, firstColumn); got != "80x60 320x240" {
		b.Errorf("by grade, from the worst: %q", got)
	}
	b.do(chromedp.Focus(chromedp.CSS("#resolutions thead th:nth-child(2) button")),
		chromedp.KeyEvent("\r"), chromedp.KeyEvent("\r"))
	if got := ask[string](b,
		firstColumn+` + document.querySelector("#resolutions thead th:nth-child(2)").ariaSort`); got != "320x240 80x60descending" {
		b.Errorf("by detection, falling: %q", got)
	}
}

// copy copies a table to the clipboard, where formulas become texts.
func (b *tab) copy() {
	_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"},
		Setting:    browser.PermissionSettingGranted,
	})
	b.check(err)
	b.do(chromedp.Click(chromedp.CSS("#table .sheet button.plain")))
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](
		`document.getElementById("status").textContent === "Copied"`)); err != nil {
		b.Fatal(err)
	}
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`navigator.clipboard.readText()`,
		chromedp.EvalAwaitPromise))
	b.check(err)
	lines := strings.Split(got, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], "320x240\t87.5 % (26–99)\t◎\t0.850 "+
		"±0.071\t1\t3\t37.0s\t2.0 KiB") {
		b.Errorf("copied %q", got)
	}
}

// legend hides a resolution and shows it again, by a click and with the keyboard.
func (b *tab) legend() {
	const button, paths = `#curves [data-legend] button:nth-child(2)`,
		`document.querySelectorAll('[data-chart="curves"] svg path').length`
	b.drawAll()
	before := ask[int](b, paths)
	b.do(chromedp.Click(chromedp.CSS(button)))
	if got := ask[string](b, `document.querySelector("`+button+`").ariaPressed`); got != "false" {
		b.Errorf("pressed is %q", got)
	}
	if after := ask[int](b, paths); after >= before {
		b.Errorf("%d paths with one resolution, %d with two", after, before)
	}
	b.do(chromedp.Focus(chromedp.CSS(button)), chromedp.KeyEvent("\r"))
	if after := ask[int](b, paths); after != before {
		b.Errorf("%d paths once it is back, %d before", after, before)
	}
}

// keys moves along a chart with the arrow keys, which announces its values.
func (b *tab) keys() {
	b.do(chromedp.Focus(chromedp.CSS(`[data-chart="curves"]`)), chromedp.KeyEvent(kb.ArrowRight),
		chromedp.KeyEvent(kb.ArrowRight))
	if got := ask[string](b, `document.getElementById("status").textContent`); !strings.HasPrefix(
		got, "epoch 1\n320x240: validation 85.0 %") {
		b.Errorf("announced %q", got)
	}
}

// print checks that all charts are drawn on paper, even those that were never scrolled to.
func (b *tab) print(url, folder string) {
	b.emulate("dark", 1280)
	b.do(chromedp.Navigate(url))
	data, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	b.check(err)
	b.check(os.WriteFile(filepath.Join(folder, "print.pdf"), data, 0o666))
	if n := ask[int](b, `[...document.querySelectorAll("[data-chart]")].filter((e) => !e.querySelector("svg path")).length`); n > 0 {
		b.Errorf("%d charts were not printed", n)
	}
}
