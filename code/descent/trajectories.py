"""Run a rule on a problem. One run, many starts, or a whole grid of hyperparameters: the same few lines.

>>> from descent import rules
>>> path = train_2d(rules.gradient_descent(lr=0.4))
>>> path.shape
(21, 2)
>>> path[-1].round(6)
array([-9.43467e-01, -7.30000e-05])
"""

from collections import deque

import numpy as np

from descent import problems

# A block of this many runs keeps the temporaries of plain arithmetic in the processor's cache. (Measured on a grid of
# 200 × 200: twice as fast as in one piece. Threads gain hardly anything: they wait for Python's lock.)
_BLOCK = 8192


def train(rule, problem, start=None, steps=20):
    """Follow a rule on a problem and return the whole path.

    Parameters
    ----------
    rule : (init, update), as made by `descent.rules`
    problem : `descent.problems.Problem` in d coordinates
    start : sequence of d numbers or arrays, default `problem.start`
        Arrays start many runs at once. They broadcast with one another and with the rule's hyperparameters.
    steps : int, at least 0, default 20

    Returns
    -------
    array of shape (steps + 1, d) or, for many runs, (steps + 1, d, *shape of the runs), float64
        Row 0 is the start. A run that diverges ends in inf or NaN, without a warning.

    Raises
    ------
    ValueError
        For a start that does not have d coordinates, or a negative number of steps.
    """
    return np.array(list(_steps(rule, problem, start, steps)))


def train_1d(rule, problem=None, start=10.0, steps=10):
    """`train` in one dimension, by default on x² from 10: returns the positions, shape (steps + 1, *runs)."""
    return train(rule, problem or problems.square(), (start,), steps)[:, 0]


def train_2d(rule, problem=None, start=None, steps=20):
    """`train` in two dimensions, by default on the running example 0.1 x₁² + 2 x₂² from (−5, −2), 20 steps."""
    return train(rule, problem or problems.quadratic(), start, steps)


def values(problem, path):
    """The problem's value at every point of a path: shape (steps + 1, *runs). Overflow gives inf, without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return problem.value(*np.moveaxis(path, 1, 0))


def sweep(make_rule, grid, problem=None, start=None, steps=200):
    """Where a rule ends, for every combination of hyperparameters: one broadcast run.

    Parameters
    ----------
    make_rule : function from hyperparameters to a rule, such as `descent.rules.rmsprop`
    grid : dict of hyperparameter name to a sequence of values
        As in ``{"lr": np.linspace(0, 1, 200), "decay": np.linspace(0, 0.99, 200)}``.
    problem, start, steps
        As in `train_2d`, but 200 steps by default. The start is one point.

    Returns
    -------
    array of shape (d, *lengths of the grid's sequences), float64
        The end points, in the order of the grid's names.

    Raises
    ------
    ValueError
        For a grid without names or values, or with a hyperparameter out of its range.
    """
    problem = problem or problems.quadratic()
    if not grid or not all(np.size(axis) for axis in grid.values()):
        raise ValueError(f"grid must name at least one hyperparameter, each with at least one value, got {grid!r}")
    axes = np.meshgrid(*(np.asarray(axis, dtype=float) for axis in grid.values()), indexing="ij")
    flat = [axis.ravel() for axis in axes]
    make_rule(**dict(zip(grid, flat, strict=True)))  # bad hyperparameters are refused here, before any work

    def block(first):
        rule = make_rule(**{name: axis[first : first + _BLOCK] for name, axis in zip(grid, flat, strict=True)})
        (end,) = deque(_steps(rule, problem, start, steps), maxlen=1)
        return end

    ends = [block(first) for first in range(0, flat[0].size, _BLOCK)]
    return np.concatenate(ends, axis=1).reshape(-1, *axes[0].shape)


def _steps(rule, problem, start, steps):
    """Yield the start and then the point after each step, as arrays of shape (d, *runs)."""
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    init, update = rule
    start = problem.start if start is None else start
    dimensions = len(problem.start)
    try:
        points = np.array(np.broadcast_arrays(*start), dtype=float)
    except TypeError:
        points = ()
    if len(points) != dimensions:
        raise ValueError(f"start must have {dimensions} coordinates for {problem!r}, got {start!r}")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Taking one step with a single coordinate shows the shape of the starts and the hyperparameters together.
        probe = np.zeros_like(points[0])
        runs = np.shape(update(probe, probe, init(probe))[0])
        x = np.empty((dimensions, *runs))
        x[:] = points.reshape(dimensions, *(1,) * (len(runs) - points[0].ndim), *points[0].shape)
        state = init(x)
        yield x
        for _ in range(steps):
            x, state = update(x, np.array(problem.gradient(*x)), state)
            yield x
