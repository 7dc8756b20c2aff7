// The curves of the trainings of a run, which grow as epochs end. The library that draws them is
// loaded when there is something to draw; the table below has the same numbers.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {ref} from "./lit/directives/ref.js";
import {wide} from "./parts.js";
import {afterDraw, changed, failed} from "./store.js";

// Colours by Okabe and Ito, as in the report; dashes and marks differ as well.
const colours = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#3c4046", "#e69f00", "#56b4e9"],
  dark: ["#56b4e9", "#f0894a", "#2cc29a", "#e09cc4", "#e8eaed", "#e69f00", "#f0e442"],
};
const marks = ["circle", "rect", "triangle", "diamond", "roundRect", "arrow", "pin"];
const dashes = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [12, 3], [1, 2]];

const usual = "validation_accuracy";
const night = matchMedia("(prefers-color-scheme: dark)");

const shown = {metric: usual, drawn: "", chart: null, element: null, loading: null};

night.addEventListener("change", () => {
  shown.drawn = "";
  changed();
});

export function hideCurves() {
  shown.chart?.dispose();
  Object.assign(shown, {chart: null, element: null, drawn: ""});
}

// library loads the charts' library once.
function library() {
  shown.loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/echarts.js";
    script.onload = () => resolve(window.echarts);
    script.onerror = () => {
      shown.loading = null;
      reject(new Error("the charts cannot be loaded; the table has their numbers"));
    };
    document.head.append(script);
  });
  return shown.loading;
}

// lines returns the curves of a metric: {name, points}, in the order of the steps.
function lines(run, metric) {
  const order = Object.keys(run.epochs).sort((a, b) => {
    const at = (address) => run.steps.findIndex((one) => one.address === address);
    return at(a) - at(b);
  });
  return order.map((address) => ({
    name: address.replace("/train", ""),
    points: run.epochs[address].filter((one) => Number.isFinite(one.values[metric]))
      .map((one) => [one.epoch, one.values[metric]]),
  })).filter((one) => one.points.length);
}

const isShare = (metric) => metric.endsWith("accuracy");
const format = (metric, value) => (isShare(metric) ? `${(100 * value).toFixed(1)} %`
  : String(+value.toPrecision(4)));

// range keeps the axis of a share within what a share can be.
function range(metric) {
  if (!isShare(metric)) return {scale: true};
  return {max: 1, min: ({min}) => Math.max(0, Math.floor(10 * min - .2) / 10)};
}

async function draw(list, metric) {
  let echarts;
  try {
    echarts = await library();
  } catch (error) {
    failed(error);
    return;
  }
  const element = document.getElementById("curves");
  if (!element) return; // the tab was left
  if (shown.element !== element) {
    hideCurves();
    shown.element = element;
    shown.chart = echarts.init(element);
    new ResizeObserver(() => {
      if (shown.element === element) shown.chart.resize();
    }).observe(element);
  }
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(name).trim();
  const palette = night.matches ? colours.dark : colours.light;
  const axis = {type: "value", axisLabel: {color: colour("--soft")},
    nameTextStyle: {color: colour("--soft")}, axisLine: {lineStyle: {color: colour("--line")}},
    splitLine: {lineStyle: {color: colour("--line"), opacity: .6}}};
  shown.chart.setOption({
    animation: false,
    textStyle: {fontFamily: "system-ui, sans-serif", color: colour("--fore")},
    grid: {left: 56, right: 20, top: 20, bottom: 44},
    tooltip: {trigger: "axis", renderMode: "richText", confine: true,
      backgroundColor: colour("--panel"), borderColor: colour("--line"),
      textStyle: {color: colour("--fore")}, valueFormatter: (value) => format(metric, value)},
    xAxis: {...axis, name: "epoch", nameLocation: "middle", nameGap: 26, minInterval: 1,
      splitLine: {show: false}},
    yAxis: {...axis, ...range(metric), axisLabel: {...axis.axisLabel,
      formatter: (value) => format(metric, value)}},
    series: list.map((one, i) => ({type: "line", name: one.name, data: one.points,
      color: palette[i % palette.length], symbol: marks[i % marks.length], symbolSize: 7,
      showSymbol: one.points.length < 60, emphasis: {disabled: true},
      lineStyle: {width: 2.2, type: dashes[(i + Math.floor(i / 7)) % dashes.length]}})),
  }, {notMerge: true});
}

// legendMark paints a line's sample by script, since the policy allows no style in the page's text.
function legendMark(i) {
  return ref((element) => {
    if (!element) return;
    const palette = night.matches ? colours.dark : colours.light;
    element.style.borderTopColor = palette[i % palette.length];
    element.style.borderTopStyle = ["solid", "dashed", "dotted"][i % 3];
  });
}

export function curves(run) {
  const metrics = [...new Set(Object.values(run.epochs).flat().flatMap(
    (one) => Object.keys(one.values)))].sort();
  if (!metrics.length) return nothing;
  const metric = metrics.includes(shown.metric) ? shown.metric
    : metrics.includes(usual) ? usual : metrics[0];
  const list = lines(run, metric);
  const state = `${run.id} ${metric} ${list.map((one) => one.name + one.points.length)}`;
  if (state !== shown.drawn || shown.element?.isConnected === false) {
    shown.drawn = state;
    afterDraw(() => draw(list, metric));
  }
  const better = (a, b) => (isShare(metric) ? b[1] > a[1] : b[1] < a[1]);
  const best = (one) => one.points.reduce((a, b) => (better(a, b) ? b : a));
  return html`<h3>Curves</h3>
    <label class="field metric"><span>What is shown</span><select .value=${live(metric)}
      @change=${(event) => { shown.metric = event.target.value; changed(); }}>${metrics.map((one) =>
        html`<option value=${one} ?selected=${one === metric}>${
          one.replaceAll("_", " ")}</option>`)}
    </select></label>
    <p class="legend-line">${list.map((one, i) => html`<span><i class="sample"
      ${legendMark(i)}></i> ${one.name}</span>`)}</p>
    <div id="curves" class="chart" aria-hidden="true"></div>
    <details class="fold"><summary>The same as a table</summary>
      ${wide("Table of trainings", html`<table><thead><tr><th scope="col">Training</th>
        <th scope="col">Epochs</th><th scope="col">Last</th><th scope="col">Best</th></tr></thead>
        <tbody>${list.map((one) => html`<tr><th scope="row">${one.name}</th>
          <td class="number">${one.points.length}</td>
          <td class="number">${format(metric, one.points.at(-1)[1])}</td>
          <td class="number">${format(metric, best(one)[1])} in epoch ${best(one)[0]}</td>
        </tr>`)}</tbody></table>`)}</details>`;
}
