"""Numbers that stand in captions and sentences of *AdaGrad*, and that no cell of it prints."""

import numpy as np
import pytest

from descent import problems, rules
from descent.trajectories import train_2d, values

BOWL = problems.quadratic()


def test_adagrad_against_the_learning_rate(losses):
    """Alternative text of the cliff: about 7 at 0.06, falling, below 1e-6 at 2."""
    ends = losses(rules.adagrad(np.array([0.06, 0.4, 2])), 20)[-1]
    assert 6 < ends[0] < 8 and round(ends[1], 1) == 0.6 and ends[2] < 1e-6
    shown = losses(rules.adagrad(np.geomspace(0.06, 2, 60)), 20)[-1]
    assert np.all(np.diff(shown) < 0)


def test_adagrad_effective_rates_without_noise():
    """Alternative text of the effective rates: level at about 0.1 and 0.026."""
    path = train_2d(rules.adagrad(0.4), steps=10_000)
    s = (np.array(BOWL.gradient(*path[:-1].T)) ** 2).sum(axis=1)
    assert 0.4 / np.sqrt(s) == pytest.approx([0.105, 0.026], abs=1e-3)


def test_adagrad_on_the_turned_bowl():
    """Caption and alternative text: 6 steps at 5°, more than 60 at 40°, 45° and 50°; at 45° six times those at 0°."""
    needed = {}
    for angle in (0, 5, 40, 45, 50):
        bowl = problems.quadratic(angle=float(angle))
        needed[angle] = np.flatnonzero(values(bowl, train_2d(rules.adagrad(2), bowl, steps=300)) >= 1e-3)[-1] + 1
    assert needed[5] < needed[0] == 10 and min(needed[angle] for angle in (40, 45, 50)) > 60
    assert 5.5 < needed[45] / needed[0] < 6.5


def test_adagrad_the_kappa_that_is_left_is_that_of_a_round_bowl():
    """Verdict: divided by its own root, the curvature cancels, so a round bowl gives the same κ."""
    for start in ((-5, -2), (-5, -20)):
        left = []
        for kappa in (20, 1):
            bowl = problems.quadratic(kappa=kappa)
            path = train_2d(rules.adagrad(0.4, eps=0), bowl, start, steps=2000)
            root = np.sqrt((np.array(bowl.gradient(*path[:-1].T)) ** 2).sum(axis=1))
            left.append(np.array([0.2, 0.2 * kappa]) / root)
        assert np.ptp(np.log(left[0])) == pytest.approx(np.ptp(np.log(left[1])), rel=1e-6)


def test_adagrad_on_words_in_the_figures():
    """Alternative texts of the two figures of the words: the number of texts that contain a word."""
    p = 1 / np.arange(1, 501)
    contained = 2000 * (1 - (1 - p / p.sum()) ** 10)
    assert round(contained[320:].mean()) == 7 and round(contained[:2].mean(), -1) == 1330
