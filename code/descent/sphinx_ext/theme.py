"""What the theme gets wrong for this book, put right.

- Jupyter Book always brings in sphinx-thebe, which runs code on another host. Here nothing does, and its script
  raises an error on every page.
- Without a default mode the theme reports an error; with "auto" a page without JavaScript has no colours.
  So pages are light as they are, and a line of script follows the reader's system unless the reader has chosen.
- Style sheets are told that there is JavaScript (`html.js`) before anything is drawn, so that nothing moves later.
"""

_FIRST = """
document.documentElement.classList.add("js");
if (!localStorage.getItem("mode")) {
  const page = document.documentElement.dataset;
  page.mode = "auto";
  page.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
"""


def setup(app):
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")]
    app.registry.css_files[:] = [one for one in app.registry.css_files if one[0] != "sphinx-thebe.css"]
    app.config.html_context["default_mode"] = "light"
    app.add_js_file(None, body=_FIRST)
