// Finds sections of the book while a question is typed: by words, by symbols (η or eta), by names in code, and by the
// Chinese words of the glossary. What it reads is _static/search.json, loaded when somebody searches.

import MiniSearch from "minisearch";

const ROOT = new URL(document.documentElement.dataset.content_root, location.href);
const SHOWN = 30;
const AROUND = 180; // characters of an excerpt

const GREEK = new Map(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho ς sigma tau upsilon phi chi psi omega"
    .split(" ")
    .map((name, i) => [name, String.fromCodePoint(0x3b1 + i)]),
);
// A number; two Chinese characters that stand together; letters with the digits of an index.
const TOKEN = /\d+(?:\.\d+)?|\p{sc=Han}(?=(\p{sc=Han}?))|(?:(?!\p{sc=Han})\p{L})+\d*/gu;

function* tokens(text) {
  for (const match of text.matchAll(TOKEN)) {
    const word = match[0] + (match[1] ?? "");
    yield { start: match.index, end: match.index + word.length, term: term(word) };
  }
}

// eta is η, beta1 is β1, ϵ is ε, however they were written.
function term(word) {
  const plain = word.normalize("NFKC").toLowerCase();
  const [, letters, digits] = plain.match(/^(\D*)(.*)$/);
  return (GREEK.get(letters) ?? letters) + digits;
}

const terms = (text) => {
  const found = [...tokens(text)];
  // The last character of a Chinese word makes a pair with nothing.
  return found.filter(({ start, end }, i) => end - start > 1 || found[i - 1]?.end !== end).map(({ term }) => term);
};

let loading;
function load() {
  loading ??= (async () => {
    const answer = await fetch(new URL("_static/search.json", ROOT));
    if (!answer.ok) throw new Error(answer.statusText);
    const records = (await answer.json()).map((record, id) => ({ id, ...record }));
    const index = new MiniSearch({ fields: ["title", "page", "text"], tokenize: terms, processTerm: (word) => word });
    await index.addAllAsync(records, { chunkSize: 20 });
    return { index, records };
  })();
  loading.catch(() => (loading = undefined)); // the next letter tries again
  return loading;
}

function answers({ index, records }, question) {
  const asked = question.normalize("NFKC").toLowerCase();
  const word = new RegExp(`(?<!\\p{L})${asked.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}(?!\\p{L})`, "u");
  const said = (text) => (word.test(text) ? 3 : text.includes(asked) ? 2 : 1);
  const literal = ({ title, text }) => (title.toLowerCase().replace(/^\d+\. /, "") === asked ? 8 : said(`${title} ${text}`.toLowerCase()));
  // What explains a symbol or a word comes before what uses it.
  const symbol = /^\p{sc=Greek}/u.test(terms(question)[0]);
  const place = ({ url, title }) => (url.startsWith(symbol ? "notation" : "glossary") ? 4 : title === "Exercises" ? 0.5 : 1);
  const options = {
    combineWith: "AND",
    prefix: (word, i, all) => i === all.length - 1 || /^\p{sc=Greek}/u.test(word),
    boost: { title: 5, page: 2 },
    boostDocument: (id) => literal(records[id]) * place(records[id]),
  };
  const found = index.search(question, options);
  return (found.length ? found : index.search(question, { ...options, fuzzy: 0.25 })).map(({ id, terms }) => ({ ...records[id], terms: new Set(terms) }));
}

// The part of a text with the most of what was found, as nodes.
function excerpt({ text, terms }) {
  const hits = [...tokens(text)].filter(({ term }) => terms.has(term));
  const count = (from) => hits.filter(({ start, end }) => start >= from && end <= from + AROUND - 40).length;
  const best = hits.reduce((best, { start }) => (count(start) > count(best) ? start : best), hits[0]?.start ?? 0);
  const from = best < 40 ? 0 : text.indexOf(" ", best - 40) + 1;
  const to = from + AROUND >= text.length ? text.length : text.lastIndexOf(" ", from + AROUND);
  const parts = [from > 0 ? "… " : ""];
  let at = from;
  for (const { start, end } of hits) {
    const begin = Math.max(start, at); // pairs of Chinese characters overlap
    if (begin >= end || end > to) continue;
    parts.push(text.slice(at, begin), make("mark", "", text.slice(begin, end)));
    at = end;
  }
  return [...parts, text.slice(at, to), to < text.length ? " …" : ""];
}

function make(tag, className, ...content) {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...content);
  return element;
}

function shown(record) {
  const link = Object.assign(make("a", "", make("span", "search-title", record.title)), { href: new URL(record.url, ROOT) });
  if (record.page !== record.title) link.append(" ", make("span", "search-page", record.page));
  return make("li", "", link, make("p", "", ...excerpt(record)));
}

// The field, what it says, and the list, in the dialog or on the page of the search.
export function mount(root) {
  const [form, input] = [root.querySelector("form"), root.querySelector("input")];
  const [status, list] = [root.querySelector(".search-status"), root.querySelector(".search-results")];
  const page = root.id === "search-page";
  let last = "";

  async function ask() {
    const question = (last = input.value.trim());
    if (page) history.replaceState(null, "", question ? `?q=${encodeURIComponent(question)}` : location.pathname);
    let found = [];
    let says = "";
    if (question) {
      if (!list.children.length) status.textContent = "Searching …";
      try {
        found = answers(await load(), question);
        says = found.length ? `${found.length} ${found.length === 1 ? "section" : "sections"}` : `Nothing in the book matches “${question}”.`;
        if (found.length > SHOWN) says += `, the best ${SHOWN} of them below`;
      } catch {
        says = "What the search reads could not be loaded: check the network and type on.";
      }
    }
    if (question !== last) return; // there is more to answer by now
    status.textContent = says;
    list.replaceChildren(...found.slice(0, SHOWN).map(shown));
  }

  input.addEventListener("input", ask);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask();
    if (!page) list.querySelector("a")?.click();
  });
  // Down and up go through the list, and back to the field.
  root.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...list.querySelectorAll("a")];
    const next = step && stops[stops.indexOf(document.activeElement) + step];
    if (!next || !stops.includes(document.activeElement)) return;
    event.preventDefault();
    next.focus();
  });
  if (page) input.value = new URLSearchParams(location.search).get("q") ?? "";
  input.focus();
  ask();
  load().catch(() => {});
}
