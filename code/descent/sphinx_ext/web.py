"""Brings the bundled modules of code/web into the site, and the one that every page needs into the pages."""

from pathlib import Path

from descent.interactive import web

FOLDER = Path("_static", "interactive")


def setup(app):
    app.connect("builder-inited", bundle)
    app.connect("html-page-context", script)


def bundle(app):
    if app.builder.format == "html":
        web.bundle(app.outdir / FOLDER)


def script(app, pagename, templatename, context, doctree):
    """For templates/layout.html."""
    context["page_script"] = (app.outdir / FOLDER / "page.mjs").read_text(encoding="utf-8")
