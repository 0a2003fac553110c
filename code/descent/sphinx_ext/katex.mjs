// Reads lines of {"tex", "display"} and writes lines of {"html"} or {"error"}. The argument is KaTeX's module.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: katex } = await import(pathToFileURL(process.argv[2]));

// The shapes that the letters have in the running text.
const macros = { "\\epsilon": "\\varepsilon", "\\phi": "\\varphi" };

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    // strict: what KaTeX would only grumble about is an error, as every warning of the build is.
    const html = katex.renderToString(tex, { displayMode: display, strict: "error", macros: { ...macros } });
    // Without its source, which would be in whatever a reader copies, and is a twentieth of a page; with lengths to a
    // hundredth of an em, which is less than a fifth of a pixel.
    const bare = html.replace(/<annotation.*?<\/annotation>|<\/?semantics>/gs, "");
    answer = { html: bare.replace(/(-?\d+\.\d{3,})em/g, (_, length) => `${Number(Number(length).toFixed(2))}em`) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
