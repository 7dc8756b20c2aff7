// Small pictures of clips, a few at a time. A browser opens six connections to one server: what a
// person waits for must not stand behind hundreds of pictures, which take a while to be made.

import {html} from "./lit/lit-html.js";
import {ref} from "./lit/directives/ref.js";
import {url} from "./api.js";

const most = 2; // on their way at once

let loading = 0;
const waiting = new Set(); // images that are seen, or nearly, and have no picture yet

const observer = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    if (isIntersecting) waiting.add(target);
    else waiting.delete(target);
  }
  next();
}, {rootMargin: "300px"});

function next() {
  for (const image of waiting) {
    if (loading >= most) return;
    waiting.delete(image);
    observer.unobserve(image);
    loading++;
    image.src = image.dataset.src;
  }
}

function ended() {
  loading--;
  next();
}

function follow(image) {
  if (image) observer.observe(image);
}

export function thumb(path) {
  return html`<img ${ref(follow)} decoding="async" alt="" width="240" height="160"
    data-src=${url("/media/thumb", {path})} @load=${ended} @error=${ended}>`;
}
