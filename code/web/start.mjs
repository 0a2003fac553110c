// On every page with explorers or tryits: loads what they need when the first of them comes near the window.

const KINDS = { explorer: "./explorer.mjs", tryit: "./tryit.mjs" };

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const kind = target.classList.contains("explorer") ? "explorer" : "tryit";
      import(new URL(KINDS[kind], import.meta.url)).then(({ mount }) => mount(target));
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
