// The tab Areas: an evaluation's picture, with the areas in which products stand.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {areaList, areaPanel, gridPanel} from "./areapanel.js";
import {closeCamera} from "./camera.js";
import {addInMiddle, canvas, currentScale} from "./canvas.js";
import {draftOf, drop, fresh, newDraft, save, takeTheirs} from "./drafts.js";
import {noChart} from "./eyechart.js";
import {gapOf, places, same} from "./layout.js";
import {baseName, diagnostics, diffLines, failure} from "./parts.js";
import {forgetPicture, pictureBar, pictureOf} from "./picture.js";
import {problems} from "./problems.js";
import {afterDraw, changed, state} from "./store.js";

// The editor: what canvas.js, areapanel.js and picture.js work on.
const ed = {
  name: "", // of the evaluation; "" chooses the first
  draft: null,
  locked: "",
  frame: {width: 0, height: 0},
  labels: [],
  at: 0, // seconds of the clip, or the number of a still
  picture: null,
  selected: "", // an area's key
  tool: "area", // what a drag on the picture draws: "area" or "grid"
  grid: {columns: 3, rows: 2, gap: [4, 4]}, // of a grid that is drawn next
  zoom: 0, // screen pixels of a pixel; 0 fits the picture into the page
  select(key) {
    if (ed.selected === key) return;
    ed.selected = key;
    changed();
  },
  // nextLabel is a label that no area has yet, since most shelves show each product once.
  nextLabel() {
    const list = places(ed.draft.layout), used = new Set(list.map((one) => one.expect));
    return ed.labels.find((one) => !used.has(one)) || list.at(-1)?.expect || ed.labels[0] || "";
  },
  gridDrawn() {
    ed.tool = "area";
    ed.select("g:0");
  },
  // zoomBy enlarges the picture; what is under the pointer, or in the middle, stays there.
  zoomBy(factor, event) {
    const box = document.querySelector(".canvas-box"), svg = box.firstElementChild;
    const was = svg.getBoundingClientRect(), around = box.getBoundingClientRect();
    const x = event ? event.clientX : around.left + around.width / 2;
    const y = event ? event.clientY : around.top + around.height / 2;
    ed.zoom = Math.max(.1, Math.min(16, currentScale() * factor));
    const fx = (x - was.left) / was.width, fy = (y - was.top) / was.height;
    afterDraw(() => {
      const now = svg.getBoundingClientRect();
      box.scrollLeft += now.left + fx * now.width - x;
      box.scrollTop += now.top + fy * now.height - y;
    });
  },
};

export function leave() {
  closeCamera();
  noChart();
}

function choose(name) {
  Object.assign(ed, {name, at: 0, selected: "", zoom: 0});
  forgetPicture(ed);
  changed();
}

// prepare brings the editor up to date with the spec. It reports whether there is something to
// edit.
function prepare() {
  const list = state.spec.evaluations, others = fresh();
  const evaluation = list.find((one) => one.name === ed.name);
  const other = others.find((one) => one.name === ed.name);
  if (!evaluation && !other) {
    const first = list[0] || others[0];
    if (!first) return false;
    if (ed.name !== "") forgetPicture(ed);
    ed.name = first.name;
    return prepare();
  }
  ed.draft = other || draftOf(evaluation);
  ed.locked = evaluation?.locked || "";
  ed.labels = state.spec.labels.map((one) => one.name);
  ed.clip = evaluation ? evaluation.clip : ed.draft.path;
  ed.stills = evaluation?.stills || 0;
  // A draft whose evaluation the file has no longer: it keeps the picture that is shown.
  ed.source = evaluation ? {evaluation: ed.name} : ed.draft.path ? {path: ed.draft.path} : null;
  pictureOf(ed);
  const natural = ed.picture || {width: 0, height: 0};
  ed.frame = evaluation?.frame?.width ? evaluation.frame
    : {width: natural.width, height: natural.height};
  if (!places(ed.draft.layout).some((one) => one.key === ed.selected)) ed.selected = "";
  if (ed.draft.layout.grid) {
    const {columns, rows} = ed.draft.layout.grid;
    Object.assign(ed.grid, {columns, rows, gap: gapOf(ed.draft.layout.grid)});
  }
  return true;
}

