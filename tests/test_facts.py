"""The numbers that the book's sentences rest on, computed again. Each tolerance is the last digit that is quoted."""

from functools import partial

import numpy as np
import pytest

from descent import problems, rules
from descent.trajectories import sweep, train, train_1d, train_2d, values

BOWL = problems.quadratic()  # 0.1 x₁² + 2 x₂²
ADAGRAD, RMSPROP, ADAM = rules.adagrad(lr=0.4), rules.rmsprop(lr=0.4), rules.adam(lr=0.4)


def assert_within(actual, expected, digits):
    """Equal up to half a unit of the last digit quoted: one number for all, or one for each."""
    assert (abs(np.asarray(actual) - expected) <= digits).all(), f"{actual} is not {expected} within {digits}"


# --- the running example, (−5, −2), 20 steps

REFERENCE = [
    ("GD 0.1 on x₁² + 2 x₂²", rules.gradient_descent(0.1), problems.quadratic(2, 2), (-0.057646, -0.000073)),
    ("GD 0.4", rules.gradient_descent(0.4), BOWL, (-0.943467, -0.000073)),
    ("GD 0.6", rules.gradient_descent(0.6), BOWL, (-0.387814, -1673.365109)),
    ("heavy ball 0.6, 0.5", rules.momentum(0.6, 0.5), BOWL, (0.007188, 0.002553)),
    ("heavy ball 0.6, 0.25", rules.momentum(0.6, 0.25), BOWL, (-0.126340, -0.186632)),
    ("AdaGrad 0.4", ADAGRAD, BOWL, (-2.382563, -0.158591)),
    ("AdaGrad 2", rules.adagrad(lr=2), BOWL, (-0.002295, -0.000000)),
    ("RMSprop 0.4", RMSPROP, BOWL, (-0.010599, 0.000000)),
    ("Adam 0.4", ADAM, BOWL, (0.996033, -0.212751)),
]


@pytest.mark.parametrize("rule, problem, end", [row[1:] for row in REFERENCE], ids=[row[0] for row in REFERENCE])
def test_reference_run(rule, problem, end):
    assert_within(train_2d(rule, problem)[-1], end, 5e-7)


def test_reference_run_in_one_dimension():
    path = train_1d(rules.gradient_descent(np.array([0.2, 0.05, 1.1])))
    assert_within(path[-1], [0.060466, 3.486784, 61.917364], 5e-7)
    assert train_1d(rules.gradient_descent(2), problems.wave())[-1] == pytest.approx(-1.528166, abs=5e-7)


def newton(gradient, curvature, lr=1.0, x=10.0, steps=10):
    for _ in range(steps):
        x = x - lr * gradient(x) / curvature(x)
    return x


def test_newton():
    assert newton(lambda x: np.sinh(x / 2) / 2, lambda x: np.cosh(x / 2) / 4) == pytest.approx(0, abs=5e-7)
    c = 0.15 * np.pi

    def curvature(x):
        return -2 * c * np.sin(c * x) - c * c * x * np.cos(c * x)

    def gradient(x):
        return problems.wave().gradient(x)[0]

    assert newton(gradient, curvature) == pytest.approx(26.834, abs=5e-4)
    assert newton(gradient, curvature, lr=0.5) == pytest.approx(7.270, abs=5e-4)


# --- the numbered facts


def test_01_half_life_is_not_the_window():
    decay = np.array([0.9, 0.95, 0.999])
    halved = np.log(0.5) / np.log(decay)
    assert_within(halved, [6.58, 13.51, 692.8], [5e-3, 5e-3, 0.05])
    np.testing.assert_allclose(decay**halved, 0.5)
    # Seen in the rule: after one gradient of 1 its average s falls to half in that many steps, to the step.
    init, update = rules.rmsprop(decay=decay)
    x = np.zeros(3)
    x, s = update(x, np.ones(3), init(x))
    first, falls = s, []
    for _ in range(1000):
        x, s = update(x, np.zeros(3), s)
        falls.append(s > first / 2)
    assert np.sum(falls, axis=0).tolist() == [6, 13, 692]
    np.testing.assert_allclose(np.sum((1 - decay) * decay ** np.arange(40_000)[:, None], axis=0), 1)


