"""Numbers that stand in captions and sentences of *Momentum*, and that no cell of it prints."""

import numpy as np
from sklearn.datasets import load_diabetes

from descent import problems, rules
from descent.trajectories import train_1d, train_2d

BOWL = problems.quadratic()


def test_momentum_weights_and_damping():
    """Alternative texts of the weights and of the three runs, and 'a four-thousandth'."""
    assert np.allclose(np.array([0.95, 0.9, 0.6]) ** np.array([30, 10, 8]), [0.2, 0.35, 0], atol=0.02)
    critical = (1 - 0.08**0.5) ** 2
    over, crit, under = (train_2d(rules.momentum(0.4, b), steps=200)[:, 0] for b in (0.2, critical, 0.9))
    assert round(over[50], 2) == -0.02 and (crit < 0).all()
    assert (under > 0).argmax() == 6 and round(under.max()) == 3
    loss = [BOWL.value(*train_2d(rules.momentum(0.6, b))[-1]) for b in (0.25, 0.5)]
    assert round(loss[0] / loss[1], -3) == 4000


def test_the_steepest_direction_grows_first_if_kappa_is_above_6():
    """'If κ is above about 6': the largest |z_t| at the best pair, in units of z_0, in closed form."""
    t = np.arange(50)
    for kappa, grows in ((5.8, False), (5.9, True), (400, True)):
        s = (kappa**0.5 - 1) / (kappa**0.5 + 1)
        assert ((s**t * (1 + (1 + s) * t)).max() > 1) == grows
        assert np.all(np.diff(s**t * (1 + (1 - s) * t)) < 0)  # the flattest direction falls from the first step


def test_nesterov_is_ahead_up_to_1_33():
    """Caption of the radius."""

    def radius(a, beta=0.9):
        return abs(np.roots([1, -(1 + beta) * (1 - a), beta * (1 - a)])).max()

    assert radius(1.33) < 0.9**0.5 < radius(1.34)


def test_momentum_crosses_one_pass():
    """Verdict: both ways over the pass between the minima near −1.8 and 7.3, and over no other."""
    wave, starts = problems.wave(), np.linspace(-12, 12, 1201)
    slow = train_1d(rules.gradient_descent(0.05), wave, starts, 2000)[-1].round(1)
    for lr in (0.2, 0.5):
        fast = train_1d(rules.momentum(lr, 0.9), wave, starts, 2000)[-1].round(1)
        assert set(zip(slow[slow != fast], fast[slow != fast], strict=True)) == {(-1.8, 7.3), (7.3, -1.8)}


def test_diabetes_heavy_ball_overtakes_at_step_58():
    """Alternative text of the diabetes figure, for the medians of its 20 starts."""
    raw, target = load_diabetes(return_X_y=True, scaled=False)
    x, y = (raw - raw.mean(axis=0)) / raw.std(axis=0), (target - target.mean()) / target.std()
    hessian = x.T @ x / len(y)
    start = np.random.default_rng(0).standard_normal((10, 20)) - np.linalg.solve(hessian, x.T @ y / len(y))[:, None]
    mu, L = np.linalg.eigvalsh(hessian)[[0, -1]]
    root = (L / mu) ** 0.5

    def median(rule):
        (init, update), w, out = rule, start, []
        v = init(w)
        for _ in range(201):
            out.append(np.median((w * (hessian @ w)).sum(axis=0) / 2))
            w, v = update(w, hessian @ w, v)
        return np.array(out)

    ball = median(rules.momentum(4 / (L**0.5 + mu**0.5) ** 2, ((root - 1) / (root + 1)) ** 2))
    slow = median(rules.gradient_descent(0.995 * 2 / L))  # what tuning for 1e-6 chose
    ahead = median(rules.nesterov(1 / L, (root - 1) / (root + 1)))
    assert np.all(ball[1:58] > slow[1:58]) and np.all(ball[58:] < slow[58:])
    assert 0.005 < slow[200] < 0.02 and ball[200] < ahead[200] < 1e-8
