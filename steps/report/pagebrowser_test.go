package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"snellen/steps/report/document"
	"snellen/steps/report/page"
)

// pageOf writes a document's page and returns its address.
func pageOf(t *testing.T, d *document.Document) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), PageName)
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = page.Write(f, d, func(string) ([]byte, error) { return []byte(photograph(t, 7)), nil })
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + name
}

// visible is the number of elements that a reader sees.
func visible(b *tab, selector string) int {
	b.Helper()
	return ask[int](b, fmt.Sprintf(
		`[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility()).length`, selector))
}

func TestBrowserOfShelves(t *testing.T) {
	d := shelves(8, 17)
	b, url := open(t), pageOf(t, d)
	folder := os.Getenv("SNELLEN_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	b.check(os.MkdirAll(folder, 0o777))
	t.Run("names", func(*testing.T) { b.names(url, d) })
	b.emulate("light", 1280)
	b.do(chromedp.Navigate(url))
	t.Run("cards", func(*testing.T) { b.cards() })
	t.Run("bar", func(*testing.T) { b.bar() })
	t.Run("filter", func(*testing.T) { b.filter(url) })
	t.Run("files", func(*testing.T) { b.files(url, d) })
	t.Run("zoom", func(*testing.T) { b.zoom(url) })
	t.Run("narrow", func(*testing.T) { b.narrow(url) })
	t.Run("paper", func(t *testing.T) { b.paper(t, url, folder) })
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(b.complaints, "\n"))
	}
}

// overlaps returns how many names the cost charts have, and which cover each other.
const overlaps = `(() => {
	const bad = [];
	let n = 0;
	for (const chart of document.querySelectorAll("[data-chart=seconds], [data-chart=bytes]")) {
		const names = [...chart.querySelectorAll("svg text")].filter((t) => /^\d+x\d+$/.test(t.textContent));
		const boxes = names.map((t) => t.getBoundingClientRect()), room = chart.querySelector("svg").getBoundingClientRect();
		n += names.length;
		boxes.forEach((a, i) => {
			if (a.left < room.left || a.right > room.right + 1) bad.push(names[i].textContent + " is cut");
			boxes.slice(i + 1).forEach((c, k) => {
				const over = a.left < c.right - 1 && c.left < a.right - 1 && a.top < c.bottom - 1 && c.top < a.bottom - 1;
				if (over) bad.push(names[i].textContent + " covers " + names[i + 1 + k].textContent);
			});
		});
	}
	return [n + " names", ...bad].join("; ");
})()`

// drawnToSize reports whether the cost charts are drawn as wide as the page has room.
const drawnToSize = `[...document.querySelectorAll("#cost [data-chart]")].every((e) =>
	e.querySelectorAll("svg path").length > 3 && +e.querySelector("svg").getAttribute("width") === e.clientWidth)`

// names checks that no name in the cost charts covers another, however wide the page is.
func (b *tab) names(url string, d *document.Document) {
	want := fmt.Sprintf("%d names", 2*len(d.Resolutions))
	b.do(chromedp.Navigate(url + "#cost"))
	for _, width := range []int64{1280, 768, 390, 320} {
		b.emulate("light", width)
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](drawnToSize))
		b.check(err)
		if got := ask[string](b, overlaps); got != want {
			b.Errorf("%d pixels wide: %s, want %s", width, got, want)
		}
		if wide := ask[int64](b, `document.documentElement.scrollWidth`); wide > width {
			b.Errorf("the page is %d pixels wide, the window %d", wide, width)
		}
	}
	ask[bool](b, `(dispatchEvent(new Event("beforeprint")), true)`)
	if got := ask[string](b, overlaps); got != want {
		b.Errorf("on paper: %s, want %s", got, want)
	}
}

