// The same explorer in a notebook: anywidget calls `render` with the widget's traits.

import { mount } from "./explorer.mjs";

const urls = new Map();

// Modules and the interpreter come as text and bytes from the kernel: a notebook's server knows none of our files.
function url(name, content) {
  if (!urls.has(name)) {
    const type = name.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    urls.set(name, URL.createObjectURL(new Blob([content], { type })));
  }
  return urls.get(name);
}

export default {
  render({ model, el }) {
    document.documentElement.classList.add("js");
    el.innerHTML = model.get("html");
    const files = model.get("files");
    const asset = (name) => () => url(name, files[name]);
    const assets = {
      worker: asset("worker.mjs"),
      micropython: asset("micropython.mjs"),
      wasm: asset("micropython.wasm"),
      editor: asset("editor.mjs"),
    };
    const explorer = mount(el.querySelector(".explorer"), {
      assets,
      onState(state) {
        model.set("state", state);
        model.save_changes();
      },
    });
    // A notebook's address holds no state, and there is no still figure.
    for (const button of el.querySelectorAll("[data-do=link], [data-do=figure]")) button.hidden = true;
    return () => explorer.pause();
  },
};