def test_04_rmsprop_with_a_constant_rate_ends_in_a_two_cycle():
    path = train_2d(RMSPROP, steps=1000)
    f = values(BOWL, path)
    assert f[20] == pytest.approx(1.1e-5, abs=5e-7)
    assert_within(f[200:], 0.084, 5e-4)
    assert_within(abs(path[-10:]), 0.4 / 2, 5e-4)  # ε keeps x₁, whose gradient is small, a little below
    np.testing.assert_allclose(path[-1], path[-3], rtol=1e-6)
    np.testing.assert_allclose(path[-1], -path[-2], rtol=1e-6)


def test_05_first_step_of_rmsprop():
    for decay, factor in (0.9, 3.16), (0.99, 10):
        step = train_2d(rules.rmsprop(lr=0.1, decay=decay), steps=1)
        assert_within(np.diff(step, axis=0)[0] / 0.1, factor, 5e-3)


def test_06_adagrad_does_not_stall_without_noise():
    init, update = ADAGRAD
    x = np.array(BOWL.start)
    s = init(x)
    for _ in range(5000):
        x, s = update(x, np.array(BOWL.gradient(*x)), s)
    assert_within(s, [14.4, 232], [0.05, 0.5])
    assert 1e-94 < BOWL.value(*x) < 1e-92


def test_08_gradient_descent_converges_below_two_over_the_largest_eigenvalue():
    lr = np.array([0.01, 0.24, 0.26, 0.49, 0.499, 0.501, 0.6])
    path = train_2d(rules.gradient_descent(lr), steps=20_000)
    assert (abs(path[-1]) < 1e-8).all(axis=0).tolist() == [True] * 5 + [False] * 2
    flips = np.sign(path[1:10, 1]) != np.sign(path[:9, 1])
    assert flips.all(axis=0).tolist() == flips.any(axis=0).tolist() == [False] * 2 + [True] * 5


def measured_factor(path):
    """Error per step, late in a run: the two last peaks of a window, which averages over a rotation."""
    size = np.linalg.norm(path, axis=1)
    return (size[-50:].max(axis=0) / size[-250:-200].max(axis=0)) ** (1 / 200)


def test_09_best_constant_rates():
    assert sweep_best(rules.gradient_descent, {"lr": np.linspace(0.4, 0.5, 1001)}) == pytest.approx((0.476,), abs=5e-4)
    assert 2 / 4.2 == pytest.approx(0.476, abs=5e-4)
    assert measured_factor(train_2d(rules.gradient_descent(2 / 4.2), steps=400)) == pytest.approx(0.905, abs=5e-4)
    root = np.sqrt(20)
    lr, beta = (2 / (np.sqrt(4) + np.sqrt(0.2))) ** 2, ((root - 1) / (root + 1)) ** 2
    assert (lr, beta) == pytest.approx((0.668, 0.403), abs=5e-4)
    grid = {"lr": np.arange(0.6, 0.74, 0.004), "beta": np.arange(0.35, 0.45, 0.005)}
    best = min(spectral_radius(eta, b) for eta in grid["lr"] for b in grid["beta"])
    assert spectral_radius(lr, beta) == pytest.approx(0.635, abs=5e-4)
    assert spectral_radius(lr, beta) <= best + 1e-6


def sweep_best(make_rule, grid, steps=400):
    """The hyperparameters whose run ends nearest to the minimum."""
    ends = np.linalg.norm(sweep(make_rule, grid, steps=steps), axis=0)
    at = np.unravel_index(np.argmin(ends), ends.shape)
    return tuple(axis[i] for axis, i in zip(grid.values(), at, strict=True))


def spectral_radius(lr, beta):
    """Of heavy ball on the bowl: the largest eigenvalue of (x, v) → (x, v), taken from the rule itself."""
    _, update = rules.momentum(lr, beta)
    radius = 0
    for eigenvalue in 0.2, 4:
        columns = [update(x, eigenvalue * x, v) for x, v in ((1.0, 0.0), (0.0, 1.0))]
        radius = max(radius, abs(np.linalg.eigvals(np.array(columns).T)).max())
    return radius


