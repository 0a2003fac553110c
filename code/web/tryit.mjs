// An exercise that is checked on the page: an editor, Run, Check, and hints.
//
// Every run gets a fresh interpreter in a worker, which is stopped after 3 seconds and has limited memory.

import { ASSETS, Python } from "./python.mjs";

const PRINTED = 200; // lines
const KEPT_MS = 300; // after the last key, before the text is kept

export async function mount(root) {
  const { starter, checks } = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const key = `tryit:${location.pathname}:${root.dataset.name}`;
  const one = (selector) => root.querySelector(selector);
  const said = one(".tryit-said");
  const printed = one(".tryit-printed");
  const python = new Python();
  let keeping;

  const { edit } = await import(ASSETS.editor());
  const editor = edit(one(".editor-place"), kept(key) ?? starter, {
    label: "Your program",
    run: () => act("check"),
    changed() {
      clearTimeout(keeping);
      keeping = setTimeout(() => keep(key, editor.text === starter ? null : editor.text), KEPT_MS);
    },
  });
  root.classList.add("alive");

  function say(text, kind = "") {
    said.textContent = text;
    said.className = `tryit-said ${kind}`;
  }

  async function ask(kind, data) {
    say("Running …");
    editor.mark(null);
    printed.textContent = "";
    let lines = 0;
    const output = (line) => {
      lines += 1;
      if (lines <= PRINTED) printed.textContent += line + "\n";
      if (lines === PRINTED + 1) printed.textContent += "… and more, which is not shown\n";
    };
    try {
      return await python.ask(kind, data, { output });
    } finally {
      python.stop();
    }
  }

  function wrong({ line, message }) {
    editor.mark(line);
    say((line ? `Line ${line}: ` : "") + message, "wrong");
  }

  const actions = {
    async run() {
      const { error } = await ask("run", editor.text);
      if (error) wrong(error);
      else say(printed.textContent ? "It ran." : "It ran and printed nothing.");
    },
    async check() {
      const { passed, error } = await ask("check", [editor.text, checks.map((check) => check.code)]);
      if (error) wrong(error);
      else if (passed < checks.length) say(checks[passed].hint, "wrong");
      else say(checks.length > 1 ? `Right: all ${checks.length} checks pass.` : "Right: the check passes.", "right");
    },
    again() {
      editor.text = starter;
      editor.mark(null);
      printed.textContent = "";
      say("This is the beginning again. Undo (Ctrl-Z in the editor) brings back what you had.");
    },
  };

  async function act(name) {
    const buttons = root.querySelectorAll(".tryit-buttons button");
    buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
    try {
      await actions[name]();
    } catch (error) {
      say(sentence(error.message), "wrong");
    }
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
  }

  root.querySelector(".tryit-buttons").addEventListener("click", ({ target }) => {
    if (target.dataset.do && !target.hasAttribute("aria-disabled")) act(target.dataset.do);
  });
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1);

// A browser may refuse to keep anything; then nothing is kept.
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, text) {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // the text is in the editor still
  }
}
