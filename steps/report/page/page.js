// The page's script, of several files that run as one, sorts, copies and filters tables, draws the
// charts, and opens pictures large. All texts are untrusted data and are written as text. The charts'
// tooltips are drawn, not HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

// Returns a button with this label.
function press(label, act) {
  const button = make("button", label);
  button.type = "button";
  button.className = "plain";
  button.addEventListener("click", () => act(button));
  return button;
}

// What the page shows: one label or, if that is "", all; and all resolutions but these, by place.
const choice = { label: "", hidden: new Set() };
const placeOf = new Map(data.resolutions.map((r, i) => [r.name, i]));
const shown = (i) => !choice.hidden.has(i);
const wanted = (label) => !choice.label || label === choice.label;
const followers = []; // are called when the choice changes
const changed = () => followers.forEach((follow) => follow());

// Tables.

const text = (el) => el?.innerText.trim().replace(/\s+/g, " ") ?? "";

function sort(table, column, down) {
  const body = table.tBodies[0], head = table.tHead.rows[0].cells;
  const numeric = head[column].classList.contains("number") || [...body.rows].some((row) => row.cells[column].dataset.sort !== "");
  const key = (row) => numeric ? parseFloat(row.cells[column].dataset.sort) : text(row.cells[column]);
  const missing = (k) => numeric ? Number.isNaN(k) : k === "";
  const rows = [...body.rows].map((row) => [key(row), row]);
  rows.sort(([a], [b]) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = numeric ? a - b : a.localeCompare(b, "en", { numeric: true });
    return down ? -order : order;
  });
  body.append(...rows.map(([, row]) => row));
  [...head].forEach((th, i) => i === column ? th.setAttribute("aria-sort", down ? "descending" : "ascending") : th.removeAttribute("aria-sort"));
}

// Keeps a spreadsheet from taking a text for a formula.
const plain = (s) => /^[=+\-@]/.test(s) && !/^[+\-]?[\d.]/.test(s) ? "'" + s : s;

async function copy(table, button) {
  const words = (cell) => plain(cell.querySelector("bdi")?.textContent.trim().replace(/\s+/g, " ") ?? text(cell));
  const seen = (list) => [...list].filter((one) => !one.hidden);
  const lines = seen(table.rows).map((row) => seen(row.cells).map(words).join("\t")).join("\n");
  let done = false;
  try {
    await navigator.clipboard.writeText(lines);
    done = true;
  } catch {
    const area = make("textarea");
    area.value = lines;
    button.after(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  announce(button.textContent = done ? "Copied" : "Select the table to copy it");
}

const announce = (message) => { document.getElementById("status").textContent = message; };

for (const table of all("table.sortable")) {
  all("thead th", table).forEach((th, column) => {
    const button = make("button");
    button.type = "button";
    button.append(...th.childNodes);
    button.addEventListener("click", () => sort(table, column, th.getAttribute("aria-sort") === "ascending"));
    th.append(button);
  });
  table.closest(".sheet").append(press("Copy as TSV", (button) => copy(table, button)));
}

// A table that is wider than the screen says so, and fades where there is more.
for (const box of all(".scroll")) {
  const hint = make("p", "This table scrolls sideways \u2192");
  hint.className = "sideways";
  hint.hidden = true;
  box.before(hint);
  const sides = () => {
    const rest = box.scrollWidth - box.clientWidth;
    hint.hidden = rest <= 1;
    box.classList.toggle("after", rest > 1 && box.scrollLeft < rest - 1);
  };
  box.addEventListener("scroll", sides, { passive: true });
  const watch = new ResizeObserver(sides);
  watch.observe(box);
  for (const table of box.children) watch.observe(table);
}

