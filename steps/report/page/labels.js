// The names of marks in a chart, put where they cover neither each other nor a mark.

const ruler = make("canvas").getContext("2d");
const font = "12px system-ui, sans-serif";
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// Returns the boxes for a name of width w, the best first: beside the mark, above or below its whisker,
// and then anywhere, the nearest first.
function places(p, w, h, room) {
  const box = (x, y) => [x, y, x + w, y + h];
  const list = [];
  for (let y = room.top; y + h <= room.bottom; y += 6) {
    for (let x = room.left; x + w <= room.right; x += 8) list.push([Math.hypot(x + w / 2 - p.x, 2 * (y + h / 2 - p.y)), box(x, y)]);
  }
  list.sort(([a], [b]) => a - b);
  const near = [box(p.x + 11, p.y - h / 2), box(p.x - 11 - w, p.y - h / 2), box(p.x - w / 2, p.high - h - 3), box(p.x - w / 2, p.low + 3)];
  const inside = (b) => b[0] >= room.left && b[1] >= room.top && b[2] <= room.right && b[3] <= room.bottom;
  return [...near.filter(inside), ...list.map(([, b]) => b)];
}

// Returns the names as elements of a chart, each with a line to its mark if that is far. A name without
// any room is left out; the table below a chart has it.
function names(list, room) {
  const c = ink(), h = 15, taken = list.flatMap((p) => [[p.x - 9, p.y - 9, p.x + 9, p.y + 9], [p.x - 6, p.high, p.x + 6, p.low]]);
  const elements = [], written = [];
  ruler.font = font;
  for (const p of list) {
    const w = Math.ceil(ruler.measureText(p.name).width) + 4, all = places(p, w, h, room);
    const free = (boxes) => all.find((b) => !boxes.some((t) => overlap(b, t)));
    const at = free([...taken, ...written]) ?? free(written);
    if (!at) continue;
    written.push(at);
    const x = Math.min(Math.max(p.x, at[0]), at[2]), y = Math.min(Math.max(p.y, at[1]), at[3]);
    const beside = at[0] < p.x && p.x < at[2] && (Math.abs(at[3] - p.high) < 6 || Math.abs(at[1] - p.low) < 6);
    if (!beside && Math.hypot(x - p.x, y - p.y) > 16) {
      elements.push({ type: "line", silent: true, z: 4, shape: { x1: p.x, y1: p.y, x2: x, y2: y }, style: { stroke: c.soft, lineWidth: 1 } });
    }
    elements.push({ type: "text", silent: true, z: 5, x: at[0] + 2, y: at[1] + h / 2, style: { text: p.name, font, fill: c.fore, stroke: c.back, lineWidth: 3, align: "left", verticalAlign: "middle" } });
  }
  return elements;
}