def test_11_heavy_ball_is_stable_below_twice_one_plus_beta():
    assert spectral_radius(0.6, 0.25) == pytest.approx(0.859, abs=5e-4)
    for beta in 0, 0.25, 0.5, 0.9:
        limit = 2 * (1 + beta) / 4
        assert spectral_radius(limit * 0.999, beta) < 1 < spectral_radius(limit * 1.001, beta)


def test_18_the_sum_and_difference_form_is_also_scaled():
    def d2l_value(x1, x2):
        return 0.1 * (x1 + x2) ** 2 + 2 * (x1 - x2) ** 2

    turned = problems.quadratic(angle=45)
    points = np.random.default_rng(0).normal(size=(2, 50))
    np.testing.assert_allclose(d2l_value(*points) / 2, turned.value(*points))
    # The Hessian of a quadratic, from its values at the corners of a square.
    e = np.eye(2)
    hessian = [[d2l_value(*(p + q)) - d2l_value(*p) - d2l_value(*q) for p in e] for q in e]
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [0.4, 8])


@pytest.mark.parametrize(
    "rule, straight, turned, digits",
    [
        (rules.gradient_descent(0.4), 0.089, 0.089, (5e-4, 5e-4)),
        (rules.momentum(0.6, 0.5), None, None, (1e-12, 1e-12)),
        (rules.adagrad(lr=2), 5e-7, 0.21, (5e-8, 5e-3)),
        (RMSPROP, 1.1e-5, 0.145, (5e-7, 5e-4)),
        (ADAM, 0.19, 1.32, (5e-3, 5e-3)),
    ],
    ids=["GD", "heavy ball", "AdaGrad", "RMSprop", "Adam"],
)
def test_19_coordinate_wise_methods_are_not_rotation_invariant(rule, straight, turned, digits):
    ends = [values(problem, train_2d(rule, problem))[-1] for problem in (BOWL, problems.quadratic(angle=45))]
    if straight is None:
        straight = turned = ends[0]
    assert_within(ends, [straight, turned], digits)


def test_20_a_scaled_loss_changes_nothing_but_gradient_descent():
    scaled = problems.quadratic(scale=1000)
    for rule in ADAGRAD, RMSPROP, ADAM:
        assert_within(train_2d(rule, scaled), train_2d(rule), 1e-5)  # up to ε
    for rule in rules.adagrad(lr=0.4, eps=0), rules.rmsprop(lr=0.4, eps=0), rules.adam(lr=0.4, eps=0):
        assert_within(train_2d(rule, scaled), train_2d(rule), 1e-9)
    descend = rules.gradient_descent(0.4)
    assert abs(train_2d(descend, scaled) - train_2d(descend)).max() > 1e3


def test_21_adam_without_bias_correction_steps_too_far():
    """A steady gradient: the corrected step is η, so the raw step shows the factor."""

    def steps(bias_correction):
        rule = rules.adam(lr=1, eps=0, bias_correction=bias_correction)
        return -np.diff(train(rule, slope(), steps=2400)[:, 0])

    np.testing.assert_allclose(steps(True), 1, rtol=1e-9)
    raw = steps(False)
    assert_within(raw[[0, 11, 2373]], [3.16, 6.57, 1.05], 5e-3)
    assert raw.argmax() == 11
    assert raw[2373] >= 1.05 > raw[2374]


def slope():
    """f(x) = x, whose gradient is 1 everywhere."""
    return problems.Problem("x", lambda x: x, lambda x: (1 + 0 * x,), None, (0.0,), ((-1, 1),))


def last_step(rule, gradients):
    init, update = rule
    x = 0.0
    state = init(x)
    for g in gradients:
        before = x
        x, state = update(x, g, state)
    return abs(x - before)


