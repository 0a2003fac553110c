// Bundles the modules of this folder: `node build.mjs` with {entries, python, out} as JSON on its standard input.
//
// python holds the sources that worker.mjs imports, by path; how they are made is web.py's business.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";

const { entries, python, out } = JSON.parse(readFileSync(0, "utf8"));

const sources = {
  name: "python-sources",
  setup({ onLoad }) {
    onLoad({ filter: /\.py$/ }, ({ path }) => ({ contents: python[path], loader: "text" }));
  },
};

await build({
  entryPoints: entries.map((name) => resolve(import.meta.dirname, name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  plugins: [sources],
  logLevel: "warning", // which says what is wrong, with file and line
}).catch(() => process.exit(1));
