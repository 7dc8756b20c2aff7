// Lines differ by colour (Okabe and Ito), by dashes and by marks, so that any one of these is enough.

const colours = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#3c4046", "#e69f00", "#56b4e9"],
  dark: ["#56b4e9", "#f0894a", "#2cc29a", "#e09cc4", "#e8eaed", "#e69f00", "#f0e442"],
};
const marks = ["circle", "rect", "triangle", "diamond", "path://M4 0H6V4H10V6H6V10H4V6H0V4H4Z", "roundRect", "arrow"];
const shapes = ["M5 1A4 4 0 1 1 4.99 1Z", "M1 1H9V9H1Z", "M5 0L10 9H0Z", "M5 0L10 5L5 10L0 5Z", "M4 0H6V4H10V6H6V10H4V6H0V4H4Z", "M3 1H7Q9 1 9 3V7Q9 9 7 9H3Q1 9 1 7V3Q1 1 3 1Z", "M5 0L10 10L5 7L0 10Z"];
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [12, 3], [1, 2]];
const of = (list, i) => list[i % list.length];
const style = (list, i) => of(list, i + Math.floor(i / list.length)); // colours repeat with other marks and dashes
const cross = "path://M1 0L5 4L9 0L10 1L6 5L10 9L9 10L5 6L1 10L0 9L4 5L0 1Z";

const night = matchMedia("(prefers-color-scheme: dark)");
let paper = null; // returns the size of a chart on paper or in a file; null: for the screen
const dark = () => night.matches && !paper;
const colour = (i) => of(dark() ? colours.dark : colours.light, i);
const ink = () => dark() ? { fore: "#e8eaed", soft: "#a3abb5", line: "#363c45", back: "#14171b", panel: "#1d2127" }
  : { fore: "#1a1c20", soft: "#5b616b", line: "#d5d9df", back: "#ffffff", panel: "#f4f6f8" };

const star = data.random_split ? "*" : ""; // marks every score of a random split
const parts = { validation: true, train: true, band: true };
const width = (el) => paper ? paper(el).width : el.clientWidth;
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
  type: "line", data: values.map((v, k) => [xs[k], v[0]]), color: colour(i), symbol: style(marks, i), symbolSize: 7, showSymbol: true,
  lineStyle: { color: colour(i), width: 2.2, type: style(dashes, i).length ? style(dashes, i) : "solid" }, emphasis: { disabled: true }, z: 3, ...more,
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
    if (parts.validation) o.series.push(line(i, xs, r.validation, { name: r.name, markPoint: { silent: true, label: { show: false }, data: r.marks.map((m) => ring(i, m)) } }));
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

const costs = (key, by) => data.resolutions.map((r, i) => ({ ...r, [key]: r[key] === null ? null : r[key] / by, place: i }))
  .filter((r) => shown(r.place) && r.rate !== null && r[key] !== null).sort((a, b) => a[key] - b[key]);

