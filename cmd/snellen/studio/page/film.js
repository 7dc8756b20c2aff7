// The tab Film: the camera, and below it the clips; see clips.js.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {ref} from "./lit/directives/ref.js";
import {camera, cameraBar, closeCamera} from "./camera.js";
import {clipGroups} from "./clips.js";
import {chooseFiles, uploads, uploadList, whenDone} from "./files.js";
import {clock, failure} from "./parts.js";
import {Recording} from "./record.js";
import {changed, state} from "./store.js";

const film = {
  what: "label", // what the clip is of: "label" or "evaluation"
  label: "",
  evaluation: "",
  recording: null,
  starting: false,
  problem: null,
};

export const title = "Film";

export function leave() {
  closeCamera();
}

// busy says what would be lost if the page were left now: "filming", "saving" or nothing.
export function busy() {
  if (film.recording) return "filming";
  return uploads.length ? "saving" : "";
}

function meta() {
  if (film.what === "label") return {label: film.label.trim()};
  return {evaluation: film.evaluation.trim() || "shelf"};
}

async function begin() {
  const made = meta();
  if (made.label === "") {
    film.problem = new Error("The clip has no name yet: write what is filmed.");
    document.getElementById("film-name").focus();
    changed();
    return;
  }
  film.problem = null;
  film.starting = true;
  changed();
  const recording = new Recording(camera.stream, made.label || made.evaluation, made);
  recording.whenEnded = ended;
  try {
    await recording.start();
    film.recording = recording;
    camera.filming = true;
    uploads.push(recording.upload);
    whenDone(recording.upload);
  } catch (error) {
    film.problem = error;
  }
  film.starting = false;
  changed();
}

// ended lets go of the camera; from now on the upload speaks for the clip.
function ended() {
  film.recording = null;
  camera.filming = false;
  if (state.tab !== "film") closeCamera();
}

function stop() {
  film.recording?.stop();
}

export function view() {
  return html`
    <h1>Film</h1>
    ${state.spec && !state.spec.exists
      ? html`<p class="lead">Film each product of your shelf on its own, then the shelf itself.
          ${state.spec.file} is written as you go.</p>`
      : nothing}
    <section class="film" aria-label="Camera">
      <div>
        ${cameraBar()}
        ${picture()}
      </div>
      ${controls()}
    </section>
    ${uploadList()}
    ${nextStep()}
    <section aria-labelledby="clips-title">
      <h2 id="clips-title" tabindex="-1">Clips</h2>
      <div class="row">
        <label class="button plain file">Add files…
          <input type="file" multiple accept="video/*,image/jpeg,image/png,.mkv,.mov,.avi"
            @change=${(event) => chooseFiles(event, meta())}></label>
        <span class="soft">Or drag files onto a label, or anywhere on this page.</span>
      </div>
      ${clipGroups()}
    </section>`;
}

function picture() {
  const show = (element) => {
    if (element && element.srcObject !== camera.stream) element.srcObject = camera.stream;
  };
  if (!camera.stream) {
    return html`<div class="screen empty"><p>The camera is off.</p></div>`;
  }
  return html`<div class="screen">
    <video ${ref(show)} autoplay muted playsinline aria-label="What the camera sees"></video>
    ${film.recording
      ? html`<p class="timer" role="timer"><span aria-hidden="true">●</span>
          ${clock(film.recording.seconds)}</p>`
      : nothing}
  </div>`;
}

function controls() {
  const recording = film.recording;
  const choose = (what) => () => {
    film.what = what;
    film.problem = null;
    changed();
  };
  const isLabel = film.what === "label";
  return html`<form class="controls" @submit=${(event) => {
    event.preventDefault();
    if (recording) stop();
    else if (camera.stream && !film.starting) begin();
  }}>
    <fieldset ?disabled=${recording !== null}>
      <legend>What is filmed?</legend>
      <label><input type="radio" name="what" .checked=${live(isLabel)}
        @change=${choose("label")}> A product</label>
      <label><input type="radio" name="what" .checked=${live(!isLabel)}
        @change=${choose("evaluation")}> The shelf</label>
    </fieldset>
    ${isLabel ? labelField(recording) : shelfField(recording)}
    <div class="row">
      <button class=${recording ? "big stop" : "big"}
        ?disabled=${!camera.stream || film.starting}>${recording ? "Stop" : "Film"}</button>
      ${recording
        ? html`<button type="button" class="plain" @click=${() => recording.cancel()}>
            Throw away</button>`
        : nothing}
    </div>
    <p class="hint">${hint(recording)}</p>
    ${failure(film.problem)}
  </form>`;
}

function hint(recording) {
  if (recording?.waiting) return "Waiting until what was filmed is saved…";
  if (!camera.stream) return "Turn the camera on, or add files below.";
  if (film.what === "label") {
    return "Turn the product slowly before the camera, so that each side of it is seen." +
      " Ten seconds are enough.";
  }
  return "Put the camera where it will stand. Film the whole shelf for some seconds," +
    " without moving the camera.";
}

function labelField(recording) {
  return html`<label class="field"><span>Name of the product (its label)</span>
    <input id="film-name" list="labels" autocomplete="off" maxlength="200"
      ?disabled=${recording !== null} .value=${live(film.label)}
      @input=${(event) => { film.label = event.target.value; changed(); }}></label>
    <datalist id="labels">${(state.spec?.labels || []).map(
      (one) => html`<option value=${one.name}></option>`)}</datalist>`;
}

function shelfField(recording) {
  return html`<label class="field"><span>Name of the shelf (its evaluation)</span>
    <input id="film-name" list="evaluations" autocomplete="off" maxlength="200"
      placeholder="shelf" ?disabled=${recording !== null} .value=${live(film.evaluation)}
      @input=${(event) => { film.evaluation = event.target.value; changed(); }}></label>
    <datalist id="evaluations">${(state.spec?.evaluations || []).map(
      (one) => html`<option value=${one.name}></option>`)}</datalist>`;
}

// nextStep says what a study still lacks before it can run.
function nextStep() {
  const spec = state.spec;
  if (!spec || state.clips === null) return nothing;
  const named = new Set(state.clips.map((one) => one.label).filter(Boolean)).size;
  // A shelf that was filmed has no evaluation in the spec before it has areas.
  const shelves = state.clips.some((one) => !one.label) || spec.evaluations.length > 0;
  let text;
  if (named < 2) {
    text = named === 0
      ? "Next: film your first product. A study compares two or more."
      : "Next: film another product. A study compares two or more.";
  } else if (!shelves) {
    text = "Next: film the shelf. Choose “The shelf” above.";
  } else if (spec.evaluations.every((one) => one.areas.length === 0)) {
    text = html`Next: <a href="#areas">draw the areas</a> in which the products stand.`;
  } else if (!spec.report) {
    text = html`Next: <a href="#run">apply</a>, and see which resolution is enough.`;
  }
  return text ? html`<p class="next">${text}</p>` : nothing;
}
