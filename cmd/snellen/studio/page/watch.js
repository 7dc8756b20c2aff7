// The tab Watch: a camera's picture, or a clip, judged by the study's models while it goes on.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {ref} from "./lit/directives/ref.js";
import {url} from "./api.js";
import {camera, cameraBar, closeCamera, openCamera} from "./camera.js";
import {uploadList, uploads, whenDone} from "./files.js";
import {Judge} from "./judge.js";
import {words} from "./overlay.js";
import {clock, failure, wide} from "./parts.js";
import {Recording} from "./record.js";
import {changed, failed, state} from "./store.js";
import {Upload} from "./upload.js";

const page = {
  source: "camera", // or "clip"
  clip: "",
  evaluation: "",
  judge: null, // what watches now
  starting: false,
  failure: null,
  recording: null,
  video: null,
  canvas: null,
  paused: false,
};

export function enter() {
  addEventListener("keydown", keys);
}

export function leave() {
  removeEventListener("keydown", keys);
  end();
}

async function begin() {
  page.starting = true;
  page.failure = null;
  changed();
  const judge = new Judge(evaluation(), (error) => {
    end();
    page.failure = error;
    changed();
  });
  try {
    if (page.source === "camera" && !camera.stream) await openCamera(frame());
    if (page.source === "clip" || camera.stream) {
      await judge.begin();
      if (state.tab === "watch") page.judge = judge;
      else judge.end();
    }
  } catch (error) {
    page.failure = error;
  }
  page.starting = false;
  page.paused = false;
  changed();
}

function end() {
  page.recording?.stop();
  page.judge?.end();
  page.judge = null;
  closeCamera();
}

function evaluation() {
  const list = state.spec.evaluations;
  return list.some((one) => one.name === page.evaluation) ? page.evaluation : list[0].name;
}

// frame returns the size in which the areas are, if it is known.
function frame() {
  const {width, height} = state.spec.evaluations.find((one) => one.name === evaluation()).frame;
  return width ? {width, height} : undefined;
}

function clip() {
  const list = clips();
  return list.some((one) => one.path === page.clip) ? page.clip : list[0]?.path || "";
}

// clips returns the films that may be watched, those of shelves first.
function clips() {
  const shelves = new Set(state.spec.evaluations.map((one) => one.clip));
  const first = (one) => (one.evaluation || shelves.has(one.path) ? 0 : one.label ? 2 : 1);
  return (state.clips || []).filter((one) => one.seconds !== 0 || !one.problem)
    .sort((a, b) => first(a) - first(b));
}

function keys(event) {
  const judge = page.judge;
  if (!judge || event.ctrlKey || event.metaKey || event.altKey || state.dialog ||
    event.target.closest?.("input, select, textarea, summary")) return;
  const at = judge.models.indexOf(judge.resolution);
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (/^[1-9]$/.test(event.key)) judge.choose(judge.models[Number(event.key) - 1]);
  else if (step) judge.choose(judge.models[at + step]);
  else if (event.key.toLowerCase() === "s") savePicture();
  else return;
  event.preventDefault();
}

async function savePicture() {
  const blob = await new Promise((resolve) => page.canvas.toBlob(resolve, "image/jpeg", .92));
  const name = new Date().toISOString().replaceAll(":", "-") + ".jpg";
  const upload = new Upload(name, {pictures: true, type: "image/jpeg", name});
  try {
    await upload.begin();
  } catch (error) {
    failed(error, "The picture cannot be saved");
    return;
  }
  uploads.push(upload);
  upload.push(blob);
  upload.end();
  await whenDone(upload);
}

async function record() {
  if (page.recording) {
    page.recording.stop();
    return;
  }
  const recording = new Recording(page.canvas.captureStream(), "What is watched", {pictures: true});
  recording.whenEnded = () => { page.recording = null; };
  try {
    await recording.start();
    uploads.push(recording.upload);
    whenDone(recording.upload);
    page.recording = recording;
  } catch (error) {
    failed(error, "It cannot be recorded");
  }
  changed();
}

export function view() {
  if (!state.spec || state.clips === null) return html`<h1>Watch</h1><p class="soft">Loading…</p>`;
  if (!state.spec.evaluations.length) {
    return html`<h1>Watch</h1><p class="empty-state">There is no shelf yet whose areas could be
      judged. <a href="#film">Film it</a>, <a href="#areas">draw its areas</a>, and
      <a href="#run">apply</a>.</p>`;
  }
  return html`<h1>Watch</h1>
    ${page.judge ? watching() : choices()}
    ${failure(page.failure)}
    ${uploadList()}`;
}

