// Turns a static figure into an explorer: sliders, a start point to drag, steps to play, a rule to edit.
//
// The page holds the controls and, as JSON, the settings (descent.interactive.markup). A worker runs the book's Python
// and draws; this module keeps the state, asks, and listens to the reader.

import { panelFrame, planeFrame } from "./frames.mjs";
import { ASSETS, Python, Stopped } from "./python.mjs";

export { Python };

const GRID = [73, 55]; // of the contours
const BASINS = [30, 30];
const STEP_MS = 60; // between two steps that are played
const READ_MS = 60; // between two texts of the end points
const SAID_MS = 6000; // for what need not stay
const QUIET_MS = 700; // without a change, before a screen reader is told the end points

let shared; // one interpreter for all explorers of a page

export function mount(root, { assets = ASSETS, onState = () => {} } = {}) {
  if (root.explorer) return root.explorer;
  return (root.explorer = new Explorer(root, assets, onState));
}

class Explorer {
  constructor(root, assets, onState) {
    this.root = root;
    this.assets = assets;
    this.onState = onState;
    this.config = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    this.python = shared ??= new Python(assets);
    this.sources = {}; // rules that the reader has edited, as they run
    this.goodSources = {}; // those of the last picture
    this.begin();
    this.restore();
    this.build();
    this.listen();
    this.show();
    this.ask();
  }

  one(selector) {
    return this.root.querySelector(selector);
  }

  all(selector) {
    return [...this.root.querySelectorAll(selector)];
  }

  // ── what is on the page ────────────────────────────────────────────────────────────────────────────────────────

  build() {
    const stage = this.one(".stage");
    const canvas = (name) => `<canvas class="${name}" aria-hidden="true"></canvas>`;
    stage.insertAdjacentHTML(
      "beforeend",
      `<div class="live"><div class="plane">${canvas("ground")}${canvas("paths")}
       <button type="button" class="start" title="Start: drag it, or move it with the arrow keys"></button></div>
       <div class="panels">${canvas("panel").repeat(this.config.panels)}</div></div>`,
    );
    this.start = this.one(".start");
    this.controls = this.all(".control").map((element, n) => ({
      ...(this.config.sliders[n] ?? { name: "steps", low: 0, high: this.config.steps.most, integer: true }),
      range: element.querySelector("[type=range]"),
      typed: element.querySelector("[type=text]"),
      dial: element.querySelector(".dial"),
    }));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.one("[data-do=play]").hidden = true;
    new ResizeObserver(() => this.measure()).observe(stage);
    this.measure(false);
  }

  // Remembers how large the canvases are. To ask the page at every picture would have it lay itself out anew.
  measure(drawn = true) {
    this.places = this.all("canvas").map(({ clientWidth: width, clientHeight: height }) => ({ width, height }));
    this.placeStart();
    this.ground = true;
    if (drawn) this.ask(false);
  }

  // Gives the canvases to the worker, once. A worker that was stopped has taken its canvases with it: then new ones.
  async handOver() {
    await this.python.start();
    if (this.bornWith === this.python.born) return false;
    if (this.bornWith) this.all("canvas").forEach((canvas) => canvas.replaceWith(canvas.cloneNode()));
    const canvases = this.all("canvas").map((canvas) => canvas.transferControlToOffscreen());
    this.bornWith = this.python.born;
    this.groundOf = null;
    this.ground = true;
    this.all("canvas.panel").forEach((canvas, n) => dragged(canvas, (event) => this.dragPanel(event, n)));
    dragged(this.one("canvas.paths"), (event) => this.moveStart(event), "mouse");
    await this.python.ask("show", { name: this.root.dataset.name, canvases }, { transfer: canvases });
    return true;
  }

  listen() {
    for (const control of this.controls) {
      control.range.addEventListener("input", () => this.slide(control));
      // A finger that goes on to scroll the page has touched the slider by accident.
      control.range.addEventListener("pointerdown", () => (control.before = control.shown));
      control.range.addEventListener("pointercancel", () => this.set(control, control.before));
      control.typed.addEventListener("change", () => this.type(control));
      control.typed.addEventListener("keydown", ({ key }) => key === "Enter" && this.type(control));
    }
    this.all(".explorer-runs input").forEach((box, n) =>
      box.addEventListener("change", () => {
        this.state.hidden[n] = !box.checked;
        this.changed(false);
      }),
    );
    this.root.addEventListener("click", (event) => this[event.target.dataset?.do]?.());
    this.start.addEventListener("keydown", (event) => this.key(event));
    dragged(this.start, (event) => this.moveStart(event));
  }

