// An answer: the label, its confidence, the image, a bar for each label.

import { find, make, percent, sure } from "./elements.js";

export class Answer {
  constructor(root) {
    root.append(find("#answer-template").content.cloneNode(true));
    this.label = find(".label", root);
    this.confidence = find(".confidence", root);
    this.image = find(".seen canvas", root);
    this.problem = find(".problem", root);
    this.bars = find(".bars", root);
  }

  /** Show a prediction; without one, what is missing. */
  show(names, prediction, missing = "") {
    const label = prediction?.label ?? null;
    this.problem.hidden = true;
    this.label.textContent = label ?? "";
    this.label.classList.toggle("word", (label ?? "").length > 2);
    this.confidence.textContent = label === null ? missing : sure(prediction.confidence);
    this.showImage(prediction?.image);
    this.showBars(names, prediction?.probabilities ?? names.map(() => 0));
  }

  fail(message) {
    this.problem.textContent = message;
    this.problem.hidden = false;
  }

  showImage(pixels) {
    const context = this.image.getContext("2d");
    if (!pixels) return context.clearRect(0, 0, 28, 28);
    const image = context.createImageData(28, 28);
    image.data.set(pixels.flatMap((grey) => [grey, grey, grey, 255]));
    context.putImageData(image, 0, 0);
  }

  showBars(names, probabilities) {
    const ranked = [...names.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    const shown = names.length > 10 ? ranked.slice(0, 10) : [...names.keys()];
    while (this.bars.children.length < shown.length) this.bars.append(newBar());
    shown.forEach((place, row) => {
      const bar = this.bars.children[row];
      const share = probabilities[place];
      find(".name", bar).textContent = names[place];
      find(".value", bar).textContent = percent(share);
      find(".fill", bar).style.transform = `scaleX(${share})`;
      bar.classList.toggle("best", share > 0 && place === ranked[0]);
    });
  }
}

function newBar() {
  const track = make("span", { className: "track" }, make("span", { className: "fill" }));
  const [name, value] = ["name", "value"].map((className) => make("span", { className }));
  return make("li", {}, name, track, value);
}
