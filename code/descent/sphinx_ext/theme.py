"""The pages' frame: the theme's structure and look with one style sheet and one script in place of two dozen.

The theme (sphinx-book-theme) brings an icon font as 1.5 MB of JavaScript, Bootstrap, and style sheets of which a page
uses a tenth; Jupyter Book always adds sphinx-thebe, which runs code on another host and raises an error here. None of
it is loaded. `templates/` holds the parts of the theme's templates that are made anew; what its scripts did is in
code/web/page.mjs, and `style` makes one sheet of the rules that the pages use.
"""

import hashlib
import json
import re
import struct
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes

from descent.interactive import web
from descent.sphinx_ext import fonts

HERE = Path(__file__).parent
# In the order in which they take effect; what the theme, Sphinx and the extensions have put into _static.
SHEETS = [
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "exercise.css",
    "katex/katex.min.css",
    "sphinx-design.min.css",
]
OWN = [web.WEB / "page.css", web.STYLE, HERE.parents[2] / "_static" / "book.css"]
TAG = re.compile(r"<[a-z][^>]*>")
WORD = re.compile(r"[\w-]+")
# What the libraries write for assistive technology, and what is right.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",  # it hides what the summary says
    '<th class="head"><p></p></th>': '<td class="head"></td>',  # a header of nothing
    ' role="doc-biblioentry"': "",  # no longer a role
    '<section id="exercise-content">': "<section>",  # every exercise's
    '<section id="solution-content">': "<section>",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
}
# Names, operators, punctuation and spaces in code have the colour of all text: three quarters of the code's elements.
PLAIN_CODE = re.compile(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>')
CODE = re.compile(r'<div class="highlight"><pre>(.*?)</pre>', re.S)
IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]+)"[^>]*>')
SVG_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"', re.S)
DESCRIPTION = 155  # characters
TITLES = {"genindex": "Index", "search": "Search"}  # which Sphinx makes without telling theirs


def setup(app):
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")]
    app.config.html_context["default_mode"] = "light"  # for a page without JavaScript
    app.config.templates_path.insert(0, str(HERE / "templates"))
    app.config.html_scaled_image_link = False  # page.mjs enlarges figures
    app.connect("html-page-context", frame, priority=900)
    app.connect("build-finished", style, priority=900)  # after the theme has written its own


def frame(app, pagename, templatename, context, doctree):
    context["logo"] = (Path(app.srcdir) / app.config.html_favicon).read_text(encoding="utf-8")
    title = f"{context.get('title') or TITLES[pagename]}: {context['docstitle']}"
    context["page_description"] = (doctree and description(doctree)) or title
    body = context.get("body", "")
    for wrong, right in MENDED.items():
        body = body.replace(wrong, right)
    context["body"] = pictures(app, CODE.sub(counted, PLAIN_CODE.sub(r"\1", body)))
    context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>', "", context.get("metatags", ""))


def counted(code):
    """How many lines a piece of code has: the browser lays it out only where it is looked at (page.css)."""
    return f'<div class="highlight" style="--lines:{code[1].count(chr(10))}"><pre>{code[1]}</pre>'


def pictures(app, body):
    """Pictures are loaded when they come near the window; with their size in the page nothing moves then."""
    sources = {name: app.srcdir / source for source, (_, name) in app.env.images.items()}

    def sized(match):
        path = sources.get(unquote(match[1]).rpartition("_images/")[2])
        size = dimensions(path) if path and " width=" not in match[0] else ""
        return f'<img loading="lazy" decoding="async"{size}{match[0].removeprefix("<img")}'

    return IMAGE.sub(sized, body)


@cache
def dimensions(path):
    """` width="…" height="…"` of a PNG or SVG file, in pixels of the page; empty where it does not say."""
    if path.suffix == ".png":
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
    elif found := SVG_SIZE.search(path.read_text(encoding="utf-8")):
        width, height = (float(length) * 4 / 3 for length in found.groups())  # points
    else:
        return ""
    return f' width="{width:.0f}" height="{height:.0f}"'


def description(doctree):
    """The first sentences of a page, for those who find it in a search engine."""
    text = next((p.astext() for p in doctree.findall(nodes.paragraph) if len(p.astext()) > 60), "")
    text = " ".join(text.split())
    if len(text) <= DESCRIPTION:
        return text
    return text[:DESCRIPTION].rpartition(" ")[0] + " …"


def style(app, exception):
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    files = [path for name in SHEETS for path in sorted(static.glob(name))] + OWN
    pages = {page: page.read_text("utf-8") for page in sorted(Path(app.outdir).rglob("*.html"))}
    tags = {tag for text in pages.values() for tag in TAG.findall(text)}
    used = {word for tag in tags for word in WORD.findall(tag)}
    for script in [*web.WEB.glob("*.mjs"), Path(web.__file__).with_name("markup.py")]:
        used.update(WORD.findall(script.read_text(encoding="utf-8")))
    task = {"files": list(map(str, files)), "used": " ".join(sorted(used)), "out": str(static / "site")}
    run = [web.node(), web.WEB / "style.mjs"]
    made = subprocess.run(run, input=json.dumps(task), capture_output=True, text=True, encoding="utf-8")
    if made.returncode:
        raise RuntimeError(f"the style sheet could not be made: {made.stderr.strip()}")
    fonts.lighten(static / "site", pages)
    # Browsers keep the style sheet as long as its address is the same.
    version = hashlib.sha256((static / "site" / "site.css").read_bytes()).hexdigest()[:8]
    for page, text in pages.items():
        page.write_text(text.replace('site/site.css"', f'site/site.css?v={version}"'), encoding="utf-8")
    # The address of the site alone shows the first page itself, not a page that sends the reader there.
    first = Path(app.outdir) / f"{app.config.root_doc}.html"
    (Path(app.outdir) / "index.html").write_bytes(first.read_bytes())