  // What the plane shows: the window of the settings, and the start, which a turning bowl may carry out of it.
  get window() {
    const out = (distance) => 1.15 * Math.max(0, distance);
    return this.config.window.map(([low, high], k) => {
      const start = this.state.start[k];
      return [low - out(low - start), high + out(start - high)];
    });
  }

  // ── the state ──────────────────────────────────────────────────────────────────────────────────────────────────

  begin() {
    const { config } = this;
    this.state = {
      values: Object.fromEntries(config.sliders.map((slider) => [slider.name, slider.value])),
      start: [...config.start],
      steps: config.steps.shown,
      hidden: config.runs.map(() => false),
    };
  }

  // From a link such as ?explorer=fig-x&lr=0.3&steps=50&start=-5,-2&hidden=1#fig-x
  restore() {
    const asked = new URLSearchParams(location.search);
    if (asked.get("explorer") !== this.root.dataset.name) return;
    for (const { name } of this.config.sliders) {
      const value = parseFloat(asked.get(name));
      if (Number.isFinite(value)) this.state.values[name] = value;
    }
    const steps = parseInt(asked.get("steps"));
    if (steps >= 0) this.state.steps = Math.min(steps, this.config.steps.most);
    const start = (asked.get("start") ?? "").split(",").map(parseFloat);
    if (start.length === 2 && start.every(Number.isFinite)) this.state.start = start;
    for (const n of (asked.get("hidden") ?? "").split(",").filter(Boolean)) this.state.hidden[n] = true;
  }

  link() {
    const { values, start, steps, hidden } = this.state;
    const url = new URL(location.href);
    url.search = "";
    url.searchParams.set("explorer", this.root.dataset.name);
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    url.searchParams.set("steps", steps);
    url.searchParams.set("start", start.map((v) => +v.toPrecision(10)).join(","));
    const unseen = hidden.flatMap((one, n) => (one ? [n] : []));
    if (unseen.length) url.searchParams.set("hidden", unseen.join(","));
    url.hash = this.root.dataset.name;
    history.replaceState(null, "", url);
    const kept = Object.keys(this.sources).length ? " An edited rule is not in it." : "";
    const copied = () => this.say("Link copied." + kept, SAID_MS);
    const shown = () => this.say("The link is in the address bar." + kept, SAID_MS);
    if (navigator.clipboard) navigator.clipboard.writeText(url.href).then(copied, shown);
    else shown();
  }

  slide(control) {
    const at = +control.range.value;
    let value = position(control, at);
    // On a log scale a key may move by less than the next whole number.
    const present = this.state.values[control.name];
    if (control.integer && Math.round(value) === present) value = present + Math.sign(at - control.at);
    this.set(control, Math.max(control.low, Math.min(control.high, value)));
  }

  set(control, value) {
    if (control.name === "steps") {
      this.pause();
      this.state.steps = Math.max(0, Math.min(Math.round(value), control.high));
      this.changed(false);
      return;
    }
    if (control.integer) value = Math.max(Math.ceil(control.low), Math.round(value));
    // The start is turned with the bowl.
    if (control.name === "problem.angle") {
      const turn = ((value - this.state.values[control.name]) * Math.PI) / 180;
      const [x1, x2] = this.state.start;
      this.state.start = [x1 * Math.cos(turn) - x2 * Math.sin(turn), x1 * Math.sin(turn) + x2 * Math.cos(turn)];
    }
    this.state.values[control.name] = value;
    this.changed();
  }

  type(control) {
    const value = Number(control.typed.value.trim().replace("−", "-").replace(",", "."));
    if (control.typed.value.trim() && Number.isFinite(value)) this.set(control, value);
    else {
      this.fail({ message: `${control.symbol ?? "t"} must be a number, got ${control.typed.value || "nothing"}` });
      this.show();
    }
  }

  moveStart({ x, y }) {
    const plane = planeFrame(this.places[0], this.window);
    this.setStart([plane.x.inverse(x), plane.y.inverse(y)]);
  }

  setStart(point) {
    this.state.start = point.map((v, k) => {
      const [low, high] = this.config.window[k];
      return +Math.max(low, Math.min(high, v)).toFixed(4);
    });
    this.changed();
  }

