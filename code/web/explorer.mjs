// Turns a static figure into an explorer: sliders, a start point to drag, steps to play, a rule to edit.
//
// The page holds the controls and, as JSON, the settings (descent.interactive.markup). What is drawn is computed by
// the book's Python in a worker; this module keeps the state, asks, and draws.

import { drawGround, drawPanel, drawPaths, lossPanel, panelFrame, planeFrame } from "./canvas.mjs";
import { ASSETS, Python } from "./python.mjs";

const GRID = [57, 43]; // of the contours
const BASINS = [30, 30];
const STEP_MS = 60; // between two steps that are played
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
    this.build();
    this.listen();
    this.begin();
    this.restore();
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
    const panels = this.config.panels;
    const canvas = (name) => `<canvas class="${name}" aria-hidden="true"></canvas>`;
    stage.insertAdjacentHTML(
      "beforeend",
      `<div class="live"><div class="plane">${canvas("ground")}${canvas("paths")}
       <button type="button" class="start" title="Start: drag it, or move it with the arrow keys"></button></div>
       <div class="panels">${canvas("panel").repeat(panels)}</div></div>`,
    );
    this.live = this.one(".live");
    this.ground = this.one(".ground");
    this.paths = this.one(".paths");
    this.panels = this.all("canvas.panel");
    this.start = this.one(".start");
    this.controls = this.all(".control").map((element, n) => ({
      ...(this.config.sliders[n] ?? { name: "steps", low: 0, high: this.config.steps.most, integer: true }),
      range: element.querySelector("[type=range]"),
      typed: element.querySelector("[type=text]"),
      dial: element.querySelector(".dial"),
    }));
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.still) this.one("[data-do=play]").hidden = true;
    new ResizeObserver(() => this.drawSoon(true)).observe(stage);
  }

  listen() {
    for (const control of this.controls) {
      control.range.addEventListener("input", () => this.set(control, position(control, +control.range.value)));
      control.typed.addEventListener("change", () => this.type(control));
    }
    this.all(".explorer-runs input").forEach((box, n) =>
      box.addEventListener("change", () => {
        this.state.hidden[n] = !box.checked;
        if (this.config.views.includes("basins")) this.startBasins();
        this.changed();
      }),
    );
    this.root.addEventListener("click", (event) => this[event.target.dataset?.do]?.());
    this.start.addEventListener("keydown", (event) => this.key(event));
    dragged(this.start, (event) => this.moveStart(event));
    dragged(this.paths, (event) => this.moveStart(event), "mouse");
    this.panels.forEach((canvas, n) => dragged(canvas, (event) => this.dragPanel(event, n)));
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
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, short(value));
    url.searchParams.set("steps", steps);
    url.searchParams.set("start", start.map(short).join(","));
    const unseen = hidden.flatMap((one, n) => (one ? [n] : []));
    if (unseen.length) url.searchParams.set("hidden", unseen.join(","));
    url.hash = this.root.dataset.name;
    history.replaceState(null, "", url);
    const said = (text) => (this.one(".explorer-said").textContent = text);
    const kept = Object.keys(this.sources).length ? " An edited rule is not in it." : "";
    navigator.clipboard?.writeText(url.href).then(
      () => said("Link copied." + kept),
      () => said("The link is in the address bar." + kept),
    ) ?? said("The link is in the address bar." + kept);
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
    const plane = planeFrame(this.paths, this.config.window);
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
    const panel = this.drawn[n];
    if (!panel?.drag) return;
    const at = panelFrame(this.panels[n], panel);
    for (const [axis, pixel] of [["x", x], ["y", y]]) {
      const [argument, factor] = panel.drag[axis] ?? [];
      const control = this.controls.find((one) => one.argument === argument);
      if (control) this.set(control, Math.max(control.low, Math.min(control.high, at[axis].inverse(pixel) * factor)));
    }
  }

  reset() {
    this.pause();
    this.begin();
    this.one(".explorer-said").textContent = "";
    if (this.config.views.includes("basins")) this.startBasins();
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

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.one("[data-do=play]").textContent = "Play";
  }

  changed(compute = true) {
    this.show();
    if (compute) this.ask();
    else this.drawSoon();
  }

  // Sliders, numbers and the start point say what the state is.
  show() {
    const { values, start, steps, hidden } = this.state;
    for (const control of this.controls) {
      const value = control.name === "steps" ? steps : values[control.name];
      control.range.value = control.log ? Math.log(value / control.low) / Math.log(control.high / control.low) : value;
      control.range.setAttribute("aria-valuetext", short(value));
      if (document.activeElement !== control.typed || !control.typed.value) control.typed.value = short(value);
      else if (Number(control.typed.value) !== value) control.typed.value = short(value);
      control.dial?.style.setProperty("--angle", `${-value}deg`);
    }
    this.all(".explorer-runs input").forEach((box, n) => (box.checked = !hidden[n]));
    this.start.setAttribute("aria-label", `Start point ${point(...start.map((v) => v.toFixed(2)))}, arrow keys move it`);
    this.placeStart();
  }

  placeStart() {
    if (!this.paths.clientWidth) return;
    const plane = planeFrame(this.paths, this.config.window);
    const [x1, x2] = this.state.start;
    this.start.style.translate = `${plane.x(x1)}px ${plane.y(x2)}px`;
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

  // Asks for the present state; while an answer is under way only the latest state waits.
  async ask() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    do {
      this.again = false;
      const job = this.job();
      const ground = JSON.stringify(job.problem);
      if (ground !== this.groundOf) job.grid = [this.config.window, ...GRID];
      try {
        const reply = await this.python.ask("explore", job);
        if (reply.failed) this.fail(reply.failed);
        else this.take(reply, job, ground);
      } catch (error) {
        this.fail(error);
        break;
      }
    } while (this.again);
    this.asking = false;
  }

  take(reply, job, ground) {
    this.error("");
    let offset = 0;
    const column = (length) => reply.numbers.subarray(offset, (offset += length));
    this.runs = reply.runs.map(({ points, diverged }, n) => ({
      ...this.config.runs[n],
      x: column(points),
      y: column(points),
      loss: column(points),
      steps: Array.from({ length: points }, (_, k) => k),
      diverged,
    }));
    this.views = reply.views;
    if (job.grid) {
      this.groundOf = ground;
      this.outlines = reply.outlines;
    }
    if (reply.views.some((view) => view.basins) && this.basinsOf !== this.basinsKey(job)) this.startBasins();
    this.drawSoon(Boolean(job.grid));
    this.onState(this.report());
  }

  basinsKey(job = this.job()) {
    const first = Math.max(0, this.state.hidden.indexOf(false));
    return JSON.stringify([job.problem, job.rules[first], this.sources]);
  }

  // The map of basins comes row by row, from coarse to fine, between the answers to the reader's sliders.
  async startBasins() {
    const job = this.job();
    const key = (this.basinsOf = this.basinsKey(job));
    const first = Math.max(0, this.state.hidden.indexOf(false));
    job.rules = [job.rules[first]];
    const [columns, rows] = BASINS;
    this.basins = { columns, rows, cells: [] };
    for (const part of [0, 2, 1, 3]) {
      for (let row = part; row < rows; row += 4) {
        try {
          const reply = await this.python.ask("basins", [job, this.config.window, columns, row, rows]);
          if (this.basinsOf !== key) return;
          this.basins.cells[row] = reply.row;
          this.drawSoon(true);
        } catch {
          return; // the runs themselves tell what is wrong
        }
      }
    }
  }

  // ── what is drawn ──────────────────────────────────────────────────────────────────────────────────────────────

  drawSoon(ground = false) {
    this.groundToo ||= ground;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.runs) this.draw();
    });
  }

  draw() {
    const { window, minima } = this.config;
    const { steps, hidden } = this.state;
    this.runs.forEach((run, n) => (run.hidden = hidden[n]));
    if (this.groundToo) drawGround(this.ground, window, { outlines: this.outlines, basins: this.basins, minima });
    this.groundToo = false;
    drawPaths(this.paths, window, this.runs, steps, this.views.find((view) => view.ellipse)?.ellipse);
    const levels = this.views.flatMap((view) => view.levels ?? []);
    this.drawn = [
      lossPanel(this.runs, this.config.steps.most, levels),
      ...this.views.flatMap((view) => view.panel ?? []),
    ].reverse();
    this.drawn.forEach((panel, n) => {
      drawPanel(this.panels[n], panel, this.runs, steps);
      this.panels[n].classList.toggle("draggable", Boolean(panel.drag));
    });
    this.placeStart();
    this.root.classList.add("alive");
    this.tell();
  }

  ends() {
    return this.runs.map((run) => {
      const t = Math.min(this.state.steps, run.x.length - 1);
      return { label: run.label, step: t, x: [run.x[t], run.y[t]], f: run.loss[t], diverged: run.diverged };
    });
  }

  report() {
    return { ...this.state.values, start: this.state.start, steps: this.state.steps, ends: this.ends() };
  }

  tell() {
    const ends = this.ends();
    const sentences = ends.map(({ step, x, f, diverged }) => {
      const gone = diverged && this.state.steps >= diverged ? `; diverges at step ${diverged}` : "";
      return `after ${step} steps ${point(...x.map((v) => fixed(v)))}, f = ${loss(f)}${gone}`;
    });
    this.all(".explorer-readout p").forEach((row, n) => {
      row.hidden = this.state.hidden[n];
      row.querySelector("output").textContent = sentences[n];
    });
    clearTimeout(this.speaking);
    const first = !this.told;
    this.told = true;
    if (first) return;
    this.speaking = setTimeout(() => {
      const seen = sentences.flatMap((text, n) => (this.state.hidden[n] ? [] : [`${ends[n].label} ${text}`]));
      this.one(".explorer-spoken").textContent = seen.join(". ");
      this.onState(this.report());
    }, QUIET_MS);
  }

  // ── what went wrong ────────────────────────────────────────────────────────────────────────────────────────────

  error(text) {
    this.one(".explorer-error").textContent = text;
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
    this.one(".explorer-said").textContent = `This is your ${this.editing}.`;
    this.basinsOf = null;
    this.ask();
  }

  bookRule() {
    this.editor.mark(null);
    delete this.sources[this.editing];
    this.editor.text = this.config.sources[this.editing];
    this.one(".explorer-said").textContent = `This is the book's ${this.editing} again.`;
    this.basinsOf = null;
    this.ask();
  }
}

// ── small things ───────────────────────────────────────────────────────────────────────────────────────────────────

// A slider's position as a value of what it moves.
function position({ log, low, high }, at) {
  return +(log ? low * (high / low) ** at : at).toPrecision(3);
}

const short = (v) => String(+(+v).toPrecision(4));
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
    const box = element.parentElement.querySelector("canvas").getBoundingClientRect();
    const on = element.tagName === "CANVAS" ? element.getBoundingClientRect() : box;
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
