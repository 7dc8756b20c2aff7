// Each picture is a button that opens it large. The arrow keys then move through the pictures around
// it, so one of them in a table is enough for the Tab key to stop at.

const zoom = document.getElementById("zoom");
let around = [], current = 0;

// Says what a picture shows, from what stands around it.
function caption(img) {
  const cell = img.closest("td, th"), figure = img.closest("figure"), card = img.closest(".card");
  if (figure) return text(figure.querySelector("figcaption"));
  if (card) return text(card.querySelector(".name")) + ": " + text(card.querySelector("p:not(.name)"));
  const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex], row = cell.parentElement.cells[0];
  const parts = [text(img.closest(".area")?.querySelector("h4 bdi")), text(row)];
  if (cell !== row) parts.push(text(head), text(cell));
  return parts.filter((part) => part).join(", ");
}

function open(k) {
  current = (k + around.length) % around.length;
  const from = around[current], img = make("img");
  img.src = from.src;
  img.alt = "";
  // Few pixels are shown as such, since a network saw no more.
  img.width = Math.min(from.naturalWidth * 8, 4000);
  img.classList.toggle("few", from.naturalWidth < 300);
  document.getElementById("zoom-picture").replaceChildren(img);
  document.getElementById("zoom-text").textContent = caption(from);
  if (!zoom.open) zoom.showModal();
}

for (const group of all(".area, .shots, .cards")) {
  all("img", group).forEach((img) => {
    const button = make("button");
    button.type = "button";
    button.className = "enlarge";
    button.title = "Open the picture large";
    if (img.alt === "") button.setAttribute("aria-label", "Open the picture large");
    button.addEventListener("click", () => {
      around = all("img", group).filter((one) => one.offsetParent);
      open(around.indexOf(img));
    });
    img.replaceWith(button);
    button.append(img);
  });
}
function stops() {
  for (const area of all(".area")) {
    const buttons = all(".enlarge", area), first = buttons.find((button) => !button.closest("[hidden]"));
    for (const button of buttons) button.tabIndex = button === first ? 0 : -1;
  }
}
stops();
followers.push(stops);

for (const button of all("[data-step]", zoom)) {
  const step = +button.dataset.step;
  button.addEventListener("click", () => step ? open(current + step) : zoom.close());
}
zoom.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  open(current + by);
});
zoom.addEventListener("click", (event) => { if (event.target === zoom) zoom.close(); });

