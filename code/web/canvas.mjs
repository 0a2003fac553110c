// Draws what an explorer shows: the plane with contours and paths, and panels with lines. No state, no events.
//
// It runs in the worker, on canvases that the page has handed over, so that the page's own thread never waits.

import { ticks } from "d3-array";
import { panelFrame, planeFrame } from "./frames.mjs";

const INK = "#374151";
const PALE = "#9ca3af";
const MARK = "#9a3412";
const CONTOUR = "#9ab5d3";
const BASINS = ["#e9b64d", "#a9cbe8", "#f6e7cb", "#7fa58c"];
const FONT = "12px system-ui, sans-serif";

// A canvas at the screen's resolution, its context in CSS pixels, and cleared. A canvas is {canvas, width, height, ratio}.
function fitted({ canvas, width, height, ratio }) {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  return context;
}

const text = (v) => String(+v.toPrecision(6)).replace("-", "−");
const power = (v) =>
  "10" + String(Math.round(Math.log10(v))).replace(/[-\d]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);

function axes(context, { box, x, y }, xlim, ylim, names, log = false) {
  context.strokeStyle = context.fillStyle = "#6b7280";
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(box.left, box.top);
  context.lineTo(box.left, box.bottom);
  context.lineTo(box.right, box.bottom);
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const v of ticks(...xlim, Math.max(2, Math.floor((box.right - box.left) / 48)))) {
    context.moveTo(x(v), box.bottom);
    context.lineTo(x(v), box.bottom + 4);
    context.fillText(text(v), x(v), box.bottom + 6);
  }
  context.textBaseline = "middle";
  context.textAlign = "right";
  const many = Math.max(2, Math.floor((box.bottom - box.top) / 34));
  const levels = log ? ticks(...ylim.map(Math.log10), many).filter(Number.isInteger).map((e) => 10 ** e) : ticks(...ylim, many);
  for (const v of levels) {
    context.moveTo(box.left - 4, y(v));
    context.lineTo(box.left, y(v));
    context.fillText(log ? power(v) : text(v), box.left - 6, y(v));
  }
  context.stroke();
  context.fillStyle = INK;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(names[0], (box.left + box.right) / 2, box.bottom + 31);
  if (names[1]) context.fillText(names[1], 8, (box.top + box.bottom) / 2);
}

function clipped(context, { left, right, top, bottom }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  draw();
  context.restore();
}

// Contours, or basins, with a cross at every minimum: what stays while a rule's sliders move.
export function drawGround(canvas, window, { outlines, basins, minima }) {
  const context = fitted(canvas);
  const plane = planeFrame(canvas, window);
  const { box, x, y } = plane;
  clipped(context, box, () => {
    const place = new DOMMatrix([box.right - box.left, 0, 0, box.top - box.bottom, box.left, box.bottom]);
    context.lineWidth = 0.8;
    context.strokeStyle = CONTOUR;
    outlines.forEach((outline, k) => {
      const path = new Path2D();
      path.addPath(new Path2D(outline), place);
      const paper = k / outlines.length;
      context.fillStyle = `rgb(${244 - 28 * paper} ${248 - 21 * paper} ${253 - 14 * paper})`;
      if (!basins) context.fill(path);
      else if (k === 0) drawBasins(context, plane, basins);
      context.stroke(path);
    });
  });
  context.strokeStyle = INK;
  context.lineWidth = 2;
  context.beginPath();
  for (const [x1, x2] of minima) {
    context.moveTo(x(x1) - 6, y(x2));
    context.lineTo(x(x1) + 6, y(x2));
    context.moveTo(x(x1), y(x2) - 6);
    context.lineTo(x(x1), y(x2) + 6);
  }
  context.stroke();
  axes(context, plane, ...window, ["x₁", "x₂"]);
}

function drawBasins(context, { box }, { columns, rows, cells }) {
  const [w, h] = [(box.right - box.left) / columns, (box.bottom - box.top) / rows];
  cells.forEach((row, j) =>
    row?.forEach((k, i) => {
      if (k < 0) return;
      context.fillStyle = BASINS[k % BASINS.length];
      context.fillRect(box.left + i * w, box.bottom - (j + 1) * h, w + 0.7, h + 0.7);
    }),
  );
}

