// The camera: one at a time, for whichever tab shows it. It is on only while a tab needs it.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {changed} from "./store.js";

export const camera = {
  stream: null,
  opening: false,
  problem: null, // {text, hint}
  devices: [],
  filming: false, // it must stay on: a clip is being filmed
  chosen: "", // a device's id; "" is the browser's choice
  description: "", // "1280x720, 30 pictures a second"
};

const problems = {
  NotAllowedError: ["The browser may not use the camera.",
    "Allow it beside the page's address, then turn the camera on again."],
  NotFoundError: ["No camera was found.",
    "Connect one, then turn it on again. Or choose files that another device filmed."],
  NotReadableError: ["The camera cannot be opened.",
    "Another program may be using it. End that program, then try again."],
};

let number = 0;

// openCamera turns the chosen camera on, in place of one that is on, with pictures of about that size.
export async function openCamera(size = {width: 1280, height: 720}) {
  if (camera.filming) return;
  const mine = ++number;
  stopTracks();
  camera.problem = null;
  if (!navigator.mediaDevices?.getUserMedia) {
    camera.problem = {
      text: "The browser gives its camera to this page only on this computer.",
      hint: "Open the page as localhost, or choose files that the camera's own program filmed.",
    };
    changed();
    return;
  }
  camera.opening = true;
  changed();
  const video = {width: {ideal: size.width}, height: {ideal: size.height}};
  if (camera.chosen) video.deviceId = {exact: camera.chosen};
  else video.facingMode = "environment"; // a phone films what is before it, not its owner
  try {
    const stream = await navigator.mediaDevices.getUserMedia({video, audio: false});
    if (mine !== number) { // it was closed, or another one chosen, meanwhile
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    await use(stream);
  } catch (error) {
    if (mine !== number) return;
    const [text, hint] = problems[error.name] ||
      ["The camera cannot be used: " + error.message, ""];
    camera.problem = {text, hint};
  }
  camera.opening = false;
  changed();
}

async function use(stream) {
  camera.stream = stream;
  const track = stream.getVideoTracks()[0];
  const {width, height, frameRate, deviceId} = track.getSettings();
  camera.description = `${width}x${height}` +
    (frameRate ? `, ${Math.round(frameRate)} pictures a second` : "");
  camera.chosen = deviceId || camera.chosen;
  track.addEventListener("ended", () => {
    if (camera.stream !== stream) return;
    camera.filming = false;
    closeCamera();
    camera.problem = {text: "The camera was lost.", hint: "Connect it, then turn it on again."};
    changed();
  });
  // The names of devices are known only after one was allowed.
  const all = await navigator.mediaDevices.enumerateDevices();
  camera.devices = all.filter((one) => one.kind === "videoinput");
}

function stopTracks() {
  for (const track of camera.stream?.getTracks() || []) track.stop();
  camera.stream = null;
}

// closeCamera turns the camera off, unless a clip is being filmed.
export function closeCamera() {
  if (camera.filming) return;
  number++;
  stopTracks();
  camera.opening = false;
  changed();
}

// cameraBar shows the choice of a camera and the button that turns it on or off.
export function cameraBar() {
  const locked = camera.filming;
  const choose = (event) => {
    camera.chosen = event.target.value;
    openCamera();
  };
  return html`<div class="row">
    ${camera.stream
      ? html`<button class="plain" ?disabled=${locked} @click=${closeCamera}>
          Turn the camera off</button>`
      : html`<button class="plain strong" ?disabled=${camera.opening} @click=${() => openCamera()}>
          ${camera.opening ? "Asking the browser…" : "Turn the camera on"}</button>`}
    ${camera.devices.length > 1
      ? html`<label class="field"><span>Camera</span>
          <select ?disabled=${locked} .value=${live(camera.chosen)} @change=${choose}>
            ${camera.devices.map((one, i) => html`<option value=${one.deviceId}
              ?selected=${one.deviceId === camera.chosen}>${
                one.label || `Camera ${i + 1}`}</option>`)}
          </select></label>`
      : nothing}
    ${camera.stream ? html`<span class="soft">${camera.description}</span>` : nothing}
  </div>
  ${camera.problem
    ? html`<div class="failure" role="alert"><p>${camera.problem.text}</p>
        <p>${camera.problem.hint}</p></div>`
    : nothing}`;
}
