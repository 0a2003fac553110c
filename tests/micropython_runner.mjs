// Runs a Python program in MicroPython: {files: {path: text}, program, job} as JSON in, what it prints out.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const { files, program, job } = JSON.parse(readFileSync(0, "utf8"));
const python = await loadMicroPython({ heapsize: 16 * 1024 * 1024, stdout: (line) => console.log(line) });
for (const [path, text] of Object.entries(files)) {
  python.FS.mkdirTree(dirname(path));
  python.FS.writeFile(path, text);
}
python.globals.set("job", JSON.stringify(job));
python.runPython(program);
