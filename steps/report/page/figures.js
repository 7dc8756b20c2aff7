// A chart is drawn when it comes near the window, and again when its content changes.

const drawn = new Map(); // element -> chart
const figures = all("[data-chart]");

// The size is set first: only setOption draws at once, and printing does not wait.
function draw(el) {
  const kind = kinds[el.dataset.chart];
  if (!kind || el.closest("[hidden]")) return;
  if (!drawn.has(el)) drawn.set(el, echarts.init(el, null, { renderer: "svg" }));
  const chart = drawn.get(el);
  chart.resize(paper ? paper(el) : { width: "auto", height: "auto" });
  chart.setOption(kind.build(el), { notMerge: true });
  kind.finish?.(chart);
}

const redraw = () => drawn.forEach((_, el) => draw(el));

const near = new IntersectionObserver((entries) => {
  for (const e of entries) {
    if (!e.isIntersecting) continue;
    near.unobserve(e.target);
    draw(e.target);
  }
}, { rootMargin: "400px" });
figures.forEach((el) => near.observe(el));

const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) if (drawn.has(target) && !paper) draw(target);
});
figures.forEach((el) => sized.observe(el));
night.addEventListener("change", redraw);

// For printing everything is drawn, in light colours and as wide as a page.
const opened = [];
addEventListener("beforeprint", () => {
  paper = (el) => ({ width: el.closest(".pair") ? 330 : 660, height: el.matches(".tall") ? 288 : 192 }); // as page.css has it
  all("#confusion details").forEach((d) => { if (!d.open) opened.push(d); d.open = true; });
  figures.forEach(draw);
  legends();
});
addEventListener("afterprint", () => {
  paper = null;
  opened.splice(0).forEach((d) => { d.open = false; });
  redraw();
  legends();
});

// The arrow keys move along a chart, and a screen reader reads the values.
for (const el of figures) {
  let at = -1;
  el.addEventListener("keydown", (event) => {
    const kind = kinds[el.dataset.chart], by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !kind?.at || !kind.length()) return;
    event.preventDefault();
    at = Math.min(Math.max(at + by, 0), kind.length() - 1);
    const chart = drawn.get(el);
    const series = chart?.getOption().series ?? [];
    const tip = kind.tip?.(at, series) ?? { seriesIndex: Math.max(0, series.findIndex((s) => s.data.length > at && !s.silent)), dataIndex: at };
    chart?.dispatchAction({ type: "showTip", ...tip });
    announce(kind.at(at));
  });
}

// The legends are buttons that switch lines in all charts.

function swatch(i) {
  const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
  const set = (el, values) => { for (const [k, v] of Object.entries(values)) el.setAttribute(k, v); svg.append(el); };
  set(document.createElementNS(ns, "path"), { d: "M0 5H30", stroke: colour(i), "stroke-width": 2, "stroke-dasharray": style(dashes, i).join(" "), fill: "none" });
  set(document.createElementNS(ns, "path"), { d: style(shapes, i), fill: colour(i), transform: "translate(10 0)" });
  for (const [k, v] of Object.entries({ viewBox: "0 0 30 10", width: 30, height: 10, "aria-hidden": "true" })) svg.setAttribute(k, v);
  return svg;
}

function toggle(box, label, pressed, flip, picture) {
  const button = make("button", label);
  button.type = "button";
  button.setAttribute("aria-pressed", pressed());
  if (picture) button.prepend(picture());
  button.addEventListener("click", () => { flip(); changed(); all("button", box).find((b) => b.textContent === label)?.focus(); });
  box.append(button);
}

function legends() {
  for (const box of all("[data-legend]")) {
    box.replaceChildren();
    data.resolutions.forEach((r, i) => toggle(box, r.name, () => shown(i), () => choice.hidden.delete(i) || choice.hidden.add(i), () => swatch(i)));
  }
  for (const box of all("[data-parts]")) {
    box.replaceChildren();
    const names = { validation: "validation" + star, train: "train", band: "range of the trainings" };
    for (const part of Object.keys(names)) {
      if (part !== "band" || data.resolutions.some((r) => r.runs > 1)) toggle(box, names[part], () => parts[part], () => { parts[part] = !parts[part]; });
    }
  }
}
legends();
followers.push(legends, redraw);
night.addEventListener("change", legends);

// Below each chart are its values as CSV and its picture as SVG.

// A name from a spec may have any characters; a file's name here has few.
const fileName = (s) => s.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80).replace(/^[-.]+|-+$/g, "");

let last = null; // the address of the file that was saved before

function save(name, type, text) {
  const link = make("a");
  if (last) URL.revokeObjectURL(last);
  link.href = last = URL.createObjectURL(new Blob([text], { type }));
  link.download = fileName(data.study + "-" + name);
  link.click();
  announce("Saved " + link.download);
}

function csv(rows) {
  const cell = (v) => typeof v === "number" ? String(v) : /[",\r\n]/.test(plain(v)) ? '"' + plain(v).replaceAll('"', '""') + '"' : plain(v);
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// Returns a chart as the text of an SVG file: light, of one size, with a title and a legend.
function svg(el) {
  const kind = kinds[el.dataset.chart], screen = paper;
  paper = () => ({ width: 900, height: 520 });
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...paper(el) });
  const o = kind.build(el), c = ink();
  const lines = Math.ceil(data.resolutions.filter((_, i) => shown(i)).length / 7);
  o.title = { text: short(kind.title, 90), left: 8, top: 8, textStyle: { fontSize: 15, color: c.fore } };
  if (kind.legend) o.legend = { data: o.series.map((s) => s.name).filter((n) => placeOf.has(n)), left: 48, top: 34, itemWidth: 34, textStyle: { color: c.fore } };
  o.grid = { ...o.grid, top: kind.legend ? 64 + 24 * lines : 64 };
  chart.setOption({ ...o, backgroundColor: c.back });
  kind.finish?.(chart);
  const text = chart.renderToSVGString();
  chart.dispose();
  paper = screen;
  return text;
}

for (const el of figures) {
  const kind = kinds[el.dataset.chart], box = make("div"), tools = make("div"), name = kind?.file ?? el.dataset.chart;
  if (!kind) continue;
  tools.className = "tools";
  tools.append(press("Data as CSV", () => save(name + ".csv", "text/csv", csv(kind.rows()))),
    press("Picture as SVG", () => save(name + ".svg", "image/svg+xml", svg(el))));
  el.replaceWith(box);
  box.append(el, tools);
}

