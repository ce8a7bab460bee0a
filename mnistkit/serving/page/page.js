// The page of `mnistkit serve`: Draw predicts what is drawn, Photo reads a picture.

import { Answer } from "./answer.js";
import { Pad, listenToUndo, painted } from "./drawing.js";
import { announce, find, make, plural, sure } from "./elements.js";

const PAUSE_MS = 80; // between two requests of one stroke

// ---- The server

class Failure extends Error {
  constructor(message, { status = 0, retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, retryAfter });
  }
}

const server = {
  found: null, // called when a lost server answers again
  lost: false,

  async ask(path, options = {}) {
    let response;
    try {
      response = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      this.lose();
      throw new Failure("The server did not answer.");
    }
    const answer = await response.json().catch((error) => {
      if (error.name === "AbortError") throw error;
      return {};
    });
    if (response.ok) return answer;
    throw new Failure(answer.error ?? `The server answered with status ${response.status}.`, {
      status: response.status,
      retryAfter: Number(response.headers.get("Retry-After")),
    });
  },

  post(path, fields, signal) {
    const body = new FormData();
    for (const [name, value, ...filename] of fields) body.append(name, value, ...filename);
    return this.ask(path, { method: "POST", body, signal });
  },

  lose() {
    if (this.lost) return;
    this.lost = true;
    find("#lost").hidden = false;
    this.lookAgain(500);
  },

  lookAgain(wait) {
    setTimeout(async () => {
      try {
        const settings = await this.ask("settings");
        this.lost = false;
        find("#lost").hidden = true;
        announce("The server answers again.");
        this.found(settings);
      } catch {
        this.lookAgain(Math.min(wait * 1.5, 5000));
      }
    }, wait);
  },
};

// ---- Right or wrong: what a press keeps

class Feedback {
  constructor(root, settings) {
    root.append(find("#feedback-template").content.cloneNode(true));
    this.right = find(".right", root);
    this.message = find(".kept", root);
    this.item = null;
    this.choices = new Map();
    this.kept = Promise.resolve(); // one after the other: the last press counts
    for (const name of settings.class_names) this.addChoice(root, name, name);
    this.addChoice(root, settings.no_digit, "No digit").classList.add("no-digit");
    this.right.addEventListener("click", () => this.press(this.item.label));
  }

  addChoice(root, label, text) {
    const button = make("button", { type: "button", textContent: text, disabled: true });
    button.setAttribute("aria-pressed", "false");
    if (text === label) button.setAttribute("aria-label", `It was ${label}`);
    button.addEventListener("click", () => this.press(label));
    this.choices.set(label, button);
    find(".choices", root).append(button);
    return button;
  }

  /**
   * Ask about an item: its `label` as predicted, `fields()` of the request that keeps it, `kept`
   * (the label it was kept with) and `changed()`, called after that. Ask nothing about null.
   */
  ask(item) {
    if (item !== this.item) this.say(item?.kept === undefined ? "" : `Kept as ${this.name(item.kept)}.`);
    this.item = item;
    this.right.disabled = (item?.label ?? null) === null;
    for (const button of this.choices.values()) button.disabled = item === null;
    this.mark();
  }

  press(label) {
    const { item } = this;
    this.kept = this.kept.then(() => this.keep(item, label));
  }

  async keep(item, label) {
    try {
      const answer = await server.post("collect", [["label", label], ...item.fields()]);
      item.kept = label;
      item.changed?.();
      const collected = plural(answer.collected, "picture");
      if (item === this.item) this.say(`Kept as ${this.name(label)}. ${collected} collected.`);
    } catch (error) {
      if (item === this.item) this.say(`Not kept: ${error.message}`, true);
    }
    if (item === this.item) this.mark();
  }

  name(label) {
    return this.choices.get(label)?.textContent.toLowerCase() ?? label;
  }

  mark() {
    const kept = this.item?.kept;
    this.right.setAttribute("aria-pressed", kept !== undefined && kept === this.item.label);
    for (const [label, button] of this.choices) {
      button.setAttribute("aria-pressed", kept === label && kept !== this.item.label);
    }
  }

  say(text, error = false) {
    this.message.textContent = text;
    this.message.classList.toggle("error", error);
  }
}

