"""Brings the bundled modules of code/web into the site, and says which pages hold something to touch."""

from pathlib import Path

from descent.interactive import web
from descent.sphinx_ext.explorer import explorer
from descent.sphinx_ext.tryit import tryit

FOLDER = "interactive"


def setup(app):
    app.connect("builder-inited", bundle)
    app.connect("html-page-context", note)


def bundle(app):
    if app.builder.format == "html":
        web.bundle(Path(app.outdir) / "_static" / FOLDER)


def note(app, pagename, templatename, context, doctree):
    """For templates/layout.html, which loads their first module."""
    found = doctree and next(doctree.findall(lambda node: isinstance(node, explorer | tryit)), None)
    context["interactive"] = bool(doctree) and found is not None
