// The spec's text, in a small editor at the page's end.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {post} from "./api.js";
import {loadSpec} from "./load.js";
import {diagnostics, diffLines, failure} from "./parts.js";
import {afterDraw, changed, notice, state} from "./store.js";

const edit = {
  open: false,
  text: null, // what is being written; null while it is the file's
  sum: "", // the sum of the text that it began from
  failure: null,
  waits: false,
};

// goToLine opens the editor at a line.
export function goToLine(line) {
  edit.open = true;
  afterDraw(() => {
    const area = document.getElementById("spec-text");
    const lines = area.value.split("\n");
    const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(from, from + (lines[line - 1] || "").length);
    const high = parseFloat(getComputedStyle(area).lineHeight);
    area.scrollTop = Math.max(0, (line - 4) * high);
  });
}

async function save(sum) {
  edit.waits = true;
  edit.failure = null;
  changed();
  try {
    const result = await post("/api/edit", {sum, change: {kind: "text", text: edit.text}});
    notice(`${state.spec.file} is saved.`, {diff: result.diff});
    edit.text = null;
    await loadSpec();
  } catch (error) {
    edit.failure = error;
  }
  edit.waits = false;
  changed();
}

function discard() {
  edit.text = null;
  edit.failure = null;
  changed();
}

function conflict(answer) {
  return html`<p>What changed in the file meanwhile:</p>
    ${answer.diff ? diffLines(answer.diff) : nothing}
    <div class="row">
      <button class="plain" @click=${discard}>Take the file's</button>
      <button class="plain" @click=${() => save(answer.sum)}>Put mine in its place</button>
    </div>`;
}

export function editor() {
  const spec = state.spec;
  if (!spec?.exists) return nothing;
  const text = edit.text ?? spec.text;
  const changedHere = edit.text !== null;
  const write = (event) => {
    if (edit.text === null) edit.sum = spec.sum;
    edit.text = event.target.value;
    changed();
  };
  return html`<aside aria-label="The spec"><details class="editor" .open=${live(edit.open)}
      @toggle=${(event) => { edit.open = event.target.open; changed(); }}>
    <summary>The spec: ${spec.file}${changedHere ? " (not saved)" : ""}</summary>
    ${edit.open
      ? html`<textarea id="spec-text" aria-label=${`Text of ${spec.file}`} spellcheck="false"
          rows="24" .value=${live(text)} @input=${write}></textarea>
        ${changedHere && edit.sum !== spec.sum && !edit.failure
          ? html`<p class="warning">The file changed meanwhile. Saving shows both.</p>` : nothing}
        ${failure(edit.failure)}
        ${diagnostics(edit.failure?.body?.diagnostics, goToLine)}
        ${edit.failure?.status === 409 ? conflict(edit.failure.body) : nothing}
        <div class="row">
          <button class="plain strong" ?disabled=${!changedHere || edit.waits}
            @click=${() => save(edit.sum)}>Save</button>
          <button class="plain" ?disabled=${!changedHere || edit.waits}
            @click=${discard}>Discard</button>
        </div>`
      : nothing}
  </details></aside>`;
}

// busyEditor reports whether text would be lost.
export function busyEditor() {
  return edit.text !== null;
}