// ---- Draw

class DrawTab {
  constructor(settings) {
    this.settings = settings;
    this.answer = new Answer(find("#draw-answer"));
    this.feedback = settings.collects ? new Feedback(find("#draw-answer"), settings) : null;
    this.asked = null; // what stops the request that is on its way
    this.waiting = 0;
    this.pad = new Pad((finished) => this.changed(finished));
    this.show(null);
  }

  show(prediction, missing = "The answer appears here.") {
    this.answer.show(this.settings.class_names, prediction, missing);
  }

  /** Ask for an answer: at once when the pen was lifted, and now and then during a stroke. */
  changed(finished) {
    this.feedback?.ask(null);
    if (finished) {
      clearTimeout(this.waiting);
      this.waiting = 0;
      this.predict(true);
    } else if (!this.waiting) {
      this.waiting = setTimeout(() => this.predict(false), PAUSE_MS);
    }
  }

  async predict(finished) {
    const { strokes } = this.pad;
    this.asked?.abort();
    this.asked = null;
    if (strokes.length === 0) {
      this.show(null);
      return announce("The drawing is empty.");
    }
    const asked = (this.asked = new AbortController());
    try {
      const picture = await painted(strokes).convertToBlob({ type: "image/png" });
      if (asked.signal.aborted) return;
      const fields = [["picture", picture, "drawing.png"]];
      const answer = await server.post("predict?images=true", fields, asked.signal);
      this.predicted(answer.predictions[0], picture, finished);
    } catch (error) {
      this.failed(error, asked, finished);
    } finally {
      if (!finished) this.waiting = 0;
    }
  }

  predicted(prediction, picture, finished) {
    if (prediction.error !== undefined) return this.answer.fail(prediction.error);
    this.show(prediction, "Nothing like a digit was found.");
    if (!finished) return;
    const { label } = prediction;
    announce(label === null ? "Nothing like a digit was found." : `${label}, ${sure(prediction.confidence)}`);
    const fields = () => [["picture", picture, "drawing.png"]];
    this.feedback?.ask(label === null ? null : { label, fields });
  }

  failed(error, asked, finished) {
    if (asked.signal.aborted || asked !== this.asked) return;
    if (!(error instanceof Failure)) throw error;
    this.show(null, "");
    this.answer.fail(error.message);
    if (finished && error.retryAfter > 0) {
      this.waiting = setTimeout(() => this.changed(true), error.retryAfter * 1000);
    }
  }
}

// ---- Photo

const GRADES = [
  [0.95, "sure"],
  [0.8, "doubtful"],
  [0, "unsure"],
];

const nameOf = (file) => file.name || "picture";

/** Whether a page is a picture of one digit: one was found, or it is too small to be a page. */
function isOneDigit({ digits, size }) {
  return digits.length === 1 || (digits.length === 0 && Math.max(...(size ?? [Infinity])) <= 400);
}

