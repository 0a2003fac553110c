// Loads what explorers and tryits need when the first of them comes near the window.

const KINDS = { explorer: "explorer.mjs", tryit: "tryit.mjs" };
// The page's script stands in the page itself, and has no address.
export const folder = new URL(document.querySelector("script[data-modules]").dataset.modules, document.baseURI);

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const kind = target.classList.contains("explorer") ? "explorer" : "tryit";
      import(new URL(KINDS[kind], folder)).then(({ mount }) => mount(target));
    }
  },
  { rootMargin: "200px" },
);

// A link to a figure leads to its explorer: on a phone, where the caption comes last, the figure has no place of its own.
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.matches(".explorer figure")) target.closest(".explorer").scrollIntoView();
}

addEventListener("hashchange", follow);
follow();

for (const element of document.querySelectorAll(".explorer, .tryit")) near.observe(element);
