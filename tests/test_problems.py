"""Problems against finite differences, and the family of quadratics against what its arguments promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent import problems, rules
from descent.trajectories import train, train_2d

PROBLEMS = {
    "running example": problems.quadratic(),
    "turned": problems.quadratic(angle=30),
    "scaled": problems.quadratic(small=1, kappa=3, angle=-100, scale=5),
    "square": problems.square(),
    "wave": problems.wave(),
    "another wave": problems.wave(c=2.0),
    "rosenbrock": problems.rosenbrock(),
    "valleys": problems.valleys(),
    "beale": problems.beale(),
    "saddle": problems.saddle(),
}
BOWLS = {
    "kappa": st.floats(1, 1000),
    "angle": st.floats(-360, 360),
    "small": st.floats(0.01, 10),
    "scale": st.floats(0.01, 100),
}
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def slope(problem, point, direction, h=1e-5):
    """Central difference of the fourth order."""

    def at(k):
        return problem.value(*(np.asarray(point) + k * h * direction))

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


@every_problem
@given(data=st.data())
def test_gradient_is_the_slope(problem, data):
    point = [data.draw(st.floats(low, high)) for low, high in problem.window]
    gradient = problem.gradient(*point)
    axes = np.eye(len(point))
    size = max(1, abs(problem.value(*point)), *map(abs, gradient))
    assert gradient == pytest.approx([slope(problem, point, axis) for axis in axes], abs=1e-8 * size)


@every_problem
def test_arrays_are_taken_element_by_element(problem):
    points = np.random.default_rng(0).uniform(-2, 2, (5, len(problem.start)))
    one_by_one = [problem.value(*point) for point in points]
    np.testing.assert_allclose(problem.value(*points.T), one_by_one, rtol=1e-13)
    one_by_one = [problem.gradient(*point) for point in points]
    np.testing.assert_allclose(np.transpose(problem.gradient(*points.T)), one_by_one, rtol=1e-13)


@every_problem
def test_minimum(problem):
    if problem.minimum is None:
        assert problem.name.startswith("x cos(2 x)")
        return
    assert problem.gradient(*problem.minimum) == pytest.approx([0] * len(problem.minimum), abs=1e-12)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.array([np.cos(angles), np.sin(angles)][: len(problem.minimum)])
    for radius in 1e-3, 0.1:
        higher = problem.value(*(np.array(problem.minimum)[:, None] + radius * ring)) > problem.value(*problem.minimum)
        # A step of 0 in the one coordinate of a problem is no neighbour.
        higher = higher[abs(ring).max(axis=0) > 1e-9]
        if problem is PROBLEMS["saddle"]:
            assert higher.any() and not higher.all()
        else:
            assert higher.all()


def test_every_listed_minimum_is_one():
    valleys = problems.valleys()
    assert len(set(valleys.minima)) == 4
    assert min(valleys.minima, key=lambda point: valleys.value(*point)) == valleys.minimum
    for point in valleys.minima:
        assert valleys.gradient(*point) == pytest.approx([0, 0], abs=1e-12)
        angles = np.linspace(0, 2 * np.pi, 12)
        around = np.array(point)[:, None] + 0.01 * np.array([np.cos(angles), np.sin(angles)])
        assert (valleys.value(*around) > valleys.value(*point)).all()


@every_problem
def test_start_and_minimum_are_in_the_window(problem):
    for point in filter(None, (problem.start, problem.minimum)):
        assert all(low <= x <= high for x, (low, high) in zip(point, problem.window, strict=True))


def test_rosenbrock_and_beale_have_the_published_minima():
    assert problems.rosenbrock().value(1, 1) == problems.beale().value(3, 0.5) == 0
    assert problems.rosenbrock().value(-1.2, 1) == pytest.approx(24.2)  # the value at the start, in many papers
    assert problems.beale().value(1, 1) == 1.5**2 + 2.25**2 + 2.625**2


def test_wave_runs_into_its_minimum():
    wave = problems.wave()
    assert train(rules.gradient_descent(lr=2), wave, steps=1000)[-1] == pytest.approx(wave.minimum, abs=1e-12)


# --- the family of quadratics


@given(**BOWLS)
def test_quadratic_has_the_eigenvalues_that_were_asked_for(kappa, angle, small, scale):
    bowl = problems.quadratic(small, kappa, angle, scale)
    e = np.eye(2)
    # f(p + q) − f(p) − f(q) is exact for a quadratic: the Hessian from values alone.
    hessian = np.array([[bowl.value(*(p + q)) - bowl.value(*p) - bowl.value(*q) for p in e] for q in e])
    eigenvalues = np.linalg.eigvalsh(hessian)
    assert eigenvalues == pytest.approx([scale * small, scale * small * kappa], rel=1e-9)
    assert np.linalg.cond(hessian) == pytest.approx(kappa, rel=1e-9)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    assert hessian @ along == pytest.approx(scale * small * along, abs=1e-9 * eigenvalues[1])


def turn(points, angle):
    a = math.radians(angle)
    return points @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])


@given(angle=BOWLS["angle"])
def test_turned_problem_has_the_turned_path(angle):
    turned = problems.quadratic(angle=angle)
    for rule in rules.gradient_descent(0.4), rules.momentum(0.6, 0.5), rules.nesterov(0.3):
        np.testing.assert_allclose(train_2d(rule, turned), turn(train_2d(rule), angle), rtol=0, atol=1e-12)


def test_coordinate_wise_rules_do_not_turn():
    rule = rules.rmsprop(0.4)
    assert abs(train_2d(rule, problems.quadratic(angle=45)) - turn(train_2d(rule), 45)).max() > 0.1


def test_angle_0_is_the_formula_without_a_turn():
    almost = problems.quadratic(angle=1e-300)
    for x in np.random.default_rng(0).normal(size=(10, 2)):
        assert almost.value(*x) == pytest.approx(problems.quadratic().value(*x), rel=1e-15)
        assert almost.gradient(*x) == pytest.approx(problems.quadratic().gradient(*x), rel=1e-15)


NUMBER = "must be a number or an array of numbers, got"
BAD = [
    ({"small": 0}, "small must be in (0, inf), got 0"),
    ({"small": -0.2}, "small must be in (0, inf), got -0.2"),
    ({"small": math.nan}, "small must be in (0, inf), got nan"),
    ({"small": "0.2"}, f"small {NUMBER} '0.2'"),
    ({"kappa": 0.5}, "kappa must be in [1, inf), got 0.5"),
    ({"kappa": math.inf}, "kappa must be in [1, inf), got inf"),
    ({"kappa": None}, f"kappa {NUMBER} None"),
    ({"angle": math.inf}, "angle must be in (-inf, inf), got inf"),
    ({"angle": "45°"}, f"angle {NUMBER} '45°'"),
    ({"scale": 0.0}, "scale must be in (0, inf), got 0.0"),
    ({"scale": np.float64(-1)}, "scale must be in (0, inf), got -1.0"),
]


@pytest.mark.parametrize("kwargs, sentence", BAD, ids=[sentence for _, sentence in BAD])
def test_bad_arguments_are_refused_with_a_sentence(kwargs, sentence):
    with pytest.raises((ValueError, TypeError)) as caught:
        problems.quadratic(**kwargs)
    assert str(caught.value) == sentence


def test_names_are_formulas():
    assert repr(problems.quadratic()) == "Problem(0.1 x₁² + 2 x₂²)"
    assert problems.quadratic(angle=30).name == "0.1 x₁² + 2 x₂², turned by 30°"
