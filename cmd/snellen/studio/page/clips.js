// The clips of a study, by what they show, and what can be done to one.

import {html, nothing} from "./lit/lit-html.js";
import {live} from "./lit/directives/live.js";
import {repeat} from "./lit/directives/repeat.js";
import {post, url} from "./api.js";
import {closeDialog, openDialog} from "./dialog.js";
import {knownNames, tellEdit} from "./files.js";
import {load} from "./load.js";
import {baseName, bytes, count, failure, length} from "./parts.js";
import {afterDraw, changed, state} from "./store.js";
import {thumb} from "./thumbs.js";

// groups returns the clips by label, in the spec's order, then by evaluation, then the rest.
function groups() {
  const list = [];
  const found = new Map();
  const add = (kind, name) => {
    const group = {key: `${kind} ${name}`, kind, name, clips: []};
    found.set(group.key, group);
    list.push(group);
    return group;
  };
  for (const one of state.spec?.labels || []) add("label", one.name);
  const shelves = (state.spec?.evaluations || []).map((one) => one.name);
  const rest = {key: "", kind: "", name: "", clips: []};
  for (const clip of state.clips) {
    const kind = clip.label ? "label" : clip.evaluation ? "evaluation" : "";
    const name = clip.label || clip.evaluation;
    if (!kind) rest.clips.push(clip);
    else if (kind === "label") (found.get(`label ${name}`) || add(kind, name)).clips.push(clip);
    else if (!shelves.includes(name)) shelves.push(name);
  }
  for (const name of shelves) {
    const group = add("evaluation", name);
    const own = state.spec?.evaluations.find((one) => one.name === name)?.clip;
    group.clips = state.clips.filter((one) => !one.label &&
      (one.evaluation === name || one.path === own));
  }
  return rest.clips.length ? [...list, rest] : list;
}

export function clipGroups() {
  if (state.clips === null) return html`<p class="soft">The clips are being listed…</p>`;
  const list = groups();
  if (!list.length) {
    return html`<p class="empty-state">There are no clips yet. Turn the camera on, write what you
      film, and press Film. Or add files that you filmed elsewhere.</p>`;
  }
  return html`<div class="groups">${repeat(list, (one) => one.key, groupView)}</div>`;
}

function groupView(group) {
  const heads = {label: group.name, evaluation: `Shelf: ${group.name}`, "": "Not used yet"};
  return html`<section class="group" data-drop=${group.kind || nothing}
      data-name=${group.name || nothing} aria-label=${heads[group.kind]}>
    <h3><bdi>${heads[group.kind]}</bdi>
      <span class="soft">${count(group.clips.length, "clip")}</span></h3>
    ${group.clips.length
      ? html`<ul class="clips">${repeat(group.clips, (one) => one.path, clipView)}</ul>`
      : html`<p class="soft">No clip yet: film one, or drop a file here.</p>`}
  </section>`;
}

const isPicture = (path) => /\.(jpe?g|png)$/i.test(path);

function facts(clip) {
  const list = [];
  if (clip.seconds) list.push(length(clip.seconds));
  if (clip.width) list.push(`${clip.width}x${clip.height}`);
  if (clip.rate) list.push(`${Math.round(clip.rate)} a second`);
  list.push(bytes(clip.bytes));
  return list.join(", ");
}

function clipView(clip) {
  const name = baseName(clip.path);
  const look = isPicture(name) ? "Show" : "Play";
  return html`<li class="clip" data-path=${clip.path}>
    <button class="thumb" @click=${() => play(clip)} aria-label=${`${look} ${name}`}>
      ${clip.problem ? html`<span class="screen">No picture</span>`
        : thumb(clip.path)}</button>
    <p class="name"><bdi>${name}</bdi></p>
    <p class="soft">${facts(clip)}</p>
    ${clip.problem ? html`<p class="mark wrong">${clip.problem}</p>` : nothing}
    <div class="row">
      ${clip.label || clip.evaluation ? nothing
        : html`<button class="plain" @click=${() => use(clip)}
            aria-label=${`Use ${name}`}>Use…</button>`}
      <button class="plain" data-rename @click=${() => rename(clip)}
        aria-label=${`Rename ${name}`}>Rename…</button>
      <button class="plain" @click=${() => askDelete(clip)}
        aria-label=${`Delete ${name}`}>Delete…</button>
    </div>
  </li>`;
}