// The paths up to step t. runs: {x, y: Float64Array, color, dash, hidden}.
export function drawPaths(canvas, window, runs, t, ellipse) {
  const context = fitted(canvas);
  const { box, x, y } = planeFrame(canvas, window);
  clipped(context, box, () => {
    if (ellipse) {
      context.strokeStyle = INK;
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.beginPath();
      const turn = (ellipse.angle * Math.PI) / 180;
      for (let k = 0; k <= 48; k++) {
        const [u, w] = [ellipse.rx * Math.cos((k * Math.PI) / 24), ellipse.ry * Math.sin((k * Math.PI) / 24)];
        const [x1, x2] = [u * Math.cos(turn) - w * Math.sin(turn), u * Math.sin(turn) + w * Math.cos(turn)];
        context.lineTo(x(ellipse.x + x1), y(ellipse.y + x2));
      }
      context.stroke();
    }
    for (const run of runs) {
      if (run.hidden) continue;
      const end = Math.min(t, run.x.length - 1);
      context.strokeStyle = context.fillStyle = run.color;
      context.lineWidth = 1.8;
      context.setLineDash(run.dash);
      context.lineJoin = "round";
      context.beginPath();
      const at = (k) => [far(x(run.x[k])), far(y(run.y[k]))];
      for (let k = 0; k <= end; k++) context.lineTo(...at(k));
      context.stroke();
      const radius = end > 60 ? 2 : 2.7;
      context.beginPath();
      for (let k = 1; k <= end; k++) {
        const [px, py] = at(k);
        context.moveTo(px + radius, py);
        context.arc(px, py, radius, 0, 7);
      }
      context.fill();
      context.setLineDash([]);
      context.lineWidth = 2;
      context.beginPath();
      context.arc(...at(end), 5.5, 0, 7);
      context.stroke();
    }
  });
}

// Browsers draw nothing through points that are too far away.
const far = (pixel) => Math.max(-1e5, Math.min(1e5, pixel));

