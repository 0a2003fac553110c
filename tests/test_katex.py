"""A short formula and the mark after it stay on one line."""

from docutils import nodes

from descent.sphinx_ext import katex


def test_every_mark_goes_to_its_own_formula():
    """Also where an earlier text says the same, here the full stop after Q."""
    paragraph = nodes.paragraph()
    paragraph += [nodes.math("", "x"), nodes.Text(", as in "), nodes.emphasis("", "Q"), nodes.Text(".")]
    paragraph += [nodes.math("", "y"), nodes.Text(".")]
    said = paragraph.astext()
    katex._glue_punctuation(None, paragraph, "page")
    assert paragraph.astext() == said
    assert [glued.astext() for glued in paragraph.findall(nodes.inline)] == ["x,", "y."]
