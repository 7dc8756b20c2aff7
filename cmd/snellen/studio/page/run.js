// The tab Run: the plan, what runs, and how the trainings go. It shows the same when a terminal
// applies the spec.

import {html, nothing} from "./lit/lit-html.js";
import {repeat} from "./lit/directives/repeat.js";
import {get, post} from "./api.js";
import {curves, hideCurves} from "./curves.js";
import {openDialog} from "./dialog.js";
import {listen} from "./load.js";
import {count, diagnostics, failure, length} from "./parts.js";
import {planTable, hideReasons} from "./plan.js";
import {changed, failed, state} from "./store.js";

const page = {
  plan: null,
  planFailure: null,
  loading: false,
  stale: true, // something changed since the plan was made
  asked: false, // Apply was pressed, and the run has not begun
  stopped: false, // Stop was pressed
};

export function enter() {
  plan();
}

export function leave() {
  hideCurves();
  hideReasons();
}

listen("plan", () => {
  page.stale = true;
  if (state.tab === "run") plan();
});

const running = () => ["starting", "running"].includes(state.run?.state);

// plan asks for the plan, once at a time. While something runs it would be of the past at once; the
// steps of the run then say what the table shows.
async function plan() {
  if (!state.spec?.exists || page.loading || !page.stale || (running() && page.plan)) return;
  page.loading = true;
  page.stale = false;
  changed();
  try {
    page.plan = await get("/api/plan");
    page.planFailure = null;
  } catch (error) {
    page.plan = null;
    page.planFailure = error;
  }
  page.loading = false;
  changed();
  plan(); // it may have become stale meanwhile
}

async function apply() {
  page.asked = true;
  page.stopped = false;
  changed();
  try {
    await post("/api/apply", {});
  } catch (error) {
    failed(error);
  }
  page.asked = false;
  changed();
}

async function stop() {
  try {
    await post("/api/stop", {});
    page.stopped = true;
  } catch (error) {
    failed(error);
  }
  changed();
}

export function view() {
  const run = state.run?.state ? state.run : null;
  if (!running()) page.stopped = false;
  return html`<h1>Run</h1>
    ${buttons(run)}
    ${planView(run)}
    ${run ? runView(run) : nothing}`;
}

function buttons(run) {
  const now = running();
  return html`<div class="row">
    <button class="big" ?disabled=${now || page.asked || !state.spec?.exists}
      @click=${apply}>${page.asked ? "Starting…" : "Apply"}</button>
    ${now && run.ours
      ? html`<button class="big stop" @click=${stop}>${
          page.stopped ? "End at once" : "Stop"}</button>`
      : nothing}
    <span class="soft">${buttonText(run)}</span>
  </div>`;
}

function buttonText(run) {
  if (running()) return stopText(run);
  if (!page.plan) return "";
  if (page.plan.run + page.plan.maybe > 0) return "Apply runs what the plan below says.";
  return page.plan.fetches ? "Nothing to run: Apply takes what others made."
    : "Everything is done. Apply would change nothing.";
}

function stopText(run) {
  if (!run.ours) return `${run.command} runs in a terminal: stop it there.`;
  return page.stopped
    ? "Nothing new is started. What runs may finish, unless you end it at once; what is done is" +
      " kept."
    : "Stop lets running steps finish and starts no other. What is done is kept.";
}

function planView(run) {
  if (!state.spec) return nothing;
  if (!state.spec.exists) {
    return html`<p class="empty-state">There is no spec yet. <a href="#film">Film two products and
      the shelf</a> first; it is written as you go.</p>`;
  }
  return html`<section aria-labelledby="plan-title">
    <h2 id="plan-title">Plan</h2>
    ${failure(page.planFailure)}
    ${diagnostics(page.planFailure?.body?.diagnostics || page.plan?.diagnostics)}
    ${page.plan
      ? html`${planTable(page.plan, running() ? run : null)}
        ${running() ? nothing : html`<p>${page.plan.summary}</p>
          ${page.plan.bill ? html`<p>${page.plan.bill}</p>` : nothing}`}`
      : nothing}
    ${page.loading ? html`<p class="soft" role="status">The plan is being made…</p>` : nothing}
  </section>`;
}