// A panel as the views of views.py describe it, in the colours of the runs; what comes after step t is pale.
export function drawPanel(canvas, panel, runs, t) {
  const context = fitted(canvas);
  const { width } = canvas;
  const at = panelFrame(canvas, panel);
  const { box, x, y } = at;
  const color = (item) => (item.run == null ? INK : runs[item.run].color);
  const ink = (item) => (item.run == null ? INK : runs[item.run].ink); // the same, dark enough for words
  const shown = (items) => (items ?? []).filter((item) => item.run == null || !runs[item.run].hidden);
  const { take, write } = labels(context, box);
  const names = []; // of lines: [text, where they may stand]
  clipped(context, { ...box, top: box.top - 4, right: width }, () => {
    for (const { x: xs, y: ys, shade } of panel.fills ?? []) {
      context.fillStyle = `rgb(${238 - 120 * shade} ${245 - 71 * shade} ${251 - 39 * shade})`;
      context.beginPath();
      xs.forEach((v, k) => context.lineTo(x(v), y(ys[k])));
      context.fill();
    }
    for (const line of shown(panel.lines)) {
      const points = Array.from(line.y, (v, k) => [x(line.timed ? k + line.from : line.x[k]), far(y(v))]);
      const last = line.timed ? Math.max(0, t + 1 - line.from) : points.length;
      const done = points.slice(0, last);
      context.lineWidth = 1.7;
      context.setLineDash(line.dash ? [6, 4] : (runs[line.run]?.dash ?? []));
      stroked(context, done, color(line));
      context.globalAlpha = 0.3;
      stroked(context, points.slice(Math.max(0, last - 1)), color(line));
      context.globalAlpha = 1;
      if (line.dots) dotted(context, done, 2, color(line));
      const along = take(points);
      if (line.label) names.push([line.label, along.flatMap(around)]);
    }
    context.setLineDash([2, 3]);
    context.lineWidth = 1.2;
    const straight = (ends, color) => {
      stroked(context, ends, color);
      take(ends);
    };
    for (const { x: v } of panel.marks ?? []) straight([[x(v), box.top], [x(v), box.bottom]], MARK);
    for (const level of shown(panel.levels)) {
      straight([[box.left, y(level.y)], [box.right, y(level.y)]], level.label ? color(level) : PALE);
    }
    context.setLineDash([]);
  });
  const beside = (v) => shifted(box.left + 3, box.right - 3, v);
  for (const { y: v, label } of panel.notes ?? []) write(label, beside(y(v)), INK);
  const dots = shown(panel.dots)
    .map((dot) => ({ ...dot, at: [x(dot.x), Math.max(box.top, Math.min(box.bottom, y(dot.y)))] }))
    .filter((dot) => dot.at[0] <= box.right + 1);
  for (const dot of dots) dotted(context, take([dot.at]), 5, color(dot));
  for (const dot of dots) write(dot.label, around(dot.at), ink(dot));
  for (const { x: v, label } of panel.marks ?? []) write(label, shifted(x(v) + 5, x(v) - 5, box.top + 20), MARK);
  for (const level of shown(panel.levels)) if (level.label) write(level.label, beside(y(level.y)), ink(level));
  for (const [label, places] of names) write(label, places, INK);
  context.fillStyle = "#111827";
  context.font = `bold ${FONT}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  const fit = Math.min(1, (width - 8) / context.measureText(panel.title).width);
  context.font = context.font.replace("12px", `${Math.max(9.5, 12 * fit)}px`);
  context.fillText(panel.title, 6, 14);
  context.font = FONT;
  axes(context, at, panel.xlim, panel.ylim, [panel.x, panel.y], panel.log);
}

function stroked(context, points, color) {
  context.strokeStyle = color;
  context.beginPath();
  for (const point of points) context.lineTo(...point);
  context.stroke();
}

function dotted(context, points, radius, color) {
  context.fillStyle = color;
  context.beginPath();
  for (const [x, y] of points) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 7);
  }
  context.fill();
}

// Where a label may stand, the best place first: [x, y, whether it begins or ends there].
const around = ([x, y]) => [-12, 12, 0].flatMap((by) => [[x + 13, y + by, 1], [x - 13, y + by, 0]]);
const shifted = (left, right, y) =>
  [-12, 12, -28, 28, -46, 46, -64, 64].flatMap((by) => [[right, y + by, 0], [left, y + by, 1]]);

// Keeps the labels of a panel off its lines, its dots and each other.
function labels(context, { left, right, top, bottom }) {
  const taken = [];

  // Takes the places along a line, four pixels apart, and returns them.
  function take(points) {
    const inside = points.map(([x, y]) => [x, Math.max(top - 9, Math.min(bottom + 9, y))]);
    const along = inside.flatMap(([x, y], k) => {
      const [x0, y0] = inside[k && k - 1];
      const parts = Math.ceil(Math.hypot(x - x0, y - y0) / 4) || 1;
      return Array.from({ length: parts }, (_, n) => [x0 + ((x - x0) * n) / parts, y0 + ((y - y0) * n) / parts]);
    });
    taken.push(...along);
    return along;
  }

  // Writes where nothing is crossed; where there is no such place, where it is least, on a veil of paper.
  function write(label, places, ink) {
    const { width } = context.measureText(label);
    let least = Infinity;
    let x, y;
    for (const [end, v, begins] of places) {
      const u = begins ? end : end - width;
      const out = u < left || u + width > right + 10 || v < top || v > bottom - 6;
      const crossed = taken.filter(([px, py]) => px > u - 3 && px < u + width + 3 && Math.abs(py - v) < 10).length + 999 * out;
      if (crossed < least) [least, x, y] = [crossed, u, v];
    }
    for (const by of [-4, 4]) take([[x, y + by], [x + width, y + by]]);
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = "rgb(255 255 255 / 75%)";
    if (least) context.fillRect(x - 1, y - 7, width + 2, 14);
    context.fillStyle = ink;
    context.fillText(label, x, y);
  }

  return { take, write };
}

// The loss against the step on a log axis, as a panel; its limits move by whole decades, so that it does not jitter.
// A loss that falls below 0 needs a plain axis, which ends where a run that diverges would flatten the others.
export function lossPanel(runs, most, levels, linear) {
  let [least, low, high] = [Infinity, Infinity, -Infinity]; // least positive, least, highest
  const take = (f) => {
    if (!(f < 1e12)) return;
    if (f < low) low = f;
    if (f > high) high = f;
    if (f > 0 && f < least) least = f;
  };
  for (const run of runs) if (!run.hidden) run.loss.forEach(take);
  for (const level of levels) take(level.y);
  const log = !linear;
  if (log) low = least;
  else high = Math.min(high, 2 * Math.max(...runs.map((run) => run.loss[0])));
  if (!(low < Infinity)) [low, high] = [1e-3, 1];
  const top = Math.ceil(Math.log10(high) + 0.01);
  const bottom = Math.min(top - 2, Math.max(Math.floor(Math.log10(low)), top - 32));
  return {
    title: "Loss f against step",
    x: "step t",
    y: "",
    log,
    xlim: [0, most],
    ylim: log ? [10 ** bottom, 10 ** (levels.length ? top + (top - bottom) / 5 : top)] : [low - 0.05 * (high - low), high + 0.05 * (high - low)],
    lines: runs.map((run, n) => ({ from: 0, y: run.loss, run: n, timed: true })),
    levels,
  };
}