  key(event) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction) return;
    event.preventDefault();
    const part = event.shiftKey ? 10 : 100;
    this.setStart(
      this.state.start.map((v, k) => v + (direction[k] * (this.config.window[k][1] - this.config.window[k][0])) / part),
    );
  }

  // A click in a panel that allows it sets sliders: η in the plot of factors, η and β in the phase plane.
  dragPanel({ x, y }, n) {
    const panel = this.panels[n];
    if (!panel?.drag) return;
    const at = panelFrame(this.places[n + 2], panel);
    for (const [axis, pixel] of [["x", x], ["y", y]]) {
      const [argument, factor] = panel.drag[axis] ?? [];
      const control = argument && this.controls.find((one) => one.argument === argument);
      if (control) this.set(control, Math.max(control.low, Math.min(control.high, at[axis].inverse(pixel) * factor)));
    }
  }

  reset() {
    this.pause();
    this.begin();
    this.sources = {};
    if (this.editor) this.editor.text = this.config.sources[this.editing];
    this.drafts = {};
    this.say("");
    this.changed();
  }

  step() {
    this.pause();
    this.state.steps = this.state.steps >= this.config.steps.most ? 0 : this.state.steps + 1;
    this.changed(false);
  }

  play() {
    if (this.timer) return this.pause();
    this.one("[data-do=play]").textContent = "Pause";
    this.state.steps = 0;
    this.timer = setInterval(() => {
      if (this.state.steps >= this.config.steps.most) return this.pause();
      this.state.steps += 1;
      this.changed(false);
    }, STEP_MS);
    this.changed(false);
  }

  // The still figure again, of which the caption speaks; the next touch of a control brings the explorer back.
  figure(still = !this.root.classList.contains("still")) {
    if (still) this.pause();
    this.root.classList.toggle("still", still);
    this.one("[data-do=figure]").textContent = still ? "Explorer" : "Figure";
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.one("[data-do=play]").textContent = "Play";
  }

  changed(compute = true) {
    if (this.root.classList.contains("still")) this.figure(false);
    this.show();
    this.placeStart();
    this.ask(compute);
  }

  // Sliders, numbers and the start point say what the state is. Only what has changed is touched.
  show() {
    const { values, start, steps, hidden } = this.state;
    for (const control of this.controls) {
      const value = control.name === "steps" ? steps : values[control.name];
      const text = short(value);
      if (control.shown === value && control.typed.value === text) continue;
      control.shown = value;
      const at = place(control, value);
      if (+control.range.value !== at) control.range.value = at;
      control.at = +control.range.value;
      control.range.setAttribute("aria-valuetext", text);
      control.typed.value = text;
      control.dial?.style.setProperty("--angle", `${-value}deg`);
    }
    this.all(".explorer-runs input").forEach((box, n) => (box.checked = !hidden[n]));
    const label = `Start point ${point(...start.map((v) => v.toFixed(2)))}, arrow keys move it`;
    if (this.start.ariaLabel !== label) this.start.ariaLabel = label;
  }

  placeStart() {
    const plane = planeFrame(this.places[0], this.window);
    const [x1, x2] = this.state.start;
    const place = `${plane.x(x1)}px ${plane.y(x2)}px`;
    if (this.placed !== place) this.start.style.translate = this.placed = place;
  }

  // ── what Python computes ───────────────────────────────────────────────────────────────────────────────────────

  job() {
    const { config, state } = this;
    const job = {
      problem: [config.problem[0], { ...config.problem[1] }],
      rules: config.runs.map((run) => [run.rule, { ...run.arguments }]),
      start: state.start,
      steps: config.steps.most,
      noise: config.noise && { ...config.noise },
      views: config.views,
      ranges: Object.fromEntries(config.sliders.map((slider) => [slider.name, [slider.low, slider.high]])),
      sources: this.sources,
    };
    for (const slider of config.sliders) {
      const value = state.values[slider.name];
      for (const [kind, at, argument] of slider.targets) {
        if (kind === "problem") job.problem[1][argument] = value;
        else if (kind === "noise") job.noise[at] = value;
        else job.rules[at][1][argument] = value;
      }
    }
    return job;
  }

  // How the picture is to look.
  look() {
    const { config, state } = this;
    const styles = config.runs.map(({ color, ink, dash }, n) => ({ color, ink, dash, hidden: state.hidden[n] }));
    return {
      name: this.root.dataset.name,
      window: this.window,
      minima: config.minima,
      styles,
      step: state.steps,
      most: config.steps.most,
      linear: config.linear,
      places: this.places,
      ratio: Math.min(devicePixelRatio || 1, 2),
    };
  }

  // Asks for a picture of the present state, computed anew or only drawn; while an answer is under way only the latest
  // state waits.
  async ask(compute = true) {
    if (compute) this.stopped = false; // the reader has gone on
    this.compute ||= compute;
    this.again = true;
    if (this.asking) return;
    this.asking = true;
    while (this.again) {
      this.again = false;
      try {
        await this.request();
      } catch (error) {
        this.fail(error);
        if (!(error instanceof Stopped)) break;
        // The rule that did not end stays in the editor; the picture is that of the last one that did.
        this.again = this.compute = JSON.stringify(this.sources) !== JSON.stringify(this.goodSources);
        this.sources = { ...this.goodSources };
        this.stopped = true;
      }
    }
    this.asking = false;
  }

  async request() {
    if (await this.handOver()) this.compute = true;
    const look = { ...this.look(), ground: this.ground };
    this.ground = false;
    const sources = { ...this.sources };
    let reply, ground, values;
    if (this.compute) {
      this.compute = false;
      values = { ...this.state.values };
      const job = this.job();
      ground = JSON.stringify([job.problem, look.window]);
      if (ground !== this.groundOf) job.grid = [look.window, ...GRID];
      reply = await this.python.ask("explore", { job, look });
    } else reply = await this.python.ask("draw", look);
    if (reply.lost) {
      this.bornWith = -1;
      this.again = true;
    } else if (reply.failed) {
      this.ground ||= look.ground;
      if (!this.again) Object.assign(this.state.values, this.good); // the numbers of the picture that stays
      this.show();
      this.fail(reply.failed);
    } else {
      if (ground) {
        this.goodSources = sources;
        this.good = values;
        this.groundOf = ground;
        if (!this.stopped) this.error("");
        this.stopped = false;
        if (Object.keys(sources).length) this.say(`This is your ${Object.keys(sources).join(", ")}.`);
      }
      this.take(reply);
    }
  }

  take({ ends, panels }) {
    this.ends = ends;
    this.panels = panels;
    if (!this.root.classList.contains("alive")) {
      this.root.classList.add("alive");
      this.all("canvas.panel").forEach((canvas, n) => canvas.classList.toggle("draggable", Boolean(panels[n].drag)));
      this.tell();
    } else this.telling ??= setTimeout(() => this.tell(), READ_MS);
    if (this.config.views.includes("basins") && this.basinsOf !== JSON.stringify(this.basinsJob())) this.startBasins();
    this.onState(this.report());
  }

  // The map of basins belongs to the first rule that is shown.
  basinsJob() {
    const job = this.job();
    return { ...job, start: null, rules: [job.rules[Math.max(0, this.state.hidden.indexOf(false))]] };
  }

  // It comes row by row, from coarse to fine, between the answers to the reader's sliders.
  async startBasins() {
    const job = this.basinsJob();
    const key = (this.basinsOf = JSON.stringify(job));
    const [columns, rows] = BASINS;
    const order = [0, 2, 1, 3].flatMap((part) => Array.from({ length: rows }, (_, row) => row).filter((row) => row % 4 === part));
    for (const row of order) {
      const data = { job, window: this.window, size: [columns, rows], row, fresh: row === order[0], look: this.look() };
      try {
        const reply = await this.python.ask("basins", data);
        if (reply.lost || this.basinsOf !== key) return;
      } catch {
        return; // the runs themselves tell what is wrong
      }
    }
  }

  // ── what is said ───────────────────────────────────────────────────────────────────────────────────────────────

  report() {
    const ends = this.ends.map((end, n) => ({ label: this.config.runs[n].label, ...end }));
    return { ...this.state.values, start: this.state.start, steps: this.state.steps, ends };
  }

  tell() {
    this.telling = null;
    const sentences = this.ends.map(({ step, x, f, diverged }) => {
      const gone = diverged && this.state.steps >= diverged ? "; then it diverges" : "";
      return `after ${step} steps ${point(...x.map((v) => fixed(v)))}, f = ${loss(f)}${gone}`;
    });
    this.all(".explorer-readout p").forEach((row, n) => {
      row.hidden = this.state.hidden[n];
      row.lastElementChild.textContent = sentences[n];
    });
    clearTimeout(this.speaking);
    const first = !this.told;
    this.told = true;
    if (first) return;
    this.speaking = setTimeout(() => {
      const named = sentences.map((text, n) => `${this.config.runs[n].label} ${text}`);
      this.one(".explorer-spoken").textContent = named.filter((_, n) => !this.state.hidden[n]).join(". ");
    }, QUIET_MS);
  }

  // ── what went wrong ────────────────────────────────────────────────────────────────────────────────────────────

  error(text) {
    this.one(".explorer-error").textContent = text;
  }

  say(text, ms) {
    this.one(".explorer-said").textContent = text;
    clearTimeout(this.saying);
    if (ms) this.saying = setTimeout(() => this.say(""), ms);
  }

  // The last good picture stays.
  fail({ message, rule, line }) {
    const place = rule && this.sources[rule] ? `${rule}${line ? `, line ${line}` : ""}: ` : "";
    this.error(place + message);
    if (line && rule === this.editing) this.editor?.mark(line);
  }

  // ── the rule's own lines ───────────────────────────────────────────────────────────────────────────────────────

  async edit() {
    const box = this.one(".explorer-editor");
    const button = this.one("[data-do=edit]");
    box.hidden = !box.hidden;
    button.setAttribute("aria-expanded", String(!box.hidden));
    if (box.hidden || this.editor) return;
    const select = box.querySelector("select");
    select.parentElement.hidden = select.options.length < 2;
    this.drafts = {};
    this.editing = select.value;
    try {
      const { edit } = await import(this.assets.editor());
      this.editor = edit(box.querySelector(".editor-place"), this.config.sources[this.editing], {
        label: "Source of the rule",
        run: () => this.runEdited(),
      });
    } catch {
      this.error("The editor could not be loaded. Is the network there? Then load the page again.");
      return;
    }
    select.addEventListener("change", () => {
      this.drafts[this.editing] = this.editor.text;
      this.editing = select.value;
      this.editor.text = this.drafts[this.editing] ?? this.config.sources[this.editing];
    });
    this.editor.focus();
  }

  runEdited() {
    if (!this.editor) return;
    this.editor.mark(null);
    this.sources[this.editing] = this.editor.text;
    this.say("");
    this.ask();
  }

  bookRule() {
    this.editor.mark(null);
    delete this.sources[this.editing];
    this.editor.text = this.config.sources[this.editing];
    this.say(`This is the book's ${this.editing} again.`);
    this.ask();
  }
}

