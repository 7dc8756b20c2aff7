// The picture with its areas: drawing, moving and resizing them by mouse, touch and keys.

import {html, nothing, svg} from "./lit/lit-html.js";
import {ref} from "./lit/directives/ref.js";
import {repeat} from "./lit/directives/repeat.js";
import {addArea, fitGrid, moveTo, place, places, resize, withGrid, withoutArea} from "./layout.js";
import {afterDraw, changed, say} from "./store.js";

const least = 4; // screen pixels; a shorter drag is a click

// The handles by the edges that they move, with their places on a rectangle.
const handles = [["nw", 0, 0], ["n", .5, 0], ["ne", 1, 0], ["e", 1, .5], ["se", 1, 1], ["s", .5, 1],
  ["sw", 0, 1], ["w", 0, .5]];

let gesture = null; // what the pointer is doing: {kind, from, ...}
let scale = 1; // screen pixels of one pixel of the frame
let element = null;

const observer = new ResizeObserver(measure);

function measure() {
  const matrix = element?.getScreenCTM();
  if (matrix && matrix.a > 0 && Math.abs(matrix.a - scale) > 1e-3) {
    scale = matrix.a;
    changed();
  }
}

function keep(found) {
  if (element === found) return;
  observer.disconnect();
  element = found || null;
  if (element) observer.observe(element);
}

export function currentScale() {
  return scale;
}

// point returns where in the frame an event is, also while the picture is scrolled or enlarged.
function point(event) {
  const matrix = element.getScreenCTM().inverse();
  const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return {x, y};
}

function rectangle(a, b, frame) {
  const clamp = (value, most) => Math.round(Math.max(0, Math.min(value, most)));
  const x = clamp(Math.min(a.x, b.x), frame.width), y = clamp(Math.min(a.y, b.y), frame.height);
  return {x, y, width: clamp(Math.max(a.x, b.x), frame.width) - x,
    height: clamp(Math.max(a.y, b.y), frame.height) - y};
}

function down(event, ed) {
  if (event.button !== 0 || gesture || ed.locked) return;
  const start = point(event);
  const edges = event.target.dataset?.edges;
  const key = event.target.closest("[data-key]")?.dataset.key;
  const layout = ed.draft.layout;
  if (edges) gesture = {kind: "resize", edges, key: ed.selected};
  else if (key) gesture = {kind: "move", key, was: place(layout, key)};
  else gesture = {kind: ed.tool, rectangle: null};
  Object.assign(gesture, {start, layout, pointer: event.pointerId});
  if (key) ed.select(key);
  else if (!edges) ed.select("");
  element.setPointerCapture(event.pointerId);
}

function move(event, ed) {
  if (!gesture || event.pointerId !== gesture.pointer) return;
  const now = point(event), {start, layout} = gesture;
  const dx = now.x - start.x, dy = now.y - start.y;
  if (!gesture.moved && Math.hypot(dx, dy) * scale < least) return;
  gesture.moved = true;
  if (gesture.kind === "move") {
    const {key, was} = gesture;
    ed.draft.preview = moveTo(layout, key, was.x + dx, was.y + dy, ed.frame);
  } else if (gesture.kind === "resize") {
    ed.draft.preview = resize(layout, gesture.key, gesture.edges, dx, dy, ed.frame);
  } else {
    gesture.rectangle = rectangle(start, now, ed.frame);
    if (gesture.kind === "grid") {
      const {columns, rows, gap} = ed.grid;
      const grid = fitGrid(gesture.rectangle, columns, rows, gap);
      ed.draft.preview = withGrid(layout, grid, ed.labels);
    }
  }
  changed();
}

function up(event, ed) {
  if (!gesture || event.pointerId !== gesture.pointer) return;
  const {kind, moved, rectangle: drawn, layout} = gesture;
  gesture = null;
  if (!moved) return changed();
  if (kind !== "area") {
    ed.draft.change(ed.draft.layout);
    if (kind === "grid") ed.gridDrawn();
    return;
  }
  if (drawn.width > 0 && drawn.height > 0) add(ed, layout, drawn);
  else changed();
}

function cancel(ed) {
  gesture = null;
  ed.draft.preview = null;
  changed();
}

// add adds an area and gives it the focus.
function add(ed, layout, drawn) {
  ed.draft.change(addArea(layout, drawn, ed.nextLabel()));
  const key = `a:${layout.areas.length}`;
  ed.select(key);
  focusArea(key);
}

// addInMiddle adds an area without a pointer, where there is room next to the middle; it is then moved
// by keys.
export function addInMiddle(ed) {
  const {frame, draft} = ed, others = places(draft.layout);
  const like = place(draft.layout, ed.selected) || others.at(-1);
  const width = like?.width || Math.round(frame.width / 6);
  const height = like?.height || Math.round(frame.height / 4);
  add(ed, draft.layout, {...freePlace(frame, others, width, height), width, height});
  say("An area was added. Move it with the arrow keys.");
}

// freePlace returns the corner of a rectangle of that size that lies next to the frame's middle and
// over no other one; the middle, where there is none.
function freePlace(frame, others, width, height) {
  const x = Math.round((frame.width - width) / 2), y = Math.round((frame.height - height) / 2);
  const free = (at) => others.every((one) => at.x >= one.x + one.width || one.x >= at.x + width ||
    at.y >= one.y + one.height || one.y >= at.y + height);
  const steps = (from, size, most) => { // halves of its size to both sides
    const list = [];
    for (let at = from % Math.ceil(size / 2); at + size <= most; at += Math.ceil(size / 2)) {
      list.push(at);
    }
    return list;
  };
  const far = (at) => Math.hypot(at.x - x, at.y - y);
  return [{x, y}, ...steps(x, width, frame.width).flatMap((left) =>
    steps(y, height, frame.height).map((top) => ({x: left, y: top})))]
    .sort((a, b) => far(a) - far(b)).find(free) || {x, y};
}

