"""Numbers that stand in captions and sentences of *Tuning*, and that no cell of it prints."""

import functools
import math

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes

from descent import datasets, problems, rules, schedules, training


def network(activation):
    return training.network(lambda: torch.nn.Sequential(torch.nn.Linear(64, 32), activation(), torch.nn.Linear(32, 10)))


def test_where_the_schedules_end():
    """Alternative text of the six schedules, at step 99."""
    ends = [f(99) for f in (schedules.exponential(0.97), schedules.inverse_time(0.1), schedules.inverse_sqrt(0.1))]
    assert ends == pytest.approx([0.05, 0.09, 0.3], abs=0.005)


def test_the_steps_chosen_with_noisy_labels():
    """Caption of the falling rates: the step schedule can afford a larger η than the constant rate."""
    digits, rng = datasets.digits(), np.random.default_rng(0)
    replaced = rng.random(len(digits.y)) < 0.2
    noisy = np.where(replaced, rng.integers(0, 10, len(digits.y)), digits.y)
    assert replaced.mean() == pytest.approx(0.2, abs=0.005)
    rates = [10 ** (k / 6) for k in range(-3, 3)]
    assert rates[0] == pytest.approx(0.32, abs=0.005) and rates[-1] == pytest.approx(2.2, abs=0.05)
    best = []
    for factor in schedules.constant(), schedules.step(every=145, gamma=0.1):
        rule = schedules.scheduled(rules.gradient_descent(**training.across(lr=rates)), factor)
        runs = training.train_seeds(
            network(torch.nn.Tanh), rule, digits.x, noisy, seeds=range(5), epochs=10, batch_size=50
        )
        best.append(np.nan_to_num(np.median(runs.losses[..., -1], axis=-1), nan=np.inf).argmin())
    assert best[0] < best[1]


@functools.cache
def sweep(name, seeds):
    digits, rates = datasets.digits(), [10 ** (k / 2) for k in range(-8, 4)]
    rule = getattr(rules, name)(**training.across(lr=rates))
    runs = training.train_seeds(network(torch.nn.ReLU), rule, digits.x, digits.y, seeds=seeds, epochs=5, batch_size=50)
    return np.nan_to_num(np.median(runs.losses[..., -1], axis=-1), nan=1e9)


def test_the_sweep():
    """Alternative text: where each curve starts, its dot (to a point of the grid: machines differ), and its end."""
    dots = {"gradient_descent": 7, "momentum": 6, "adagrad": 7, "rmsprop": 4, "adam": 5}  # 0.3, 0.1, 0.3, 0.01, 0.03
    for name, dot in dots.items():
        loss = sweep(name, range(3))
        assert abs(loss.argmin() - dot) <= 1 and loss.min() < 0.1 and 2 < loss[0] < 2.5 and loss[-1] > 3
    sgd = sweep("gradient_descent", range(3))  # from near its floor to guessing, between 1 and 3.2
    assert sgd[8] < 0.3 and sgd[9] == pytest.approx(math.log(10), abs=0.2)


def test_with_other_seeds_dots_move_by_a_point_of_the_grid_at_most():
    moved = [sweep(n, range(3, 8)).argmin() - sweep(n, range(3)).argmin() for n in ("gradient_descent", "adam")]
    assert max(map(abs, moved)) <= 1


def test_without_zero_grad():
    """Alternative text: from 10.5 to 0.02, and between about 0.3 and 11."""
    f, curvature = problems.quadratic(), np.array([0.2, 4])
    for beta, expected in (0, (0.0196, 10.5)), (1, (0.34, 11.14)):
        w, v, losses = np.array(f.start, dtype=float), 0.0, []
        for _ in range(121):
            losses.append((curvature * w**2).sum() / 2)
            v = beta * v + curvature * w
            w = w - 0.1 * v
        assert (min(losses), max(losses)) == pytest.approx(expected, rel=0.01)


def test_the_raw_table_without_a_column_of_ones():
    raw = load_diabetes(scaled=False).data
    assert np.linalg.cond(raw) ** 2 == pytest.approx(1.03e6, rel=0.01)


@pytest.mark.parametrize("bug", ["weights all 0", "dead units"])
def test_only_the_last_biases_learn(bug):
    """Table of symptoms: ln(classes) to a hundredth, and the gradient of the weights exactly 0."""
    digits = datasets.digits()
    x, y = torch.tensor(digits.x), torch.tensor(digits.y)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)).double()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(bug == "dead units")
        if bug == "dead units":
            net[0].bias.fill_(-50.0)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for rows in torch.randperm(len(y)).split(50):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        assert [bool(p.grad.any()) for p in net.parameters()] == [False, False, False, True]
        optimizer.step()
        assert torch.nn.functional.cross_entropy(net(x), y).item() == pytest.approx(math.log(10), abs=0.01)
