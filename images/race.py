"""Draws images/race.svg, the landing page's figure: `python images/race.py`. A test draws it again and compares."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from descent import plots, problems, rules, trajectories

STEPS = 20
WINDOW = ((-5.8, 2.8), (-2.6, 3.2))
LEARNING_RATES = np.geomspace(1e-3, 100, 201)
RACERS = {
    "gradient_descent": ("gradient descent", rules.gradient_descent),
    "momentum": ("momentum, β = 0.5", lambda lr: rules.momentum(lr, beta=0.5)),
    "nesterov": ("Nesterov, β = 0.5", lambda lr: rules.nesterov(lr, beta=0.5)),
    "adagrad": ("AdaGrad", rules.adagrad),
    "rmsprop": ("RMSprop", rules.rmsprop),
    "adadelta": ("Adadelta", lambda lr: rules.adadelta(lr=lr)),
    "adam": ("Adam", rules.adam),
}


def tuned(problem):
    """For every racer the learning rate of the lowest mean value over the steps, and its path."""
    found = {}
    for name, (_, make_rule) in RACERS.items():
        path = trajectories.train_2d(make_rule(LEARNING_RATES), problem, steps=STEPS)
        mean = np.nan_to_num(trajectories.values(problem, path).mean(axis=0), nan=np.inf)
        best = mean.argmin()
        found[name] = LEARNING_RATES[best], path[:, :, best]
    return found


def run(problem):
    """For every racer its path with its best learning rate."""
    return {name: path for name, (_, path) in tuned(problem).items()}


def draw(target):
    plots.use_book_style()
    problem = problems.quadratic()
    paths = run(problem)
    fig, ax = plt.subplots(figsize=(6.4, 4.4))
    plots.show_trace_2d(ax, problem, paths, window=WINDOW)
    inks = [plots.readable(plots.COLORS[name]) for name in RACERS]
    lines = [ax.plot([], [], "o-", color=plots.COLORS[name], label=label)[0] for name, (label, _) in RACERS.items()]
    ax.legend(handles=lines, ncols=2, loc="upper right", fontsize=10, labelcolor=inks, frameon=True, edgecolor="none")
    plots.note(ax, "start", (-5, -2.35), ha="center")
    ax.set_title("Seven rules, one bowl, 20 steps")
    fig.savefig(target, format="svg", metadata={"Date": None})
    plt.close(fig)


if __name__ == "__main__":
    draw(Path(__file__).with_suffix(".svg"))
