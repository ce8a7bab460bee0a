// The drawing: strokes of points, [x, y] from 0 to SIZE.

import { announce, find } from "./elements.js";

const SIZE = 280; // the side of the drawing, in its own units
const NIB = 21;
const STEP = 10; // one press of an arrow key

function paint(context, strokes, ink) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = NIB;
  context.lineCap = context.lineJoin = "round";
  for (const points of strokes) {
    context.beginPath();
    trace(context, points);
    context.stroke();
  }
}

/** Follow the points in a smooth curve: through the middle of each two, towards each one. */
function trace(context, points) {
  context.moveTo(...points[0]);
  for (let place = 1; place < points.length - 1; place += 1) {
    const [x, y] = points[place];
    const [nextX, nextY] = points[place + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  context.lineTo(...points.at(-1));
}

/** Return the drawing, black on white whatever the page's colours. */
export function painted(strokes) {
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIZE, SIZE);
  paint(context, strokes, "#000");
  return canvas;
}

export class Pad {
  /** `changed(finished)` is called after each change; a stroke is finished when the pen is lifted. */
  constructor(changed) {
    this.canvas = find("#canvas");
    this.mark = find("#pen");
    this.changed = changed;
    this.strokes = [];
    this.pointer = null;
    this.pen = { x: SIZE / 2, y: SIZE / 4, down: false };
    this.held = new Set();
    this.listen();
    this.draw();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.lift(event));
    canvas.addEventListener("pointercancel", (event) => this.lift(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("keyup", (event) => this.held.delete(event.key));
    canvas.addEventListener("focus", () => this.showPen());
    canvas.addEventListener("blur", () => this.leave());
    find("#undo").addEventListener("click", () => this.undo());
    find("#clear").addEventListener("click", () => this.clear());
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  at(event) {
    const place = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - place.left) / place.width) * SIZE;
    return [x, ((event.clientY - place.top) / place.height) * SIZE];
  }

  press(event) {
    if (this.pointer !== null || event.button !== 0) return;
    event.preventDefault();
    this.putPen(false);
    this.mark.hidden = true;
    this.canvas.focus({ preventScroll: true, focusVisible: false });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.begin(this.at(event));
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const point of passed.length ? passed : [event]) this.extend(this.at(point));
    this.change(false);
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.change(true);
  }

  begin(point) {
    this.strokes.push([point]);
    this.change(false);
  }

  extend([x, y]) {
    const points = this.strokes.at(-1);
    const [lastX, lastY] = points.at(-1);
    if (Math.hypot(x - lastX, y - lastY) >= 1.5) points.push([x, y]);
  }

  undo() {
    this.putPen(false);
    if (this.pointer !== null || this.strokes.pop() === undefined) return;
    this.change(true);
  }

  clear() {
    this.putPen(false);
    this.pointer = null;
    this.strokes = [];
    this.change(true);
  }

  change(finished) {
    this.draw();
    const empty = this.strokes.length === 0;
    find("#undo").disabled = find("#clear").disabled = empty;
    find("#invitation").hidden = !empty;
    this.changed(finished);
  }

  draw() {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const context = this.canvas.getContext("2d");
    context.setTransform(side / SIZE, 0, 0, side / SIZE, 0, 0);
    context.clearRect(0, 0, SIZE, SIZE);
    paint(context, this.strokes, getComputedStyle(this.canvas).color);
  }

  // By keyboard

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && !event.repeat) this.putPen(!this.pen.down, true);
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === "Escape") this.putPen(false, true);
    else if (event.key in MOVES) this.step(event.key);
    else if (event.key !== " ") return;
    event.preventDefault();
  }

  /** Move by every key that is held, so that two of them move diagonally. */
  step(key) {
    this.held.add(key);
    for (const [x, y] of [...this.held].map((name) => MOVES[name])) {
      this.pen.x = Math.min(Math.max(this.pen.x + x * STEP, NIB / 2), SIZE - NIB / 2);
      this.pen.y = Math.min(Math.max(this.pen.y + y * STEP, NIB / 2), SIZE - NIB / 2);
    }
    if (this.pen.down) {
      this.extend([this.pen.x, this.pen.y]);
      this.change(false);
    }
    this.showPen(true);
  }

  putPen(down, spoken = false) {
    if (this.pen.down === down) return;
    this.pen.down = down;
    if (spoken) announce(down ? "Pen down" : "Pen up");
    if (down) this.begin([this.pen.x, this.pen.y]);
    else this.change(true);
    this.showPen(true);
  }

  showPen(used = this.canvas.matches(":focus-visible")) {
    this.mark.hidden = !used;
    this.mark.classList.toggle("down", this.pen.down);
    this.mark.style.left = `${(this.pen.x / SIZE) * 100}%`;
    this.mark.style.top = `${(this.pen.y / SIZE) * 100}%`;
  }

  leave() {
    this.held.clear();
    this.putPen(false);
    this.mark.hidden = true;
  }
}

const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-1, -1],
  PageUp: [1, -1],
  End: [-1, 1],
  PageDown: [1, 1],
};

/** Take a stroke back on Ctrl+Z, wherever the focus is, while the drawing is seen. */
export function listenToUndo(pad) {
  document.addEventListener("keydown", (event) => {
    const undo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!undo || find("#draw-panel").hidden) return;
    event.preventDefault();
    pad.undo();
  });
}
