// Draws what an explorer shows: the plane with contours and paths, and panels with lines. No state, no events.
//
// It runs in the worker, on canvases that the page has handed over, so that the page's own thread never waits.

import { ticks } from "d3-array";
import { panelFrame, planeFrame } from "./frames.mjs";

const INK = "#374151";
const PALE = "#9ca3af";
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
  const seen = (item) => item.run == null || !runs[item.run].hidden;
  clipped(context, { ...box, top: box.top - 4, right: width }, () => {
    for (const { x: xs, y: ys, shade } of panel.fills ?? []) {
      context.fillStyle = `rgb(${238 - 120 * shade} ${245 - 71 * shade} ${251 - 39 * shade})`;
      context.beginPath();
      xs.forEach((v, k) => context.lineTo(x(v), y(ys[k])));
      context.fill();
    }
    for (const line of panel.lines.filter(seen)) {
      context.strokeStyle = context.fillStyle = color(line);
      context.lineWidth = 1.7;
      context.setLineDash(line.dash ? [6, 4] : (line.run != null && runs[line.run].dash) || []);
      context.beginPath();
      const count = line.y.length;
      const across = line.timed ? (k) => x(k + line.from) : (k) => x(line.x[k]);
      const last = line.timed ? Math.max(0, Math.min(count, t + 1 - line.from)) : count;
      for (let k = 0; k < last; k++) context.lineTo(across(k), far(y(line.y[k])));
      context.stroke();
      if (line.dots) {
        context.beginPath();
        for (let k = 0; k < last; k++) {
          context.moveTo(across(k) + 2, y(line.y[k]));
          context.arc(across(k), y(line.y[k]), 2, 0, 7);
        }
        context.fill();
      }
      if (last < count) {
        context.globalAlpha = 0.3;
        context.beginPath();
        for (let k = Math.max(0, last - 1); k < count; k++) context.lineTo(across(k), far(y(line.y[k])));
        context.stroke();
        context.globalAlpha = 1;
      }
    }
    context.setLineDash([2, 3]);
    context.lineWidth = 1.2;
    for (const { x: v, label } of panel.marks ?? []) {
      context.strokeStyle = context.fillStyle = "#9a3412";
      context.beginPath();
      context.moveTo(x(v), box.top);
      context.lineTo(x(v), box.bottom);
      context.stroke();
      const left = x(v) > (box.left + box.right) / 2;
      written(context, label, x(v) + (left ? -5 : 5), box.top + 8, left ? "right" : "left");
    }
    for (const level of (panel.levels ?? []).filter(seen)) {
      context.strokeStyle = context.fillStyle = level.label ? color(level) : PALE;
      context.beginPath();
      context.moveTo(box.left, y(level.y));
      context.lineTo(box.right, y(level.y));
      context.stroke();
      context.fillStyle = ink(level);
      if (level.label) written(context, level.label, box.right - 3, y(level.y) - 8, "right");
    }
    context.setLineDash([]);
  });
  for (const dot of (panel.dots ?? []).filter(seen)) {
    context.fillStyle = color(dot);
    const [px, py] = [x(dot.x), Math.max(box.top, Math.min(box.bottom, y(dot.y)))];
    if (px > box.right + 1) continue;
    context.beginPath();
    context.arc(px, py, 5, 0, 7);
    context.fill();
    const left = px > (box.left + box.right) / 2;
    context.fillStyle = ink(dot);
    if (dot.label) written(context, dot.label, px + (left ? -9 : 9), py + (dot.below ? 11 : -8), left ? "right" : "left");
  }
  context.fillStyle = INK;
  for (const note of panel.notes ?? []) {
    written(context, note.label, x(note.x), y(note.y), note.x > panel.xlim[1] / 2 ? "right" : "left");
  }
  context.fillStyle = "#111827";
  context.font = `bold ${FONT}`;
  context.textAlign = "left";
  const room = Math.min(1, (width - 8) / context.measureText(panel.title).width);
  context.font = context.font.replace("12px", `${Math.max(9.5, 12 * room)}px`);
  context.fillText(panel.title, 6, 14);
  context.font = FONT;
  axes(context, at, panel.xlim, panel.ylim, [panel.x, panel.y], panel.log);
}

// Text on a thin veil of paper, so that lines behind it do not make it unreadable.
function written(context, label, x, y, align) {
  context.textAlign = align;
  context.textBaseline = "middle";
  const ink = context.fillStyle;
  const { width } = context.measureText(label);
  context.fillStyle = "rgb(255 255 255 / 75%)";
  context.fillRect(align === "left" ? x - 1 : x - width - 1, y - 7, width + 2, 14);
  context.fillStyle = ink;
  context.fillText(label, x, y);
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
    ylim: log ? [10 ** bottom, 10 ** top] : [low - 0.05 * (high - low), high + 0.05 * (high - low)],
    lines: runs.map((run, n) => ({ from: 0, y: run.loss, run: n, timed: true })),
    levels,
  };
}
