"use strict";
// The page's script sorts and copies tables, draws the charts and switches what they show. All texts
// are untrusted data and are written as text. The charts' tooltips are drawn, not HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

  // Tables.

  const text = (cell) => cell.innerText.trim().replace(/\s+/g, " ");

  function sort(table, column, down) {
    const body = table.tBodies[0], head = table.tHead.rows[0].cells;
    const numeric = head[column].classList.contains("number") || [...body.rows].some((row) => row.cells[column].dataset.sort !== "");
    const key = (row) => numeric ? parseFloat(row.cells[column].dataset.sort) : text(row.cells[column]);
    const missing = (k) => numeric ? Number.isNaN(k) : k === "";
    const rows = [...body.rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      if (missing(a) || missing(b)) return missing(a) - missing(b);
      const order = numeric ? a - b : a.localeCompare(b, "en", { numeric: true });
      return down ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
    [...head].forEach((th, i) => i === column ? th.setAttribute("aria-sort", down ? "descending" : "ascending") : th.removeAttribute("aria-sort"));
  }

  // Keeps a spreadsheet from taking a text for a formula.
  const plain = (s) => /^[=+\-@]/.test(s) && !/^[+\-]?[\d.]/.test(s) ? "'" + s : s;

  async function copy(table, button) {
    const words = (cell) => plain(cell.querySelector("bdi")?.textContent.trim().replace(/\s+/g, " ") ?? text(cell));
    const lines = [...table.rows].map((row) => [...row.cells].map(words).join("\t")).join("\n");
    let done = false;
    try {
      await navigator.clipboard.writeText(lines);
      done = true;
    } catch {
      const area = make("textarea");
      area.value = lines;
      button.after(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    announce(button.textContent = done ? "Copied" : "Select the table to copy it");
  }

  const announce = (message) => { document.getElementById("status").textContent = message; };

  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((th, column) => {
      const button = make("button");
      button.type = "button";
      button.append(...th.childNodes);
      button.addEventListener("click", () => sort(table, column, th.getAttribute("aria-sort") === "ascending"));
      th.append(button);
    });
    const button = make("button", "Copy as TSV");
    button.type = "button";
    button.className = "plain";
    button.addEventListener("click", () => copy(table, button));
    table.closest(".sheet").append(button);
  }

  // Lines differ by colour (Okabe and Ito), by dashes and by marks, so that any one of these is enough.

  const colours = {
    light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#3c4046", "#e69f00", "#56b4e9"],
    dark: ["#56b4e9", "#f0894a", "#2cc29a", "#e09cc4", "#e8eaed", "#e69f00", "#f0e442"],
  };
  const marks = ["circle", "rect", "triangle", "diamond", "path://M4 0H6V4H10V6H6V10H4V6H0V4H4Z", "roundRect", "arrow"];
  const shapes = ["M5 1A4 4 0 1 1 4.99 1Z", "M1 1H9V9H1Z", "M5 0L10 9H0Z", "M5 0L10 5L5 10L0 5Z", "M4 0H6V4H10V6H6V10H4V6H0V4H4Z", "M3 1H7Q9 1 9 3V7Q9 9 7 9H3Q1 9 1 7V3Q1 1 3 1Z", "M5 0L10 10L5 7L0 10Z"];
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [12, 3], [1, 2]];
  const of = (list, i) => list[i % list.length];
  const cross = "path://M1 0L5 4L9 0L10 1L6 5L10 9L9 10L5 6L1 10L0 9L4 5L0 1Z";

  const night = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;
  const dark = () => night.matches && !printing;
  const colour = (i) => of(dark() ? colours.dark : colours.light, i);
  const ink = () => dark() ? { fore: "#e8eaed", soft: "#a3abb5", line: "#363c45", back: "#14171b", panel: "#1d2127" }
    : { fore: "#1a1c20", soft: "#5b616b", line: "#d5d9df", back: "#ffffff", panel: "#f4f6f8" };

  const star = data.random_split ? "*" : ""; // marks every score of a random split
  const hidden = new Set(); // resolutions, by place
  const parts = { validation: true, train: true, band: true };
  const shown = (i) => !hidden.has(i);
  const width = (el) => printing ? paper(el) : el.clientWidth;
  const narrow = (el) => width(el) < 480;
  const percent = (v) => (100 * v).toFixed(1) + " %";
  const short = (s, n = 28) => [...s].length > n ? [...s].slice(0, n - 1).join("") + "…" : s;

  // Each chart has a function that returns its options, and may have one that describes a place on its
  // axis.

  function base(el, xName, yName) {
    const c = ink(), label = { color: c.soft, fontSize: 12 };
    const axis = { nameTextStyle: { color: c.soft, fontSize: 12 }, axisLabel: label, axisLine: { lineStyle: { color: c.line } }, splitLine: { lineStyle: { color: c.line, opacity: .6 } } };
    return {
      animation: false, aria: { enabled: false },
      textStyle: { fontFamily: "system-ui, sans-serif", color: c.fore },
      grid: { left: 52, right: narrow(el) ? 14 : 28, top: 34, bottom: 46 },
      tooltip: { renderMode: "richText", confine: true, backgroundColor: c.panel, borderColor: c.line, textStyle: { color: c.fore, fontSize: 12 }, axisPointer: { lineStyle: { color: c.soft } } },
      xAxis: { ...axis, type: "value", name: xName, nameLocation: "middle", nameGap: 28, splitLine: { ...axis.splitLine, show: false } },
      yAxis: { ...axis, type: "value", name: yName, nameTextStyle: { ...axis.nameTextStyle, align: "left", padding: [0, 0, 0, -44] }, min: 0, max: 1, axisLabel: { ...label, formatter: (v) => Math.round(100 * v) + " %" } },
      series: [],
    };
  }

  // A band is two stacked lines: an invisible lower edge, and the filled range above it.
  const band = (i, name, xs, values) => {
    const edge = { type: "line", stack: name, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 1 };
    return [
      { ...edge, data: values.map((v, k) => [xs[k], v[1]]) },
      { ...edge, data: values.map((v, k) => [xs[k], v[2] - v[1]]), areaStyle: { color: colour(i), opacity: .18 } },
    ];
  };

  const line = (i, xs, values, more) => ({
    type: "line", data: values.map((v, k) => [xs[k], v[0]]), color: colour(i), symbol: of(marks, i), symbolSize: 7, showSymbol: true,
    lineStyle: { color: colour(i), width: 2.2, type: of(dashes, i).length ? of(dashes, i) : "solid" }, emphasis: { disabled: true }, z: 3, ...more,
  });

  function ring(i, m) {
    const stop = m.kind === "stop";
    return {
      coord: [m.epoch, m.value], symbol: stop ? cross : "circle", symbolSize: stop ? 13 : 15,
      itemStyle: { color: stop ? ink().fore : "transparent", borderColor: colour(i), borderWidth: stop ? 0 : 2 },
    };
  }

  function curves(el) {
    const o = base(el, "epoch", "accuracy" + star);
    const seen = data.resolutions.map((r, i) => [r, i]).filter(([r, i]) => shown(i) && r.validation.length);
    o.xAxis.minInterval = 1;
    o.xAxis.max = Math.max(1, ...data.resolutions.map((r) => r.validation.length - 1));
    o.yAxis.min = (range) => Math.max(0, Math.floor(10 * range.min - .2) / 10);
    o.tooltip = { ...o.tooltip, trigger: "axis", formatter: (list) => curveText(list[0].axisValue) };
    for (const [r, i] of seen) {
      const xs = r.validation.map((_, k) => k);
      if (parts.band && parts.validation && r.runs > 1) o.series.push(...band(i, "v" + i, xs, r.validation));
      if (parts.train) o.series.push(line(i, xs, r.train, { symbol: "none", lineStyle: { color: colour(i), width: 1, opacity: .75, type: [2, 2] }, z: 2 }));
      if (parts.validation) o.series.push(line(i, xs, r.validation, { markPoint: { silent: true, label: { show: false }, data: r.marks.map((m) => ring(i, m)) } }));
    }
    return o;
  }

  function curveText(epoch) {
    const rows = ["epoch " + epoch];
    data.resolutions.forEach((r, i) => {
      if (!shown(i) || epoch >= r.validation.length) return;
      const stop = r.marks.some((m) => m.kind === "stop" && m.epoch === epoch) ? ", early stop" : "";
      rows.push(`${r.name}: validation ${percent(r.validation[epoch][0])}${star}, train ${percent(r.train[epoch][0])}${stop}`);
    });
    return rows.join("\n");
  }

  const slowest = Math.max(1, ...data.resolutions.map((r) => r.seconds ?? 0));
  const [period, word] = slowest < 180 ? [1, " s"] : slowest < 10800 ? [60, " min"] : [3600, " h"]; // fits the longest training
  const time = (v) => +v.toFixed(1) + word;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const size = Math.min(4, Math.floor(Math.log2(Math.max(1, ...data.resolutions.map((r) => r.bytes ?? 0))) / 10)); // fits the largest dataset
  const bytes = (v) => +v.toPrecision(v < 100 ? 2 : 4) + " " + units[size];

  // Costs that lie far apart get a logarithmic axis.
  function costAxis(axis, values, unit) {
    const least = Math.min(...values), most = Math.max(...values);
    const label = { ...axis.axisLabel, formatter: (v) => unit(v), hideOverlap: true };
    if (least <= 0 || most < 8 * least) return { ...axis, axisLabel: label, min: 0 };
    return { ...axis, type: "log", axisLabel: label, splitLine: { ...axis.splitLine, show: true }, min: 10 ** Math.floor(Math.log10(least)), max: 10 ** Math.ceil(Math.log10(most * 1.2)) };
  }

  // Returns a row for each label, so that labels do not overlap.
  function labelRows(axis, values, width) {
    const place = axis.type === "log" ? (v) => Math.log(v / axis.min) / Math.log(axis.max / axis.min) : (v) => v / Math.max(...values);
    const ends = [], rows = [];
    for (const i of values.map((_, k) => k).sort((a, b) => values[a] - values[b])) {
      const x = place(values[i]) * width;
      let row = ends.findIndex((end) => end < x - 64);
      if (row < 0) row = ends.length;
      ends[row] = x;
      rows[i] = row;
    }
    return rows;
  }

  function cost(key, on, unit, name, by) {
    return (el) => {
      const o = base(el, name, "detection"), c = ink();
      const list = data.resolutions.map((r, i) => ({ r: { ...r, [key]: r[key] === null ? null : r[key] / by }, i })).filter(({ r }) => r.rate !== null && r[key] !== null);
      o.xAxis = costAxis(o.xAxis, list.map(({ r }) => r[key]), unit);
      const rows = labelRows(o.xAxis, list.map(({ r }) => r[key]), width(el) - o.grid.left - o.grid.right);
      const front = list.filter(({ r }) => r[on]).sort((a, b) => a.r[key] - b.r[key]);
      o.series.push({ type: "line", name: "frontier", data: front.map(({ r }) => [r[key], r.rate]), symbol: "none", silent: true, lineStyle: { color: c.soft, type: "dashed", width: 1.5 }, z: 1 });
      for (const [n, { r, i }] of list.entries()) {
        o.series.push({ type: "line", data: [[r[key], r.low], [r[key], r.high]], symbol: "rect", symbolSize: [9, 1.5], silent: true, color: colour(i), lineStyle: { color: colour(i), width: 1.5 }, z: 2,
          label: { show: true, formatter: (p) => p.dataIndex ? "" : r.name, position: "bottom", offset: [0, 14 * rows[n]], color: c.fore, fontSize: 12, textBorderColor: c.back, textBorderWidth: 3 } });
        o.series.push({
          type: "scatter", data: [[r[key], r.rate]], symbol: of(marks, i), symbolSize: 14, z: 3,
          itemStyle: { color: r[on] ? colour(i) : c.back, borderColor: colour(i), borderWidth: 2 },
          tooltip: { formatter: () => costText(key, on, unit, r) },
        });
      }
      return o;
    };
  }

  const costText = (key, on, unit, r) => `${r.name}: ${percent(r.rate)} (${percent(r.low)} to ${percent(r.high)}), ${unit(r[key])}${r[on] ? ", on the frontier" : ""}`;

  function area(a) {
    return (el) => {
      const o = base(el, a.stills ? "number of the still, from 0" : "seconds of the video", "probability of " + short(a.expect, narrow(el) ? 24 : 60));
      o.xAxis.max = a.seconds.at(-1);
      o.tooltip = { ...o.tooltip, trigger: "axis", formatter: (list) => areaText(a, a.seconds.indexOf(list[0].axisValue)) };
      const seen = a.lines.filter((l) => shown(l.resolution));
      seen.forEach((l, n) => {
        const i = l.resolution, many = data.resolutions[i].runs > 1;
        if (many && parts.band) o.series.push(...band(i, "p" + i, a.seconds, l.expected));
        const sparse = Math.max(1, Math.ceil(l.expected.length / 12)), right = data.classes.indexOf(a.expect);
        const hollow = { color: ink().back, borderColor: colour(i), borderWidth: 1.5 }; // another label was found
        const values = l.expected.map((v, k) => ({ value: [a.seconds[k], v[0]], itemStyle: l.found[k] === right ? undefined : hollow }));
        const more = { data: values, symbolSize: (_, p) => p.dataIndex % sparse === 0 ? 7 : 0, lineStyle: { color: colour(i), width: 1.6, type: of(dashes, i).length ? of(dashes, i) : "solid" } };
        if (n === 0) more.markLine = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: ink().soft, type: [2, 4] }, data: [{ yAxis: a.confident }] };
        o.series.push(line(i, a.seconds, l.expected, more));
      });
      return o;
    };
  }

  function areaText(a, k) {
    const rows = [a.stills ? a.stills[k] : a.seconds[k] + " s"];
    for (const l of a.lines) {
      if (shown(l.resolution)) rows.push(`${data.resolutions[l.resolution].name}: ${percent(l.expected[k][0])}, found ${short(data.classes[l.found[k]] ?? "another")}`);
    }
    return rows.join("\n");
  }

  function pixels(el) {
    const o = base(el, "pixels of height", "detection"), c = ink(), rule = data.rule;
    const heights = data.points.map((p) => p.height);
    if (heights.length && Math.min(...heights) > 0) {
      o.xAxis = { ...o.xAxis, type: "log", logBase: 2, min: 2 ** Math.floor(Math.log2(Math.min(...heights)) - .2), max: 2 ** Math.ceil(Math.log2(Math.max(...heights)) + .2) };
    }
    data.resolutions.forEach((r, i) => {
      const points = [];
      for (const p of data.points) {
        if (p.resolution !== i || !shown(i)) continue;
        const same = points.find(([q]) => q.height === p.height && q.rate === p.rate);
        same ? same.push(p) : points.push([p]);
      }
      o.series.push({
        type: "scatter", symbol: of(marks, i), symbolSize: 12, itemStyle: { color: colour(i), opacity: .85 },
        data: points.map((list) => ({ value: [list[0].height, list[0].rate], points: list })), tooltip: { formatter: (at) => at.data.points.slice(0, 12).map(pointText).join("\n") },
        label: { show: true, position: "right", color: c.soft, fontSize: 11, formatter: (at) => at.data.points.length > 1 ? "×" + at.data.points.length : "" },
      });
    });
    const sums = new Map();
    for (const p of data.points) {
      const [sum, n] = sums.get(p.height) ?? [0, 0];
      sums.set(p.height, [sum + p.rate, n + 1]);
    }
    const means = [...sums].map(([h, [sum, n]]) => [h, sum / n]).sort((a, b) => a[0] - b[0]);
    const lines = rule ? [{ yAxis: rule.target }] : [];
    if (rule && rule.height !== null) lines.push({ xAxis: rule.height });
    o.series.push({
      type: "line", data: means, symbol: "none", silent: true, lineStyle: { color: c.fore, width: 1.5 }, z: 1,
      markLine: { silent: true, symbol: "none", lineStyle: { color: c.soft, type: "dashed" }, label: { show: false }, data: lines },
    });
    return o;
  }

  const pointText = (p) => `${short(p.area)} at ${data.resolutions[p.resolution].name}${p.size === "native" ? "" : ", camera at " + p.size}: ${percent(p.rate)}, ${p.height} pixels`;

  const kinds = {
    curves: { build: curves, at: curveText, length: () => Math.max(0, ...data.resolutions.map((r) => r.validation.length)) },
    seconds: { build: cost("seconds", "fast_frontier", time, "training time", period) },
    bytes: { build: cost("bytes", "small_frontier", bytes, "dataset size", 1024 ** size) },
    pixels: { build: pixels },
  };
  for (const a of data.areas) kinds[a.id] = { build: area(a), at: (k) => areaText(a, k), length: () => a.seconds.length };

  // A chart is drawn when it comes near the window, and again when its content changes.

  const drawn = new Map(); // element -> chart
  const figures = all("[data-chart]");

  // The size is set first: only setOption draws at once, and printing does not wait.
  function draw(el) {
    const kind = kinds[el.dataset.chart];
    if (!kind) return;
    if (!drawn.has(el)) drawn.set(el, echarts.init(el, null, { renderer: "svg" }));
    const chart = drawn.get(el);
    chart.resize(printing ? { width: paper(el) } : undefined);
    chart.setOption(kind.build(el), { notMerge: true });
  }

  const paper = (el) => el.closest(".pair") ? 330 : 660; // width of a chart in pixels
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
    for (const { target } of entries) if (drawn.has(target) && !printing) draw(target);
  });
  figures.forEach((el) => sized.observe(el));
  night.addEventListener("change", redraw);

  // For printing everything is drawn, in light colours and as wide as a page.
  const opened = [];
  addEventListener("beforeprint", () => {
    printing = true;
    all("#confusion details").forEach((d) => { if (!d.open) opened.push(d); d.open = true; });
    figures.forEach(draw);
    legends();
  });
  addEventListener("afterprint", () => {
    printing = false;
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
      chart?.dispatchAction({ type: "showTip", seriesIndex: Math.max(0, chart.getOption().series.findIndex((s) => s.data.length > at && !s.silent)), dataIndex: at });
      announce(kind.at(at));
    });
  }

  // The legends are buttons that switch lines in all charts.

  function swatch(i) {
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
    const set = (el, values) => { for (const [k, v] of Object.entries(values)) el.setAttribute(k, v); svg.append(el); };
    set(document.createElementNS(ns, "path"), { d: "M0 5H30", stroke: colour(i), "stroke-width": 2, "stroke-dasharray": of(dashes, i).join(" "), fill: "none" });
    set(document.createElementNS(ns, "path"), { d: of(shapes, i), fill: colour(i), transform: "translate(10 0)" });
    for (const [k, v] of Object.entries({ viewBox: "0 0 30 10", width: 30, height: 10, "aria-hidden": "true" })) svg.setAttribute(k, v);
    return svg;
  }

  function toggle(box, label, pressed, flip, picture) {
    const button = make("button", label);
    button.type = "button";
    button.setAttribute("aria-pressed", pressed());
    if (picture) button.prepend(picture());
    button.addEventListener("click", () => { flip(); legends(button.textContent, box); redraw(); });
    box.append(button);
  }

  function legends(focus, within) {
    for (const box of all("[data-legend]")) {
      box.replaceChildren();
      data.resolutions.forEach((r, i) => toggle(box, r.name, () => shown(i), () => hidden.delete(i) || hidden.add(i), () => swatch(i)));
    }
    for (const box of all("[data-parts]")) {
      box.replaceChildren();
      const names = { validation: "validation" + star, train: "train", band: "range of the trainings" };
      for (const part of Object.keys(names)) {
        if (part !== "band" || data.resolutions.some((r) => r.runs > 1)) toggle(box, names[part], () => parts[part], () => { parts[part] = !parts[part]; });
      }
    }
    if (within) all("button", within).find((b) => b.textContent === focus)?.focus();
  }
  legends();
  night.addEventListener("change", () => legends());
})();
