"""Numbers that stand in captions and sentences of the chapter on stochastic gradients, and that no cell prints."""

from math import comb

import numpy as np
import pytest

from descent import datasets, problems, rules, schedules, training
from descent.trajectories import train_2d


def test_sgd_floor_figure():
    """Alternative text of the floor figure: levels, and when they are reached (within a tenth)."""
    for lr, level, step in ((0.4, 0.17, 4), (0.1, 0.028, 25), (0.025, 0.006, 120)):
        floor, factor = lr / (2 * (2 - 2 * lr)), (1 - 2 * lr) ** (2 * np.arange(400))
        reached = np.argmax(100 * factor + floor * (1 - factor) < 1.1 * floor)
        assert floor == pytest.approx(level, rel=0.08) and abs(reached - step) <= 4


def test_sgd_schedules_figure():
    """Alternative text of the five schedules."""
    assert schedules.inverse_time(0.1)(100) == pytest.approx(0.09, abs=0.005)
    assert schedules.inverse_sqrt(0.1)(100) == pytest.approx(0.3, abs=0.005)
    assert [schedules.step(30, 0.3)(t) for t in (30, 60, 90)] == pytest.approx([0.3, 0.09, 0.027])
    assert schedules.exponential(0.95)(100) < 0.01 and schedules.cosine(100)(100) == pytest.approx(0)


def test_sgd_stops_short_figure():
    """Alternative text: where the four schedules are on D2L's example (exact recursions)."""
    lam, t = np.array([2.0, 4.0]), np.arange(1000)
    for factor, at in (
        (schedules.constant(), {30: 0.19, 1000: 0.19}),
        (schedules.exponential(np.exp(-0.1)), {50: 0.83, 1000: 0.83}),
        (schedules.inverse_sqrt(0.1), {1000: 0.06}),
        (schedules.inverse_time(0.1), {1000: 0.02}),
    ):
        m, v, far = np.array([-5.0, -2.0]), np.zeros(2), []
        for lr in 0.1 * np.exp(-0.2) * factor(t):
            m, v = (1 - lr * lam) * m, (1 - lr * lam) ** 2 * v + lr**2
            far.append(np.sqrt(np.sum(m**2 + v)))
        for step, value in at.items():
            assert far[step - 1] == pytest.approx(value, abs=0.012)


def test_sgd_batch_figure():
    """Caption and alternative text: proportional up to about B = 8 for 0.01; 18 steps from about 100 on for 0.1."""
    lam, start = np.array([0.2, 4.0]), np.array([-5.0, -2.0])
    lrs, t = np.geomspace(0.005, 0.499, 80)[:, None, None], np.arange(1501)[:, None]
    factor = (1 - lrs * lam) ** (2 * t)

    def steps(B, target):
        loss = np.sum(lam / 2 * (factor * start**2 + lrs / B / (lam * (2 - lrs * lam)) * (1 - factor)), axis=-1)
        below = loss < target
        return np.where(below.any(axis=1), below.argmax(axis=1), 10_000).min()

    assert steps(8, 0.01) * 8 < 1.2 * steps(1, 0.01) and steps(32, 0.01) * 32 > 1.5 * steps(1, 0.01)
    assert {steps(B, 0.1) for B in (128, 256, 512, 1024, 2048, 4096)} == {18}


def test_sgd_in_the_valley_figure():
    """Alternative text: the scatter at η = 0.4 after the run has come down the valley."""
    f, rng = problems.quadratic(), np.random.default_rng(5)

    def gradient(*x):
        return [g + rng.standard_normal(np.shape(g)) for g in f.gradient(*x)]

    noisy = problems.Problem(f.name, f.value, gradient, f.minimum, f.start, f.window)
    late = np.abs(train_2d(rules.gradient_descent(0.4), noisy, steps=80)[25:])
    assert late.max(axis=0) == pytest.approx([1.5, 1.1], abs=0.06)


def test_sgd_inverse_time_comes_back_within_ten_steps():
    """Solution on 1/t decay: the steep coordinate grows to almost 1e5 and is back where it began at step 19."""
    share = np.abs(np.cumprod(1 - 20 / np.arange(1, 20)))
    assert share == pytest.approx([comb(19, k) for k in range(1, 20)])
    assert share.argmax() + 1 in (9, 10) and 9e4 < share.max() < 1e5 and share[18] == pytest.approx(1)


def test_sgd_average_of_2000_iterates():
    """Solution on averaging: λ²K times the variance of the mean of K = 2000 stationary iterates, in closed form."""
    flat, steep = ((0.05, 0.2, 0.95), (0.1, 0.2, 0.98), (0.4, 0.2, 0.99)), ((0.05, 4, 1), (0.1, 4, 1), (0.4, 4, 1))
    for lr, lam, value in flat + steep:
        a, k = 1 - lr * lam, 2000
        mean = (1 + a) / (1 - a) - 2 * a * (1 - a**k) / (k * (1 - a) ** 2)
        assert lr / (lam * (2 - lr * lam)) * mean * lam**2 == pytest.approx(value, abs=0.006)


def test_sgd_diabetes_after_twenty_epochs():
    """The three medians are within a fifth of one another."""
    split = datasets.diabetes()
    design = np.column_stack([split.x, np.ones(len(split.y))])
    least = np.linalg.lstsq(design, split.y, rcond=None)[0]
    minimum = np.mean((design @ least - split.y) ** 2) / 2
    medians = []
    for batch, k in ((1, 18), (30, 10), (353, 3)):
        runs = training.train_seeds(
            training.linear_model(10),
            rules.gradient_descent(2 ** (-k / 2)),
            split.x,
            split.y,
            seeds=range(100, 120),
            epochs=20,
            batch_size=batch,
        )
        medians.append(np.median(runs.losses[:, -1]) - minimum)
    assert max(medians) < 1.2 * min(medians)
