// The picture under the areas: a frame of the evaluation's clip, or what the camera sees now.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {ref} from "./lit/directives/ref.js";
import {getBlob} from "./api.js";
import {camera, cameraBar, closeCamera} from "./camera.js";
import {failure, length} from "./parts.js";
import {changed, state} from "./store.js";

const pause = 120; // milliseconds that the slider rests before its frame is loaded

let timer = 0, abort = null, asked = "";

// notAsked gives up what is asked for, so that the next draw may ask again.
function notAsked() {
  abort?.abort();
  clearTimeout(timer);
  asked = "";
}

export function forgetPicture(ed) {
  if (ed.picture) URL.revokeObjectURL(ed.picture.url);
  notAsked();
  Object.assign(ed, {picture: null, snapshot: false, pictureFailure: null});
}

// pictureOf loads the frame that an editor shows, if it is another one than before. The old one is
// shown until the new one is there, and where there is no source.
export function pictureOf(ed) {
  if (ed.snapshot) return;
  if (!ed.source) return notAsked();
  const query = {...ed.source, at: String(ed.at)};
  const key = JSON.stringify(query);
  if (key === asked) return;
  const first = asked === "";
  asked = key;
  clearTimeout(timer);
  abort?.abort();
  timer = setTimeout(() => fetchFrame(ed, query), first ? 0 : pause);
}

async function fetchFrame(ed, query) {
  const mine = (abort = new AbortController());
  try {
    const blob = await getBlob("/media/frame", query, mine.signal);
    await show(ed, blob, () => abort === mine);
    ed.pictureFailure = null;
  } catch (error) {
    if (error.name === "AbortError" || abort !== mine) return;
    ed.pictureFailure = error;
  }
  changed();
}

// show puts a picture under the areas, unless it is no longer wanted when it is decoded.
async function show(ed, blob, wanted) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  if (!wanted()) return URL.revokeObjectURL(image.src);
  if (ed.picture) URL.revokeObjectURL(ed.picture.url);
  ed.picture = {url: image.src, width: image.naturalWidth, height: image.naturalHeight};
}

// takeSnapshot takes the camera's picture, in the size of the frame.
async function takeSnapshot(ed) {
  const video = document.getElementById("snapshot-video");
  const made = document.createElement("canvas");
  made.width = ed.frame.width;
  made.height = ed.frame.height;
  made.getContext("2d").drawImage(video, 0, 0, made.width, made.height);
  const blob = await new Promise((resolve) => made.toBlob(resolve, "image/jpeg", .92));
  ed.snapshot = true;
  await show(ed, blob, () => ed.snapshot);
  closeCamera();
}

function back(ed) {
  ed.snapshot = false;
  asked = "";
  changed();
}

export function pictureBar(ed) {
  const clip = state.clips.find((one) => one.path === ed.clip);
  const most = ed.stills ? ed.stills - 1 : Math.max(0, (clip?.seconds || 0) - .1);
  const slide = (event) => {
    ed.at = Number(event.target.value);
    changed();
  };
  return html`
    ${failure(ed.pictureFailure)}
    ${ed.snapshot
      ? html`<div class="row"><span>This is what the camera saw.</span>
          <button class="plain" @click=${() => back(ed)}>Back to the clip</button></div>`
      : html`<label class="moment"><span>${ed.stills ? "Picture" : "Moment"}</span>
          <input type="range" min="0" max=${most} step=${ed.stills ? 1 : .1} ?disabled=${most <= 0}
            .value=${live(String(ed.at))} @input=${slide}>
          <output>${ed.stills ? `${ed.at + 1} of ${ed.stills}` : length(ed.at)}</output></label>`}
    <details class="fold"><summary>Compare with the camera</summary>
      <p class="soft">To see whether the areas still fit where the camera stands now.</p>
      ${cameraBar()}
      ${camera.stream ? snapshotView(ed) : nothing}
    </details>`;
}

function snapshotView(ed) {
  const show = (element) => {
    if (element && element.srcObject !== camera.stream) element.srcObject = camera.stream;
  };
  return html`<video id="snapshot-video" class="small-video" ${ref(show)} autoplay muted playsinline
      aria-label="What the camera sees"></video>
    <div class="row"><button class="plain strong" ?disabled=${!ed.frame.width}
      @click=${() => takeSnapshot(ed)}>Take its picture</button></div>`;
}
