"""What the book adds to Sphinx."""

from descent.sphinx_ext import claims, katex, theme


def setup(app):
    claims.setup(app)
    katex.setup(app)
    theme.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
