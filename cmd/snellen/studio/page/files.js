// Files on their way into the footage folder, filmed here or dropped in.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {repeat} from "./lit/directives/repeat.js";
import {closeDialog, openDialog} from "./dialog.js";
import {load} from "./load.js";
import {baseName, bytes, count, failure} from "./parts.js";
import {changed, failed, notice, say, state} from "./store.js";
import {Upload} from "./upload.js";

export const uploads = []; // those that did not end yet, in the order of their beginning

function forget(upload) {
  const i = uploads.indexOf(upload);
  if (i >= 0) uploads.splice(i, 1);
}

// whenDone tells how an upload ended, and takes it off the list.
export async function whenDone(upload) {
  const result = await upload.finished;
  forget(upload);
  changed();
  if (result) {
    tellEdit(`${result.path} is saved.`, result);
    await load();
  }
  return result;
}

// tellEdit shows what was done, and what it changed in the spec.
export function tellEdit(text, {edited, diff, note}) {
  const more = note ? ` ${note}` : "";
  notice(text + more, {diff: edited ? diff : ""});
}

// takeFiles sends files one after another, as clips of what meta says: {label} or {evaluation}.
export async function takeFiles(files, meta) {
  const list = [];
  for (const file of files) {
    const upload = new Upload(file.name, {...meta, name: file.name});
    upload.file = file;
    uploads.push(upload);
    list.push(upload);
  }
  changed();
  for (const upload of list) {
    if (upload.state === "given up") continue;
    try {
      await upload.begin();
    } catch (error) {
      failed(error, `${upload.title} cannot be added`);
      forget(upload);
      continue;
    }
    upload.push(upload.file);
    upload.end();
    await whenDone(upload);
  }
}

// chooseFiles takes the files of a file button. Without a label it asks for one.
export function chooseFiles(event, meta) {
  const files = [...event.target.files];
  event.target.value = ""; // the same file can be chosen again
  give(files, meta);
}

function give(files, meta) {
  if (!files.length) return;
  if (meta.label || meta.evaluation) takeFiles(files, meta);
  else askLabel(files);
}

// askLabel asks what files show that were dropped onto no label.
function askLabel(files) {
  const answer = {what: "label", name: ""};
  const go = (event) => {
    event.preventDefault();
    const name = answer.name.trim();
    if (!name) return;
    closeDialog();
    takeFiles(files, answer.what === "label" ? {label: name} : {evaluation: name});
  };
  const choose = (what) => () => {
    answer.what = what;
    changed();
  };
  const known = () => knownNames(answer.what);
  openDialog("What do these files show?", () => html`<form class="controls" @submit=${go}>
    <p>${count(files.length, "file")}: ${files.slice(0, 5).map((one) => one.name).join(", ")}${
      files.length > 5 ? ", …" : ""}</p>
    <fieldset><legend class="hidden">What is filmed?</legend>
      <label><input type="radio" name="dropped" .checked=${live(answer.what === "label")}
        @change=${choose("label")}> A product</label>
      <label><input type="radio" name="dropped" .checked=${live(answer.what !== "label")}
        @change=${choose("evaluation")}> A shelf</label></fieldset>
    <label class="field"><span>Its name</span>
      <input list="dropped-names" required autocomplete="off" .value=${live(answer.name)}
        @input=${(event) => { answer.name = event.target.value; }}></label>
    <datalist id="dropped-names">${known().map(
      (one) => html`<option value=${one.name}></option>`)}</datalist>
    <div class="row"><button class="plain strong">Add</button></div>
  </form>`);
}

// knownNames returns the labels or the evaluations that the spec has.
export function knownNames(kind) {
  return (kind === "label" ? state.spec?.labels : state.spec?.evaluations) || [];
}

function dropped(transfer) {
  const files = [];
  let folders = 0;
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry?.()?.isDirectory) folders++;
    else files.push(item.getAsFile());
  }
  if (folders) {
    notice(`${count(folders, "folder")} left out: drop the files themselves.`, {level: "warn"});
  }
  return files.filter(Boolean);
}

let over = null; // the element that files are dragged over

function mark(element) {
  over?.classList.remove("over");
  over = element;
  over?.classList.add("over");
}

// acceptDrops takes files that are dropped anywhere on the page. What they are dropped onto says
// what they show.
export function acceptDrops() {
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const target = (event) => event.target.closest?.("[data-drop]");
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser leaves the page and shows the file
    mark(target(event) || document.body);
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(null);
  });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const onto = target(event)?.dataset;
    mark(null);
    location.hash = "film";
    give(dropped(event.dataTransfer), onto ? {[onto.drop]: onto.name} : {});
  });
}

// uploadList shows what is being sent.
export function uploadList() {
  if (!uploads.length) return nothing;
  return html`<section class="uploads" aria-label="On their way">
    <ul class="plain-list">${repeat(uploads, (one) => one, uploadRow)}</ul>
  </section>`;
}

function uploadRow(one) {
  const total = one.file?.size || one.total;
  const waits = one.file && !one.id;
  return html`<li>
    <strong>${baseName(one.title)}</strong>
    ${one.file
      ? html`<progress max=${Math.max(total, 1)} .value=${one.sent}
          aria-label=${`Sending ${one.title}`}></progress>` : nothing}
    <span class="soft">${waits ? "waits for the files before it"
      : `${bytes(one.sent)} of ${bytes(total)} saved`}</span>
    ${one.state === "stuck"
      ? html`${failure(one.failure)}
          <button class="plain" @click=${() => one.again()}>Try again</button>`
      : nothing}
    ${(one.file || one.state === "stuck") && !one.finishing
      ? html`<button class="plain" @click=${() => cancel(one)}>Give up</button>` : nothing}
  </li>`;
}

async function cancel(upload) {
  if (!upload.id) forget(upload); // its turn has not come
  try {
    if (await upload.giveUp()) say(`${upload.title} is not added.`);
  } catch (error) {
    failed(error);
  }
}
