"""The book's figures. Functions take an Axes, draw on it and return it; they never show, save or seed.

A notebook calls `use_book_style` once, in its first code cell.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

# One colour for each rule, the same in every figure, explorer and table; safe for colour-blind readers.
COLORS = {
    "gradient_descent": "#6b7280",
    "momentum": "#0072b2",
    "nesterov": "#4b98d0",
    "adagrad": "#009e73",
    "rmsprop": "#d55e00",
    "adadelta": "#cc79a7",
    "adam": "#7b3ff2",
}
INK = "#374151"  # markers and notes that belong to no rule
CURVE = "#5f8bb8"  # the graph of a function of one coordinate, on which a rule walks
# Lines of one rule that differ in something else, such as the learning rate: dark, brown, teal, red.
SHADES = ("#111827", "#a16207", "#0f766e", "#be123c")

_DARKEST_PAPER = "#d8e3ef"
_PAPER = LinearSegmentedColormap.from_list("paper", ["#f4f8fd", _DARKEST_PAPER])
_CONTOUR = "#9ab5d3"


def use_book_style():
    """Give every figure of this notebook the book's style, as SVG whose bytes depend on nothing but the figure."""
    plt.style.use(Path(__file__).with_name("book.mplstyle"))
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # a plain script: the style is all there is to set
        return
    set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})


def use_png():
    """Make the figures that follow PNG, until `use_book_style`: for trained networks, whose curves differ by machine.

    The check of the notebooks compares SVG but not PNG, so such a figure stands beside a printed number.
    """
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("png", bbox_inches=None, dpi=200)


def contrast(color, ground):
    """The contrast ratio of two colours, from 1 to 21, as WCAG 2.2 defines it (w3.org/TR/WCAG22)."""
    light = []
    for one in (color, ground):
        rgb = np.array(to_rgb(one))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        light.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(light) + 0.05) / (min(light) + 0.05)


def readable(color):
    """A colour for words: the same, darkened until its contrast on the contours' paper is 4.5 (WCAG's level AA).

    Parameters
    ----------
    color : color

    Returns
    -------
    str
        Such as "#0069a4".
    """
    shade = 1.0
    while contrast(np.multiply(shade, to_rgb(color)), _DARKEST_PAPER) < 4.5:
        shade -= 0.01
    return to_hex(np.multiply(shade, to_rgb(color)))


def contours(ax, problem, window=None, levels=9, points=37):
    """Pale filled contours of a problem in two coordinates, with a cross at its minimum.

    Parameters
    ----------
    ax : Axes
    problem : `descent.problems.Problem`
    window : ((low, high), (low, high)), default `problem.window`
    levels : int or increasing sequence, default 9
        A number gives levels that rise with the square of their index, evenly spaced on a bowl.
    points : int, default 37
        Points of the grid in each direction: enough for a bowl, and few, since each adds to the size of the figure.

    Returns
    -------
    ax
    """
    window = window or problem.window
    # The grid reaches a little beyond the window, so that the frame cuts off the outline of the outermost level.
    axes = [np.linspace(low - (high - low) / 40, high + (high - low) / 40, points) for low, high in window]
    z = problem.value(*np.meshgrid(*axes))
    if np.ndim(levels) == 0:
        levels = z.min() + (z.max() - z.min()) * (np.arange(levels + 1) / levels) ** 2
    ax.contourf(*axes, z, levels=levels, cmap=_PAPER, edgecolor=_CONTOUR, linewidth=0.7, antialiased=True)
    ax.plot(*problem.minimum, "+", color=INK, markersize=11, markeredgewidth=2, zorder=4)
    ax.set(xlim=window[0], ylim=window[1], xlabel="$x_1$", ylabel="$x_2$")
    return ax


def trajectory(ax, path, rule="gradient_descent", label=None, at=None, color=None, linestyle="-"):
    """A path with a dot at every step and an open circle at the start.

    Parameters
    ----------
    ax : Axes
    path : array of shape (steps + 1, 2), as `descent.trajectories.train_2d` returns
        Points that are not finite are left out.
    rule : str, default "gradient_descent"
        A key of `COLORS`.
    label : str, optional
        Written in the line's colour at `at`.
    at : (x₁, x₂)
        Where the label's left end stands; needed with a label.
    color : str, optional
        In place of the rule's colour.
    linestyle : str, default "-"

    Returns
    -------
    ax
    """
    color = color or COLORS[rule]
    path = path[np.isfinite(path).all(axis=1)]
    ax.plot(*path.T, marker="o", color=color, linestyle=linestyle, zorder=3)
    ax.plot(*path[0], "o", color=INK, markersize=9, markerfacecolor="white", markeredgewidth=1.8, zorder=5)
    if label:
        note(ax, label, at, color=color)
    return ax


def show_trace_2d(ax, problem, paths, window=None):
    """Contours of a problem and one path for each rule: ``{"rmsprop": path, …}``, keys as in `COLORS`.

    Returns
    -------
    ax
    """
    contours(ax, problem, window)
    for rule, path in paths.items():
        trajectory(ax, path, rule)
    return ax


def band(ax, x, runs, rule="gradient_descent", label=None, at=None, color=None, linestyle="-"):
    """The median of several runs as a line, and between their 10th and 90th percentile a band.

    Parameters
    ----------
    ax : Axes
    x : array of shape (points,)
    runs : array of shape (runs, points)
    rule, label, at, color, linestyle
        As in `trajectory`.

    Returns
    -------
    ax
    """
    color = color or COLORS[rule]
    low, middle, high = np.quantile(runs, [0.1, 0.5, 0.9], axis=0)
    ax.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
    ax.plot(x, middle, color=color, linestyle=linestyle)
    if label:
        note(ax, label, at, color=color)
    return ax


def note(ax, text, at, color=INK, **options):
    """Text that starts at a point of the axes, in the colour of what it belongs to, darkened where pale. Returns ax."""
    ax.annotate(text, at, color=readable(color), va="center", annotation_clip=False, zorder=6, **options)
    return ax
