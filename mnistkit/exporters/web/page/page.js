// An exported page: what is drawn is predicted in the browser.

import { Answer } from "./answer.js";
import { MODEL, WASM, openClassifier } from "./classifier.js";
import { Pad, listenToUndo, painted } from "./drawing.js";
import { announce, find, sure } from "./elements.js";
import { prepare } from "./preparing.js";

async function load(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: the server answered with status ${response.status}.`);
  return response;
}

const bytesOf = async (name) => new Uint8Array(await (await load(name)).arrayBuffer());

/** Return the image of a drawing; null without ink. */
function imageOf(strokes, preparation) {
  const canvas = painted(strokes);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return prepare(data.filter((_, at) => at % 4 === 0), canvas.width, preparation);
}

class Drawing {
  constructor(card) {
    this.card = card;
    this.answer = new Answer(find("#draw-answer"));
    this.classify = null; // until the model is there
    this.busy = false;
    this.waiting = null; // whether the change that came meanwhile finished a stroke
    this.pad = new Pad((finished) => this.changed(finished));
    this.show(null, "The model is loading …");
  }

  show(prediction, missing) {
    this.answer.show(this.card.class_names, prediction, missing);
  }

  start(classify) {
    this.classify = classify;
    this.changed(false);
  }

  fail(message) {
    this.show(null, "");
    this.answer.fail(message);
  }

  /** Predict the drawing, one at a time: the last change counts. */
  async changed(finished) {
    if (this.classify === null) return;
    if (this.busy) {
      this.waiting = finished;
      return;
    }
    this.busy = true;
    try {
      await this.predict(finished);
    } catch (error) {
      this.fail(error.message);
    }
    this.busy = false;
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) await this.changed(waiting);
  }

  async predict(finished) {
    const image = imageOf(this.pad.strokes, this.card.preparation);
    if (image === null) {
      this.show(null, "The answer appears here.");
      if (finished) announce("The drawing is empty.");
      return;
    }
    const probabilities = [...(await this.classify(image))];
    const confidence = Math.max(...probabilities);
    const label = this.card.class_names[probabilities.indexOf(confidence)];
    this.show({ label, confidence, probabilities, image: [...image] });
    if (finished) announce(`${label}, ${sure(confidence)}`);
  }
}

async function start() {
  const card = await (await load("card.json")).json();
  find("#model").textContent = card.dataset ? `${card.architecture}, ${card.dataset}` : card.architecture;
  find("#version").textContent = `mnistkit ${card.toolkit_version}`;
  const drawing = new Drawing(card);
  listenToUndo(drawing.pad);
  try {
    drawing.start(await openClassifier(await bytesOf(MODEL), await bytesOf(WASM)));
  } catch (error) {
    drawing.fail(`The model could not be loaded. ${error.message}`);
  }
}

find("#unserved").remove();
start().catch((error) => {
  find("#model").textContent = error.message;
});