function play(clip) {
  const src = url("/media/clip", {path: clip.path});
  openDialog(baseName(clip.path), () => html`
    ${isPicture(clip.path)
      ? html`<img class="player" src=${src} alt=${baseName(clip.path)}>`
      : html`<video class="player" controls autoplay muted playsinline src=${src}></video>`}
    <p class="soft">${clip.path}: ${facts(clip)}</p>
    <p class="soft">A browser does not show every kind of file; the study reads it all the
      same.</p>`);
}

// ask shows a form in the dialog, whose act may fail: the error then stands in the form. act returns
// the path of the clip that is there afterwards, or "". It gets the focus, since what had it may be
// gone with the old list.
function ask(title, fields, button, act) {
  const form = {problem: null, waits: false};
  const go = async (event) => {
    event.preventDefault();
    form.waits = true;
    form.problem = null;
    changed();
    try {
      const path = await act();
      closeDialog();
      await load();
      afterDraw(() => focusClip(path));
    } catch (error) {
      form.problem = error;
    }
    form.waits = false;
    changed();
  };
  openDialog(title, () => html`<form class="controls" @submit=${go}>
    ${fields()}
    ${failure(form.problem)}
    <div class="row"><button class="plain strong" ?disabled=${form.waits}>${button}</button>
      <button type="button" class="plain" @click=${closeDialog}>Cancel</button></div>
  </form>`);
}

function focusClip(path) {
  const all = [...document.querySelectorAll(".clip")];
  const found = all.find((one) => one.dataset.path === path)?.querySelector("[data-rename]");
  (found || document.getElementById("clips-title"))?.focus();
}

function rename(clip) {
  const name = baseName(clip.path);
  const stem = name.replace(/\.[^.]*$/, "");
  let to = stem;
  ask(`Rename ${name}`, () => html`<label class="field"><span>New name, without its ending</span>
      <input required autocomplete="off" .value=${live(to)}
        @input=${(event) => { to = event.target.value; }}></label>`,
  "Rename", async () => {
    const result = await post("/api/clips/rename", {path: clip.path, to: to.trim()});
    tellEdit(`${name} is now ${result.path}.`, result);
    return result.path;
  });
}

function askDelete(clip) {
  const name = baseName(clip.path);
  const folder = state.spec?.folder || "footage";
  ask(`Delete ${name}?`, () => html`<p>The study no longer uses the clip. The file itself is kept
      in the folder <strong>${folder}.trash</strong>, from where you can take it back.</p>`,
  "Delete", async () => {
    const result = await post("/api/clips/delete", {path: clip.path});
    tellEdit(`${name} lies in ${result.trash} now.`, result);
    return "";
  });
}

function use(clip) {
  const name = baseName(clip.path);
  const choice = {kind: "label", name: ""};
  const choose = (kind) => () => {
    choice.kind = kind;
    changed();
  };
  const known = () => knownNames(choice.kind);
  ask(`Use ${name}`, () => html`<fieldset><legend>What does it show?</legend>
      <label><input type="radio" name="use" .checked=${live(choice.kind === "label")}
        @change=${choose("label")}> A product</label>
      <label><input type="radio" name="use" .checked=${live(choice.kind !== "label")}
        @change=${choose("evaluation")}> A shelf</label></fieldset>
    <label class="field"><span>Its name</span><input required list="use-names" autocomplete="off"
      .value=${live(choice.name)}
      @input=${(event) => { choice.name = event.target.value; }}></label>
    <datalist id="use-names">${known().map((one) => html`<option value=${one.name}></option>`)}
    </datalist>`,
  "Use", async () => {
    const chosen = choice.name.trim();
    const result = await post("/api/clips/use", {path: clip.path, [choice.kind]: chosen});
    tellEdit(`${name} is used as ${chosen}.`, result);
    return result.path;
  });
}
