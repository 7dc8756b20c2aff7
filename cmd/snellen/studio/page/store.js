// The page's whole state, and the one scheduler that draws it. Whoever changes the state calls
// changed(); the page is then drawn once before the browser's next picture, however many changes
// there were.

export const state = {
  tab: "film",
  spec: null, // the answer of /api/state; null until it came
  specFailure: null,
  clips: null, // the list of /api/clips; null until it came
  connected: true, // whether the stream of events is open
  ended: false, // whether the server said that it ends
  run: null, // the answer of /api/run, with the events since
  notices: [],
  said: "", // what a screen reader is told next; see say
  dialog: null, // the dialog that is open; see dialog.js
};

let draw = () => {};
let waiting = false;
let after = [];

// start names the function that draws the page, and draws it.
export function start(drawPage) {
  draw = drawPage;
  changed();
}

export function changed() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    const then = after;
    after = [];
    draw();
    for (const act of then) act();
  });
}

// afterDraw runs act when the page shows the state as it is now: only then can what is new in it
// get the focus.
export function afterDraw(act) {
  after.push(act);
  changed();
}

const most = 4; // notices that are shown; older ones give way

let number = 0;

// notice shows a text until it is dismissed; what is no error, until the next one. diff, if any, is
// what was changed in the spec.
export function notice(text, {level = "info", hint = "", diff = ""} = {}) {
  const same = state.notices.find((one) => one.text === text && one.hint === hint && !diff);
  if (same) return;
  if (level === "info") state.notices = state.notices.filter((one) => one.level !== "info");
  state.notices = [...state.notices, {id: ++number, level, text, hint, diff}].slice(-most);
  changed();
}

// failed shows an error, as an answer of the server or as the browser says it.
export function failed(error, what = "") {
  if (error.name === "AbortError") return;
  const text = what ? `${what}: ${error.message}` : error.message;
  notice(text, {level: "error", hint: error.hint || ""});
}

export function dismiss(id) {
  state.notices = state.notices.filter((one) => one.id !== id);
  changed();
}

// say has a screen reader speak a text that the page shows elsewhere, such as where an area is now.
export function say(text) {
  state.said = text;
  changed();
}
