// Small parts of views that several tabs use.

import {html, nothing} from "./lit/lit-html.js";
import {state} from "./store.js";

// length returns a duration for people: "6.1 s", "2 min 05 s", "1 h 12 min".
export function length(seconds) {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// clock returns seconds as a timer shows them: "0:07".
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  if (count < 1e6) return `${Math.round(count / 1e3)} kB`;
  if (count < 1e9) return `${(count / 1e6).toFixed(1)} MB`;
  return `${(count / 1e9).toFixed(1)} GB`;
}

export function when(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleString([], {dateStyle: "medium", timeStyle: "medium"});
}

// count returns "1 clip" or "3 clips".
export function count(number, one, many = one + "s") {
  return `${number} ${number === 1 ? one : many}`;
}

// baseName returns a path's last part.
export function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

// diffLines shows a unified diff. The signs at the lines' beginnings carry the meaning.
export function diffLines(text) {
  const kind = (line) => {
    if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@")) return "where";
    return {"+": "added", "-": "removed"}[line[0]] || "";
  };
  const lines = text.replace(/\n$/, "").split("\n");
  return html`<pre class="diff" tabindex="0" aria-label="What was changed">${lines.map(
    (line) => html`<span class=${kind(line)}>${line}${"\n"}</span>`,
  )}</pre>`;
}

// wide shows a table, which is scrolled by itself where the page is narrower, also by keys.
export function wide(name, table) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${name}>${table}</div>`;
}

// foldedDiff shows what was changed in the spec, folded.
export function foldedDiff(text) {
  if (!text) return nothing;
  const summary = `What was changed in ${state.spec?.file || "the spec"}`;
  return html`<details class="fold"><summary>${summary}</summary>${diffLines(text)}</details>`;
}

// failure shows an error with its hint.
export function failure(error) {
  if (!error) return nothing;
  return html`<div class="failure" role="alert">
    <p><strong>Error:</strong> ${error.message}</p>
    ${error.hint ? html`<p>Hint: ${error.hint}</p>` : nothing}
  </div>`;
}

// diagnostics shows mistakes of the spec. goTo, if given, is called with a line.
export function diagnostics(list, goTo) {
  if (!list || !list.length) return nothing;
  return html`<ul class="mistakes">${list.map((one) => {
    const line = one.range?.start?.line;
    const where = line ? `line ${line}` : "";
    return html`<li class=${one.severity}>
      <strong>${one.severity === "warning" ? "Warning" : "Error"}${where ? ", " : ""}${
        where && goTo
          ? html`<button class="link" @click=${() => goTo(line)}>${where}</button>`
          : where}:</strong>
      ${one.summary}${one.detail ? html`<br><span class="soft">${one.detail}</span>` : nothing}
      ${one.snippet?.code ? html`<pre class="snippet">${one.snippet.code}</pre>` : nothing}
    </li>`;
  })}</ul>`;
}
