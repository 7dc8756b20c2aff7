// What stands beside the picture: the chosen area, the grid, and the list of all areas.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {repeat} from "./lit/directives/repeat.js";
import {focusArea, removeSelected} from "./canvas.js";
import {eyeChart, noChart} from "./eyechart.js";
import {breakUp, fitGrid, place, places, withArea, withGrid} from "./layout.js";
import {changed, say} from "./store.js";

// number is a field for a whole number, which takes effect when it is left.
function number(label, value, least, set, disabled = false, most = 100000) {
  const take = (event) => {
    const given = Math.round(Number(event.target.value));
    if (event.target.value === "" || !Number.isFinite(given)) return changed(); // as it was
    set(Math.max(least, Math.min(given, most)));
  };
  return html`<label class="field"><span>${label}</span><input type="number" step="1" min=${least}
    max=${most} ?disabled=${disabled} .value=${live(String(value))} @change=${take}></label>`;
}

export function areaPanel(ed) {
  const {draft} = ed, area = place(draft.layout, ed.selected);
  if (!area) {
    noChart();
    return html`<section class="panel-box" aria-label="Chosen area">
      <p class="soft">${places(draft.layout).length
        ? "Choose an area on the picture or in the list."
        : "Draw an area around the first product, or a grid over all of them."}</p></section>`;
  }
  const isCell = ed.selected.startsWith("g:"), locked = ed.locked !== "";
  const set = (field) => (value) =>
    draft.change(withArea(draft.layout, ed.selected, {[field]: value}));
  const labels = ed.labels.includes(area.expect) ? ed.labels : [area.expect, ...ed.labels];
  return html`<section class="panel-box" aria-label="Chosen area">
    <h2>Area <bdi>${area.name}</bdi></h2>
    <label class="field"><span>Product that stands there (its label)</span>
      <select id="area-label" ?disabled=${locked} .value=${live(area.expect)}
        @change=${(event) => set("expect")(event.target.value)}>${labels.map((one) => html`
          <option value=${one} ?selected=${one === area.expect}>${one || "no label"}</option>`)}
      </select></label>
    ${isCell
      ? html`<p class="soft">A cell of the grid, at ${area.x}, ${area.y}. It moves and grows with
          the whole grid.</p>`
      : html`<label class="field"><span>Name</span><input ?disabled=${locked} maxlength="200"
          autocomplete="off" .value=${live(area.name)}
          @change=${(event) => set("name")(event.target.value)}></label>
        <div class="fields">
          ${number("x", area.x, 0, set("x"), locked)} ${number("y", area.y, 0, set("y"), locked)}
          ${number("width", area.width, 1, set("width"), locked)}
          ${number("height", area.height, 1, set("height"), locked)}
        </div>`}
    <div class="row"><button class="plain" ?disabled=${locked}
      @click=${() => removeSelected(ed)}>Delete this area</button></div>
    <h3>Eye chart</h3>
    <p class="soft">What a network sees of it at each resolution.</p>
    ${eyeChart(ed.source, ed.at, area, ed.frame)}
  </section>`;
}

export function gridPanel(ed) {
  const {draft} = ed, grid = draft.layout.grid;
  if (ed.locked || !ed.frame.width) return nothing;
  const {columns, rows, gap} = ed.grid;
  // set changes one number of the grid, or of the grid that is drawn next.
  const set = (act) => (value) => {
    const now = {columns, rows, gap: [...gap],
      ...(grid ? {origin: [...grid.origin], size: [...grid.size]} : {})};
    act(now, value);
    Object.assign(ed.grid, {columns: now.columns, rows: now.rows, gap: now.gap});
    if (grid) draft.change(withGrid(draft.layout, now, ed.labels));
    else changed();
  };
  const make = () => {
    const {width, height} = ed.frame;
    const middle = {x: Math.round(width / 10), y: Math.round(height / 10),
      width: Math.round(width * .8), height: Math.round(height * .8)};
    draft.change(withGrid(draft.layout, fitGrid(middle, columns, rows, gap), ed.labels));
    ed.select("g:0");
    focusArea("g:0");
  };
  return html`<details class="panel-box" ?open=${grid !== null || ed.tool === "grid"}>
    <summary>Grid</summary>
    ${grid ? nothing : html`<p class="soft">For shelves whose products stand in columns and rows.
      Choose their numbers, then “Draw a grid” and drag over all of them.</p>`}
    <div class="fields">
      ${number("columns", columns, 1, set((now, v) => { now.columns = v; }), false, 100)}
      ${number("rows", rows, 1, set((now, v) => { now.rows = v; }), false, 100)}
      ${number("gap across", gap[0], -10000, set((now, v) => { now.gap[0] = v; }))}
      ${number("gap down", gap[1], -10000, set((now, v) => { now.gap[1] = v; }))}
      ${grid ? html`
        ${number("x", grid.origin[0], 0, set((now, v) => { now.origin[0] = v; }))}
        ${number("y", grid.origin[1], 0, set((now, v) => { now.origin[1] = v; }))}
        ${number("width", grid.size[0], 1, set((now, v) => { now.size[0] = v; }))}
        ${number("height", grid.size[1], 1, set((now, v) => { now.size[1] = v; }))}` : nothing}
    </div>
    <div class="row">${grid
      ? html`<button class="plain" @click=${() => {
          draft.change(breakUp(draft.layout));
          say("The grid's areas are single areas now.");
        }}>Make single areas of it</button>
        <button class="plain" @click=${() => {
          draft.change({...draft.layout, grid: null});
          say("The grid is deleted.");
        }}>Delete the grid</button>`
      : html`<button class="plain" @click=${make}>Make a grid in the middle</button>`}</div>
  </details>`;
}

export function areaList(ed, wrong) {
  const list = places(ed.draft.layout);
  if (!list.length) return nothing;
  return html`<details class="panel-box" open><summary>All areas (${list.length})</summary>
    <ul class="area-list">${repeat(list, (one) => one.key, (one) => html`<li>
      <button class="plain" aria-pressed=${one.key === ed.selected}
        @click=${() => ed.select(one.key)}><bdi>${one.name}</bdi> <bdi
        class="soft">${one.expect || "no label"}</bdi>${wrong.has(one.key)
          ? html` <span class="mark wrong">problem</span>` : nothing}</button></li>`)}</ul>
  </details>`;
}