function csvOf(rows) {
  const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over HTTP from another machine there is no clipboard but by a selection.
  const area = make("textarea", { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Show one of the parts of Photo: drop, busy, reading. */
function showPart(name) {
  for (const part of ["drop", "busy", "reading"]) find(`#${part}`).hidden = part !== name;
}

class PhotoTab {
  constructor(settings) {
    this.settings = settings;
    this.answer = new Answer(find("#photo-answer"));
    this.feedback = settings.collects ? new Feedback(find("#digit-feedback"), settings) : null;
    this.pages = [];
    this.asked = null;
    this.listen();
  }

  listen() {
    for (const button of document.querySelectorAll("[data-pick]")) {
      button.addEventListener("click", () => find(`#${button.dataset.pick}`).click());
    }
    for (const input of [find("#file"), find("#camera")]) {
      input.addEventListener("change", () => {
        if (input.files.length) this.read([...input.files]);
        input.value = "";
      });
    }
    find("#cancel").addEventListener("click", () => this.cancel());
    find("#again").addEventListener("click", () => this.read(this.files));
    find("#previous-page").addEventListener("click", () => this.turn(-1));
    find("#next-page").addEventListener("click", () => this.turn(1));
    find("#previous-digit").addEventListener("click", () => this.step(-1));
    find("#next-digit").addEventListener("click", () => this.step(1));
    find("#copy").addEventListener("click", () => this.copy());
    find("#download").addEventListener("click", () => this.download());
    find("#frame").addEventListener("click", (event) => this.selectNearest(event));
    find("#boxes").addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.crowd()).observe(find("#frame"));
  }

  // Reading

  async read(files) {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.files = files;
    find("#failed").hidden = true;
    showPart("busy");
    try {
      const pages = [];
      for (const [place, file] of files.entries()) {
        this.sayBusy(file, place);
        pages.push(...(await this.readFile(file, asked.signal)));
      }
      this.show(pages);
    } catch (error) {
      if (asked.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.fail(error.message, ![413, 415, 422].includes(error.status));
    }
  }

  sayBusy(file, place) {
    const which = this.files.length === 1 ? "" : ` (${place + 1} of ${this.files.length})`;
    find("#busy-text").textContent = `Reading ${nameOf(file)}${which} …`;
    announce(`Reading ${nameOf(file)}${which}`);
  }

  /** Return the pages of a file. Among several files, one that can't be read is a page that says so. */
  async readFile(file, signal) {
    try {
      this.checkSize(file);
      return await this.readPages(file, signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (this.files.length > 1 && error.status !== 0) return [{ source: nameOf(file), error: error.message }];
      throw new Failure(`${nameOf(file)}: ${error.message}`, error);
    }
  }

  async readPages(file, signal) {
    const fields = [["picture", file, nameOf(file)]];
    const { pages } = await server.post("read?cells=true&pictures=true", fields, signal);
    pages.forEach((page, place) => {
      page.file = file;
      page.number = place + 1;
      page.digits = (page.lines ?? []).flatMap((line) => line.digits);
    });
    if (pages.length === 1 && isOneDigit(pages[0])) {
      pages[0].prediction = await this.predict(fields, signal);
    }
    return pages;
  }

  /** Return the prediction for a picture of one digit, or null where there is none, as for a PDF. */
  async predict(fields, signal) {
    try {
      const { predictions } = await server.post("predict?images=true", fields, signal);
      return predictions[0].label === null ? null : predictions[0];
    } catch (error) {
      if (error instanceof Failure) return null;
      throw error;
    }
  }

  checkSize(file) {
    const megabytes = (count) => `${(count / 2 ** 20).toFixed(1)} MB`;
    const most = this.settings.limits.body_bytes;
    // Around the file, a request has a few hundred bytes.
    if (file.size + 1000 <= most) return;
    const message = `The file has ${megabytes(file.size)}, and the server takes ${megabytes(most)}.`;
    throw new Failure(message, { status: 413 });
  }

  fail(message, worthAnother) {
    this.asked = null;
    find("#failed-text").textContent = message;
    find("#again").hidden = !worthAnother;
    find("#failed").hidden = false;
    showPart(this.pages.length ? "reading" : "drop");
  }

  cancel() {
    this.asked?.abort();
    announce("Cancelled");
    showPart(this.pages.length ? "reading" : "drop");
  }

  // What was read

  show(pages) {
    this.asked = null;
    this.pages = pages;
    showPart("reading");
    this.turnTo(0);
    find("#source").focus();
  }

  turn(by) {
    this.turnTo((this.number + by + this.pages.length) % this.pages.length);
  }

  turnTo(number) {
    this.number = number;
    this.page = this.pages[number];
    const { page } = this;
    find("#source").textContent = page.source;
    find("#summary").textContent = page.error === undefined ? this.summary() : "Not read";
    announce(`${page.source}: ${page.error ?? this.summary()}`);
    this.showPager();
    find("#page-error").textContent = page.error ?? "";
    find("#page-error").hidden = page.error === undefined;
    find("#sheets").hidden = page.error !== undefined;
    if (page.error === undefined) this.showPage();
  }

  summary() {
    const { digits, lines, prediction } = this.page;
    if (digits.length === 0) return prediction ? "Predicted as a single digit" : "No digit was found.";
    return `${plural(digits.length, "digit")} in ${plural(lines.length, "line")}`;
  }

  showPager() {
    const count = this.pages.length;
    find("#pager").hidden = count === 1;
    find("#page-number").textContent = `${this.number + 1} of ${count}`;
    find("#download").textContent = count > 1 ? "Download CSV of all" : "Download CSV";
  }

  showPage() {
    const { picture, size, digits, prediction } = this.page;
    find("#picture").src = picture;
    find("#frame").style.maxWidth = `min(100%, ${(44 * size[0]) / size[1]}rem)`;
    find("#boxes").replaceChildren(...digits.map((digit, place) => this.newBox(digit, place)));
    find("#legend").hidden = digits.length === 0 || Boolean(prediction);
    find("#photo-answer").hidden = !prediction;
    if (prediction) this.answer.show(this.settings.class_names, prediction);
    this.showTable();
    this.crowd();
    this.select(digits.length === 1 ? 0 : null);
  }

  showTable() {
    const { cells } = this.page;
    const columns = Math.max(...cells.map((row) => row.length));
    const rows = cells.map((row) => {
      const padded = Array.from({ length: columns }, (_, column) => row[column] ?? "");
      return make("tr", {}, ...padded.map((textContent) => make("td", { textContent })));
    });
    find("#table").replaceChildren(make("table", {}, make("tbody", {}, ...rows)));
    find("#written").hidden = rows.length === 0;
  }

  newBox(digit, place) {
    const [width, height] = this.page.size;
    const [x, y, w, h] = digit.box;
    const label = digit.label ?? "?";
    const [, grade] = GRADES.find(([least]) => digit.confidence >= least);
    const box = make("button", { type: "button", className: `box ${grade}`, tabIndex: place ? -1 : 0 });
    box.append(make("span", { textContent: label }));
    box.setAttribute("aria-label", `${label}, ${sure(digit.confidence)}`);
    box.style.left = `${(x / width) * 100}%`;
    box.style.top = `${(y / height) * 100}%`;
    box.style.width = `${(w / width) * 100}%`;
    box.style.height = `${(h / height) * 100}%`;
    box.addEventListener("focus", () => this.select(place));
    digit.element = box;
    return box;
  }

  /** Leave out the labels above the boxes where they would hide one another. */
  crowd() {
    if (!this.page?.digits?.length) return;
    const scale = find("#frame").clientWidth / this.page.size[0];
    const heights = this.page.digits.map(({ box }) => box[3] * scale).sort((a, b) => a - b);
    find("#boxes").classList.toggle("crowded", heights[heights.length >> 1] < 20);
  }

  // One digit of it

  select(place) {
    this.place = place;
    const digit = this.page.digits[place] ?? null;
    this.page.digits.forEach(({ element }, other) => {
      element.setAttribute("aria-pressed", other === place);
      if (place !== null) element.tabIndex = other === place ? 0 : -1;
    });
    const item = this.itemOf(digit);
    this.showPanel(digit, item);
    this.feedback?.ask(item);
    if (digit !== null) this.showDigit(digit);
  }

  /** Beside the prediction for a single digit, there is nothing to look closer at. */
  showPanel(digit, item) {
    const { digits, prediction } = this.page;
    const asking = item !== null && this.feedback !== null;
    find("#hint").hidden = digit !== null || digits.length === 0;
    find("#closer").hidden = digit === null || Boolean(prediction);
    find("#digit-feedback").hidden = !asking;
    find("#digit").hidden = !asking && (digits.length === 0 || Boolean(prediction));
  }

  showDigit(digit) {
    find("#digit-label").textContent = digit.label ?? "?";
    find("#digit-confidence").textContent = sure(digit.confidence);
    this.showCrop(digit);
  }

  async showCrop(digit) {
    const { page } = this;
    const picture = find("#picture");
    // It fails if another page is turned to meanwhile.
    await picture.decode().catch(() => {});
    if (page !== this.page || digit !== page.digits[this.place]) return;
    const [x, y, w, h] = digit.box;
    const scale = picture.naturalWidth / page.size[0];
    const side = Math.max(w, h) * 1.4;
    const corner = [x + w / 2 - side / 2, y + h / 2 - side / 2];
    const context = find("#crop").getContext("2d");
    context.clearRect(0, 0, 144, 144);
    context.drawImage(picture, ...corner.map((at) => at * scale), side * scale, side * scale, 0, 0, 144, 144);
  }

  /** Return what Feedback asks about, the same for each look at a digit or at a picture of one. */
  itemOf(digit) {
    const { page } = this;
    const { prediction } = page;
    if (digit === null && !prediction) return null;
    const place = digit && [["box", digit.box.join(",")], ["rotated", page.rotated], ["page", page.number]];
    const shown = digit ?? page;
    shown.item ??= {
      label: (prediction ?? digit).label,
      fields: () => [...(place ?? []), ["picture", page.file, nameOf(page.file)]],
      changed: () => digit?.element.classList.add("kept"),
    };
    return shown.item;
  }

  step(by) {
    const count = this.page.digits.length;
    this.select((this.place + by + count) % count);
    announce(this.page.digits[this.place].element.getAttribute("aria-label"));
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const next = this.page.digits[this.place + by];
    if (by === undefined || next === undefined) return;
    event.preventDefault();
    next.element.focus();
  }

  /** Select the digit nearest to a tap, if it is not far: boxes are small under a finger. */
  selectNearest(event) {
    const distances = this.page.digits.map(({ element }) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const x = Math.max(left - event.clientX, 0, event.clientX - right);
      return Math.hypot(x, Math.max(top - event.clientY, 0, event.clientY - bottom));
    });
    const least = Math.min(...distances);
    if (least > 22) return;
    this.page.digits[distances.indexOf(least)].element.focus({ preventScroll: true, focusVisible: false });
  }

  // The numbers

  async copy() {
    const text = this.page.cells.map((cells) => cells.join("\t")).join("\n");
    const button = find("#copy");
    await copy(text);
    announce("Copied");
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  download() {
    const read = this.pages.filter((page) => page.error === undefined);
    const several = this.pages.length > 1;
    const rows = read.flatMap((page) => page.cells.map((cells) => (several ? [page.source, ...cells] : cells)));
    const file = new Blob([csvOf(rows)], { type: "text/csv" });
    const link = make("a", { href: URL.createObjectURL(file) });
    link.download = `${this.pages[0].source.replace(/(\.[^.]*)?(#\d+)?$/, "")}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

// ---- Tabs, and pictures from outside

function openTab(name) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.dataset.name === name;
    tab.setAttribute("aria-selected", selected);
    tab.tabIndex = selected ? 0 : -1;
    find(`#${tab.getAttribute("aria-controls")}`).hidden = !selected;
  }
  history.replaceState(null, "", `#${name}`);
}

function listenToTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const tab of tabs) tab.addEventListener("click", () => openTab(tab.dataset.name));
  find("[role=tablist]").addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const ends = { Home: tabs[0], End: tabs.at(-1) };
    const next = ends[event.key] ?? tabs.find((tab) => tab !== event.target);
    next.click();
    next.focus();
  });
}

