// The studio's page: its tabs, what the server tells, and the spec at its end.

import {html, nothing, render} from "./lit/lit-html.js";
import {repeat} from "./lit/directives/repeat.js";
import {busyDrafts} from "./drafts.js";
import {dialogView} from "./dialog.js";
import {busyEditor, editor, goToLine} from "./editor.js";
import {acceptDrops} from "./files.js";
import * as film from "./film.js";
import {follow, load} from "./load.js";
import {diagnostics, failure, foldedDiff} from "./parts.js";
import {afterDraw, changed, dismiss, failed, start, state} from "./store.js";

// A tab's module is loaded when it is first opened. It exports view and, where the tab has
// something to begin or to end, enter and leave.
const tabs = [
  {id: "film", title: "Film", load: () => Promise.resolve(film)},
  {id: "areas", title: "Areas", load: () => import("./areas.js")},
  {id: "run", title: "Run", load: () => import("./run.js")},
  {id: "read", title: "Read", load: () => import("./read.js")},
  {id: "watch", title: "Watch", load: () => import("./watch.js")},
];

const modules = {film};

async function open(id, byPerson) {
  const tab = tabs.find((one) => one.id === id) || tabs[0];
  if (state.tab !== tab.id) modules[state.tab]?.leave?.();
  state.tab = tab.id;
  document.title = `${tab.title} – Snellen studio`;
  changed();
  try {
    modules[tab.id] ??= await tab.load();
  } catch (error) {
    failed(error, `The page ${tab.title} cannot be loaded`);
    return;
  }
  if (state.tab !== tab.id) return;
  modules[tab.id].enter?.();
  // Whoever follows a link is taken to the tab's own beginning, also without seeing it.
  if (byPerson) afterDraw(() => document.getElementById("main").focus());
  changed();
}

function page() {
  const tab = modules[state.tab];
  return html`
    <a class="skip" href="#main" @click=${skip}>To the page's content</a>
    <header class="top">
      <p class="study">Snellen studio${state.spec?.study
        ? html` <span><bdi>${state.spec.study}</bdi></span>` : nothing}</p>
      <nav aria-label="Pages"><ul>${tabs.map((one) => html`<li><a href=${"#" + one.id}
        data-name=${one.title} aria-current=${one.id === state.tab ? "page" : nothing}
        >${one.title}${badge(one.id)}</a>
      </li>`)}</ul></nav>
    </header>
    ${connection()}
    ${notices()}
    <main id="main" tabindex="-1">
      ${failure(state.specFailure)}
      ${mistakes()}
      ${tab ? tab.view() : html`<h1>${tabs.find((one) => one.id === state.tab).title}</h1>
        <p class="soft">Loading…</p>`}
    </main>
    ${editor()}
    <p class="hidden" role="status" aria-live="polite">${state.said}</p>
    ${dialogView()}`;
}

function skip(event) {
  event.preventDefault(); // the address names the tab
  document.getElementById("main").focus();
}

// badge marks a tab where something goes on.
function badge(id) {
  if (id === "film" && film.busy()) return html` <span class="badge">${film.busy()}</span>`;
  if (id === "areas" && busyDrafts()) return html` <span class="badge">not saved</span>`;
  if (id === "run" && state.run?.state === "running") {
    return html` <span class="badge">running</span>`;
  }
  return nothing;
}

function connection() {
  if (state.ended) {
    return html`<p class="warning" role="alert">The studio has ended. Start
      <code>snellen studio</code> again, then load this page anew.</p>`;
  }
  if (!state.connected) {
    return html`<p class="warning" role="alert">The studio does not answer. This page goes on as
      soon as it does.</p>`;
  }
  return nothing;
}

function notices() {
  return html`<div class="notices" role="status" aria-live="polite">
    ${repeat(state.notices, (one) => one.id, (one) => html`<div class=${"notice " + one.level}>
      <div>
        <p>${one.level === "error" ? html`<strong>Error:</strong> ` : nothing}${one.text}</p>
        ${one.hint ? html`<p>Hint: ${one.hint}</p>` : nothing}
        ${foldedDiff(one.diff)}
      </div>
      <button class="plain" @click=${() => dismiss(one.id)} aria-label="Dismiss this message">
        ✕</button>
    </div>`)}
  </div>`;
}

function mistakes() {
  const spec = state.spec;
  if (!spec?.diagnostics?.length) return nothing;
  const bad = spec.diagnostics.some((one) => one.severity !== "warning");
  const text = bad ? `${spec.file} has mistakes. Nothing can run until they are mended.`
    : `${spec.file} has something to look at.`;
  return html`<section class="mistakes-box" aria-label="Mistakes in the spec">
    <p>${text}</p>${diagnostics(spec.diagnostics, goToLine)}</section>`;
}

addEventListener("hashchange", () => open(location.hash.slice(1), true));
addEventListener("beforeunload", (event) => {
  const lost = film.busy() || busyDrafts() || busyEditor();
  if (lost) event.preventDefault(); // the browser then asks
});
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Error) failed(event.reason);
});

acceptDrops();
start(() => render(page(), document.body));
load();
follow();
open(location.hash.slice(1), false);