// cards checks what an area's card says.
func (b *tab) cards() {
	for id, want := range map[string]string{
		"area/shelf/1-1": "Area 1-1, LABEL_00 #\n\nNot recognised from 560x420 on down; 90×150 " +
			"pixels at 0, 0. For ◎ it lacks 55.0 points at 560x420, 55.0 at 480x360,",
		"area/shelf/3-5": "Area 3-5, LABEL_16 #\n\nNot recognised at 160x120, though below that " +
			"it is; 90×150 pixels at 400, 320. For ◎ it lacks 55.0 points at 160x120.\n",
	} {
		got := ask[string](b, fmt.Sprintf(`document.getElementById(%q).innerText`, id))
		if !strings.HasPrefix(got, want) {
			b.Errorf("%s: %.300q", id, got)
		}
	}
	got := ask[string](b, `document.querySelector("#flips tbody tr").innerText`)
	if !strings.Contains(got, "area 1-1, LABEL_00; area 1-2, LABEL_01") {
		b.Errorf("flips %q", got)
	}
	wraps := `[...document.querySelectorAll(".strip td.whole, td.grade")].filter((e) => e.getClientRects().length && getComputedStyle(e).whiteSpace !== "nowrap").length`
	if n := ask[int](b, wraps); n > 0 {
		b.Errorf("%d grades wrap", n)
	}
}

// bar checks that the navigation stays in sight, and covers no headline to which it leads.
func (b *tab) bar() {
	b.do(chromedp.Click(chromedp.CSS(`nav a[href="#pixels"]`)))
	const inSight = `(() => {
		const bar = document.querySelector(".bar").getBoundingClientRect(), head = document.querySelector("#pixels h2").getBoundingClientRect();
		return scrollY > 1000 && bar.top === 0 && head.top >= bar.bottom && head.top < 200;
	})()`
	if !ask[bool](b, inSight) {
		b.Error("the navigation is out of sight, or covers the headline")
	}
	if got := ask[string](b, `location.hash`); got != "#pixels" {
		b.Errorf("the address is %q", got)
	}
}

