"""Numbers that stand in captions and sentences of *Adadelta*, and that no cell of it prints."""

import numpy as np
import pytest
import torch

from descent import datasets, problems, rules
from descent.trajectories import train_2d

BOWL = problems.quadratic()


def steps_under(gradients, eps, decay=0.9):
    """The steps Δ under given gradients, and d after each."""
    init, update = rules.adadelta(decay=decay, eps=eps)
    x = np.zeros(np.broadcast(eps, gradients[0]).shape)
    state, steps, squares = init(x), [], []
    for g in gradients:
        after, state = update(x, g, state)
        steps.append(x - after)
        squares.append(state[1])
        x = 0 * after
    return np.array(steps), np.array(squares)


def test_the_way_with_eps_under_d_alone_rescaled():
    """1.35 instead of 1.87, and a seven-hundredth of the way in decimetres with the default."""
    usual = train_2d(rules.adadelta(decay=0.9, eps=1e-3))
    assert usual[-1, 0] - usual[0, 0] == pytest.approx(1.87, abs=0.005)
    x = np.array([-50.0, -20.0])  # decimetres: ε under d in their square, ε under s as it was
    s, d, f = 0 * x, 0 * x, problems.quadratic(scale=1 / 100)
    for _ in range(20):
        g = np.array(f.gradient(*x))
        s = 0.9 * s + 0.1 * g**2
        delta = g * np.sqrt(d + 1e-3 * 100) / np.sqrt(s + 1e-3)
        d = 0.9 * d + 0.1 * delta**2
        x = x - delta
    assert (x[0] + 50) / 10 == pytest.approx(1.35, abs=0.005)
    decimetres = train_2d(rules.adadelta(decay=0.9, eps=1e-6), problems.quadratic(scale=1 / 100), (-50.0, -20.0))
    assert 650 < 1 / (1 - decimetres[-1, 0] / -50) < 750


def test_steps_under_a_steady_gradient():
    """Caption and alternative text of the figure on growth."""
    sizes = np.array([1e-8, 1e-6, 1e-4, 1e-2])
    steps, _ = steps_under(np.ones(100_000), sizes)
    assert steps[0] == pytest.approx([0.0003, 0.003, 0.03, 0.3], rel=0.1)
    assert steps[99, :3] / steps[0, :3] == pytest.approx(1.5, abs=0.1)
    assert steps[-1, :3] / steps[999, :3] == pytest.approx([10, 10, 8], rel=0.07)  # slope one half, then the bend
    assert np.all(steps[5000:, 3] > 0.99) and steps[1000, 3] < 0.9
    assert 0.7 < steps[-1, 2] < 0.9 and np.all(steps[-1, :2] < 0.2)


def test_only_squares_enter():
    """A gradient of ±1 at random counts as a steady one."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], size=1000)
    assert np.allclose(np.abs(steps_under(signs, 1e-6)[0]), steps_under(np.ones(1000), 1e-6)[0])


def test_the_rates_on_the_running_example():
    """Caption and alternative text of the figure on rates, and the paragraph on why the rate of x₂ overshoots."""
    init, update = rules.adadelta(decay=0.9, eps=1e-3)
    x = np.array(BOWL.start)
    state, rates, squares, path = init(x), [], [], [x]
    for _ in range(400):
        g = np.array(BOWL.gradient(*x))
        after, state = update(x, g, state)
        rates.append((x - after) / g)
        squares.append(g**2)
        x = after
        path.append(x)
    rates, squares, sizes = np.array(rates), np.array(squares), np.abs(path)
    assert rates[150:, 0].min() > 0.99
    assert abs(rates[200:, 1] - 0.5).max() < 0.005
    assert rates[157, 1] > 0.95 and rates[162, 1] < 0.6  # thrown back near step 160
    past = int((rates[:, 1] > 0.5).argmax())
    assert np.all(np.diff(sizes[past : past + 50, 1]) > 0)
    counts = past + int((squares[past:, 1] > 1e-3).argmax())
    assert 45 < counts - past < 60  # "some fifty steps"


def test_the_drift():
    """Caption and alternative text of the figure on the two-cycle."""
    x2 = np.abs(train_2d(rules.adadelta(0.9, np.array([1e-6, 1e-4, 1e-2])), steps=30_000))[:, 1]
    assert x2[-1] == pytest.approx([0.075, 0.75, 7.5], rel=0.02)
    assert np.all(x2.min(axis=0) < 1e-3)  # below the picture
    assert np.all(np.diff(x2[2000:], axis=0) > 0)  # out again, and rising
    cycle = np.abs(train_2d(rules.rmsprop(0.4, 0.9), steps=30_000))[:, 1]
    assert cycle[10:45].max() < 1e-3 and 45 < 20 + int((cycle[20:] > 1e-3).argmax()) < 55
    assert np.allclose(cycle[130:], 0.2, atol=0.01) and abs(cycle[70:130] - 0.2).max() > 0.03


def test_the_exercises():
    """Square feet; the rough time to saturation; the cliff; the two-cycles of the comparison."""
    assert round(10.8**2) == 117
    for eps, count in ((1e-2, 2350), (1e-6, 23e6)):
        assert 2.33 * (1 + eps) / (0.1 * eps) == pytest.approx(count, rel=0.02)
    gradients = np.array([100.0] * 10 + [1.0] * 1000)
    steps, squares = steps_under(gradients, 1e-3)
    assert squares[10:100].min() < 0.1 * 1e-3  # d + ε is left with little more than ε
    assert steps[-1] == pytest.approx(np.sqrt(0.1 * 1e-3 * 1010), rel=0.1)
    assert (0.2 + 4) / 2 * (0.1 * np.sqrt(0.1)) ** 2 / 4 == pytest.approx(0.0005, abs=5e-5)
    assert 2 * 3 / 16 * 1e-3 * 10_000 == 3.75


def test_the_rate_on_the_network():
    """With ε = 0.01 the ε under s outweighs s, and the effective rate is near 1; with the loss × 100 it is not."""
    data = datasets.mnist1d()
    x, y = torch.as_tensor(data.x[:2000], dtype=torch.float32), torch.as_tensor(data.y[:2000])
    for scale in (1, 100):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(40, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
        optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0, rho=0.9, eps=0.01)
        weight = network[0].weight
        for batch in torch.randperm(2000).split(50):
            optimizer.zero_grad()
            (scale * torch.nn.functional.cross_entropy(network(x[batch]), y[batch])).backward()
            before = weight.detach().clone()
            optimizer.step()
        rate = ((before - weight.detach()) / weight.grad)[weight.grad.abs() > 1e-6].median()
        assert abs(rate - 1) < 0.05 if scale == 1 else rate < 0.5
