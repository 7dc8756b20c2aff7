// The tab Read: the report, and a comparison of two runs. Both are pages of their own, shown in
// frames that can reach nothing of this one.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {get, url} from "./api.js";
import {listen, Requests} from "./load.js";
import {count, failure, length, when, wide} from "./parts.js";
import {changed, state} from "./store.js";

const page = {
  runs: null,
  failure: null,
  a: "", // the run that a person chose; "" is the last but one
  b: "", // "" is the last
  compared: null, // {a, b} of the comparison that is shown
  edition: 1, // counts the reports, so that the frame shows a new one
  newer: false, // a newer report was written than the one that is shown
};

export async function enter() {
  if (page.newer) showNewer();
  await loadRuns();
}

const lists = new Requests(); // of runs

async function loadRuns() {
  const counts = lists.begin();
  try {
    const {runs} = await get("/api/runs");
    if (!counts()) return;
    page.runs = runs;
    page.failure = null;
  } catch (error) {
    if (!counts()) return;
    page.failure = error;
  }
  changed();
}

listen("report", () => {
  page.newer = true; // whoever reads is not taken away from the page
  if (state.tab === "read") loadRuns();
});

function showNewer() {
  page.edition++;
  page.newer = false;
  changed();
}

export function view() {
  if (!state.spec) return html`<h1>Read</h1><p class="soft">Loading…</p>`;
  return html`<h1>Read</h1>
    <section aria-labelledby="report-title">
      <h2 id="report-title">Report</h2>
      ${page.newer
        ? html`<p class="warning" role="status">The report was written anew.
            <button class="plain" @click=${showNewer}>Show it</button></p>` : nothing}
      ${state.spec.report
        ? frame(url("/report/", {edition: page.edition}), "Report of the study")
        : html`<p class="empty-state">There is no report yet. It is written when
            <a href="#run">Apply</a> has run.</p>`}
    </section>
    ${runsView()}`;
}

function frame(address, title) {
  return html`<p><a href=${address} target="_blank" rel="noopener">Open it in a page of its
      own</a></p>
    <iframe class="page-frame" src=${address} title=${title}
      sandbox="allow-scripts allow-downloads allow-popups"></iframe>`;
}

function runsView() {
  return html`<section aria-labelledby="runs-title">
    <h2 id="runs-title">Runs</h2>
    ${failure(page.failure)}
    ${page.runs === null ? html`<p class="soft">Loading…</p>`
      : page.runs.length === 0 ? html`<p class="empty-state">Nothing ran yet: go
          to <a href="#run">Run</a> and press Apply.</p>`
        : html`${comparison()}${runsTable()}`}
  </section>`;
}

function comparison() {
  if (page.runs.length < 2) return nothing;
  const a = page.a || page.runs[1].id, b = page.b || page.runs[0].id;
  const go = (event) => {
    event.preventDefault();
    page.compared = {a, b};
    changed();
  };
  return html`<form class="row" @submit=${go}>
      ${choice("Compare", "a", a)} ${choice("with", "b", b)}
      <button class="plain strong" ?disabled=${a === b}>Compare</button>
    </form>
    ${page.compared
      ? frame(url("/compare", page.compared), "Comparison of two runs") : nothing}`;
}

function choice(label, field, chosen) {
  return html`<label class="field"><span>${label}</span><select .value=${live(chosen)}
    @change=${(event) => { page[field] = event.target.value; changed(); }}>${page.runs.map((one) =>
      html`<option value=${one.id} ?selected=${one.id === chosen}>${
        when(one.began)}, ${one.verb}, ${one.state}</option>`)}</select></label>`;
}

function runsTable() {
  return wide("Table of runs", html`<table>
    <caption>${count(page.runs.length, "run")}, the latest first</caption>
    <thead><tr><th scope="col">Began</th><th scope="col">Command</th><th scope="col">Ended</th>
      <th scope="col">Took</th><th scope="col">Ran</th><th scope="col">Cached</th>
      <th scope="col">Failed</th></tr></thead>
    <tbody>${page.runs.map((one) => html`<tr><th scope="row">${when(one.began)}</th>
      <td><code>${one.command}</code></td><td>${one.state}</td>
      <td class="number">${length(one.seconds)}</td><td class="number">${one.ran}</td>
      <td class="number">${one.cached}</td><td class="number">${one.failed}</td></tr>`)}
    </tbody></table>`);
}
