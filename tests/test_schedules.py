"""Schedules against `torch.optim.lr_scheduler`."""

import math
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as pytorch

from descent import rules, schedules

STEPS = 60

# ours, and the PyTorch scheduler that sets the same rates, made from an optimizer whose lr is 0.5
TWINS = {
    "constant": (schedules.constant(), lambda o: pytorch.ConstantLR(o, factor=1)),
    "exponential": (schedules.exponential(0.97), lambda o: pytorch.ExponentialLR(o, 0.97)),
    "exponential, γ = 1": (schedules.exponential(1), lambda o: pytorch.ExponentialLR(o, 1)),
    "step": (schedules.step(7, 0.5), lambda o: pytorch.StepLR(o, 7, 0.5)),
    "step, defaults": (schedules.step(), lambda o: pytorch.StepLR(o, 30, 0.1)),
    "cosine": (schedules.cosine(STEPS), lambda o: pytorch.CosineAnnealingLR(o, STEPS)),
    "cosine with a floor": (
        schedules.cosine(STEPS, 0.1),
        lambda o: pytorch.CosineAnnealingLR(o, STEPS, eta_min=0.1 * 0.5),
    ),
    "warmup": (schedules.warmup(8), lambda o: pytorch.LinearLR(o, start_factor=1 / 8, total_iters=7)),
    "warmup, one step": (schedules.warmup(1), lambda o: pytorch.ConstantLR(o, factor=1)),
    "warmup, then cosine": (
        schedules.warmup(8, schedules.cosine(STEPS)),
        lambda o: pytorch.SequentialLR(
            o,
            [pytorch.LinearLR(o, start_factor=1 / 8, total_iters=7), pytorch.CosineAnnealingLR(o, STEPS)],
            milestones=[8],
        ),
    ),
    "inverse time": (schedules.inverse_time(0.3), lambda o: pytorch.LambdaLR(o, lambda t: 10 / (10 + 3 * t))),
    "inverse root": (
        schedules.inverse_sqrt(0.3),
        lambda o: pytorch.LambdaLR(o, lambda t: math.sqrt(10 / (10 + 3 * t))),
    ),
}
every_schedule = pytest.mark.parametrize("name", TWINS)


def rates_of_pytorch(make, steps=STEPS):
    """The rates that an optimizer with lr = 0.5 really uses, read off before each of its steps."""
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.5)
    rates = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The epoch parameter in `scheduler.step")  # SequentialLR's own
        scheduler = make(optimizer)
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return rates


@every_schedule
def test_factors_equal_pytorch(name):
    ours, theirs = TWINS[name]
    factors = [ours(t) for t in range(STEPS)]
    assert 0.5 * np.array(factors) == pytest.approx(rates_of_pytorch(theirs), rel=1e-12, abs=1e-15)


@every_schedule
def test_an_array_of_steps_equals_one_at_a_time(name):
    factor = TWINS[name][0]
    for t in np.arange(2 * STEPS), np.arange(6.0).reshape(2, 3):
        together = factor(t)
        assert together.shape == t.shape
        np.testing.assert_allclose(together.ravel(), [factor(one) for one in t.ravel().tolist()], rtol=1e-14)


def test_cosine_stays_at_its_floor():
    for floor in 0, 0.1, 1:
        factor = schedules.cosine(10, floor)
        assert [factor(t) for t in (10, 11, 20, 1000)] == pytest.approx([floor] * 4, abs=1e-15)
    assert schedules.cosine(10)(5) == pytest.approx(0.5)
    rising_again = rates_of_pytorch(lambda o: pytorch.CosineAnnealingLR(o, 10), steps=21)
    assert rising_again[20] == pytest.approx(0.5)  # the difference that the docstring names


def test_warmup_reaches_1_at_its_last_step_and_never_starts_at_0():
    assert [schedules.warmup(4)(t) for t in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    then = schedules.exponential(0.5)
    assert [schedules.warmup(2, then)(t) for t in range(5)] == [0.5, 1, 1, 0.5, 0.25]


def test_the_sum_of_exponential_factors_is_finite():
    assert schedules.exponential(0.9)(np.arange(1000)).sum() == pytest.approx(10)


def test_scheduled_steps_are_the_inner_steps_times_the_factor():
    """On a constant gradient the displacements are the schedule itself."""
    factor = schedules.warmup(3, schedules.exponential(0.8))
    init, update = schedules.scheduled(rules.gradient_descent(0.1), factor)
    x, state, moved = 0.0, init(0.0), []
    for _ in range(20):
        new, state = update(x, -1.0, state)
        moved.append(new - x)
        x = new
    assert moved == pytest.approx(0.1 * factor(np.arange(20)))
    assert state == (None, 20)


def test_a_factor_of_1_changes_nothing_and_of_0_stands_still():
    grads = np.random.default_rng(0).normal(size=20).tolist()
    for make in rules.momentum, rules.nesterov_lookahead, rules.adam:
        plain, one, zero = make(), *(schedules.scheduled(make(), lambda t, c=c: c) for c in (1, 0))
        ends = []
        for init, update in (plain, one, zero):
            x, state = 3.0, init(3.0)
            for g in grads:
                x, state = update(x, g, state)
            ends.append(x)
        assert ends == pytest.approx([ends[0], ends[0], 3.0], rel=1e-12)
        assert ends[0] != 3.0


NUMBER = "must be a number or an array of numbers, got"
BAD = [
    (schedules.exponential, {"gamma": 0}, "gamma must be in (0, 1], got 0"),
    (schedules.exponential, {"gamma": 1.1}, "gamma must be in (0, 1], got 1.1"),
    (schedules.exponential, {"gamma": math.nan}, "gamma must be in (0, 1], got nan"),
    (schedules.exponential, {"gamma": "slow"}, f"gamma {NUMBER} 'slow'"),
    (schedules.inverse_time, {"rate": -0.1}, "rate must be in [0, inf), got -0.1"),
    (schedules.inverse_time, {"rate": math.inf}, "rate must be in [0, inf), got inf"),
    (schedules.inverse_sqrt, {"rate": -1}, "rate must be in [0, inf), got -1"),
    (schedules.inverse_sqrt, {"rate": None}, f"rate {NUMBER} None"),
    (schedules.step, {"every": 0}, "every must be in [1, inf), got 0"),
    (schedules.step, {"gamma": 2}, "gamma must be in (0, 1], got 2"),
    (schedules.step, {"every": "month"}, f"every {NUMBER} 'month'"),
    (schedules.cosine, {"steps": 0}, "steps must be in [1, inf), got 0"),
    (schedules.cosine, {"steps": 10, "floor": 1.5}, "floor must be in [0, 1], got 1.5"),
    (schedules.cosine, {"steps": 10, "floor": np.array([0.1, -0.1])}, "floor must be in [0, 1], got -0.1"),
    (schedules.warmup, {"steps": 0}, "steps must be in [1, inf), got 0"),
    (schedules.warmup, {"steps": math.nan}, "steps must be in [1, inf), got nan"),
]


@pytest.mark.parametrize("make, kwargs, sentence", BAD, ids=[f"{m.__name__}: {sentence}" for m, _, sentence in BAD])
def test_bad_arguments_are_refused_with_a_sentence(make, kwargs, sentence):
    with pytest.raises((ValueError, TypeError)) as caught:
        make(**kwargs)
    assert str(caught.value) == sentence
