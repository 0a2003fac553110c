"""What the book adds to Sphinx."""

from descent.sphinx_ext import claims, explorer, katex, publish, reading, search, theme, tryit, web


def setup(app):
    for part in claims, explorer, katex, publish, reading, search, theme, tryit, web:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
