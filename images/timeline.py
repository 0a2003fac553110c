"""Draws images/timeline.svg, the figure of the page History: `python images/timeline.py`. A test draws it again."""

from pathlib import Path

import matplotlib.pyplot as plt

from descent import plots

STUDY = "study"  # a theorem, an experiment or a comparison rather than a method
# Year of publication, as the page cites it; what it is; a key of `plots.COLORS`, None for another method, or STUDY.
WORKS = [
    (1847, "Cauchy: gradient descent", "gradient_descent"),
    (1951, "Robbins and Monro: noisy steps", "gradient_descent"),
    (1964, "Polyak: heavy ball", "momentum"),
    (1983, "Nesterov: acceleration", "nesterov"),
    (1986, "backpropagation, with momentum", "momentum"),
    (1988, "Jacobs: a rate for each weight", None),
    (1993, "rprop", "rmsprop"),
    (1999, "Qian: the physics of momentum", STUDY),
    (2010, "McMahan and Streeter", "adagrad"),
    (2011, "AdaGrad", "adagrad"),
    (2012, "RMSprop, in a lecture", "rmsprop"),
    (2012, "Adadelta", "adadelta"),
    (2013, "centred RMSprop", "rmsprop"),
    (2013, "Sutskever: Nesterov, look-ahead", "nesterov"),
    (2015, "Adam", "adam"),
    (2016, "Lessard: heavy ball can cycle", STUDY),
    (2017, "Goh: momentum in Distill", STUDY),
    (2017, "Wilson: doubts about adaptive", STUDY),
    (2018, "AMSGrad", "adam"),
    (2018, "Shampoo", None),
    (2019, "AdamW", "adam"),
    (2019, "Choi: it depends on tuning", STUDY),
    (2021, "Schmidt: no clear winner", STUDY),
    (2023, "Lion", None),
    (2023, "AlgoPerf", STUDY),
    (2024, "Muon", None),
    (2025, "AlgoPerf: first results", STUDY),
]
LONG = 10  # from so many years on, a gap is shown and its length written


def draw(target):
    plots.use_book_style()
    years = [year for year, _, _ in WORKS]
    early = [year for year in years if year < 2000]
    late = [year for year in years if year >= 2000]
    fig, ax = plt.subplots(figsize=(4, 8.6))
    line = dict(color="#6b7280", linewidth=1.2, solid_capstyle="butt", zorder=1)
    y = 0.0
    for before, (year, text, kind) in zip([years[0], *years], WORKS, strict=False):
        gap = year - before
        if gap >= LONG:
            ax.plot([0, 0], [y, y + 0.6], **line)
            ax.plot([0, 0], [y + 1.1, y + 1.7], **line)
            for middle in (y + 0.6, y + 1.1):  # a break in the axis
                ax.plot([-0.035, 0.035], [middle + 0.1, middle - 0.1], **line)
            plots.note(ax, f"{gap} years", (0.1, y + 0.85), color="#6b7280", fontsize=10)
            y += 1.7
        elif text != WORKS[0][1]:
            ax.plot([0, 0], [y, y + 1], **line)
            y += 1
        color = plots.COLORS.get(kind, plots.INK)
        marker = dict(markerfacecolor="white", marker="D", markersize=6) if kind == STUDY else dict(marker="o")
        ax.plot(0, y, color=color, **{"markersize": 8, "markeredgewidth": 1.6, "zorder": 3, **marker})
        plots.note(ax, str(year), (-0.1, y), ha="right")
        plots.note(ax, text, (0.1, y))
    ax.set(xlim=(-0.34, 1.26), ylim=(y + 0.6, -0.6))
    spans = early[-1] - early[0], late[-1] - late[0]
    ax.set_title(f"{len(early)} works in {spans[0]} years, then {len(late)} in {spans[1]}")
    ax.axis("off")
    fig.savefig(target, format="svg", metadata={"Date": None})
    plt.close(fig)


if __name__ == "__main__":
    draw(Path(__file__).with_suffix(".svg"))