def test_22_adam_can_step_farther_than_its_learning_rate():
    rule = rules.adam(lr=1, eps=1e-200)
    assert last_step(rule, [0.0] * 20_000 + [1.0]) == pytest.approx(3.16, abs=5e-3)
    growing = (0.999 / 0.9) ** np.arange(300)
    assert last_step(rule, [0.0] * 20_000 + growing.tolist()) == pytest.approx(7.27, abs=5e-3)
    assert 0.1 / np.sqrt(0.001) / np.sqrt(1 - 0.9**2 / 0.999) == pytest.approx(7.27, abs=5e-3)


def test_23_adam_is_driven_to_the_worst_point():
    """Gradient 3, −1, −1, … on [−1, 1], with β₁ = 0 and β₂ = 1/10. AMSGrad keeps the largest v."""
    x, v = 0.0, 0.0
    kept_x, kept_v = 0.0, 0.0
    for t in range(30_000):
        g, lr = (3.0 if t % 3 == 0 else -1.0), 0.5 / np.sqrt(t + 1)
        v = 0.1 * v + 0.9 * g * g
        kept_v = max(kept_v, v)
        x = np.clip(x - lr * g / np.sqrt(v), -1, 1)
        kept_x = np.clip(kept_x - lr * g / np.sqrt(kept_v), -1, 1)
    assert x == pytest.approx(1, abs=0.02)
    assert kept_x == pytest.approx(-1, abs=0.02)


def test_24_epsilon_inside_and_outside_the_root():
    for inside, relative in (True, 0.0995), (False, 0.990):
        init, update = rules.adagrad(lr=1, eps=1e-6, eps_inside=inside)
        x, _ = update(0.0, 1e-4, init(0.0))
        assert -x == pytest.approx(relative, abs=5e-4 if not inside else 5e-5)
    # A large ε turns Adam into (averaged) momentum with learning rate η/ε.
    adam = rules.adam(lr=0.4e6, eps=1e6, bias_correction=False)
    averaged = rules.momentum(lr=0.4, beta=0.9, dampening=0.9)
    np.testing.assert_allclose(train_2d(adam), train_2d(averaged), atol=1e-4)


@pytest.mark.parametrize("eps, first", [(1e-5, 0.01), (1e-6, 0.0032)])
def test_28_adadelta_starts_with_what_epsilon_allows(eps, first):
    step = np.diff(train_2d(rules.adadelta(decay=0.9, eps=eps), steps=1), axis=0)
    assert_within(step, first, 5e-5)


def noisy_variance(make_rule, eigenvalue, steps=4000, runs=4000):
    """The variance of x under a quadratic with noise of variance 1 in the gradient, from many runs at once."""
    random = np.random.default_rng(0)
    init, update = make_rule()
    x = np.zeros(runs)
    state, tail = init(x), []
    for t in range(steps):
        x, state = update(x, eigenvalue * x + random.normal(size=runs), state)
        if t >= steps // 2:
            tail.append(np.mean(x * x))
    return np.mean(tail)


@pytest.mark.parametrize("eigenvalue, quoted, floor", [(2, 0.0280, 0.0278), (4, 0.0156, 0.0156)])
def test_14_floor_of_sgd(eigenvalue, quoted, floor):
    lr = 0.1
    assert lr / (eigenvalue * (2 - lr * eigenvalue)) == pytest.approx(floor, abs=5e-5)
    measured = noisy_variance(partial(rules.gradient_descent, lr), eigenvalue, steps=400)
    assert measured == pytest.approx(floor, rel=0.01)
    assert quoted == pytest.approx(floor, rel=0.01)


@pytest.mark.parametrize("lr, beta, floor", [(0.01, 0, 0.0051), (0.001, 0.9, 0.0049), (0.01, 0.9, 0.050)])
def test_13_momentum_does_not_lower_the_floor(lr, beta, floor):
    theory = lr * (1 + beta) / ((1 - beta) * (2 * (1 + beta) - lr))
    assert noisy_variance(partial(rules.momentum, lr, beta), 1, runs=500) == pytest.approx(theory, rel=0.05)
    assert theory == pytest.approx(floor, rel=0.03)
