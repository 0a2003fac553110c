// The book's Python in a worker: MicroPython with the very sources that the chapters print. It draws, too.
//
// The first message is {micropython, wasm}: where the interpreter lies. Each later one is {id, kind, data} and is
// answered by {id, …}; what programs print comes as {output}. Whoever asked stops a worker that takes too long.

import { contours } from "d3-contour";
import { drawGround, drawPanel, drawPaths, lossPanel } from "./canvas.mjs";
import answers from "../descent/interactive/answers.py";
import checks from "../descent/interactive/checks.py";
import explore from "../descent/interactive/explore.py";
import views from "../descent/interactive/views.py";
import problems from "../descent/problems.py";
import rules from "../descent/rules.py";

const FILES = { problems, rules, __init__: "" };
const INTERACTIVE = { answers, checks, explore, views, __init__: "" };
const MEMORY = 96 * 2 ** 20; // bytes
const LEVELS = 9;
const PRINTED = 500; // lines that are told

const DRIVER = `
from descent.interactive import answers
from descent.interactive.answers import basins, checked, ran

def explored(text):
    reply, numbers = answers.explored(text)
    with open("/numbers", "wb") as file:
        file.write(numbers)
    return reply
`;

// MicroPython asks for more memory whenever a program does. Refused, it raises MemoryError.
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MEMORY) throw new RangeError("the memory of a page's Python is limited");
  return grow.call(this, pages);
};
console.error = () => {}; // where the interpreter tells of that refusal

let python;
let printed = 0; // lines since the last question: a program that prints without end must not drown the page

async function load({ micropython, wasm }) {
  const { loadMicroPython } = await import(micropython);
  const interpreter = await loadMicroPython({
    url: wasm,
    heapsize: 4 * 2 ** 20,
    stdout(line) {
      if (printed++ < PRINTED) postMessage({ output: line });
    },
  });
  interpreter.FS.mkdirTree("/lib/descent/interactive");
  for (const [name, text] of Object.entries(FILES)) interpreter.FS.writeFile(`/lib/descent/${name}.py`, text);
  for (const [name, text] of Object.entries(INTERACTIVE)) {
    interpreter.FS.writeFile(`/lib/descent/interactive/${name}.py`, text);
  }
  interpreter.runPython(DRIVER);
  return {
    call: (name, data) => JSON.parse(interpreter.globals.get(name)(JSON.stringify(data))),
    numbers() {
      const bytes = interpreter.FS.readFile("/numbers");
      return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8).slice();
    },
  };
}

// Outlines of the levels that plots.contours draws too, as SVG paths in a unit square, from the lowest up.
function outlines(values, columns, rows) {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const levels = Array.from({ length: LEVELS }, (_, k) => low + (high - low) * (k / LEVELS) ** 2);
  const path = (ring) =>
    "M" + ring.map(([x, y]) => `${((x - 0.5) / (columns - 1)).toFixed(4)} ${((y - 0.5) / (rows - 1)).toFixed(4)}`).join("L") + "Z";
  return contours()
    .size([columns, rows])
    .thresholds(levels)(values)
    .map((level) => level.coordinates.flat().map(path).join(""));
}

// What each explorer of the page shows, by its name: canvases, and what was computed for them last.
const pictures = new Map();
const LOST = { lost: true }; // the answer of a new worker, which has no canvases yet

// Runs a job: what answers.explored says, and its numbers.
function compute(job) {
  const reply = python.call("explored", job);
  return reply.failed ? reply : { ...reply, numbers: python.numbers() };
}

// Runs a job, keeps its numbers and draws them. `look` says how: see draw.
function explored({ job, look }) {
  const picture = pictures.get(look.name);
  if (!picture) return LOST;
  const reply = compute(job);
  if (reply.failed) return reply;
  let offset = 0;
  const column = (length) => reply.numbers.subarray(offset, (offset += length));
  picture.runs = reply.runs.map(({ points, diverged }) => ({
    x: column(points),
    y: column(points),
    loss: column(points),
    diverged,
  }));
  picture.views = reply.views;
  // Lines that go on with the steps come as numbers too.
  for (const { panel } of picture.views) {
    for (const line of panel?.lines ?? []) if (line.timed) line.y = column(line.y);
  }
  if (job.grid) picture.outlines = outlines(column(job.grid[1] * job.grid[2]), job.grid[1], job.grid[2]);
  return draw({ ...look, ground: look.ground || Boolean(job.grid) });
}

// Draws an explorer. look: name; window and minima; styles {color, ink, dash, hidden} of the runs; step; most steps; linear:
// whether the loss falls below 0; places {width, height} of the canvases and the screen's ratio; ground: whether the
// contours are to be drawn anew. The answer says where the runs are after that step, and how the panels lie.
function draw(look) {
  if (!pictures.get(look.name)?.runs) return LOST;
  const { canvases, runs, views, outlines, basins } = pictures.get(look.name);
  const [ground, paths, ...panels] = canvases.map((canvas, n) => ({ canvas, ratio: look.ratio, ...look.places[n] }));
  const styled = runs.map((run, n) => ({ ...run, ...look.styles[n] }));
  if (look.ground) drawGround(ground, look.window, { outlines, basins, minima: look.minima });
  drawPaths(paths, look.window, styled, look.step, views.find((view) => view.ellipse)?.ellipse);
  const levels = views.flatMap((view) => view.levels ?? []);
  const drawn = [...views.flatMap((view) => view.panel ?? []), lossPanel(styled, look.most, levels, look.linear)];
  drawn.forEach((panel, n) => drawPanel(panels[n], panel, styled, look.step));
  const ends = runs.map(({ x, y, loss, diverged }) => {
    const step = Math.min(look.step, x.length - 1);
    return { step, x: [x[step], y[step]], f: loss[step], diverged };
  });
  const at = performance.timeOrigin + performance.now(); // for tools/bench_web.py
  return { at, ends, panels: drawn.map(({ xlim, ylim, log, drag }) => ({ xlim, ylim, log, drag })) };
}

const KINDS = {
  compute,
  explore: explored,
  draw,
  // The canvases of an explorer, in the order ground, paths, panels.
  show({ name, canvases }) {
    pictures.set(name, { canvases });
    return {};
  },
  // One row of the map of basins; `fresh` begins a new map.
  basins({ job, window, size: [columns, rows], row, fresh, look }) {
    const picture = pictures.get(look.name);
    if (!picture?.runs) return LOST;
    if (fresh) picture.basins = { columns, rows, cells: [] };
    picture.basins.cells[row] = python.call("basins", [job, window, columns, row, rows]);
    return draw({ ...look, ground: true });
  },
  run: (source) => python.call("ran", source),
  check: (data) => python.call("checked", data),
};

addEventListener("message", async ({ data: message }) => {
  if (!python) {
    try {
      python = await load(message);
    } catch {} // the page says so
    postMessage({ ready: Boolean(python) });
    return;
  }
  let reply;
  printed = 0;
  try {
    reply = KINDS[message.kind](message.data);
  } catch (error) {
    // Only what the interpreter itself could not catch: memory that ran out while it answered.
    reply = { broken: String(error.message ?? error).trim().split("\n").at(-1) };
  }
  postMessage({ id: message.id, ...reply });
});
