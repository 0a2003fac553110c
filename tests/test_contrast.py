"""Words and lines of every figure stand out from the paper, as WCAG 2.2 asks: words 4.5 to 1, lines 3 to 1."""

import re
from pathlib import Path

import nbformat
import pytest
from lxml import etree

from descent import plots

ROOT = Path(__file__).parents[1]
# What a figure is understood without: a line at 1, a band behind the two lines that it repeats, grids and the orange of
# D2L's own drawings, the halo of a label.
BACKGROUND = {"#9ca3af", "#c9ced6", "#b0b0b0", "#ff7f0e", "#ffffff"}


def drawings():
    for path in sorted((ROOT / "images").glob("*.svg")):
        if path.name != "favicon.svg":
            yield pytest.param(path.read_text(encoding="utf-8"), id=path.stem)
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if drawing := output.get("data", {}).get("image/svg+xml"):
                    yield pytest.param("".join(drawing), id=cell.id)


def colors(drawing, kind, property):
    for group in etree.fromstring(drawing.encode()).iter("{*}g"):
        if group.get("id", "").startswith(kind):
            styles = " ".join(part.get("style", "") for part in group.iter("{*}*"))
            yield from re.findall(rf"{property}: (#[0-9a-f]{{6}})", styles)


@pytest.mark.parametrize("drawing", list(drawings()))
def test_words_and_lines_stand_out(drawing):
    words = set(colors(drawing, "text_", "fill")) - {"#ffffff"}  # the box around a word
    lines = set(colors(drawing, "line2d_", "stroke")) - BACKGROUND
    assert {color for color in words if plots.contrast(color, "white") < 4.5} == set()
    assert {color for color in lines if plots.contrast(color, "white") < 3} == set()


def test_contrast_is_that_of_wcag():
    assert plots.contrast("black", "white") == pytest.approx(21)
    assert plots.contrast("#767676", "white") == pytest.approx(
        4.54, abs=0.005
    )  # the grey that just passes, known widely
    assert plots.contrast("#0072b2", "#0072b2") == 1


@pytest.mark.parametrize("rule", plots.COLORS)
def test_the_rules_colours_can_be_seen_and_their_words_read(rule):
    color = plots.COLORS[rule]
    assert plots.contrast(color, "white") >= 3
    ink = plots.readable(color)
    assert plots.contrast(ink, plots._DARKEST_PAPER) >= 4.5
    assert plots.readable(ink) == ink
