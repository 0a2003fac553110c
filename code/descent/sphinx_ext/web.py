"""Brings the bundled modules of code/web into the site, and to the pages that hold something to touch."""

from pathlib import Path

from descent.interactive import web
from descent.sphinx_ext.explorer import explorer
from descent.sphinx_ext.tryit import tryit

FOLDER = "interactive"


def setup(app):
    app.connect("builder-inited", bundle)
    app.connect("html-page-context", load)


def bundle(app):
    if app.builder.format == "html":
        web.bundle(Path(app.outdir) / "_static" / FOLDER)


def load(app, pagename, templatename, context, doctree):
    if doctree and next(doctree.findall(lambda node: isinstance(node, explorer | tryit)), None):
        app.add_js_file(f"{FOLDER}/start.mjs", type="module")
        app.add_css_file(f"{FOLDER}/{web.STYLE.name}")