// filter chooses a label and a resolution, which tables, cards and charts heed, and which the
// page's address keeps.
func (b *tab) filter(url string) {
	if n := visible(b, "article.area"); n != 17 {
		b.Errorf("%d cards", n)
	}
	b.do(chromedp.Focus(chromedp.CSS("#filter summary")), chromedp.KeyEvent("\r"),
		chromedp.Focus(chromedp.CSS("#label")), chromedp.KeyEvent("LABEL_03"),
		chromedp.Focus(chromedp.CSS("#filter .legend button:nth-child(2)")),
		chromedp.KeyEvent("\r"))
	check := func(when string) {
		b.Helper()
		for selector, want := range map[string]int{
			"article.area": 1, "#areas-0 tbody tr": 1, "#frames tbody tr": 1,
			"#resolutions tbody tr": 7, "#areas-0 thead th": 10, "#flips tbody tr": 0,
			"article.area .strip thead th": 8, ".shots figure": 7, "#confusion details": 7,
		} {
			if n := visible(b, selector); n != want {
				b.Errorf("%s: %d of %s, want %d", when, n, selector, want)
			}
		}
		got := ask[string](b, `document.querySelector("#filter summary").innerText`)
		if got != "Filter: LABEL_03, 7 of 8 resolutions" {
			b.Errorf("%s: the filter says %q", when, got)
		}
	}
	check("chosen")
	got := ask[string](b, `document.querySelector("#areas-0 caption").innerText`)
	if !strings.HasSuffix(got, "(1 of 17 rows, by the filter)") {
		b.Errorf("the caption is %q", got)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if ask[bool](b, `document.getElementById("filter").open`) {
		b.Error("Escape leaves the filter open")
	}
	b.do(chromedp.Reload())
	check("loaded again")
	// A link to an area shows it, with the resolutions of the address.
	b.do(chromedp.Navigate("about:blank"),
		chromedp.Navigate(url+"#area/shelf/2-5?resolution=640x480"))
	if n := visible(b, "#resolutions tbody tr"); n != 1 {
		b.Errorf("%d resolutions by the address", n)
	}
	const near = `Math.round(document.getElementById("area/shelf/2-5").getBoundingClientRect().top)`
	if top := ask[int](b, near); top < 0 || top > 200 {
		b.Errorf("the area is %d pixels down", top)
	}
	got = ask[string](b, `document.querySelector(".here").getAttribute("href")`)
	if got != "#area%2fshelf%2f1-1?resolution=640x480" {
		b.Errorf("a link to %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS("#filter summary")), chromedp.Click(chromedp.CSS("#reset")))
	if n := visible(b, "#resolutions tbody tr"); n != 8 || strings.Contains(
		ask[string](b, `location.hash`), "?") {
		b.Errorf("%d resolutions without a filter", n)
	}
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(url+"#%E0?label=gone&resolution=gone"))
	if n := visible(b, "article.area"); n != 17 {
		b.Errorf("%d cards at a damaged address", n)
	}
}

// files saves each kind of chart as CSV and as SVG. The CSV has the document's figures.
func (b *tab) files(url string, d *document.Document) {
	dir := b.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior,
		browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		})
	b.check(err)
	b.emulate("light", 1280)
	b.do(chromedp.Navigate(url))
	first := d.Resolutions[0]
	curve := first.Runs[0].Curve[1]
	area := first.Runs[0].Evaluations[0].Series.Areas[3]
	for _, one := range []struct {
		chart, name string
		lines       int
		want        []any // the line of the first resolution
	}{
		{"curves", "curves", 24, []any{first.Resolution, 1, curve.ValidationAccuracy,
			curve.ValidationAccuracy, curve.ValidationAccuracy, curve.TrainAccuracy,
			curve.TrainAccuracy, curve.TrainAccuracy}},
		{"seconds", "seconds", 8, []any{first.Resolution, first.Detection.Rate,
			first.Detection.Interval.Low, first.Detection.Interval.High, *first.TrainSeconds,
			"yes"}},
		{"bytes", "bytes", 8, []any{first.Resolution, first.Detection.Rate,
			first.Detection.Interval.Low, first.Detection.Interval.High,
			int(*first.DatasetBytes), "yes"}},
		{"pixels", "pixels", 8 * 17, []any{"area 1-4, LABEL_03", "LABEL_03", first.Resolution,
			"native", d.Pixels.Points[3].Height, d.Pixels.Points[3].Rate}},
		{"area-0-3", "area-1-4-LABEL_03", 16, []any{"area 1-4, LABEL_03", first.Resolution, 0.5,
			area.Expected[1], area.Expected[1], area.Expected[1], "LABEL_04"}},
	} {
		lines := b.savedCSV(one.chart, filepath.Join(dir, "shelves-"+one.name+".csv"))
		if len(lines) != one.lines+1 {
			b.Errorf("%s: %d lines, want %d", one.chart, len(lines), one.lines+1)
		}
		same := func(line []string) bool { return sameFigures(line, one.want) }
		if !slices.ContainsFunc(lines, same) {
			b.Errorf("%s: no line %v in %q", one.chart, one.want, lines[:min(4, len(lines))])
		}
		svg := b.saved(one.chart, 2, filepath.Join(dir, "shelves-"+one.name+".svg"))
		for _, want := range []string{"<svg ", first.Resolution, "</svg>"} {
			if !bytes.Contains(svg, []byte(want)) {
				b.Errorf("%s: no %s in the picture", one.chart, want)
			}
		}
		if folder := os.Getenv("SNELLEN_SCREENSHOTS"); folder != "" {
			b.check(os.WriteFile(filepath.Join(folder, one.name+".svg"), svg, 0o666))
		}
	}
}

// saved presses button n below a chart and returns the file.
func (b *tab) saved(chart string, n int, name string) []byte {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(
		fmt.Sprintf("[data-chart=%s] + .tools button:nth-child(%d)", chart, n))))
	for b.ctx.Err() == nil {
		// The browser reserves the name with an empty file.
		if data, err := os.ReadFile(name); err == nil && len(data) > 0 {
			return data
		}
		// Each question waits for the browser.
		got := ask[string](b, `document.getElementById("status").textContent`)
		if got != "Saved "+filepath.Base(name) {
			b.Fatalf("the page says %q, want %s", got, name)
		}
	}
	b.Fatalf("no %s", name)
	return nil
}

func (b *tab) savedCSV(chart, name string) [][]string {
	b.Helper()
	lines, err := csv.NewReader(bytes.NewReader(b.saved(chart, 1, name))).ReadAll()
	b.check(err)
	return lines
}

