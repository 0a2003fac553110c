"""Numbers that stand in captions and sentences of *RMSprop*, and that no cell of it prints."""

import numpy as np
import pytest

from descent import problems, rules, schedules
from descent.trajectories import train_2d, values

BOWL = problems.quadratic()


def test_after_step_20(losses):
    """Caption and alternative text of the figure that follows the run to step 400."""
    constant = losses(rules.rmsprop(lr=0.4, decay=0.9), 400)
    assert constant[40:].argmax() + 40 == 53 and constant[53] == pytest.approx(1.4, abs=0.05)
    decaying = losses(schedules.scheduled(rules.rmsprop(lr=0.4, decay=0.9), schedules.inverse_sqrt(0.1)), 400)
    assert abs(decaying[:100].argmin() - 58) <= 1
    assert abs(decaying[60:].argmax() + 60 - 80) <= 2 and decaying[60:].max() == pytest.approx(0.2, abs=0.02)


def test_the_cliff_fades():
    """Ten gradients of 100 leave s = 6513; 73 steps later it has faded to 3, and with gradients of 1 s is 4."""
    s = (1 - 0.9**10) * 1e4
    assert round(s) == 6513
    assert round(s * 0.9**73) == 3
    assert round(s * 0.9**73 + (1 - 0.9**73)) == 4


def test_the_first_step_is_three_times_as_long_as_adagrads():
    first = [
        np.linalg.norm(np.diff(train_2d(rule, steps=1), axis=0)) for rule in (rules.rmsprop(0.4), rules.adagrad(0.4))
    ]
    assert first[0] / first[1] == pytest.approx(3.16, abs=0.01)


def test_a_spike_after_a_steady_gradient():
    """s and the steps of momentum and Adam at the spike, all decays 0.9; then ŝ with β₂ = 0.999 after 300 steps."""
    s = 0.9 + 0.1 * 100
    assert (10 / s**0.5, (9 + 10 / s**0.5) / 10, 1.9 / s**0.5) == pytest.approx((3.03, 1.20, 0.58), abs=0.005)
    corrected = (0.999 * (1 - 0.999**300) + 0.001 * 100) / (1 - 0.999**301)
    assert (corrected, 1.9 / corrected**0.5) == pytest.approx((1.38, 1.62), abs=0.005)


def test_the_turned_bowl_later():
    """RMSprop is behind gradient descent at step 20, and passes it soon after."""
    turned = problems.quadratic(angle=45)
    ours, gd = (
        values(turned, train_2d(rule, turned, steps=40)) for rule in (rules.rmsprop(0.4), rules.gradient_descent(0.4))
    )
    assert ours[20] > gd[20] and np.all(ours[26:] < gd[26:])


def test_two_coordinates_with_one_gradient():
    """w = b = 5/3 leaves the loss 1/27 on the line 2x + 1."""
    x, y = np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0, 7.0])
    assert np.mean((5 / 3 * x + 5 / 3 - y) ** 2) / 2 == pytest.approx(1 / 27)