export function view() {
  if (!state.spec || state.clips === null) return html`<h1>Areas</h1><p class="soft">Loading…</p>`;
  if (!prepare()) return html`<h1>Areas</h1>${chooser()}${nothingYet()}`;
  const found = ed.frame.width
    ? problems(ed.draft.layout, ed.frame, ed.labels, state.spec.resolutions) : [];
  const wrong = new Set(found.flatMap((one) => one.keys));
  return html`<div @keydown=${shortcuts}>
    <h1>Areas</h1>
    ${chooser()}
    ${ed.locked
      ? html`<p class="warning">These areas cannot be edited here: ${ed.locked}.</p>` : nothing}
    ${conflict()}
    <div class="areas">
      <section aria-label="Picture">
        ${toolbar()}
        ${ed.frame.width ? canvas(ed, wrong)
          : html`<div class="screen empty"><p>${ed.pictureFailure || !ed.source
            ? "There is no picture." : "The picture is being loaded…"}</p></div>`}
        ${pictureBar(ed)}
        <p id="canvas-help" class="hint">Drag on the picture to draw an area around each product.
          With keys: Tab goes to an area, arrows move it (Shift: by 10), Alt and arrows change its
          size, Delete deletes it, Enter chooses its label. Two fingers, or Ctrl and the wheel,
          enlarge.</p>
      </section>
      <div class="side">
        ${saveBar()}
        ${problemList(found)}
        ${areaPanel(ed)}
        ${gridPanel(ed)}
        ${areaList(ed, wrong)}
      </div>
    </div></div>`;
}

function shortcuts(event) {
  if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, select, textarea")) return;
  const key = event.key.toLowerCase();
  if (key === "z" || key === "y") {
    event.preventDefault();
    if (key === "y" || event.shiftKey) ed.draft.redo();
    else ed.draft.undo();
  } else if (key === "s") {
    event.preventDefault();
    save(ed.draft);
  }
}

// unused returns the clips that neither a label nor an evaluation of the spec or of a draft uses.
function unused() {
  const taken = new Set([...state.spec.evaluations.map((one) => one.clip),
    ...fresh().map((one) => one.path)]);
  return state.clips.filter((one) => !one.label && !taken.has(one.path));
}

function nothingYet() {
  if (unused().length) {
    return html`<p class="empty-state">Choose the clip that shows the shelf, and press “Draw its
      areas”.</p>`;
  }
  return html`<p class="empty-state">There is no picture of a shelf yet. <a href="#film">Film the
    shelf</a>: choose “The shelf” there, or add a file. Then draw the areas here.</p>`;
}

function chooser() {
  const names = [...state.spec.evaluations, ...fresh()].map((one) => one.name);
  const free = unused();
  return html`<div class="row">
    ${names.length
      ? html`<label class="field"><span>Shelf</span><select .value=${live(ed.name)}
          @change=${(event) => choose(event.target.value)}>${names.map((one) => html`
            <option value=${one} ?selected=${one === ed.name}>${one}</option>`)}</select></label>`
      : nothing}
    ${free.length ? newForm(free, names) : nothing}
  </div>`;
}

const making = {path: "", name: ""};

// newForm begins the areas of a clip that shows a shelf and has no evaluation.
function newForm(free, names) {
  const path = free.some((one) => one.path === making.path) ? making.path : free[0].path;
  const stem = baseName(path).replace(/\.[^.]*$/, "");
  let name = stem;
  for (let i = 2; names.includes(name); i++) name = `${stem}-${i}`;
  const begin = (event) => {
    event.preventDefault();
    const chosen = making.name.trim() || name;
    if (!names.includes(chosen)) newDraft(chosen, path);
    making.name = "";
    choose(chosen);
  };
  return html`<details class="new-shelf" ?open=${names.length === 0}>
    <summary>Another shelf…</summary>
    <form class="row" @submit=${begin}>
      <label class="field"><span>Clip</span><select .value=${live(path)}
        @change=${(event) => { making.path = event.target.value; changed(); }}>
        ${free.map((one) => html`<option ?selected=${one.path === path}
          value=${one.path}>${one.path}</option>`)}</select></label>
      <label class="field"><span>Name</span><input size="12" placeholder=${name}
        .value=${live(making.name)} @input=${(event) => { making.name = event.target.value; }}>
      </label>
      <button class="plain">Draw its areas</button>
    </form></details>`;
}

