"""A short formula, what belongs to it and the sign of 5 % stay on one line."""

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


def test_a_bracket_before_a_formula_goes_with_it():
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text("below 1 ("), nodes.math("", r"\beta_1"), nodes.Text(") and "), nodes.math("", "x")]
    paragraph += [nodes.Text(" ("), nodes.math("", "+".join("x" * 30)), nodes.Text(")")]
    said = paragraph.astext()
    katex._glue_punctuation(None, paragraph, "page")
    assert paragraph.astext() == said
    assert [glued.astext() for glued in paragraph.findall(nodes.inline)] == [r"(\beta_1)"]
    assert [formula["classes"] for formula in paragraph.findall(nodes.math)] == [[], ["glued"], []]


def test_percent_goes_with_its_number_but_in_code():
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text("5 % and 6 %, "), nodes.literal("", "7 % 2")]
    katex._glue_percent(None, paragraph, "page")
    assert paragraph.astext() == "5\N{NO-BREAK SPACE}% and 6\N{NO-BREAK SPACE}%, 7 % 2"
