// The book's Python in a worker: MicroPython with the very sources that the chapters print.
//
// The first message is {micropython, wasm}: where the interpreter lies. Each later one is {id, kind, data} and is
// answered by {id, …}; what programs print comes as {output}. Whoever asked stops a worker that takes too long.

import { contours } from "d3-contour";
import answers from "../descent/interactive/answers.py";
import checks from "../descent/interactive/checks.py";
import explore from "../descent/interactive/explore.py";
import views from "../descent/interactive/views.py";
import problems from "../descent/problems.py";
import rules from "../descent/rules.py";
import schedules from "../descent/schedules.py";

const FILES = { problems, rules, schedules, __init__: "" };
const INTERACTIVE = { answers, checks, explore, views, __init__: "" };
const MEMORY = 96 * 2 ** 20; // bytes: the interpreter begins with about 20 MB
const LEVELS = 9;

const DRIVER = `
from descent.interactive import answers

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

async function load({ micropython, wasm }) {
  const { loadMicroPython } = await import(micropython);
  const interpreter = await loadMicroPython({
    url: wasm,
    heapsize: 4 * 2 ** 20,
    stdout: (line) => postMessage({ output: line }),
  });
  interpreter.FS.mkdirTree("/lib/descent/interactive");
  for (const [name, text] of Object.entries(FILES)) interpreter.FS.writeFile(`/lib/descent/${name}.py`, text);
  for (const [name, text] of Object.entries(INTERACTIVE)) {
    interpreter.FS.writeFile(`/lib/descent/interactive/${name}.py`, text);
  }
  interpreter.runPython(DRIVER);
  return {
    call(name, data) {
      const found = name === "explored" ? interpreter.globals.get(name) : interpreter.pyimport("descent.interactive.answers")[name];
      return JSON.parse(found(JSON.stringify(data)));
    },
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

const KINDS = {
  explore(job) {
    const reply = python.call("explored", job);
    if (reply.failed) return reply;
    reply.numbers = python.numbers();
    if (job.grid) {
      const [, columns, rows] = job.grid;
      reply.outlines = outlines(reply.numbers.subarray(reply.numbers.length - columns * rows), columns, rows);
    }
    return reply;
  },
  basins: (data) => ({ row: python.call("basins", data) }),
  run: (source) => python.call("ran", source),
  check: (data) => python.call("checked", data),
};

addEventListener("message", async ({ data: message }) => {
  if (!python) {
    python = await load(message);
    postMessage({ ready: true });
    return;
  }
  let reply;
  try {
    reply = KINDS[message.kind](message.data);
  } catch (error) {
    // Only what the interpreter itself could not catch: memory that ran out while it answered.
    reply = { broken: String(error.message ?? error).trim().split("\n").at(-1) };
  }
  postMessage({ id: message.id, ...reply }, reply.numbers ? [reply.numbers.buffer] : []);
});
