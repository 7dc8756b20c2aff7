// The areas of an evaluation as values: a layout is {areas: [...], grid: {...} or null}, as the
// server has it. Nothing here changes a layout that it is given; each function returns a new one.
//
// An area's key is "a:2" for the third of the areas, or "g:2" for the third cell of the grid.

export const empty = {areas: [], grid: null};

// places returns all areas of a layout with their keys, the grid's first, as the spec has them.
export function places(layout) {
  const list = [];
  if (layout.grid) {
    layout.grid.expect.forEach((expect, i) => list.push({key: `g:${i}`, ...cell(layout.grid, i),
      expect}));
  }
  layout.areas.forEach((one, i) => list.push({key: `a:${i}`, ...one}));
  return list;
}

// cell returns name and place of a grid's cell. Cells count row by row.
function cell(grid, i) {
  const row = Math.floor(i / grid.columns), column = i % grid.columns;
  const [stepX, stepY] = grid.step || grid.size;
  return {name: `${row + 1}-${column + 1}`, x: grid.origin[0] + column * stepX,
    y: grid.origin[1] + row * stepY, width: grid.size[0], height: grid.size[1]};
}

export function place(layout, key) {
  return places(layout).find((one) => one.key === key);
}

function index(key) {
  return Number(key.slice(2));
}

const isCell = (key) => key.startsWith("g:");

// bounds returns the rectangle of a whole grid.
export function bounds(grid) {
  const [stepX, stepY] = grid.step || grid.size;
  return {x: grid.origin[0], y: grid.origin[1],
    width: (grid.columns - 1) * stepX + grid.size[0],
    height: (grid.rows - 1) * stepY + grid.size[1]};
}

function inside(value, size, most) {
  return Math.max(0, Math.min(value, most - size));
}

// moveTo returns the layout with an area's corner at x, y, within the frame. A grid moves whole.
export function moveTo(layout, key, x, y, frame) {
  const was = place(layout, key);
  if (!isCell(key)) {
    return withArea(layout, key, {x: inside(Math.round(x), was.width, frame.width),
      y: inside(Math.round(y), was.height, frame.height)});
  }
  const grid = layout.grid, all = bounds(grid);
  const origin = [
    inside(grid.origin[0] + Math.round(x) - was.x, all.width, frame.width),
    inside(grid.origin[1] + Math.round(y) - was.y, all.height, frame.height),
  ];
  return {...layout, grid: {...grid, origin}};
}

// resize returns the layout with the edges of an area moved by dx, dy: edges is of the letters n,
// s, e, w. All cells of a grid get the new size, and the space between them stays.
export function resize(layout, key, edges, dx, dy, frame) {
  const was = place(layout, key);
  let left = was.x, top = was.y, right = was.x + was.width, bottom = was.y + was.height;
  if (edges.includes("w")) left = clamp(left + dx, 0, right - 1);
  if (edges.includes("e")) right = clamp(right + dx, left + 1, frame.width);
  if (edges.includes("n")) top = clamp(top + dy, 0, bottom - 1);
  if (edges.includes("s")) bottom = clamp(bottom + dy, top + 1, frame.height);
  const now = {x: left, y: top, width: right - left, height: bottom - top};
  if (!isCell(key)) return withArea(layout, key, now);
  const grid = layout.grid, step = grid.step || grid.size;
  return {...layout, grid: {...grid,
    origin: [Math.max(0, grid.origin[0] + now.x - was.x),
      Math.max(0, grid.origin[1] + now.y - was.y)],
    size: [now.width, now.height],
    step: [step[0] + now.width - was.width, step[1] + now.height - was.height]}};
}

function clamp(value, least, most) {
  return Math.round(Math.max(least, Math.min(value, Math.max(least, most))));
}

// withArea returns the layout with some fields of an area replaced; a cell has only its label.
export function withArea(layout, key, fields) {
  if (isCell(key)) {
    const expect = [...layout.grid.expect];
    expect[index(key)] = fields.expect;
    return {...layout, grid: {...layout.grid, expect}};
  }
  const areas = [...layout.areas];
  areas[index(key)] = {...areas[index(key)], ...fields};
  return {...layout, areas};
}

export function addArea(layout, rectangle, expect) {
  return {...layout, areas: [...layout.areas, {name: freeName(layout), ...rectangle, expect}]};
}

function freeName(layout) {
  const taken = new Set(places(layout).map((one) => one.name));
  let number = layout.areas.length + 1;
  while (taken.has(`area-${number}`)) number++;
  return `area-${number}`;
}

// withoutArea returns the layout without an area. A grid that lost a cell is no grid: its cells
// become areas of their own.
export function withoutArea(layout, key) {
  if (!isCell(key)) {
    return {...layout, areas: layout.areas.filter((_, i) => i !== index(key))};
  }
  const {areas} = breakUp(layout);
  return {grid: null, areas: areas.filter((_, i) => i !== index(key))};
}

// breakUp returns the layout with the grid's cells as areas of their own, which come first.
export function breakUp(layout) {
  const cells = places(layout).filter((one) => isCell(one.key));
  return {grid: null, areas: [...cells.map(({key, ...area}) => area), ...layout.areas]};
}

// withGrid returns the layout with a grid of columns and rows, whose cells keep their labels where
// they stay. New cells get the labels that no area has yet, in their order.
export function withGrid(layout, {columns, rows, origin, size, gap}, labels) {
  const old = layout.grid;
  const step = [size[0] + gap[0], size[1] + gap[1]];
  const kept = new Array(columns * rows).fill(null);
  if (old) {
    old.expect.forEach((expect, i) => {
      const row = Math.floor(i / old.columns), column = i % old.columns;
      if (row < rows && column < columns) kept[row * columns + column] = expect;
    });
  }
  const used = new Set([...kept, ...layout.areas.map((one) => one.expect)]);
  const free = labels.filter((one) => !used.has(one));
  const last = labels[labels.length - 1] || "";
  const expect = kept.map((one) => one ?? free.shift() ?? last);
  return {...layout, grid: {columns, rows, origin, size, step, expect}};
}

// fitGrid returns origin, size and gap of a grid that fills a rectangle: the gap is given, the size
// follows.
export function fitGrid(rectangle, columns, rows, gap) {
  const size = [
    Math.max(1, Math.floor((rectangle.width - (columns - 1) * gap[0]) / columns)),
    Math.max(1, Math.floor((rectangle.height - (rows - 1) * gap[1]) / rows)),
  ];
  return {columns, rows, origin: [rectangle.x, rectangle.y], size, gap};
}

// gapOf returns the space between a grid's cells.
export function gapOf(grid) {
  const step = grid.step || grid.size;
  return [step[0] - grid.size[0], step[1] - grid.size[1]];
}

export function same(a, b) {
  return JSON.stringify(normal(a)) === JSON.stringify(normal(b));
}

function normal({areas, grid}) {
  return [areas.map((one) => [one.name, one.x, one.y, one.width, one.height, one.expect]),
    grid && [grid.columns, grid.rows, grid.origin, grid.size, grid.step || grid.size, grid.expect]];
}
