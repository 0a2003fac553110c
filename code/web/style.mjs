// Makes one style sheet of many: `node style.mjs` with {files, used, out} as JSON on its standard input.
//
// files are read in their order; of their rules only those stay that the pages can use (`used` holds all their tags,
// classes and ids, and the scripts' words); fonts and pictures are copied beside the result.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const { files, used, out } = JSON.parse(readFileSync(0, "utf8"));
mkdirSync(out, { recursive: true });

// The icon font of the theme is not used; of KaTeX's fonts every browser of today takes the first form.
const UNUSED = /@font-face\s*\{[^}]*Font ?Awesome[^}]*\}/g;
const OLDER = /,\s*url\([^)]*\)\s*format\("(?:woff|truetype)"\)/g;

function absolute(file) {
  const text = readFileSync(file, "utf8").replace(UNUSED, "").replace(OLDER, "");
  return text.replace(/url\((["']?)(?!data:|#)([^"')]+)\1\)/g, (_, quote, path) => `url("${resolve(dirname(file), path.split(/[?#]/)[0])}")`);
}

const [{ css }] = await new PurgeCSS().purge({
  content: [{ raw: used, extension: "txt" }],
  css: files.map((file) => ({ raw: absolute(file) })).reduce((whole, part) => [{ raw: (whole[0]?.raw ?? "") + part.raw }], []),
  fontFace: true,
  keyframes: true,
  variables: true,
  defaultExtractor: (text) => text.split(" "),
});
const { code } = await transform(css, { loader: "css", minify: true, target: "es2022" });
writeFileSync(
  join(out, "site.css"),
  code.replace(/url\("?([^")]+)"?\)/g, (whole, path) => {
    if (!path.startsWith("/")) return whole;
    writeFileSync(join(out, basename(path)), readFileSync(path));
    return `url(${basename(path)})`;
  }),
);
