// Drafts: the areas of evaluations while they are edited. A draft that is not saved outlives every
// change of the file by others: it is neither lost nor written over theirs without a choice.

import {post} from "./api.js";
import {empty, same} from "./layout.js";
import {listen, loadSpec} from "./load.js";
import {changed, notice, state} from "./store.js";

const deepest = 200; // steps back that are kept
const together = 800; // milliseconds within which moves by keys are one step

// A Draft is the layout of one evaluation with its history.
class Draft {
  constructor(name, path, layout) {
    this.name = name;
    this.path = path; // the clip of an evaluation that the spec does not have yet, or ""
    this.begin(layout);
    this.preview = null; // the layout during a drag
    this.waits = false;
    this.failure = null;
  }

  // begin takes a layout as the file's.
  begin(layout) {
    this.saved = layout; // as it is in the file
    this.sum = state.spec.sum; // of the file in which it is so
    this.steps = [{layout, tag: "", at: 0}];
    this.now = 0;
    this.conflict = null; // {theirs, diff, own, sum} where the file has other areas meanwhile
  }

  get layout() {
    return this.preview || this.steps[this.now].layout;
  }

  get unsaved() {
    return this.path !== "" ? this.layout.areas.length > 0 || this.layout.grid !== null
      : !same(this.steps[this.now].layout, this.saved);
  }

  // change makes a step. Steps with one tag that follow each other quickly are one.
  change(layout, tag = "") {
    this.preview = null;
    this.failure = null;
    if (same(layout, this.steps[this.now].layout)) return changed();
    const last = this.steps[this.now], at = performance.now();
    this.steps.length = this.now + 1;
    if (tag && last.tag === tag && at - last.at < together) this.steps.pop();
    this.steps.push({layout, tag, at});
    if (this.steps.length > deepest) this.steps.shift();
    this.now = this.steps.length - 1;
    changed();
  }

  undo() {
    if (this.now > 0) this.now--;
    changed();
  }

  redo() {
    if (this.now < this.steps.length - 1) this.now++;
    changed();
  }

  edit() {
    return {kind: "areas", evaluation: this.name, layout: this.layout,
      ...(this.path ? {path: this.path} : {})};
  }
}

const drafts = new Map();

// draftOf returns the draft of an evaluation of the spec.
export function draftOf(evaluation) {
  let draft = drafts.get(evaluation.name);
  if (!draft) {
    draft = new Draft(evaluation.name, "", evaluation.layout || empty);
    drafts.set(evaluation.name, draft);
  }
  return draft;
}

// newDraft begins the areas of a clip that has no evaluation yet.
export function newDraft(name, path) {
  const draft = new Draft(name, path, empty);
  drafts.set(name, draft);
  changed();
  return draft;
}

// fresh returns the drafts whose evaluations the spec does not have.
export function fresh() {
  const known = new Set((state.spec?.evaluations || []).map((one) => one.name));
  return [...drafts.values()].filter((one) => !known.has(one.name) && (one.path || one.unsaved));
}

export function drop(draft) {
  drafts.delete(draft.name);
  changed();
}

export function busyDrafts() {
  return [...drafts.values()].some((one) => one.unsaved);
}

// reconcile compares the drafts with the file as it is now.
function reconcile() {
  for (const draft of drafts.values()) {
    const theirs = state.spec.evaluations.find((one) => one.name === draft.name);
    if (!theirs) continue; // deleted, or the file cannot be read: the draft stays
    if (draft.waits) continue; // its own save is under way
    const layout = theirs.layout || empty;
    if (draft.path !== "") {
      // Somebody else gave the clip's evaluation a block.
      if (draft.unsaved) meet(draft, layout);
      else drafts.delete(draft.name);
    } else if (same(layout, draft.saved)) {
      draft.sum = state.spec.sum; // another part of the file changed
      if (draft.conflict) draft.conflict = null; // and theirs was taken back
    } else if (!draft.unsaved || same(layout, draft.layout)) {
      draft.begin(layout);
    } else {
      meet(draft, layout);
    }
  }
}

listen("spec", reconcile);

// meet marks a draft as in conflict with the file, and asks the server for both changes.
async function meet(draft, theirs) {
  if (draft.conflict && same(draft.conflict.theirs, theirs) &&
    draft.conflict.sum === state.spec.sum) return;
  const conflict = {theirs, diff: draft.conflict?.diff || "", own: "", sum: state.spec.sum};
  draft.conflict = conflict;
  changed();
  try {
    await post("/api/edit", {sum: draft.sum, change: draft.edit(), dry: true});
  } catch (error) {
    if (error.status === 409) conflict.diff = error.body.diff;
  }
  await ownDiff(draft, conflict);
}

// ownDiff finds out what the draft would change in the file as it is now.
async function ownDiff(draft, conflict) {
  const change = {...draft.edit()};
  delete change.path; // the block is there by now
  try {
    const result = await post("/api/edit", {sum: conflict.sum, change, dry: true});
    conflict.own = result.diff;
  } catch (error) {
    conflict.own = "";
  }
  changed();
}

// takeTheirs gives a draft up for what the file has.
export function takeTheirs(draft) {
  drafts.delete(draft.name);
  changed();
}

// save writes a draft into the spec. mine is true where a person chose it over the file's areas.
export async function save(draft, mine = false) {
  draft.waits = true;
  draft.failure = null;
  changed();
  const change = draft.edit();
  if (mine) delete change.path; // the block is there by now
  try {
    const result = await write(draft, change, mine ? draft.conflict.sum : draft.sum);
    if (result) {
      notice(`The areas of ${draft.name} are saved.`, {diff: result.diff});
      await loadSpec();
      Object.assign(draft, {path: "", saved: change.layout, conflict: null});
    }
  } catch (error) {
    draft.failure = error;
  }
  draft.waits = false;
  reconcile();
  changed();
}

// write makes the edit and returns its answer, or null where the file has other areas meanwhile. A
// change that left the areas alone is no conflict: the edit is then made once more on top of it.
async function write(draft, change, sum) {
  for (let again = true; ; again = false) {
    try {
      return await post("/api/edit", {sum, change});
    } catch (error) {
      if (error.status !== 409) throw error;
      await loadSpec();
      const theirs = state.spec.evaluations.find((one) => one.name === draft.name);
      const untouched = draft.path ? !theirs : theirs && same(theirs.layout || empty, draft.saved);
      if (!untouched || !again) {
        const {diff} = error.body;
        draft.conflict = {theirs: theirs?.layout || draft.saved, diff, own: "",
          sum: error.body.sum};
        await ownDiff(draft, draft.conflict);
        return null;
      }
      sum = error.body.sum;
    }
  }
}