const words = {starting: "is starting", running: "is running", done: "is done", failed: "failed",
  interrupted: "was interrupted"};

function runView(run) {
  const of = (...states) => run.steps.filter((one) => states.includes(one.state));
  const failing = of("failed"), now = of("running"), done = of("done");
  const left = run.state === "running" && run.left ? `, ${run.left}` : "";
  return html`<section aria-labelledby="run-title">
    <h2 id="run-title">${running() ? "Now" : "Last run"}</h2>
    <p><code>${run.command}</code> ${words[run.state] || run.state}, after ${
        length(run.seconds)}${left}.
      ${count(done.length, "step")} done, ${of("cached").length} cached,
      ${failing.length} failed.</p>
    ${failing.length
      ? html`<ul class="plain-list">${repeat(failing, (one) => one.address, failedStep)}</ul>`
      : nothing}
    ${now.length
      ? html`<h3>Running steps</h3><ul class="plain-list steps-now">${repeat(now,
          (one) => one.address, runningStep)}</ul>` : nothing}
    ${messages(run)}
    ${curves(run)}
    ${done.length
      ? html`<details class="fold"><summary>Finished steps (${done.length})</summary>
          <ul class="plain-list">${repeat(done, (one) => one.address, (one) => html`<li>
            <bdi>${one.address}</bdi> <span class="soft">${one.text || length(one.seconds)}</span>
            ${logButton(one)}</li>`)}</ul></details>`
      : nothing}
  </section>`;
}

function runningStep(one) {
  const percent = Math.round(100 * one.done);
  return html`<li>
    <strong><bdi>${one.address}</bdi></strong>
    <progress max="1" .value=${one.done} aria-label=${`Progress of ${one.address}`}></progress>
    <span class="number">${percent} %</span>
    <span class="soft">${one.text}</span>
    ${logButton(one)}
  </li>`;
}

function failedStep(one) {
  return html`<li class="failure"><p><strong><bdi>${one.address}</bdi> failed:</strong>
    ${one.error}</p>${one.hint ? html`<p>Hint: ${one.hint}</p>` : nothing}${logButton(one)}</li>`;
}

function messages(run) {
  if (!run.messages.length) return nothing;
  const last = run.messages.slice(-8);
  return html`<div role="log" aria-label="Messages"><ul class="messages">${last.map((one) => html`
    <li class=${one.level}>${levelOf(one)}${one.text}</li>`)}
  </ul></div>`;
}

// levelOf says a message's level, unless its text does.
function levelOf({level, text}) {
  const word = {warn: "Warning:", error: "Error:"}[level];
  if (!word || text.toLowerCase().startsWith(word.toLowerCase())) return nothing;
  return html`<strong>${word}</strong> `;
}

function logButton(one) {
  return html`<button class="plain" @click=${() => showLog(one.address)}
    aria-label=${`Log of ${one.address}`}>Log</button>`;
}

async function showLog(address) {
  const log = {lines: null, failure: null};
  const load = async () => {
    try {
      log.lines = (await get("/api/logs", {address, run: state.run.id})).lines;
      log.failure = null;
    } catch (error) {
      log.failure = error;
    }
    changed();
  };
  openDialog(`Log of ${address}`, () => html`
    ${failure(log.failure)}
    ${log.lines === null ? html`<p class="soft">Loading…</p>`
      : log.lines.length ? html`<pre class="log" tabindex="0"
          aria-label="Lines">${log.lines.join("\n")}</pre>`
        : html`<p class="soft">It has written nothing yet.</p>`}
    <div class="row"><button class="plain" @click=${load}>Load anew</button></div>`);
  await load();
}