export function focusArea(key) {
  afterDraw(() => element?.querySelector(`[data-key="${key}"]`)?.focus());
}

export function removeSelected(ed) {
  const layout = ed.draft.layout, was = place(layout, ed.selected);
  if (!was) return;
  const list = places(layout), i = list.findIndex((one) => one.key === ed.selected);
  ed.draft.change(withoutArea(layout, ed.selected));
  say(ed.selected.startsWith("g:")
    ? `Area ${was.name} is deleted. The grid's other areas are single areas now.`
    : `Area ${was.name} is deleted.`);
  const next = places(ed.draft.layout)[Math.min(i, list.length - 2)];
  ed.select(next ? next.key : "");
  if (next) focusArea(next.key);
  else afterDraw(() => element.focus());
}

const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function keys(event, ed, key) {
  if (ed.locked) return;
  const arrow = arrows[event.key];
  if (arrow && !event.ctrlKey && !event.metaKey) {
    event.preventDefault(); // Alt and an arrow would leave the page
    const by = event.shiftKey ? 10 : 1, dx = arrow[0] * by, dy = arrow[1] * by;
    const layout = ed.draft.layout, was = place(layout, key);
    const next = event.altKey ? resize(layout, key, "se", dx, dy, ed.frame)
      : moveTo(layout, key, was.x + dx, was.y + dy, ed.frame);
    ed.draft.change(next, `${event.altKey ? "size" : "move"} ${key}`);
    const now = place(next, key);
    say(event.altKey ? `${now.width} by ${now.height}` : `at ${now.x}, ${now.y}`);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    removeSelected(ed);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    document.getElementById("area-label")?.focus();
  }
}

// canvas shows the picture of an editor; see areas.js. wrong holds the keys of areas with problems.
export function canvas(ed, wrong) {
  const {frame, draft, zoom} = ed;
  const wheel = {passive: false, handleEvent: (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    ed.zoomBy(event.deltaY < 0 ? 1.25 : .8, event);
  }};
  const size = (value) => (zoom ? Math.round(value * zoom) : nothing);
  return html`<div class="canvas-box" @wheel=${wheel} tabindex=${zoom ? 0 : nothing}
      role=${zoom ? "region" : nothing} aria-label=${zoom ? "The enlarged picture" : nothing}>
    <svg ${ref(keep)} class=${"canvas" + (zoom ? "" : " fit") + (ed.locked ? " locked" : "")}
      viewBox="0 0 ${frame.width} ${frame.height}"
      width=${size(frame.width)} height=${size(frame.height)} tabindex="-1"
      role="application" aria-label=${`Areas of ${draft.name}`} aria-describedby="canvas-help"
      @pointerdown=${(event) => down(event, ed)} @pointermove=${(event) => move(event, ed)}
      @pointerup=${(event) => up(event, ed)} @pointercancel=${() => cancel(ed)}
      @keydown=${(event) => { if (event.key === "Escape" && gesture) cancel(ed); }}>
      <image href=${ed.picture?.url || nothing} width=${frame.width} height=${frame.height}
        preserveAspectRatio="none"></image>
      ${repeat(places(draft.layout), (one) => one.key, (one) => areaView(one, ed, wrong))}
      ${gesture?.kind === "area" && gesture.rectangle ? rubber(gesture.rectangle) : nothing}
      ${ed.locked ? nothing : handlesView(place(draft.layout, ed.selected))}
    </svg>
  </div>`;
}

function rubber({x, y, width, height}) {
  return svg`<rect class="rubber" x=${x} y=${y} width=${width} height=${height}></rect>`;
}

function areaView(one, ed, wrong) {
  const bad = wrong.has(one.key), selected = one.key === ed.selected;
  const high = 13 / scale;
  const name = `${one.name}: ${one.expect || "no label"}; at ${one.x}, ${one.y}; ` +
    `${one.width} by ${one.height}${bad ? "; has a problem" : ""}`;
  // An inner svg cuts off text that would lie over the neighbour.
  return svg`<g class="spot ${bad ? "bad" : ""} ${selected ? "selected" : ""}" tabindex="0"
      role="button" aria-pressed=${selected} data-key=${one.key}
      aria-label=${name}
      @focus=${() => ed.select(one.key)} @keydown=${(event) => keys(event, ed, one.key)}>
    <rect class="under" x=${one.x} y=${one.y} width=${Math.max(one.width, 0)}
      height=${Math.max(one.height, 0)}></rect>
    <rect class="edge" x=${one.x} y=${one.y} width=${Math.max(one.width, 0)}
      height=${Math.max(one.height, 0)}></rect>
    <svg class="words" aria-hidden="true" x=${one.x} y=${one.y} width=${Math.max(one.width, 0)}
        height=${Math.max(one.height, 0)}>
      <text x=${4 / scale} y=${high * 1.1} font-size=${high}>${one.name}</text>
      <text x=${4 / scale} y=${high * 2.3} font-size=${high}>${one.expect}</text>
    </svg>
  </g>`;
}

function handlesView(one) {
  if (!one) return nothing;
  const side = 9 / scale, hit = 26 / scale;
  return svg`<g class="handles" aria-hidden="true">${handles.map(([edges, fx, fy]) => {
    const x = one.x + one.width * fx, y = one.y + one.height * fy;
    return svg`<rect class="handle" x=${x - side / 2} y=${y - side / 2} width=${side}
        height=${side}></rect>
      <rect class="hit ${edges}" data-edges=${edges} x=${x - hit / 2} y=${y - hit / 2}
        width=${hit} height=${hit}></rect>`;
  })}</g>`;
}
