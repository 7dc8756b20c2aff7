// The filter hides rows, columns, cards and lines of other labels and resolutions. The page's address
// keeps it behind the name of a place: "#area/shelf/2-3?label=TEA&resolution=80x60".

const select = document.getElementById("label"), panel = document.getElementById("filter");

// Notes what a table's rows and columns are about, from the heads of its columns.
const resolutionHeads = new Set(["resolution", "model", "training", "from", "to", "resolutions"]);
const labelHeads = new Set(["label", "expected"]);
const tables = all("main table").filter((table) => table.tHead).map((table) => {
  const name = (cell) => (cell.querySelector("bdi") ?? cell).textContent.trim();
  const heads = [...table.tHead.rows[0].cells].map(name);
  const about = (text) => placeOf.get(text) ?? placeOf.get(text.replace(/ (validation|train)$/, ""));
  const columns = table.matches(".confusion") ? [] : heads.map(about);
  const rows = [...table.tBodies[0].rows].map((row) => {
    const one = { row, labels: [], resolutions: [] };
    heads.forEach((head, i) => {
      const text = row.cells[i] ? name(row.cells[i]) : "";
      if (labelHeads.has(head)) one.labels.push(text);
      if (!resolutionHeads.has(head)) return;
      for (const part of text.split(" less ")) one.resolutions.push(placeOf.get(part) ?? placeOf.get(part.split("/")[0]));
    });
    return one;
  });
  return { table, columns, rows };
});

function filterTable({ table, columns, rows }) {
  let seen = 0;
  for (const { row, labels, resolutions } of rows) {
    row.hidden = !labels.every(wanted) || !resolutions.every((i) => i === undefined || shown(i));
    seen += !row.hidden;
  }
  for (const row of table.rows) {
    if (row.cells.length === columns.length) columns.forEach((i, k) => { row.cells[k].hidden = i !== undefined && !shown(i); });
  }
  const note = table.caption?.querySelector(".count") ?? table.caption?.appendChild(make("span"));
  if (!note) return;
  note.className = "count";
  note.textContent = seen < rows.length ? ` (${seen} of ${rows.length} rows, by the filter)` : "";
}

function query() {
  const list = new URLSearchParams();
  if (choice.label) list.set("label", choice.label);
  if (choice.hidden.size) data.resolutions.forEach((r, i) => shown(i) && list.append("resolution", r.name));
  if (choice.hidden.size === data.resolutions.length) list.append("resolution", "none");
  const text = list.toString();
  return text && "?" + text;
}

function filter() {
  tables.forEach(filterTable);
  for (const el of all("main [data-label]")) el.hidden = !wanted(el.dataset.label);
  for (const el of all("main [data-resolution]")) el.hidden = !shown(placeOf.get(el.dataset.resolution));
  for (const link of links) link.href = link.dataset.to + query();
  select.value = choice.label;
  const texts = [];
  if (choice.label) texts.push(choice.label);
  if (choice.hidden.size) texts.push(`${data.resolutions.length - choice.hidden.size} of ${data.resolutions.length} resolutions`);
  const chosen = document.getElementById("chosen");
  chosen.textContent = texts.length ? ": " + texts.join(", ") : "";
  panel.classList.toggle("active", texts.length > 0);
}

// The address of a place within the page. A link leads there with the filter as it is.

const links = all('a[href^="#"]');
for (const link of links) {
  link.dataset.to = link.getAttribute("href");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    show(placeInAddress());
  });
}

const address = () => location.hash.slice(1).split("?");

function placeInAddress() {
  try {
    return decodeURIComponent(address()[0]);
  } catch {
    return ""; // a damaged address has no place
  }
}

function show(id) {
  const el = id && document.getElementById(id);
  if (!el) return;
  if (el.hidden) { // whoever links to an area wants to see it
    choice.label = "";
    changed();
  }
  el.scrollIntoView();
  el.tabIndex = -1;
  el.focus({ preventScroll: true });
}

function read() {
  const list = new URLSearchParams(address()[1] ?? ""), names = list.getAll("resolution"), label = list.get("label") ?? "";
  const known = names.some((name) => name === "none" || placeOf.has(name));
  choice.label = data.classes.includes(label) ? label : "";
  choice.hidden = new Set(known ? data.resolutions.map((_, i) => i).filter((i) => !names.includes(data.resolutions[i].name)) : []);
  changed();
  show(placeInAddress());
}

// Keeps the choice in the address, without a step in the browser's history.
function keep() {
  const text = address()[0] + query();
  if (text || location.hash) history.replaceState(null, "", "#" + text);
}

followers.unshift(filter, keep);
select.addEventListener("change", () => { choice.label = select.value; changed(); });
document.getElementById("reset").addEventListener("click", () => { choice.label = ""; choice.hidden.clear(); changed(); });
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  panel.open = false;
  panel.querySelector("summary").focus();
});
document.addEventListener("click", (event) => { if (event.target.isConnected && !panel.contains(event.target)) panel.open = false; });
addEventListener("hashchange", read);
addEventListener("popstate", read);
if (location.hash) read();
