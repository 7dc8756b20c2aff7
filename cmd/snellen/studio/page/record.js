// Filming: a MediaRecorder whose chunks go to the server while it films.

import {Upload} from "./upload.js";
import {changed} from "./store.js";

// The kinds of video that are asked for, best first. The server reads all of them.
const kinds = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

const every = 1000; // milliseconds of one chunk
const bitsPerSecond = 8_000_000; // what a classifier learns from should keep its detail

// A Recording films a stream into a clip.
export class Recording {
  constructor(stream, title, meta) {
    this.stream = stream;
    this.title = title;
    this.meta = meta;
    this.seconds = 0;
    this.waiting = false; // the camera is paused, until the server has caught up
    this.began = 0;
    this.whenEnded = () => {};
  }

  // start begins to film. It throws a Failure where the server does not take the clip, and an
  // Error where the browser cannot film.
  async start() {
    if (typeof MediaRecorder === "undefined") {
      throw new Error("this browser cannot film; choose files in place of that");
    }
    const mimeType = kinds.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.recorder = new MediaRecorder(this.stream,
      {videoBitsPerSecond: bitsPerSecond, ...(mimeType ? {mimeType} : {})});
    const type = (this.recorder.mimeType || mimeType || "video/webm");
    this.upload = new Upload(this.title, {...this.meta, type});
    await this.upload.begin();
    this.upload.finished.then((result) => {
      if (!result) this.stop(); // it was given up while it was filmed
    });
    this.recorder.ondataavailable = (event) => this.upload.push(event.data);
    this.recorder.onstop = () => {
      this.stopClock();
      this.upload.end();
      this.whenEnded();
      changed();
    };
    this.recorder.onerror = () => this.stop();
    this.upload.full = (isFull) => this.hold(isFull);
    this.recorder.start(every);
    this.startClock();
    changed();
  }

  // hold stops the camera for a moment: what is not sent would fill the browser's memory.
  hold(isFull) {
    if (this.recorder.state === "inactive") return;
    this.waiting = isFull;
    if (isFull) {
      this.recorder.pause();
      this.stopClock();
    } else {
      this.recorder.resume();
      this.startClock();
    }
    changed();
  }

  stop() {
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  cancel() {
    this.upload.giveUp();
    this.stop();
  }

  startClock() {
    this.began = performance.now() - this.seconds * 1000;
    this.clock = setInterval(() => {
      this.seconds = (performance.now() - this.began) / 1000;
      changed();
    }, 250);
  }

  stopClock() {
    clearInterval(this.clock);
  }
}
