"""Draws the EPUB's cover, as PNG: libraries of reading devices show no other kind everywhere."""

import runpy
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt

from descent import plots, problems


def draw(target, book):
    """`book` has a title, a subtitle and an author."""
    plots.use_book_style()
    race = runpy.run_path(str(Path(__file__).with_name("race.py")))
    problem = problems.quadratic()
    fig = plt.figure(figsize=(6, 9), facecolor="white", layout="none")
    ax = fig.add_axes((0, 0.14, 1, 0.48))
    plots.show_trace_2d(ax, problem, race["run"](problem), window=race["WINDOW"])
    ax.set_axis_off()
    fig.text(0.08, 0.84, book.title, fontsize=54, fontweight="bold")
    fig.text(0.08, 0.79, textwrap.fill(book.subtitle, 42), fontsize=15, va="top", linespacing=1.4)
    fig.text(0.08, 0.06, book.author, fontsize=13)
    fig.savefig(target, format="png", dpi=200)
    plt.close(fig)
