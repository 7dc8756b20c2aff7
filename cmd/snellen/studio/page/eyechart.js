// The eye chart of an area: its part of the picture as a network sees it at each resolution.

import {html, nothing} from "./lit/lit-html.js";
import {post} from "./api.js";
import {changed, state} from "./store.js";

const pause = 200; // milliseconds without a change before it is asked for

const chart = {asked: "", shown: null, failure: null, timer: 0, abort: null};

// want asks for the chart of an area, once it rests: {evaluation or path, at, areas: [area]}.
function want(question) {
  const key = JSON.stringify([question, state.spec.sum]); // other resolutions, another chart
  if (key === chart.asked) return;
  chart.asked = key;
  clearTimeout(chart.timer);
  chart.abort?.abort(); // only the latest counts
  chart.timer = setTimeout(async () => {
    const abort = (chart.abort = new AbortController());
    try {
      const answer = await post("/api/chart", question, abort.signal);
      if (chart.abort !== abort) return;
      chart.shown = {sizes: answer.sizes, crops: answer.crops[0], area: question.areas[0]};
      chart.failure = null;
    } catch (error) {
      if (error.name === "AbortError" || chart.abort !== abort) return;
      chart.failure = error;
    }
    changed();
  }, pause);
}

// noChart says that no chart is shown now.
export function noChart() {
  clearTimeout(chart.timer);
  chart.abort?.abort();
  chart.asked = "";
  return nothing;
}

// eyeChart shows the chart of one area of a clip. There is none where source is null.
export function eyeChart(source, at, area, frame) {
  if (!source) return noChart();
  const x = Math.max(0, area.x), y = Math.max(0, area.y);
  const width = Math.min(area.width, frame.width - x);
  const height = Math.min(area.height, frame.height - y);
  if (width < 1 || height < 1) return noChart();
  want({...source, at, areas: [{x, y, width, height}]});
  const {shown, failure} = chart;
  if (failure) {
    return html`<p class="soft">No eye chart: ${failure.message}.${
      failure.hint ? html` ${failure.hint}.` : nothing}</p>`;
  }
  if (!shown) return html`<p class="soft">The eye chart is being made…</p>`;
  const wide = Math.min(108, Math.round(150 * shown.area.width / shown.area.height));
  const high = Math.round(wide * shown.area.height / shown.area.width);
  return html`<ul class="chart-row">${shown.sizes.map((size, i) => html`<li><figure>
    <img width=${wide} height=${high} src=${shown.crops[i]} alt=${`The area at ${size}`}>
    <figcaption>${size}</figcaption></figure></li>`)}</ul>`;
}
