"""Numbers that stand in captions and sentences of *Choosing an optimizer, for now*, and that no cell of it prints."""

import math

import numpy as np
import torch

from descent import datasets, rules


def softmax_regression():
    digits = datasets.digits()
    x = torch.tensor(np.column_stack([digits.x, np.ones(len(digits.x))]))
    return x, torch.tensor(digits.y)


def gradients_needed(make, lowest, steps=400, **options):
    x, y = softmax_regression()
    w = torch.zeros(65, 10, dtype=torch.float64, requires_grad=True)
    optimizer, losses = make([w], **options), []

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(x @ w, y) + 0.005 * (w**2).sum()
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    losses = np.array(losses)
    if lowest is None:
        lowest = losses.min()
    return int((losses < lowest + 1e-6).argmax()), lowest


def test_choosing_softmax_regression_has_650_parameters_and_1437_images():
    x, _ = softmax_regression()
    assert x.shape == (1437, 65)
    assert x.shape[1] * 10 == 650
    assert len(datasets.digits().x_test) == 360


def test_choosing_gradients_that_each_method_needs():
    options = dict(max_iter=100, tolerance_grad=1e-9, line_search_fn="strong_wolfe")
    lbfgs, lowest = gradients_needed(torch.optim.LBFGS, None, steps=1, **options)
    momentum, _ = gradients_needed(torch.optim.SGD, lowest, lr=0.1**0.5, momentum=0.9)
    adam, _ = gradients_needed(torch.optim.Adam, lowest, lr=0.1)
    descent, _ = gradients_needed(torch.optim.SGD, lowest, lr=1.0)
    assert 25 < lbfgs < 40  # "tens", "within some thirty"
    assert 120 < momentum < 150 and 120 < adam < 150  # "some 140", "about the same"
    assert 330 < descent < 360  # "some 350"


def test_choosing_adaptive_rules_end_with_a_quarter_on_wilsons_problem():
    y = np.repeat([1.0, -1.0], [24, 16])
    x = np.zeros((40, 203))
    x[:, 0], x[:, 1:3] = y, 1
    for i, own in enumerate(np.where(y > 0, 1, 5)):
        x[i, 3 + 5 * i : 3 + 5 * i + own] = 1
    assert np.array_equal(x @ np.sign(x.T @ y), 4 * y)
    for init, update in (rules.adagrad(lr=0.1), rules.rmsprop(lr=0.001), rules.adam(lr=0.01)):
        w = np.zeros(203)
        state = init(w)
        for _ in range(5000):
            w, state = update(w, x.T @ (x @ w - y) / 40, state)
        assert np.allclose(w[:3], 0.25, atol=0.005)


def test_choosing_standard_error_of_the_test_set():
    assert round(100 * math.sqrt(0.97 * 0.03 / 360), 1) == 0.9  # "about one point"