function cost(key, on, unit, name, by) {
  const text = (r) => `${r.name}: ${percent(r.rate)} (${percent(r.low)} to ${percent(r.high)}), ${unit(r[key])}${r[on] ? ", on the frontier" : ""}`;
  const build = (el) => {
    const o = base(el, name, "detection"), c = ink(), list = costs(key, by);
    if (!list.length) return o;
    o.xAxis = costAxis(o.xAxis, list.map((r) => r[key]), unit);
    o.series.push({ type: "line", name: "frontier", data: list.filter((r) => r[on]).map((r) => [r[key], r.rate]), symbol: "none", silent: true, lineStyle: { color: c.soft, type: "dashed", width: 1.5 }, z: 1 });
    for (const r of list) {
      const i = r.place;
      o.series.push({ type: "line", data: [[r[key], r.low], [r[key], r.high]], symbol: "rect", symbolSize: [9, 1.5], silent: true, color: colour(i), lineStyle: { color: colour(i), width: 1.5 }, z: 2 });
      o.series.push({
        type: "scatter", name: r.name, data: [[r[key], r.rate]], symbol: style(marks, i), symbolSize: 14, z: 3,
        itemStyle: { color: r[on] ? colour(i) : c.back, borderColor: colour(i), borderWidth: 2 }, tooltip: { formatter: () => text(r) },
      });
    }
    return o;
  };
  // Once the axes are there, the marks' places are known, and so is the room for their names.
  const finish = (chart) => {
    const at = (x, y) => chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]);
    const list = costs(key, by).map((r) => ({ name: short(r.name), x: at(r[key], 0)[0], y: at(r[key], r.rate)[1], high: at(r[key], r.high)[1], low: at(r[key], r.low)[1] }));
    chart.setOption({ graphic: names(list, { left: 54, right: chart.getWidth() - 4, top: chart.getOption().grid[0].top - 8, bottom: chart.getHeight() - 48 }) });
  };
  return {
    build, finish, title: "Detection against " + name, at: (k) => text(costs(key, by)[k]), length: () => costs(key, by).length,
    tip: (k, series) => ({ seriesIndex: series.findIndex((s) => s.type === "scatter" && s.name === costs(key, by)[k].name), dataIndex: 0 }),
    rows: () => [["resolution", "detection", "from", "to", key === "bytes" ? "dataset bytes" : "training seconds", "on the frontier"],
      ...costs(key, 1).map((r) => [r.name, r.rate, r.low, r.high, r[key], r[on] ? "yes" : "no"])],
  };
}

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
      const more = { name: data.resolutions[i].name, data: values, symbolSize: (_, p) => p.dataIndex % sparse === 0 ? 7 : 0, lineStyle: { color: colour(i), width: 1.6, type: style(dashes, i).length ? style(dashes, i) : "solid" } };
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
  const heights = data.points.map((p) => p.height), seen = points();
  if (heights.length && Math.min(...heights) > 0) {
    o.xAxis = { ...o.xAxis, type: "log", logBase: 2, min: 2 ** Math.floor(Math.log2(Math.min(...heights)) - .2), max: 2 ** Math.ceil(Math.log2(Math.max(...heights)) + .2) };
  }
  data.resolutions.forEach((r, i) => {
    const together = [];
    for (const p of seen) {
      if (p.resolution !== i) continue;
      const same = together.find(([q]) => q.height === p.height && q.rate === p.rate);
      same ? same.push(p) : together.push([p]);
    }
    o.series.push({
      type: "scatter", name: r.name, symbol: style(marks, i), symbolSize: 12, itemStyle: { color: colour(i), opacity: .85 },
      data: together.map((list) => ({ value: [list[0].height, list[0].rate], points: list })), tooltip: { formatter: (at) => at.data.points.slice(0, 12).map(pointText).join("\n") },
      label: { show: true, position: "right", color: c.soft, fontSize: 11, formatter: (at) => at.data.points.length > 1 ? "×" + at.data.points.length : "" },
    });
  });
  const sums = new Map();
  for (const p of seen) {
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

const points = () => data.points.filter((p) => shown(p.resolution) && wanted(p.expect));
const pointText = (p) => `${short(p.area, 48)} at ${data.resolutions[p.resolution].name}${p.size === "native" ? "" : ", camera at " + p.size}: ${percent(p.rate)}, ${p.height} pixels`;

const spread = (v) => v ?? ["", "", ""];

const kinds = {
  curves: {
    build: curves, title: "Accuracy after each epoch", at: curveText, length: () => Math.max(0, ...data.resolutions.map((r) => r.validation.length)), legend: true,
    rows: () => [["resolution", "epoch", ...["validation", "train"].flatMap((s) => [s + " accuracy, mean", s + ", lowest", s + ", highest"])],
      ...data.resolutions.flatMap((r, i) => shown(i) ? r.validation.map((v, k) => [r.name, k, ...v, ...spread(r.train[k])]) : [])],
  },
  seconds: cost("seconds", "fast_frontier", time, "training time", period),
  bytes: cost("bytes", "small_frontier", bytes, "dataset size", 1024 ** size),
  pixels: {
    build: pixels, title: "Detection and pixels of height", at: (k) => pointText(points()[k]), length: () => points().length, legend: true,
    tip: (k, series) => {
      const p = points()[k];
      return { seriesIndex: p.resolution, dataIndex: series[p.resolution].data.findIndex((d) => d.points.includes(p)) };
    },
    rows: () => [["area", "expected", "resolution", "camera at", "pixels of height", "detection"],
      ...points().map((p) => [p.area, p.expect, data.resolutions[p.resolution].name, p.size, p.height, p.rate])],
  },
};
for (const a of data.areas) {
  kinds[a.id] = {
    build: area(a), at: (k) => areaText(a, k), length: () => a.seconds.length, legend: true, title: a.name, file: a.name,
    rows: () => [["area", "resolution", a.stills ? "still" : "seconds", "probability of " + a.expect, "lowest", "highest", "found"],
      ...a.lines.flatMap((l) => shown(l.resolution) ? a.seconds.map((s, k) => [a.name, data.resolutions[l.resolution].name, a.stills ? a.stills[k] : s, ...l.expected[k], data.classes[l.found[k]] ?? ""]) : [])],
  };
}

