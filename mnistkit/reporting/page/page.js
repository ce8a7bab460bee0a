"use strict";

const data = JSON.parse(document.querySelector("#data").textContent);
const measured = (data.evaluation.results ?? [data.evaluation]).filter(each => !each.error);
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function glyph(number, rank, text) {
  const made = element("span", `glyph sheet-${number}`, "");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", text);
  made.style.setProperty("--x", rank % data.columns);
  made.style.setProperty("--y", Math.floor(rank / data.columns));
  return made;
}

function show(article, button) {
  const number = Number(article.dataset.number);
  const names = measured[number - 1].per_class.map(each => each.label);
  const [label, predicted] = button.dataset.cell.split(",").map(Number);
  const found = [...data.images[number - 1].entries()].filter(
    ([, image]) => image.label === label && image.top[0][0] === predicted,
  );
  const panel = article.querySelector(".panel");
  const count = button.getAttribute("aria-label").split(": ").pop();
  const few = found.length < Number(button.textContent) ? `, ${found.length} of them shown` : "";
  panel.querySelector("h4").textContent = `${names[label]} read as ${names[predicted]}: ${count.replace(/^1 images/, "1 image")}${few}`;
  const list = panel.querySelector("ul");
  list.replaceChildren(...found.map(([rank, image]) => {
    const share = `${(100 * image.top[0][1]).toFixed(1)}%`;
    const item = element("li", "", "");
    item.append(glyph(number, rank, `image ${image.index}, ${share}`));
    item.append(element("span", "place", image.index), element("span", "share", share));
    return item;
  }));
  panel.hidden = false;
  for (const other of article.querySelectorAll("[data-cell]")) {
    other.setAttribute("aria-pressed", other === button);
    if (article.querySelector(".matrix")) other.tabIndex = other === button ? 0 : -1;
  }
}

/* The next cell with images in a direction; a matrix has few of them off its diagonal. */
function next(article, button, [down, right]) {
  const [row, column] = button.dataset.cell.split(",").map(Number);
  let best = null;
  for (const other of article.querySelectorAll("[data-cell]")) {
    const [y, x] = other.dataset.cell.split(",").map(Number);
    const ahead = (y - row) * down + (x - column) * right;
    const aside = Math.abs((y - row) * right) + Math.abs((x - column) * down);
    if (ahead > 0 && (!best || ahead + 3 * aside < best.distance)) {
      best = { other, distance: ahead + 3 * aside };
    }
  }
  return best?.other;
}

for (const article of document.querySelectorAll(".result")) {
  const cells = [...article.querySelectorAll("[data-cell]")];
  for (const kind of ["click", "focusin", "mouseover"]) {
    article.addEventListener(kind, event => {
      const button = event.target.closest("[data-cell]");
      if (button && button.getAttribute("aria-pressed") !== "true") show(article, button);
    });
  }
  article.addEventListener("keydown", event => {
    const button = event.target.closest("[data-cell]");
    const step = article.querySelector(".matrix") && STEPS[event.key];
    if (!button || !step) return;
    event.preventDefault();
    next(article, button, step)?.focus();
  });
  const isWrong = cell => new Set(cell.dataset.cell.split(",")).size > 1;
  const most = (one, other) => Number(other.textContent) - Number(one.textContent);
  const first = cells.filter(isWrong).sort(most)[0] ?? cells[0];
  if (first) show(article, first);
}
