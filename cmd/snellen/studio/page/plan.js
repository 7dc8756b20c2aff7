// The table of a plan: a row a resolution, a column a kind of step. While steps run, their states
// are counted in place of what was planned.

import {html, nothing} from "./lit/lit-html.js";
import {ref} from "./lit/directives/ref.js";
import {wide} from "./parts.js";
import {changed, state} from "./store.js";

// The symbols are the terminal's. They carry the meaning, and colour only helps.
const symbols = [
  {id: "failed", symbol: "!", words: "failed"},
  {id: "running", symbol: ">", words: "running"},
  {id: "run", symbol: "+", words: "run, never run before"},
  {id: "again", symbol: "~", words: "run again"},
  {id: "maybe", symbol: "?", words: "maybe, if other bytes come out above"},
  {id: "shared", symbol: "<", words: "shared"},
  {id: "cached", symbol: "=", words: "cached or done"},
];

// The symbols of steps that have no reason to be shown.
const quiet = new Set(["shared", "cached"]);

const shared = "all"; // the row of the steps that all resolutions have in common

// planned returns what a plan says of a step, as the id of a symbol.
function planned(step) {
  if (step.shared) return "shared";
  if (step.action !== "run") return step.action;
  return step.reason.startsWith("never run") ? "run" : "again";
}

// The states of a run's step that take the place of what was planned.
const states = {running: "running", failed: "failed", done: "cached", cached: "cached"};

// table returns the rows of a plan: {name, cells}, where cells holds the steps by kind.
function table(plan, run) {
  const now = new Map((run?.steps || []).map((one) => [one.address, one.state]));
  const columns = plan.columns?.length ? [...plan.columns] : [];
  const names = [shared, ...state.spec.resolutions.map((one) => one.name)];
  const rows = new Map(names.map((name) => [name, {name, cells: new Map()}]));
  for (const step of plan.steps) {
    const name = step.resolution || shared;
    if (!rows.has(name)) rows.set(name, {name, cells: new Map()});
    const cells = rows.get(name).cells;
    if (!columns.includes(step.kind)) columns.push(step.kind);
    if (!cells.has(step.kind)) cells.set(step.kind, []);
    cells.get(step.kind).push({...step, symbol: states[now.get(step.address)] || planned(step)});
  }
  const used = columns.filter((kind) => plan.steps.some((one) => one.kind === kind));
  return {columns: used, rows: [...rows.values()].filter((row) => row.cells.size > 0)};
}

const tip = {key: "", x: 0, y: 0}; // the cell whose reasons are shown, and where

export function hideReasons() {
  if (tip.key === "") return;
  tip.key = "";
  changed();
}

function show(key, element) {
  const {left, bottom} = element.getBoundingClientRect();
  Object.assign(tip, {key, x: Math.max(8, Math.min(left, innerWidth - 360)), y: bottom + 4});
  changed();
}

addEventListener("scroll", hideReasons, {capture: true, passive: true});

// planTable shows a plan. run is the run that carries it out now, or null.
export function planTable(plan, run) {
  if (!plan.steps.length) return nothing;
  const {columns, rows} = table(plan, run);
  let chosen = null;
  const seen = new Set();
  for (const row of rows) {
    for (const [kind, steps] of row.cells) {
      for (const one of steps) seen.add(one.symbol);
      if (tip.key === `${row.name} ${kind}`) chosen = steps;
    }
  }
  const body = html`<table class="plan">
    <thead><tr><th scope="col">Resolution</th>${columns.map(
      (kind) => html`<th scope="col">${kind}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr><th scope="row">${row.name}</th>${columns.map(
      (kind) => html`<td>${cellView(row, kind)}</td>`)}</tr>`)}</tbody>
  </table>`;
  return html`${wide("Table of steps", body)}
  <p class="soft legend-line">${symbols.filter((one) => seen.has(one.id)).map((one) => html`
    <span><b aria-hidden="true" class=${"sign " + one.id}>${one.symbol}</b> ${one.words}</span>`)}
  </p>
  ${chosen ? reasons(chosen) : nothing}`;
}

function cellView(row, kind) {
  const steps = row.cells.get(kind);
  if (!steps) return nothing;
  const counted = symbols.map((one) => ({...one,
    number: steps.filter((step) => step.symbol === one.id).length})).filter((one) => one.number);
  const signs = html`<span aria-hidden="true">${counted.map((one) =>
    html`<span class=${"sign " + one.id}>${one.symbol}${one.number}</span> `)}</span>`;
  const words = counted.map((one) => `${one.number} ${one.words}`).join("; ");
  if (counted.every((one) => quiet.has(one.id))) {
    return html`${signs}<span class="hidden">${words}</span>`;
  }
  const key = `${row.name} ${kind}`;
  const open = (event) => show(key, event.currentTarget);
  return html`<button class="cell" aria-describedby=${tip.key === key ? "reasons" : nothing}
    @mouseenter=${open} @focus=${open} @click=${open}
    @mouseleave=${hideReasons} @blur=${hideReasons}
    @keydown=${(event) => { if (event.key === "Escape") hideReasons(); }}>${signs}<span
    class="hidden">${row.name} ${kind}: ${words}</span></button>`;
}

const most = 8; // steps whose reasons are shown

function reasons(steps) {
  const open = steps.filter((one) => !quiet.has(one.symbol));
  const sign = (id) => symbols.find((one) => one.id === id).symbol;
  const place = (element) => {
    if (!element) return;
    // The policy allows no style in the page's text; a script may still set one.
    element.style.left = `${tip.x}px`;
    element.style.top = `${tip.y}px`;
  };
  return html`<div id="reasons" role="tooltip" class="tip" ${ref(place)}>
    <ul>${open.slice(0, most).map((one) => html`<li><span class=${"sign " + one.symbol}
      aria-hidden="true">${sign(one.symbol)}</span> <bdi>${one.address}</bdi>: ${one.reason}</li>`)}
      ${open.length > most ? html`<li>and ${open.length - most} more</li>` : nothing}</ul></div>`;
}
