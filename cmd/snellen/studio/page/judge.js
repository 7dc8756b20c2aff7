// A watch of the server's: pictures go to it, and what it finds in them is drawn.

import {post, postPicture, remove} from "./api.js";
import {paint} from "./overlay.js";
import {changed, say} from "./store.js";

const most = 2; // pictures on their way; more would only wait, and be dropped
const textWidth = 960; // pixels of the canvas at least, so that its texts can be read

// A Judge watches with the areas of one evaluation. failed is called once, when it cannot go on.
export class Judge {
  constructor(evaluation, failed) {
    this.evaluation = evaluation;
    this.failed = failed;
    this.detections = new Map(); // by area, of the latest picture that was judged
    this.rate = 0;
    this.shown = ""; // the resolution of the detections
    this.number = 0;
    this.latest = 0; // number of the picture that the detections are of
    this.flying = 0;
    this.ended = false;
    this.abort = new AbortController(); // of the pictures on their way
    this.video = null;
    this.picture = document.createElement("canvas"); // what is sent
  }

  async begin() {
    const answer = await post("/api/watch", {evaluation: this.evaluation, resolution: ""});
    const {id, models, resolution, frame, areas} = answer;
    Object.assign(this, {id, models, resolution, frame, areas});
    if (this.ended) this.drop();
  }

  end() {
    this.ended = true;
    this.video = null;
    this.drop();
  }

  drop() {
    if (!this.id) return;
    // A picture may reach the server after this, and would be told that nothing is watched.
    this.abort.abort();
    // Whether the server had ended it already is of no matter.
    remove(`/api/watch/${this.id}`).catch(() => {});
    this.id = "";
  }

  scale() {
    return Math.max(1, textWidth / this.frame.width);
  }

  canvasSize() {
    const scale = this.scale();
    return {width: Math.round(this.frame.width * scale),
      height: Math.round(this.frame.height * scale)};
  }

  // choose has another resolution's model judge from now on.
  choose(resolution) {
    if (!resolution || resolution === this.resolution) return;
    this.resolution = resolution;
    say(`Resolution ${resolution}`);
  }

  // watch looks at each picture of a video that is shown; canvas returns where it is drawn.
  watch(video, canvas) {
    if (this.video === video) return;
    this.video = video;
    const next = (look) => (video.requestVideoFrameCallback
      ? video.requestVideoFrameCallback(look) : requestAnimationFrame(look));
    const look = () => {
      if (this.ended || this.video !== video) return;
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const context = canvas()?.getContext("2d");
        if (context) paint(context, video, this.areas, this.detections, this.scale());
        this.send(video);
      }
      next(look);
    };
    next(look);
  }

  async send(video) {
    if (this.flying >= most) return;
    this.flying++;
    const number = ++this.number;
    try {
      // Its own shape is kept: the server says where that is not the frame's.
      const width = this.frame.width;
      const height = Math.round(width * video.videoHeight / video.videoWidth);
      if (this.picture.height !== height) Object.assign(this.picture, {width, height});
      this.picture.getContext("2d").drawImage(video, 0, 0, width, height);
      const blob = await new Promise((done) => this.picture.toBlob(done, "image/jpeg", .92));
      if (!this.ended) {
        const answer = await postPicture(`/api/watch/${this.id}/picture`,
          {number, resolution: this.resolution}, blob, this.abort.signal);
        if (answer) this.take(answer);
      }
    } catch (error) {
      if (!this.ended) this.failed(error);
    }
    this.flying--;
  }

  // take keeps what was found, unless a later picture's answer came first.
  take(answer) {
    if (answer.number < this.latest || this.ended) return;
    this.latest = answer.number;
    this.rate = answer.rate;
    this.shown = answer.resolution;
    this.detections = new Map(answer.detections.map((one) => [one.area, one]));
    changed();
  }
}
