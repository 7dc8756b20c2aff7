// What the page knows of the server: it is loaded at the start, and again when an event says so.

import {get} from "./api.js";
import {changed, failed, state} from "./store.js";

// Answers can overtake each other. One counts unless a later request was answered before it: so who
// waits for a request has what it says, or something newer, when the wait is over.
export class Requests {
  asked = 0;
  answered = 0; // the latest that was

  // begin returns what reports whether the answer of a request counts.
  begin() {
    const mine = ++this.asked;
    return () => {
      if (mine < this.answered) return false;
      this.answered = mine;
      return true;
    };
  }
}

const specs = new Requests();
const lists = new Requests(); // of clips

// What wants to know of a new spec or a new list of clips, by name.
const listeners = {spec: [], clips: [], plan: [], report: []};

export function listen(name, act) {
  listeners[name].push(act);
}

function tell(name) {
  for (const act of listeners[name]) act();
}

// loadSpec loads the spec's state.
export async function loadSpec() {
  const counts = specs.begin();
  try {
    const spec = await get("/api/state");
    if (!counts()) return;
    state.spec = spec;
    state.specFailure = null;
    tell("spec");
    tell("plan"); // no plan is asked for before there is a spec
  } catch (error) {
    if (!counts()) return;
    state.specFailure = error;
  }
  changed();
}

export async function loadClips() {
  const counts = lists.begin();
  try {
    const {clips} = await get("/api/clips");
    if (!counts()) return;
    state.clips = clips;
    tell("clips");
  } catch (error) {
    if (!counts()) return;
    failed(error, "The clips cannot be listed");
  }
  changed();
}

// load asks for everything, as after the connection was lost.
export function load() {
  return Promise.all([loadSpec(), loadClips()]);
}

const acts = {
  spec() {
    loadSpec();
  },
  clips() {
    loadClips();
    tell("plan");
  },
  run(run) {
    state.run = {epochs: {}, messages: [], steps: [], ...run};
    tell("plan");
  },
  step(step) {
    if (!state.run) return;
    const steps = state.run.steps;
    const i = steps.findIndex((one) => one.address === step.address);
    if (i < 0) steps.push(step);
    else steps[i] = step;
  },
  epoch({address, epoch, values}) {
    if (!state.run) return;
    const list = (state.run.epochs[address] ??= []);
    // A step that is tried again begins anew with the first epoch.
    const i = list.findIndex((one) => one.epoch >= epoch);
    if (i >= 0) list.length = i;
    list.push({epoch, values});
  },
  message(message) {
    if (!state.run) return;
    state.run.messages.push(message);
    if (state.run.messages.length > 200) state.run.messages.shift();
  },
  left({seconds, left}) {
    if (!state.run) return;
    Object.assign(state.run, {seconds, left});
  },
  report() {
    if (state.spec) state.spec.report = true;
    tell("report");
  },
  bye() {
    state.ended = true;
    source.close();
  },
};

let source;

// follow listens to the server's events for as long as the page is open.
export function follow() {
  source = new EventSource("/api/events");
  let lost = false;
  source.onerror = () => {
    lost = true;
    state.connected = false;
    changed();
  };
  source.onopen = () => {
    state.connected = true;
    if (lost) load(); // events were missed
    lost = false;
    changed();
  };
  for (const [name, act] of Object.entries(acts)) {
    source.addEventListener(name, (event) => {
      act(JSON.parse(event.data));
      changed();
    });
  }
}
