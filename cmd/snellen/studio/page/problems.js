// What is wrong with a layout, in the words in which the language says it when a spec is loaded.

import {places} from "./layout.js";

// problems returns a list of {keys, text}: what is wrong, and with which areas.
export function problems(layout, frame, labels, sizes) {
  const list = [];
  const all = places(layout);
  const known = new Set(labels);
  for (const one of all) nameProblems(one, all, list);
  for (const one of all) {
    if (one.width < 1 || one.height < 1) {
      list.push({keys: [one.key], text: `area "${one.name}" has no size`});
    } else if (one.x + one.width > frame.width || one.y + one.height > frame.height) {
      list.push({keys: [one.key], text: `area "${one.name}" ends at (${one.x + one.width}, ` +
        `${one.y + one.height}), outside the frame of ${frame.width}x${frame.height}`});
    }
    if (one.expect === "") {
      list.push({keys: [one.key], text: `area "${one.name}" has no label`});
    } else if (!known.has(one.expect)) {
      list.push({keys: [one.key], text: `there is no label "${one.expect}"`});
    }
  }
  gridProblems(layout.grid, list);
  overlaps(all, list);
  for (const size of sizes) {
    const small = all.find((one) => one.width > 0 && one.height > 0 &&
      (one.width * size.width < frame.width || one.height * size.height < frame.height));
    if (small) {
      list.push({keys: [small.key],
        text: `at ${size.name}, area "${small.name}" has less than a pixel`});
    }
  }
  return list;
}

function nameProblems(one, all, list) {
  let text = "";
  if (one.name === "") text = "an area's name is empty";
  else if (one.name === "." || one.name === "..") text = `an area's name cannot be "${one.name}"`;
  else if (/[/\\]/.test(one.name)) text = `an area's name cannot contain a slash: "${one.name}"`;
  else if (one.name.trim() !== one.name) {
    text = `an area's name must be printable, without spaces at its ends: "${one.name}"`;
  } else {
    const first = all.find((other) => other.name === one.name);
    if (first.key !== one.key) {
      text = `area "${one.name}" is declared twice` +
        (first.key.startsWith("g:") ? "; the first is in the grid" : "");
    }
  }
  if (text) list.push({keys: [one.key], text});
}

function gridProblems(grid, list) {
  if (!grid) return;
  const step = grid.step || grid.size;
  const overlap = (grid.columns > 1 && step[0] < grid.size[0]) ||
    (grid.rows > 1 && step[1] < grid.size[1]);
  if (overlap) {
    list.push({keys: grid.expect.map((_, i) => `g:${i}`),
      text: "the areas of this grid overlap: step is smaller than size"});
  }
}

// overlaps sweeps the areas from left to right, so that many areas are no matter. Cells of one grid
// are kept apart by its step.
function overlaps(all, list) {
  const sorted = [...all].sort((a, b) => a.x - b.x);
  sorted.forEach((a, i) => {
    for (let k = i + 1; k < sorted.length; k++) {
      const b = sorted[k];
      if (b.x >= a.x + a.width) break;
      if (a.key.startsWith("g:") && b.key.startsWith("g:")) continue;
      if (a.y >= b.y + b.height || b.y >= a.y + a.height) continue;
      list.push({keys: [a.key, b.key], text: `area "${b.name}" overlaps area "${a.name}"`});
    }
  });
}
