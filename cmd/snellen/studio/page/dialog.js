// The one dialog of the page. The browser keeps the focus in it, closes it at Escape, and gives the
// focus back to where it was.

import {html, nothing} from "./lit/lit-html.js";
import {ref} from "./lit/directives/ref.js";
import {afterDraw, changed, state} from "./store.js";

let element = null;

// openDialog shows what view returns, under a title.
export function openDialog(title, view) {
  closeDialog(); // the focus goes back from one that is open
  state.dialog = {title, view};
  afterDraw(() => element?.showModal());
}

export function closeDialog() {
  // The focus goes back only if the element is closed before it is taken out of the page.
  if (element?.open) element.close();
  state.dialog = null;
  changed();
}

function keep(found) {
  element = found || null;
}

export function dialogView() {
  const dialog = state.dialog;
  if (!dialog) return nothing;
  const closed = () => {
    if (state.dialog === dialog) state.dialog = null; // another may be open by now
    changed();
  };
  return html`<dialog class="dialog" aria-labelledby="dialog-title" ${ref(keep)} @close=${closed}>
    <div class="dialog-head">
      <h2 id="dialog-title">${dialog.title}</h2>
      <button class="plain" @click=${closeDialog}>Close</button>
    </div>
    ${dialog.view()}
  </dialog>`;
}