function toolbar() {
  const {draft} = ed, locked = ed.locked !== "";
  const tool = (name) => () => { ed.tool = name; changed(); };
  return html`<div class="row toolbar" role="group" aria-label="Tools">
    <button class="plain" aria-pressed=${ed.tool === "area"} ?disabled=${locked}
      @click=${tool("area")}>Draw areas</button>
    <button class="plain" aria-pressed=${ed.tool === "grid"} ?disabled=${locked}
      @click=${tool("grid")}>Draw a grid</button>
    <button class="plain" ?disabled=${locked || !ed.frame.width}
      @click=${() => addInMiddle(ed)}>Add an area</button>
    <span class="gap"></span>
    <button class="plain" ?disabled=${draft.now === 0} @click=${() => draft.undo()}>Undo</button>
    <button class="plain" ?disabled=${draft.now === draft.steps.length - 1}
      @click=${() => draft.redo()}>Redo</button>
    <span class="gap"></span>
    <button class="plain" aria-label="Smaller" @click=${() => ed.zoomBy(.8)}>−</button>
    <button class="plain" aria-label="Larger" @click=${() => ed.zoomBy(1.25)}>+</button>
    <button class="plain" ?disabled=${ed.zoom === 0}
      @click=${() => { ed.zoom = 0; changed(); }}>Fit</button>
  </div>`;
}

function saveBar() {
  const {draft} = ed;
  if (ed.locked) return nothing;
  const discard = () => {
    if (draft.path) drop(draft);
    else draft.change(draft.saved);
  };
  return html`<div class="row save">
    <button class="plain strong" ?disabled=${!draft.unsaved || draft.waits || draft.conflict}
      @click=${() => save(draft)}>${draft.waits ? "Saving…" : "Save"}</button>
    ${draft.unsaved || draft.path
      ? html`<button class="plain" ?disabled=${draft.waits} @click=${discard}>Discard</button>`
      : nothing}
    <span class="soft" role="status">${draft.unsaved ? "Not saved"
      : draft.path ? "Draw the first area" : "Saved"}</span>
  </div>
  ${failure(draft.failure)}
  ${diagnostics(draft.failure?.body?.diagnostics)}`;
}

function conflict() {
  const {draft} = ed;
  if (!draft.conflict) return nothing;
  const {theirs, diff, own} = draft.conflict;
  return html`<section class="conflict" role="alert" aria-label="Both changed">
    <p><strong>The areas of ${draft.name} were changed in ${state.spec.file} as well.</strong>
      Nothing is lost: choose which areas it gets.</p>
    <div class="pair">
      <div><h2>What changed in the file</h2>${diff ? diffLines(diff)
        : html`<p class="soft">It has ${places(theirs).length} areas now.</p>`}
        <button class="plain" @click=${() => takeTheirs(draft)}>Take the file's</button></div>
      <div><h2>What yours would change</h2>${own ? diffLines(own)
        : html`<p class="soft">${same(theirs, draft.layout) ? "Nothing."
          : `You have ${places(draft.layout).length} areas.`}</p>`}
        <button class="plain" ?disabled=${draft.waits} @click=${() => save(draft, true)}>
          Put mine on top</button></div>
    </div></section>`;
}

function problemList(found) {
  if (!found.length) return nothing;
  return html`<ul class="problems" aria-label="Problems of the areas">${found.slice(0, 20).map(
    (one) => html`<li>${one.text}
      ${one.keys.length ? html`<button class="link" @click=${() => ed.select(one.keys[0])}>
        Show</button>` : nothing}</li>`)}
    ${found.length > 20 ? html`<li>and ${found.length - 20} more</li>` : nothing}</ul>`;
}