function listenToPictures(photo) {
  const take = (files, missing) => {
    openTab("photo");
    if (files.length) photo.read(files);
    else photo.fail(missing, false);
  };
  document.addEventListener("paste", (event) => {
    take([...event.clipboardData.files], "The clipboard holds no picture. Copy one first, then paste it here.");
  });
  const root = document.documentElement;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) root.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("dropping");
    take([...event.dataTransfer.files], "That was no file. Save the picture first, then drop the file here.");
  });
}

// ---- The start

function start(settings) {
  find("#model").textContent = settings.model;
  find("#version").textContent = `mnistkit ${settings.version}`;
  if (settings.collects) {
    find("#privacy").textContent = "Pictures go to this server only. It keeps a picture only when you say what it shows.";
  }
  const draw = new DrawTab(settings);
  const photo = new PhotoTab(settings);
  listenToPictures(photo);
  listenToUndo(draw.pad);
  server.found = (now) => {
    if (JSON.stringify(now) === JSON.stringify(settings)) draw.changed(true);
    else location.reload();
  };
}

listenToTabs();
openTab(location.hash === "#photo" ? "photo" : "draw");
server.found = start;
server.ask("settings").then(start, (error) => {
  if (!server.lost) find("#lost").textContent = error.message;
  server.lose();
});
