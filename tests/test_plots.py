"""Figures are a function of what they show: same bytes every time, and nothing happens besides."""

import gzip
import io
import random
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from descent import plots, problems, rules
from descent.trajectories import train_2d

mpl.use("agg")

X = np.linspace(0, 1, 20)
RUNS = np.sin(X + np.arange(5)[:, None])
BOWL = problems.quadratic()
PATH = train_2d(rules.rmsprop(lr=0.4))

DRAWINGS = {
    "contours": lambda ax: plots.contours(ax, BOWL),
    "contours, levels": lambda ax: plots.contours(ax, problems.beale(), ((0, 4), (-1, 1)), levels=[0, 1, 10, 100]),
    "trajectory": lambda ax: plots.trajectory(ax, PATH, "rmsprop", label="RMSprop", at=(-3, 1)),
    "trajectory, plain": lambda ax: plots.trajectory(ax, PATH, color="black", linestyle="--"),
    "show_trace_2d": lambda ax: plots.show_trace_2d(ax, BOWL, {"rmsprop": PATH, "adam": PATH / 2}),
    "band": lambda ax: plots.band(ax, X, RUNS, "adam", label="Adam", at=(1, 0)),
    "note": lambda ax: plots.note(ax, "here", (0.5, 0.5)),
}
every_drawing = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        plots.use_book_style()
        yield
    plt.close("all")


def svg(draw):
    figure, ax = plt.subplots()
    draw(ax)
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)
    return file.getvalue()


@every_drawing
def test_draws_on_the_axes_and_returns_it(draw):
    figure, ax = plt.subplots()
    before = len(ax.get_children())
    assert draw(ax) is ax
    assert len(ax.get_children()) > before
    assert plt.get_fignums() == [figure.number]


@every_drawing
def test_shows_saves_and_seeds_nothing(draw, monkeypatch, tmp_path):
    def forbidden(*args, **kwargs):
        raise AssertionError("a plotting function shows or saves")

    _, ax = plt.subplots()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", forbidden)
    monkeypatch.setattr(mpl.figure.Figure, "show", forbidden)
    monkeypatch.setattr(mpl.figure.Figure, "savefig", forbidden)
    np.random.seed(12345)
    random.seed(12345)
    settings, numpy_state, state = dict(mpl.rcParams), np.random.get_state()[1].tolist(), random.getstate()
    draw(ax)
    assert dict(mpl.rcParams) == settings
    assert np.random.get_state()[1].tolist() == numpy_state
    assert random.getstate() == state
    assert list(tmp_path.iterdir()) == []


@every_drawing
def test_twice_the_same_bytes(draw):
    assert svg(draw) == svg(draw)


def test_the_same_bytes_in_fresh_processes():
    program = (
        "import hashlib, io, matplotlib; matplotlib.use('agg')\n"
        "import matplotlib.pyplot as plt\n"
        "from descent import plots, problems, rules, trajectories\n"
        "plots.use_book_style()\n"
        "figure, ax = plt.subplots()\n"
        "plots.show_trace_2d(ax, problems.quadratic(), {'rmsprop': trajectories.train_2d(rules.rmsprop(lr=0.4))})\n"
        "file = io.BytesIO(); figure.savefig(file, format='svg', metadata={'Date': None})\n"
        "print(hashlib.sha256(file.getvalue()).hexdigest())\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(2)]
    hashes = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert hashes[0] == hashes[1] != b""


def test_a_trajectory_figure_is_small():
    size = len(gzip.compress(svg(DRAWINGS["show_trace_2d"]), mtime=0))
    assert size <= 20_000


def test_svg_names_no_date_and_asks_for_no_font():
    text = svg(DRAWINGS["show_trace_2d"]).decode()
    assert "<dc:date>" not in text
    assert "<text" not in text


def test_importing_changes_no_setting():
    program = (
        "import matplotlib\nbefore = dict(matplotlib.rcParams)\n"
        "import descent.plots\nassert dict(matplotlib.rcParams) == before\n"
        "descent.plots.use_book_style()\nassert dict(matplotlib.rcParams) != before\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


# --- what is drawn


def test_trajectory_leaves_out_what_is_not_finite():
    path = np.array([[0, 0], [1, 1], [np.inf, 2], [3, np.nan]])
    _, ax = plt.subplots()
    plots.trajectory(ax, path, "adam")
    line, start = ax.lines
    assert line.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert line.get_color() == plots.COLORS["adam"]
    assert start.get_xydata().tolist() == [[0, 0]]


def test_band_is_the_median_between_the_outer_tenths():
    _, ax = plt.subplots()
    plots.band(ax, np.arange(2), np.arange(11)[:, None] * [1, 10])
    assert ax.lines[0].get_ydata().tolist() == [5, 50]
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners.tolist()} == {(0, 1), (0, 9), (1, 10), (1, 90)}


def test_contours_show_the_window_and_the_minimum():
    _, ax = plt.subplots()
    plots.contours(ax, problems.rosenbrock())
    assert (ax.get_xlim(), ax.get_ylim()) == problems.rosenbrock().window
    assert ax.lines[0].get_xydata().tolist() == [[1, 1]]


def test_one_colour_for_each_rule():
    assert len(set(plots.COLORS.values())) == len(plots.COLORS)
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in plots.COLORS.values())
    assert all(callable(getattr(rules, rule)) for rule in plots.COLORS)


def test_the_style_file_travels_with_the_package():
    assert Path(plots.__file__).with_name("book.mplstyle").is_file()