// ── small things ───────────────────────────────────────────────────────────────────────────────────────────────────

// A slider's position as a value of what it moves, and back. A logarithmic one counts from 0 or, for a decay near 1,
// from 1; its positions are between 0 and 1.
function position({ scale, low, high }, at) {
  if (scale === "log") return +(low * (high / low) ** at).toPrecision(3);
  if (scale === "log1") return 1 - +((1 - low) * ((1 - high) / (1 - low)) ** at).toPrecision(3);
  return +at.toPrecision(3);
}

function place({ scale, low, high }, value) {
  if (scale === "log") return Math.log(value / low) / Math.log(high / low);
  if (scale === "log1") return Math.log((1 - value) / (1 - low)) / Math.log((1 - high) / (1 - low));
  return value;
}

const short = (v) => String(+(+v).toPrecision(5));
const minus = (text) => text.replaceAll("-", "−");
const point = (x1, x2) => `(${minus(String(x1))}, ${minus(String(x2))})`;

// Six decimals, as the chapters print; no negative zero; far away, powers of ten.
function fixed(v) {
  if (Math.abs(v) >= 1e4) return v.toExponential(2);
  const text = v.toFixed(6);
  return Number(text) === 0 ? "0.000000" : text;
}

function loss(f) {
  const size = Math.abs(f);
  return minus(size === 0 || (size >= 0.001 && size < 1e4) ? f.toPrecision(3) : f.toExponential(1));
}

// Calls back with the place of a press and of every move until the release. A finger on the picture scrolls the page
// unless it began on a handle, whose touch-action is none; with `only`, other pointers are left alone altogether.
function dragged(element, move, only) {
  const place = (event) => {
    const on = (element.tagName === "CANVAS" ? element : element.parentElement).getBoundingClientRect();
    return { x: event.clientX - on.left, y: event.clientY - on.top };
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button || (only && event.pointerType !== only)) return;
    element.setPointerCapture(event.pointerId);
    const follow = (one) => move(place(one));
    element.addEventListener("pointermove", follow);
    const end = () => element.removeEventListener("pointermove", follow);
    element.addEventListener("pointerup", end, { once: true });
    element.addEventListener("pointercancel", end, { once: true });
    if (element.tagName === "CANVAS") follow(event);
  });
}