function choices() {
  const choose = (source) => () => {
    page.source = source;
    changed();
  };
  const isCamera = page.source === "camera";
  const submit = (event) => {
    event.preventDefault();
    begin();
  };
  return html`<form class="controls narrow" @submit=${submit}>
    <p>See live what each resolution's model finds in the areas of a shelf.</p>
    <fieldset><legend>What is watched?</legend>
      <label><input type="radio" name="source" .checked=${live(isCamera)}
        @change=${choose("camera")}> The camera</label>
      <label><input type="radio" name="source" .checked=${live(!isCamera)}
        @change=${choose("clip")}> A clip</label></fieldset>
    ${isCamera ? cameraBar()
      : html`<label class="field"><span>Clip</span><select .value=${live(clip())}
          @change=${(event) => { page.clip = event.target.value; changed(); }}>${clips().map(
            (one) => html`<option value=${one.path} ?selected=${one.path === clip()}>${one.path}
            </option>`)}</select></label>`}
    ${state.spec.evaluations.length > 1
      ? html`<label class="field"><span>Areas of</span><select .value=${live(evaluation())}
          @change=${(event) => { page.evaluation = event.target.value; changed(); }}>${
            state.spec.evaluations.map((one) => html`<option value=${one.name}
              ?selected=${one.name === evaluation()}>${one.name}</option>`)}</select></label>`
      : nothing}
    <button class="big" ?disabled=${page.starting || (!isCamera && clip() === "")}>
      ${page.starting ? "Starting…" : "Watch"}</button>
  </form>`;
}

// showVideo starts the hidden video, whose pictures are judged and drawn.
function showVideo(element) {
  page.video = element || null;
  if (!element) return;
  if (page.source === "camera" && element.srcObject !== camera.stream) {
    element.srcObject = camera.stream;
  }
  page.judge?.watch(element, () => page.canvas);
}

function pause() {
  page.paused = !page.paused;
  if (page.paused) page.video.pause();
  else page.video.play();
  changed();
}

function watching() {
  const judge = page.judge;
  const {width, height} = judge.canvasSize();
  const src = page.source === "clip" ? url("/media/clip", {path: clip()}) : nothing;
  const numbers = {right: 0, unsure: 0, wrong: 0};
  for (const one of judge.detections.values()) numbers[one.state]++;
  const sums = `${numbers.right} right, ${numbers.unsure} unsure, ${numbers.wrong} wrong`;
  return html`<div class="row">
      <button class="plain strong" @click=${() => { end(); changed(); }}>Stop</button>
      <button class="plain" @click=${savePicture}>Save the picture (S)</button>
      <button class="plain" aria-pressed=${page.recording !== null} @click=${record}>${
        page.recording ? `Stop recording ${clock(page.recording.seconds)}` : "Record"}</button>
      ${page.source === "clip"
        ? html`<button class="plain" @click=${pause}>${page.paused ? "Go on" : "Pause"}</button>`
        : nothing}
    </div>
    <div class="row" role="group" aria-label="Resolution">
      ${judge.models.map((one, i) => html`<button class="plain"
        aria-pressed=${one === judge.resolution} @click=${() => judge.choose(one)}>
        ${i < 9 ? html`<kbd aria-hidden="true">${i + 1}</kbd> ` : nothing}${one}</button>`)}
    </div>
    <video class="source" ${ref(showVideo)} autoplay muted playsinline loop tabindex="-1"
      aria-hidden="true" src=${src}>
    </video>
    <canvas class="watched" width=${width} height=${height} role="img" @click=${savePicture}
      ${ref((element) => { page.canvas = element || page.canvas; })}
      aria-label=${`What is watched, at ${judge.resolution}: ${sums}`}></canvas>
    <p class="watch-facts"><strong>${judge.shown || judge.resolution}</strong>,
      ${judge.rate.toFixed(1)} pictures a second: ${sums}.
      <span class="soft">A click on the picture saves it; 1 to 9 and the arrows choose the
      resolution.</span></p>
    <details class="fold"><summary>The same as a table</summary>
      ${wide("Table of areas", html`<table><thead><tr><th scope="col">Area</th><th scope="col">Expected</th>
        <th scope="col">Found</th></tr></thead><tbody>${judge.areas.map((area) => {
          const one = judge.detections.get(area.name);
          return html`<tr><th scope="row">${area.name}</th><td>${area.expect}</td>
            <td class=${one?.state || ""}>${one ? words(one) : "not yet"}</td></tr>`;
        })}</tbody></table>`)}</details>`;
}
