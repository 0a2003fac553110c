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

for (const element of document.querySelectorAll(".explorer, .tryit")) near.observe(element);
