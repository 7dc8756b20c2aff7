// What is drawn over a watched picture: each area with what was found in it.

// The colours of the article: right is cyan, unsure yellow, wrong red. An area that was not judged
// yet is grey. Pure red is hard to read on black, so texts have a lighter one.
const colours = {right: "#00ffff", unsure: "#ffff00", wrong: "#ff0000"};
const inks = {...colours, wrong: "#ff8a80"};

// words returns what is said of a detection.
export function words(detection) {
  const text = `${detection.found} ${detection.probability.toFixed(2)}`;
  return detection.state === "wrong" ? `${text}, not ${detection.expect}` : text;
}

// paint draws a picture and the areas over it. scale is canvas pixels of one pixel of the frame.
export function paint(context, source, areas, detections, scale) {
  const {width, height, clientWidth} = context.canvas;
  context.drawImage(source, 0, 0, width, height);
  // A narrow page shows the canvas smaller than it is: lines and texts are larger in it.
  const shrunk = Math.max(1, width / (clientWidth || width));
  const size = Math.round(Math.max(12 * shrunk, height / 40));
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "top";
  for (const area of areas) {
    const detection = detections.get(area.name);
    const colour = colours[detection?.state] || "#b0b0b0";
    const x = area.x * scale, y = area.y * scale;
    context.lineWidth = 5 * shrunk;
    context.strokeStyle = "#000";
    context.strokeRect(x, y, area.width * scale, area.height * scale);
    context.lineWidth = 3 * shrunk;
    context.strokeStyle = colour;
    context.strokeRect(x, y, area.width * scale, area.height * scale);
    if (detection) label(context, words(detection), x, y, area.width * scale, size,
      inks[detection.state]);
  }
}

// label writes a text at an area's corner, broken into lines that fit the area.
function label(context, text, x, y, width, size, colour) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    const fits = lines.length > 0 && context.measureText(longer).width <= width - 8;
    if (fits) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const wide = Math.max(...lines.map((one) => context.measureText(one).width));
  context.fillStyle = "rgba(0, 0, 0, .8)";
  context.fillRect(x, y, wide + 8, lines.length * size * 1.15 + 6);
  context.fillStyle = colour;
  lines.forEach((one, i) => context.fillText(one, x + 4, y + 4 + i * size * 1.15));
}
