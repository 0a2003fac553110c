"""Draws images/card.png, what a link to the published book shows elsewhere: `python images/card.py`."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt

from descent import plots, problems

SIZE = 1200, 630  # pixels, as the networks ask for
SHOWN = ("gradient_descent", "momentum", "rmsprop", "adam")


def draw(target):
    race = runpy.run_path(str(Path(__file__).with_name("race.py")))
    plots.use_book_style()
    problem = problems.quadratic()
    paths = {name: path for name, path in race["run"](problem).items() if name in SHOWN}
    fig = plt.figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), layout="none")
    ax = fig.add_axes((0, 0, 0.56, 1))
    plots.show_trace_2d(ax, problem, paths, window=((-5.8, 2.8), (-3.2, 3.5)))
    ax.set_axis_off()
    fig.text(0.61, 0.79, "Descent", size=58, weight="bold", color="#111827")
    fig.text(0.613, 0.61, "The optimization algorithms\nof deep learning", size=20, color="#111827", linespacing=1.4)
    fig.text(0.613, 0.50, "Derived in full, drawn, run and checked", size=14, color="#4b5563")
    for line, name in enumerate(SHOWN):
        label = race["RACERS"][name][0].partition(",")[0]
        fig.text(0.613, 0.34 - 0.065 * line, f"● {label}", size=17, color=plots.readable(plots.COLORS[name]))
    fig.savefig(target, format="png", dpi=100, metadata={"Software": None})
    plt.close(fig)


if __name__ == "__main__":
    draw(Path(__file__).with_suffix(".png"))
