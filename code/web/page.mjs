// What every page can do besides being read: colours, contents at the side, search, copying code, unfolding solutions.
// Without it the page reads completely, with everything unfolded.

import { folder } from "./start.mjs";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const page = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

// Colours: as the system, light, dark, and round again. The first choice is already made, in the page's head.

function color(mode) {
  page.dataset.mode = mode;
  page.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  localStorage.setItem("mode", mode);
  if (mode === "auto") localStorage.removeItem("theme");
  else localStorage.setItem("theme", mode);
}

const MODES = ["auto", "light", "dark"];
for (const button of all(".theme-switch-button"))
  button.addEventListener("click", () => color(MODES[(MODES.indexOf(page.dataset.mode) + 1) % MODES.length]));
// Paper is white.
addEventListener("beforeprint", () => (page.dataset.theme = "light"));
addEventListener("afterprint", () => color(page.dataset.mode));
dark.addEventListener("change", () => page.dataset.mode === "auto" && color("auto"));

// The contents of the book and of the page. Where there is no room beside the text they open over it.

function drawer(button, sidebar, dialog, beside) {
  if (!button || !sidebar || !dialog) return;
  const move = (from, to) => {
    to.append(...from.childNodes);
    to.classList.add(...from.classList);
    from.classList.remove(...from.classList);
  };
  button.addEventListener("click", () => {
    if (beside && matchMedia("(min-width: 992px)").matches) return sidebar.classList.toggle("pst-sidebar-hidden");
    move(sidebar, dialog);
    dialog.showModal();
  });
  dialog.addEventListener("close", () => move(dialog, sidebar));
  dialog.addEventListener("click", ({ target }) => (target === dialog || target.closest("a")) && dialog.close());
}

for (const [name, beside] of [["primary", true], ["secondary", false]]) {
  const part = (id) => document.getElementById(`pst-${name}-sidebar${id}`);
  drawer(document.querySelector(`.${name}-toggle`), part(""), part("-modal"), beside);
}

const nav = document.getElementById("pst-primary-sidebar");
const here = nav && all(".current > a", nav).at(-1);
if (here && here.getBoundingClientRect().bottom > innerHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;

// The entry of the section that is being read is marked.

const entries = new Map(all("#pst-page-toc-nav a[href^='#']").map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver(
  (changes) => {
    const now = changes.findLast((change) => change.isIntersecting);
    if (!now) return;
    const id = now.target.closest("section").id;
    for (const [name, link] of entries) {
      link.classList.toggle("active", name === id);
      if (name === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  },
  { rootMargin: "0px 0px -70% 0px" },
);
// The page's own title has no entry: where it is seen none is marked.
for (const id of entries.size ? [...entries.keys(), document.querySelector("section[id]:has(> h1)")?.id] : []) {
  const title = document.getElementById(decodeURIComponent(id))?.querySelector("h1, h2, h3, h4");
  if (title) seen.observe(title);
}

// Search: by a click or Ctrl+K in a dialog over the page, or on a page of its own.

const finder = document.getElementById("pst-search-dialog");
const searchPage = document.getElementById("search-page");
const search = (root) => import(new URL("search.mjs", folder)).then(({ mount }) => mount(root));
let mounted = false;
function ask() {
  if (searchPage) return searchPage.querySelector("input").select();
  if (finder.open) return finder.close();
  finder.showModal();
  finder.querySelector("input").select();
  if (!mounted) search(finder);
  mounted = true;
}
for (const button of all(".search-button__button")) button.addEventListener("click", ask);
// A link may lead to another place of this very page.
finder?.addEventListener("click", ({ target }) => (target === finder || target.closest("a")) && finder.close());
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  ask();
});
if (searchPage) search(searchPage);

// Code can be copied.

if (navigator.clipboard)
  for (const block of all("div.highlight:has(> pre)")) {
    if (block.closest(".cell_output, .explorer, .tryit")) continue;
    const button = document.createElement("button");
    button.className = "copybtn";
    button.title = button.ariaLabel = "Copy this code";
    button.innerHTML = '<i class="icon icon-copy"></i>';
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("pre").textContent.replace(/\n$/, ""));
      button.firstChild.className = "icon icon-check";
      setTimeout(() => (button.firstChild.className = "icon icon-copy"), 2000);
    });
    block.append(button);
  }

// Solutions and hints are folded until they are asked for, by a click or by a link into them.

for (const box of all(".admonition.dropdown")) {
  const title = box.querySelector(".admonition-title");
  const button = document.createElement("button");
  button.className = "fold";
  button.ariaLabel = "Show or hide";
  button.innerHTML = '<i class="icon icon-right"></i>';
  const fold = (open) => {
    box.classList.toggle("open", open);
    button.ariaExpanded = String(open);
  };
  title.append(button);
  title.addEventListener("click", ({ target }) => target.closest("a") || fold(!box.classList.contains("open")));
  fold(false);
}

function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target?.closest(".admonition.dropdown"); box; box = box.parentElement.closest(".admonition.dropdown"))
    if (!box.classList.contains("open")) box.querySelector(".admonition-title").click();
  if (target?.closest(".admonition.dropdown")) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

// What scrolls by itself can be scrolled with the keyboard, once it is near.

const near = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes)
      if (isIntersecting && target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  },
  { rootMargin: "300px" },
);
for (const box of all("pre, .cell_output .output, .katex-display, .pst-scrollable-table-container")) near.observe(box);

// Figures enlarge.

const large = document.createElement("dialog");
large.className = "large-figure";
large.addEventListener("click", () => large.close());
for (const image of all(".bd-article figure img, .cell_output img")) {
  image.classList.add("enlarges");
  image.addEventListener("click", () => {
    large.replaceChildren(Object.assign(image.cloneNode(), { loading: "eager", className: "" }));
    document.body.append(large);
    large.showModal();
  });
}