// sameFigures reports whether a line of a CSV file has these values, to six decimals.
func sameFigures(line []string, want []any) bool {
	same := len(line) == len(want)
	for i := 0; same && i < len(want); i++ {
		if f, ok := want[i].(float64); ok {
			got, err := strconv.ParseFloat(line[i], 64)
			same = err == nil && math.Abs(got-f) < 1e-6
			continue
		}
		same = line[i] == fmt.Sprint(want[i])
	}
	return same
}

// zoom opens pictures large with the keyboard, and moves through them.
func (b *tab) zoom(url string) {
	b.do(chromedp.Navigate(url), chromedp.Focus(chromedp.CSS("article.area .enlarge")),
		chromedp.KeyEvent("\r"))
	text := func() string { return ask[string](b, `document.getElementById("zoom-text").innerText`) }
	if got := text(); got != "Area 1-1, LABEL_00, at 0.00 s, 640x480, LABEL_00 0.90" {
		b.Errorf("the picture shows %q", got)
	}
	if wide := ask[int](b, `document.querySelector("#zoom img").clientWidth`); wide < 400 {
		b.Errorf("the picture is %d pixels wide", wide)
	}
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	if got := text(); !strings.Contains(got, "560x420") {
		b.Errorf("the next picture shows %q", got)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if ask[bool](b, `document.getElementById("zoom").open`) ||
		!ask[bool](b, `document.activeElement.matches(".enlarge")`) {
		b.Error("Escape does not lead back to the picture")
	}
	b.do(chromedp.Click(chromedp.CSS(".shots .enlarge")))
	if got := text(); got != "640x480: 17 of 17 areas recognised" {
		b.Errorf("the frame shows %q", got)
	}
}

// narrow checks what a phone shows of a wide table without scrolling, and that it says so.
func (b *tab) narrow(url string) {
	b.emulate("light", 390, chromedp.EmulateMobile)
	b.do(chromedp.Navigate(url))
	const right = `Math.round(document.querySelector("#resolutions thead th:nth-child(3)").getBoundingClientRect().right)`
	if edge := ask[int](b, right); edge > 390 {
		b.Errorf("the grade ends at %d of 390 pixels", edge)
	}
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](
		`document.querySelector("#table .sideways").checkVisibility()`)); err != nil {
		b.Errorf("the table does not say that it scrolls: %v", err)
	}
	if n := ask[int](b, `[...document.querySelectorAll(".sideways")].filter((e) => !e.hidden && e.nextSibling.scrollWidth <= e.nextSibling.clientWidth).length`); n > 0 {
		b.Errorf("%d tables that fit say that they scroll", n)
	}
}

// paper checks that no printed page but the last of all is half empty.
func (b *tab) paper(t *testing.T, url, folder string) {
	b.emulate("light", 1280)
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	b.check(err)
	b.do(chromedp.Navigate(url))
	data, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	b.check(err)
	name := filepath.Join(folder, "shelves.pdf")
	b.check(os.WriteFile(name, data, 0o666))
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not installed: apt-get install poppler-utils")
	}
	raw := filepath.Join(b.TempDir(), "page")
	if out, err := exec.Command(tool, "-r", "20", "-gray", name, raw).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	pages, err := filepath.Glob(raw + "*.pgm")
	b.check(err)
	for i, one := range pages[:len(pages)-1] {
		if used := usedHeight(b, one); used < 0.6 {
			b.Errorf("page %d of %d is filled to %.0f %%", i+1, len(pages), 100*used)
		}
	}
	b.Logf("%d pages", len(pages))
}

// usedHeight returns how far down a page of a PGM file is written on, as a share of its height.
func usedHeight(b *tab, name string) float64 {
	data, err := os.ReadFile(name)
	b.check(err)
	var width, height, most int
	_, err = fmt.Sscanf(string(data[:20]), "P5\n%d %d\n%d", &width, &height, &most)
	b.check(err)
	pixels := data[len(data)-width*height:]
	last := 0
	for i, p := range pixels {
		if p < 200 {
			last = i
		}
	}
	return float64(last/width+1) / float64(height)
}
