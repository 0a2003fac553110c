"""The runs of *Dive into Deep Learning*, made with its own `train_2d` and its trainers as printed, are ours too."""

import importlib.util
import math
import subprocess
import sys

import numpy as np
import pytest

from descent import problems, rules
from descent.trajectories import train_2d

NAMES = [
    "GD 0.1",
    "GD 0.4",
    "GD 0.6",
    "momentum 0.6, 0.5",
    "momentum 0.6, 0.25",
    "AdaGrad 0.4",
    "AdaGrad 2",
    "RMSprop 0.4",
]


@pytest.fixture(scope="module")
def d2l():
    if importlib.util.find_spec("d2l") is None:
        pytest.skip("d2l is not installed: run `make book`, or `pip install --no-deps -r requirements-d2l.txt`")
    from descent.d2l_reference import d2l

    return d2l


# --- the trainers of D2L's chapters, with η and what else they read as arguments


def gd(eta, steep=4, shallow=0.2):
    """12.6 has f = 0.1 x₁² + 2 x₂²; 12.3 has x₁² + 2 x₂², with η = 0.1."""

    def trainer(x1, x2, s1, s2):
        return x1 - eta * shallow * x1, x2 - eta * steep * x2, 0, 0

    return trainer


def momentum(eta, beta):
    def trainer(x1, x2, v1, v2):
        v1 = beta * v1 + 0.2 * x1
        v2 = beta * v2 + 4 * x2
        return x1 - eta * v1, x2 - eta * v2, v1, v2

    return trainer


def adagrad(eta):
    def trainer(x1, x2, s1, s2):
        eps = 1e-6
        g1, g2 = 0.2 * x1, 4 * x2
        s1 += g1**2
        s2 += g2**2
        x1 -= eta / math.sqrt(s1 + eps) * g1
        x2 -= eta / math.sqrt(s2 + eps) * g2
        return x1, x2, s1, s2

    return trainer


def rmsprop(eta, gamma):
    def trainer(x1, x2, s1, s2):
        g1, g2, eps = 0.2 * x1, 4 * x2, 1e-6
        s1 = gamma * s1 + (1 - gamma) * g1**2
        s2 = gamma * s2 + (1 - gamma) * g2**2
        x1 -= eta / math.sqrt(s1 + eps) * g1
        x2 -= eta / math.sqrt(s2 + eps) * g2
        return x1, x2, s1, s2

    return trainer


# D2L's trainer, our rule, our problem, and the line that D2L's `train_2d` prints at the end
BOWL = problems.quadratic()
RUNS = [
    (gd(0.1, shallow=2), rules.gradient_descent(0.1), problems.quadratic(2, 2), "x1: -0.057646, x2: -0.000073"),
    (gd(0.4), rules.gradient_descent(0.4), BOWL, "x1: -0.943467, x2: -0.000073"),
    (gd(0.6), rules.gradient_descent(0.6), BOWL, "x1: -0.387814, x2: -1673.365109"),
    (momentum(0.6, 0.5), rules.momentum(0.6, 0.5), BOWL, "x1: 0.007188, x2: 0.002553"),
    (momentum(0.6, 0.25), rules.momentum(0.6, 0.25), BOWL, "x1: -0.126340, x2: -0.186632"),
    (adagrad(0.4), rules.adagrad(0.4), BOWL, "x1: -2.382563, x2: -0.158591"),
    (adagrad(2), rules.adagrad(2), BOWL, "x1: -0.002295, x2: -0.000000"),
    (rmsprop(0.4, 0.9), rules.rmsprop(0.4, 0.9), BOWL, "x1: -0.010599, x2: 0.000000"),
]


@pytest.mark.parametrize("trainer, rule, problem, printed", RUNS, ids=NAMES)
def test_same_path_as_d2l(d2l, capsys, trainer, rule, problem, printed):
    theirs = np.array(d2l.train_2d(trainer))
    assert capsys.readouterr().out == f"epoch 20, {printed}\n"
    ours = train_2d(rule, problem)
    assert ours.shape == theirs.shape == (21, 2)
    assert (abs(ours - theirs) / np.maximum(1, abs(theirs))).max() < 1e-12


def test_same_path_as_d2l_with_its_gradient(d2l, capsys):
    """`train_2d(trainer, steps, f_grad)`, the other form, for 5 steps."""

    def trainer(x1, x2, s1, s2, f_grad):
        g1, g2 = f_grad(x1, x2)
        return x1 - 0.1 * g1, x2 - 0.1 * g2, 0, 0

    theirs = d2l.train_2d(trainer, steps=5, f_grad=BOWL.gradient)
    np.testing.assert_allclose(train_2d(rules.gradient_descent(0.1), steps=5), theirs, rtol=1e-12)


# --- the module that imports d2l


def test_no_false_torchvision_is_left_behind(d2l):
    if importlib.util.find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed: nothing stands in for it")
    assert callable(d2l.train_2d)
    assert [name for name in sys.modules if name.split(".")[0] == "torchvision"] == []


def test_a_missing_d2l_is_told_with_what_to_do():
    program = (
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'd2l' else find(name, *rest)\n"
        "import descent.d2l_reference\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: d2l is not installed: run `make book`, or `pip install --no-deps -r requirements-d2l.txt`"
    )
