"""Many runs at once are the same as one run at a time."""

import re

import numpy as np
import pytest

from descent import problems, rules
from descent.trajectories import _BLOCK, sweep, train, train_1d, train_2d, values

pytestmark = pytest.mark.filterwarnings("error")

DESCEND = rules.gradient_descent
LINE, COLUMN = np.linspace(0.1, 0.4, 3), np.linspace(0.1, 0.9, 4)[:, None]

# rule, start, and the shape of the runs that they make together
SHAPES = [
    (DESCEND(0.1), None, ()),
    (DESCEND(0.1), (-5, -2), ()),
    (DESCEND(0.1), np.array([-5, -2]), ()),
    (DESCEND(0.1), (np.zeros(7), 1), (7,)),
    (DESCEND(0.1), (1, np.zeros((7, 3))), (7, 3)),
    (DESCEND(0.1), (np.zeros(3), COLUMN), (4, 3)),
    (DESCEND(LINE), None, (3,)),
    (DESCEND(COLUMN), None, (4, 1)),
    (DESCEND(LINE), (COLUMN, 1), (4, 3)),
    (DESCEND(np.array(0.1)), None, ()),
    (rules.momentum(LINE, COLUMN), None, (4, 3)),
    (rules.rmsprop(LINE, decay=COLUMN), (np.zeros((2, 1, 1)), 1), (2, 4, 3)),
    (rules.adam(0.1, beta1=COLUMN, eps=LINE), None, (4, 3)),
]


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("rule, start, runs", SHAPES)
def test_shapes(rule, start, runs, steps):
    path = train_2d(rule, start=start, steps=steps)
    assert path.shape == (steps + 1, 2, *runs)
    assert path.dtype == np.float64
    started = problems.quadratic().start if start is None else start
    for coordinate, x in zip(path[0], started, strict=True):
        np.testing.assert_array_equal(coordinate, np.broadcast_to(x, runs))
    assert values(problems.quadratic(), path).shape == (steps + 1, *runs)


@pytest.mark.parametrize("start, runs", [(10.0, ()), (np.zeros(3), (3,)), (COLUMN, (4, 1))])
def test_shapes_in_one_dimension(start, runs):
    assert train_1d(DESCEND(0.1), start=start).shape == (11, *runs)
    assert train_1d(DESCEND(LINE), start=start).shape == (11, *np.broadcast_shapes(runs, (3,)))


def test_the_path_is_a_plain_loop():
    (init, update), f = rules.adam(lr=0.4), problems.rosenbrock()
    x, path = np.array([0.5, -0.5]), [[0.5, -0.5]]
    state = init(x)
    for _ in range(30):
        x, state = update(x, np.array(f.gradient(*x)), state)
        path.append(x)
    np.testing.assert_allclose(train((init, update), f, (0.5, -0.5), steps=30), path, rtol=1e-12)


def test_many_runs_equal_single_runs():
    starts = np.random.default_rng(0).normal(size=(2, 4, 1))
    together = train_2d(rules.rmsprop(LINE, decay=COLUMN), start=starts, steps=10)
    for i in range(4):
        for j in range(3):
            rule = rules.rmsprop(LINE[j], decay=COLUMN[i, 0])
            alone = train_2d(rule, start=starts[:, i, 0], steps=10)
            np.testing.assert_allclose(together[:, :, i, j], alone, rtol=1e-12, atol=1e-12)


def test_the_start_is_not_changed():
    start = np.array([-5.0, -2.0])
    path = train_2d(DESCEND(0.1), start=start)
    path[:] = 0
    assert start.tolist() == [-5, -2]
    assert problems.quadratic().start == (-5, -2)


def test_values_along_a_path():
    path = train_2d(DESCEND(LINE), steps=3)
    expected = 0.1 * path[:, 0] ** 2 + 2 * path[:, 1] ** 2
    np.testing.assert_allclose(values(problems.quadratic(), path), expected, rtol=1e-14)


# --- sweeps


