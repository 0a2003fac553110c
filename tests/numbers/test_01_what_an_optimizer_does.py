"""Numbers that stand in captions and sentences of *What an optimizer does*, and that no cell of it prints."""

import numpy as np
import pytest

from descent import problems, rules
from descent.trajectories import train_2d

BOWL = problems.quadratic()


def risk(x):
    gap = np.exp(-((x - 2) ** 2) / 2) - np.exp(-((x + 2) ** 2) / 2)
    return (1 - np.exp(-2 * x**2)) / 4 + (1 - np.exp(-8)) / 4 + 1 / 8 - gap / 2


def minima(values):
    inside = values[1:-1]
    return np.flatnonzero((inside < values[:-2]) & (inside < values[2:])) + 1


def test_the_bowl():
    """Alternative text: four fifths of the way; the text: the second derivatives differ by the factor 20."""
    assert 1 + train_2d(rules.gradient_descent(0.4), BOWL)[-1, 0] / 5 == pytest.approx(0.8, abs=0.02)
    flat, steep = BOWL.gradient(1.0, 1.0)
    assert steep / flat == pytest.approx(20)


def test_risk_and_empirical_risk():
    """Caption and alternative text: the places and heights of the valleys, most of which the risk does not have."""
    x = np.linspace(0, 10, 401)
    rng = np.random.default_rng(0)
    u = rng.standard_normal(10)
    y = np.sin(2 * u) + 0.5 * rng.standard_normal(10)
    curve = np.mean((np.sin(np.outer(x, u)) - y) ** 2, axis=1) / 2
    valleys = minima(curve)
    assert x[valleys] == pytest.approx([0.5, 2.3, 4.475, 7.075, 9.8], abs=0.03)
    assert list(valleys[np.argsort(curve[valleys])][:2]) == [valleys[1], valleys[0]]
    assert curve[valleys[:2]] == pytest.approx([0.129, 0.109], abs=0.001) and curve[valleys[2:]].min() > 0.3
    assert x[minima(risk(x))] == pytest.approx([0.4, 2.0]) and risk(0.0) - risk(0.4) < 0.05  # one deep valley
    assert np.ptp(risk(np.linspace(5, 10, 99))) < 0.01


def test_tanh():
    """Alternative text: the slopes at 0, 1 and 4."""
    assert 1 - np.tanh(np.array([0, 1, 4])) ** 2 == pytest.approx([1, 0.42, 0.0013], abs=5e-5, rel=5e-3)


def test_the_upper_edge_of_the_basins():
    """From right above the deepest valley gradient descent ends in it, and momentum does not."""
    four = problems.valleys()
    starts = np.linspace(-1.4, -0.8, 13), np.full(13, 1.755)
    plain, heavy = (
        train_2d(rule, four, starts, 1500)[-1] for rule in (rules.gradient_descent(0.02), rules.momentum(0.02, 0.9))
    )
    assert np.all((plain[0] < 0) & (plain[1] > 0)) and np.all(heavy[1] < 0)


def test_weight_decay_and_momentum_part_at_the_second_step():
    """Verdict: with momentum L2 and decay agree in the first step only; with gradient descent always."""
    slope, start = np.array([10.0, 0.1]), np.array([1.0, 1.0])
    for rule, same in (rules.gradient_descent(0.1), [True, True]), (rules.momentum(0.1, 0.9), [True, False]):
        init, update = rule
        one, two = start, start
        state_one, state_two = init(one), init(two)
        for equal in same:
            one, state_one = update(one, slope + 0.5 * one, state_one)
            moved, state_two = update(two, slope, state_two)
            two = moved - 0.1 * 0.5 * two
            assert np.allclose(one, two) == equal


def test_stopping_against_decay():
    """Solution: they differ most at two to three times α, by a fifth of the way."""
    lam = np.linspace(0.001, 9.9, 100_000)
    difference = 1 - (1 - 0.1 * lam) ** 100 - lam / (lam + 0.1)
    assert difference.max() == pytest.approx(0.2, abs=0.01) and 0.2 < lam[difference.argmax()] < 0.3
