// Clips on their way to the server. A clip's bytes are sent in order, one request at a time, so
// that the server only ever appends. The clip is in the footage folder when finish has answered.

import {post, put, remove} from "./api.js";
import {changed} from "./store.js";

const largest = 8 << 20; // bytes of one request; the server takes at most 16 MiB
const few = 3; // chunks that may wait while a camera films

// An Upload sends one clip. Its state is "sending", "stuck" with a failure, "done" or "given up".
export class Upload {
  constructor(title, meta) {
    this.title = title;
    this.meta = meta;
    this.state = "sending";
    this.failure = null;
    this.result = null;
    this.total = 0; // bytes that were given so far
    this.sent = 0;
    this.queue = [];
    this.ending = false;
    this.pumping = false;
    this.finishing = false; // the server gives it its name, which cannot be given up
    this.abort = new AbortController(); // of the bytes on their way
    this.id = null;
    this.full = () => {}; // called with whether the queue is full, when that changes
    this.isFull = false;
    this.finished = new Promise((resolve) => { this.resolve = resolve; });
  }

  // begin asks the server for a place. It throws a Failure, as for a name that cannot be.
  async begin() {
    this.id = (await post("/api/recordings", this.meta)).id;
    if (this.state === "given up") await remove(`/api/recordings/${this.id}`);
  }

  // push gives the next bytes.
  push(blob) {
    if (this.state === "given up" || blob.size === 0) return;
    this.total += blob.size;
    for (let from = 0; from < blob.size; from += largest) {
      this.queue.push(blob.slice(from, from + largest));
    }
    this.look();
    this.pump();
  }

  // end says that no bytes follow.
  end() {
    this.ending = true;
    this.pump();
  }

  // again goes on after a failure, where it stopped.
  again() {
    this.state = "sending";
    this.failure = null;
    this.pump();
    changed();
  }

  // giveUp reports whether it was not too late.
  async giveUp() {
    if (this.finishing || this.state === "done") return false;
    this.state = "given up";
    this.queue = [];
    this.abort.abort(); // else they might come after the end, and be complained about
    this.resolve(null);
    changed();
    if (this.id) await remove(`/api/recordings/${this.id}`);
    return true;
  }

  look() {
    const isFull = this.queue.length > few;
    if (isFull === this.isFull) return;
    this.isFull = isFull;
    this.full(isFull);
  }

  async pump() {
    if (this.pumping || this.state !== "sending") return;
    this.pumping = true;
    try {
      while (this.queue.length && this.state === "sending") {
        const blob = this.queue[0];
        await put(`/api/recordings/${this.id}`, {offset: this.sent}, blob, this.abort.signal);
        if (this.state !== "sending") break;
        this.queue.shift();
        this.sent += blob.size;
        this.look();
        changed();
      }
      if (this.ending && this.state === "sending" && !this.queue.length) {
        this.finishing = true;
        changed();
        this.result = await post(`/api/recordings/${this.id}/finish`, {});
        this.state = "done";
        this.resolve(this.result);
      }
    } catch (error) {
      if (this.state === "sending") {
        this.state = "stuck";
        this.failure = error;
      }
    }
    this.pumping = this.finishing = false;
    changed();
  }
}