@pytest.mark.parametrize("problem, start", [(None, None), (problems.rosenbrock(), (0.5, 0.25))])
def test_sweep_equals_the_loop(problem, start):
    grid = {"decay": [0.5, 0.9, 0.99], "lr": [0.001, 0.01, 0.1, 0.2]}
    ends = sweep(rules.rmsprop, grid, problem, start, steps=20)
    assert ends.shape == (2, 3, 4)
    for i, decay in enumerate(grid["decay"]):
        for j, lr in enumerate(grid["lr"]):
            end = train_2d(rules.rmsprop(lr, decay), problem, start, steps=20)[-1]
            np.testing.assert_allclose(ends[:, i, j], end, rtol=1e-9, atol=1e-9)


def test_sweep_of_several_blocks_keeps_its_order():
    lr = np.linspace(0, 0.5, 2 * _BLOCK + 5)
    np.testing.assert_allclose(sweep(DESCEND, {"lr": lr}, steps=3), train_2d(DESCEND(lr), steps=3)[-1], rtol=1e-13)


def test_sweep_in_one_dimension_and_without_steps():
    assert sweep(DESCEND, {"lr": [0.1, 0.2]}, problems.square()).shape == (1, 2)
    np.testing.assert_array_equal(sweep(DESCEND, {"lr": [0.1, 0.2]}, steps=0), [[-5, -5], [-2, -2]])


# --- divergence, without a warning (they are errors in this file)


def test_divergence_ends_in_inf_or_nan():
    path = train_2d(DESCEND([1e9] * np.ones(3)), steps=100)
    assert not np.isfinite(path[-1]).any()
    assert not np.isfinite(values(problems.quadratic(), path)[-1]).any()
    assert not np.isfinite(train(DESCEND(1.0), problems.rosenbrock(), steps=50)[-1]).any()
    assert not np.isfinite(train_1d(DESCEND(1e9), problems.wave(), steps=100)[-1])
    ends = sweep(DESCEND, {"lr": [0.1, 1e9]}, steps=200)
    assert np.isfinite(ends).all(axis=0).tolist() == [True, False]


@pytest.mark.parametrize("start", [(1e200, 1e200), (1e300, np.zeros(2))])
def test_overflow_at_the_start_is_no_error_either(start):
    assert not np.isfinite(train(DESCEND(1.0), problems.beale(), start, steps=2)[-1]).all()


@pytest.mark.parametrize("make", [rules.adagrad, rules.rmsprop])
@pytest.mark.parametrize("start", [(0, 1), (1e-200, 1)])
def test_division_by_zero_is_no_error_either(make, start):
    end = train_2d(make(lr=0.1, eps=0), start=start)[-1]
    assert np.isfinite(end).tolist() == [False, True]


# --- errors

BOWL = "Problem(0.1 x₁² + 2 x₂²)"
BAD = [
    (lambda: train_2d(DESCEND(0.1), start=(1, 2, 3)), f"start must have 2 coordinates for {BOWL}, got (1, 2, 3)"),
    (lambda: train_2d(DESCEND(0.1), start=(1,)), f"start must have 2 coordinates for {BOWL}, got (1,)"),
    (lambda: train_2d(DESCEND(0.1), start=5), f"start must have 2 coordinates for {BOWL}, got 5"),
    (
        lambda: train(DESCEND(0.1), problems.square(), start=(1, 2)),
        "start must have 1 coordinates for Problem(x²), got (1, 2)",
    ),
    (lambda: train_2d(DESCEND(0.1), steps=-1), "steps must be at least 0, got -1"),
    (lambda: train_1d(DESCEND(0.1), steps=-5), "steps must be at least 0, got -5"),
    (lambda: sweep(rules.rmsprop, {"lr": [0.1], "decay": [0.5, 1.2]}), "decay must be in [0, 1), got 1.2"),
    (lambda: sweep(DESCEND, {"lr": [0.1]}, steps=-1), "steps must be at least 0, got -1"),
]


@pytest.mark.parametrize("call, sentence", BAD, ids=[sentence for _, sentence in BAD])
def test_bad_arguments_are_refused_with_a_sentence(call, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
