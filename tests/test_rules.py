"""Every update rule against `torch.optim`, or, where PyTorch has no such rule, against a closed form."""

import ast
import code
import copy
import glob
import inspect
import math
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import optim

from descent import problems, rules, schedules

ROOT = Path(__file__).parents[1]
NAN, INF = math.nan, math.inf

# name: our rule, and the PyTorch optimizer that it must equal, given our names of the hyperparameters.
TWINS = {
    "gradient_descent": (rules.gradient_descent, lambda p, lr: optim.SGD(p, lr)),
    "momentum": (rules.momentum, lambda p, lr, beta: optim.SGD(p, lr, momentum=beta)),
    "nesterov": (rules.nesterov, lambda p, lr, beta: optim.SGD(p, lr, momentum=beta, nesterov=True)),
    "nesterov_lookahead": (
        rules.nesterov_lookahead,
        lambda p, lr, beta: optim.SGD(p, lr, momentum=beta, nesterov=True),
    ),
    "adagrad": (partial(rules.adagrad, eps_inside=False), lambda p, lr, eps: optim.Adagrad(p, lr, eps=eps)),
    "rmsprop": (
        partial(rules.rmsprop, eps_inside=False),
        lambda p, lr, decay, eps: optim.RMSprop(p, lr, alpha=decay, eps=eps),
    ),
    "rmsprop_centered": (
        partial(rules.rmsprop_centered, eps_inside=False),
        lambda p, lr, decay, eps: optim.RMSprop(p, lr, alpha=decay, eps=eps, centered=True),
    ),
    "rmsprop_momentum": (
        partial(rules.rmsprop_momentum, eps_inside=False),
        lambda p, lr, decay, beta, eps: optim.RMSprop(p, lr, alpha=decay, eps=eps, momentum=beta),
    ),
    "adadelta": (rules.adadelta, lambda p, lr, decay, eps: optim.Adadelta(p, lr, rho=decay, eps=eps)),
    "adam": (
        rules.adam,
        lambda p, lr, beta1, beta2, eps: optim.Adam(p, lr, betas=(beta1, beta2), eps=eps),
    ),
}
DRAWS = {
    "lr": st.floats(1e-3, 0.5),
    "beta": st.floats(0.01, 0.99),  # PyTorch refuses Nesterov with momentum 0
    "beta1": st.floats(0, 0.99),
    "beta2": st.floats(0.5, 0.9999),  # a shorter memory divides the rounding of a large m by a small v
    "decay": st.floats(0, 0.999),
    "eps": st.floats(1e-10, 1e-2),
}
RULES = [name for name, rule in vars(rules).items() if inspect.isfunction(rule) and name != "check"]
TOLERANCE = 1e-12


def arguments(rule):
    """Hyperparameters of a rule that are numbers, with their defaults."""
    parameters = inspect.signature(rule).parameters.values()
    return {p.name: p.default for p in parameters if not isinstance(p.default, bool)}


def shared_defaults(name):
    """Our defaults of the hyperparameters that both twins have."""
    ours, theirs = TWINS[name]
    return {k: v for k, v in arguments(ours).items() if k in inspect.signature(theirs).parameters}


def draw(data, name, **narrower):
    draws = DRAWS | narrower
    if name == "rmsprop_centered":
        # s − m² cancels where gradients hardly change, and the more so the shorter the memory. PyTorch takes the root
        # of what rounding leaves, which can be negative (NaN): a comparison to 1e-12 needs a variance worth the name.
        draws |= {"decay": st.floats(0.5, 0.999), "lr": st.floats(0.05, 0.5), "eps": st.floats(1e-6, 1e-2)}
    return {argument: data.draw(draws[argument], argument) for argument in shared_defaults(name)}


def wild_gradients(seed, steps=200, width=6):
    """Either sign, magnitudes from 1e-6 to 1e4, a tenth of them 0; one coordinate silent at first, one for ever."""
    random = np.random.default_rng(seed)
    grads = random.choice([-1, 1], (steps, width)) * 10 ** random.uniform(-6, 4, (steps, width))
    grads[random.random((steps, width)) < 0.1] = 0
    grads[: steps // 2, 0] = 0
    grads[:, 1] = 0
    return grads


def follow(rule, x, gradients):
    """The path of a rule. `gradients` yields functions from x to the gradient there."""
    init, update = rule
    state, path = init(x), [x]
    for gradient in gradients:
        x, state = update(x, gradient(x), state)
        path.append(x)
    return np.array(path)


def follow_torch(make, x, gradients, factor=None):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    optimizer = make([x])
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, factor) if factor else None
    path = [x.detach().numpy().copy()]
    for gradient in gradients:
        x.grad = torch.from_numpy(gradient(x.detach().numpy()))
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(x.detach().numpy().copy())
    return np.array(path)


def given_sequence(seed, steps=200):
    return np.array([1.0, 1, -3, 0, 0.5, -2]), [lambda x, g=g: g for g in wild_gradients(seed, steps)]


def running_quadratic(steps=20):
    f = problems.quadratic()
    return np.array(f.start), [lambda x: np.array(f.gradient(*x))] * steps


def assert_same(ours, theirs):
    """Equal up to rounding of the largest number that a coordinate has been on its way."""
    scale = np.maximum(1, np.maximum.accumulate(abs(theirs), axis=0))
    assert np.isfinite(theirs).all()
    assert (abs(ours - theirs) / scale).max() < TOLERANCE


def both(name, kwargs, run, factor=None):
    """The path of our rule and that of its twin."""
    ours, theirs = TWINS[name]
    rule = ours(**kwargs)
    if factor:
        rule = schedules.scheduled(rule, factor)
    return follow(rule, *run), follow_torch(lambda p: theirs(p, **kwargs), *run, factor)


# --- equal to PyTorch


def test_every_rule_has_a_twin():
    assert sorted(TWINS) == sorted(RULES)


@pytest.mark.parametrize("run", [given_sequence(0), running_quadratic()], ids=["given", "quadratic"])
@pytest.mark.parametrize("name", TWINS)
def test_defaults_equal_pytorch(name, run):
    assert_same(*both(name, shared_defaults(name), run))


@pytest.mark.parametrize("name", TWINS)
@given(data=st.data(), seed=st.integers(0, 999))
def test_given_gradients_equal_pytorch(name, data, seed):
    assert_same(*both(name, draw(data, name), given_sequence(seed)))


@pytest.mark.parametrize("name", TWINS)
@given(data=st.data())
def test_running_quadratic_equals_pytorch(name, data):
    # In a closed loop a short memory makes chaos: at β₂ = 0 Adam steps by the sign of what rounding decides.
    kwargs = draw(data, name, beta2=st.floats(0.8, 0.9999), decay=st.floats(0.8, 0.999))
    assert_same(*both(name, kwargs, running_quadratic()))


@pytest.mark.parametrize(
    "factor", [lambda t: 0.97**t, lambda t: 1 / (1 + t) ** 0.5, lambda t: min(1, (t + 1) / 20)], ids=range(3)
)
@pytest.mark.parametrize("name", TWINS)
def test_scheduled_equals_pytorch(name, factor):
    assert_same(*both(name, shared_defaults(name), given_sequence(1), factor))


# --- where PyTorch has no such rule, or another convention


def test_pytorch_leaves_the_first_gradient_undampened():
    lr, beta, dampening = 0.1, 0.9, 0.3
    x, gradients = given_sequence(2)
    ours = np.diff(follow(rules.momentum(lr, beta, dampening), x, gradients), axis=0)
    theirs = follow_torch(lambda p: optim.SGD(p, lr, momentum=beta, dampening=dampening), x, gradients)
    first = gradients[0](x)
    np.testing.assert_allclose(np.diff(theirs, axis=0)[0], -lr * first, atol=TOLERANCE)
    np.testing.assert_allclose(ours[0], -lr * (1 - dampening) * first, atol=TOLERANCE)
    # The surplus dampening · g₁ is forgotten like any velocity. A first gradient of 0 leaves no difference at all.
    k = np.arange(len(gradients))[:, None]
    np.testing.assert_allclose(np.diff(theirs, axis=0) - ours, -lr * dampening * first * beta**k, atol=1e-9)
    silent = [lambda x: np.zeros(6), *gradients]
    ours = follow(rules.momentum(lr, beta, dampening), x, silent)
    assert_same(ours, follow_torch(lambda p: optim.SGD(p, lr, momentum=beta, dampening=dampening), x, silent))


@given(lr=DRAWS["lr"], beta=DRAWS["beta"])
def test_averaged_momentum_is_momentum_with_a_smaller_rate(lr, beta):
    run = given_sequence(3)
    assert_same(follow(rules.momentum(lr, beta, beta), *run), follow(rules.momentum(lr * (1 - beta), beta), *run))


@given(lr=DRAWS["lr"], beta=DRAWS["beta"])
def test_both_forms_of_nesterov_walk_the_same_path(lr, beta):
    for run in given_sequence(4), running_quadratic():
        assert_same(follow(rules.nesterov(lr, beta), *run), follow(rules.nesterov_lookahead(lr, beta), *run))


def test_nesterov_lookahead_takes_the_gradient_ahead_of_its_parameters():
    """θ = x − β v, followed by hand on x²: the gradient is taken at θ + β v."""
    lr, beta = 0.1, 0.9
    init, update = rules.nesterov_lookahead(lr, beta)
    x, v = 10.0, init(10.0)
    theta, velocity = 10.0, 0.0
    for _ in range(20):
        x, v = update(x, 2 * x, v)
        velocity = beta * velocity - lr * 2 * (theta + beta * velocity)
        theta += velocity
        assert x - beta * v == pytest.approx(theta, abs=1e-13)


@pytest.mark.parametrize("beta", [{"beta": 0}, {"beta": 0.0}])
@pytest.mark.parametrize("name", ["momentum", "nesterov", "nesterov_lookahead"])
def test_without_momentum_it_is_gradient_descent(name, beta):
    run = given_sequence(5)
    assert_same(follow(getattr(rules, name)(0.1, **beta), *run), follow(rules.gradient_descent(0.1), *run))


# The first step for a gradient g, from the definition. What ε does is seen where g is near √ε.
FIRST_STEPS = [
    (rules.adagrad, {"lr": 0.1, "eps": 1e-6}, lambda g: -0.1 * g / math.sqrt(g * g + 1e-6)),
    (rules.rmsprop, {"lr": 0.1, "decay": 0.9, "eps": 1e-6}, lambda g: -0.1 * g / math.sqrt(0.1 * g * g + 1e-6)),
    (
        rules.rmsprop_centered,  # the variance of g with weight 0.1 and 0 with weight 0.9 is 0.1 · 0.9 g²
        {"lr": 0.1, "decay": 0.9, "eps": 1e-6},
        lambda g: -0.1 * g / math.sqrt(0.09 * g * g + 1e-6),
    ),
    (
        rules.rmsprop_momentum,
        {"lr": 0.1, "decay": 0.9, "beta": 0.7, "eps": 1e-6},
        lambda g: -0.1 * g / math.sqrt(0.1 * g * g + 1e-6),
    ),
]


@pytest.mark.parametrize("g", [1e-6, 1e-3, -0.02, 1.0, -1e4])
@pytest.mark.parametrize("make, kwargs, first", FIRST_STEPS, ids=lambda value: getattr(value, "__name__", None))
def test_first_step_with_eps_inside_the_root(make, kwargs, first, g):
    init, update = make(**kwargs)
    assert update(0.0, g, init(0.0))[0] == pytest.approx(first(g), rel=1e-12)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "rmsprop_centered", "rmsprop_momentum"])
def test_eps_is_all_that_inside_changes(name):
    """With ε = 0 there is no inside and no outside: the form that PyTorch lacks is the form that it has."""
    make = getattr(rules, name)
    grads = [lambda x, g=g: g for g in wild_gradients(6)[:, 2:] + 1e-3]  # nothing divides by 0
    inside, outside = (make(eps=0, eps_inside=eps_inside) for eps_inside in (True, False))
    assert_same(follow(inside, np.ones(4), grads), follow(outside, np.ones(4), grads))


def test_adam_without_bias_correction_steps_are_off_by_a_known_factor():
    lr, beta1, beta2 = 0.01, 0.9, 0.999
    x, gradients = np.ones(4), [lambda x, g=g: g for g in wild_gradients(7)[:, 2:] + 1e-3]
    corrected = np.diff(follow(rules.adam(lr, beta1, beta2, eps=0), 0 * x, gradients), axis=0)
    raw = np.diff(follow(rules.adam(lr, beta1, beta2, eps=0, bias_correction=False), 0 * x, gradients), axis=0)
    t = np.arange(1, 201)[:, None]
    factor = (1 - beta1**t) / np.sqrt(1 - beta2**t)
    np.testing.assert_allclose(raw, corrected * factor, rtol=0, atol=1e-13)
    assert factor[0, 0] == pytest.approx(0.1 / math.sqrt(0.001))


# --- pure functions on every kind of number


def numbers(value):
    """The numbers of a state, which may be a tuple, in order and detached from it."""
    if isinstance(value, tuple):
        return [n for part in value for n in numbers(part)]
    return value.tolist() if hasattr(value, "tolist") else [value]


@pytest.mark.parametrize("make_array", [np.array, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("wrap", [lambda rule: rule, lambda rule: schedules.scheduled(rule, lambda t: 0.5)])
@pytest.mark.parametrize("name", RULES)
def test_nothing_is_mutated(name, wrap, make_array):
    init, update = wrap(getattr(rules, name)())
    x, grad = make_array([1.0, -2.0]), make_array([3.0, 0.5])
    x, state = update(x, grad, init(x))
    before = copy.deepcopy((x, grad, state))
    new_x, new_state = update(x, grad, state)
    assert numbers((x, grad, state)) == numbers(before)
    assert numbers(new_x) != numbers(x)
    assert name == "gradient_descent" or numbers(new_state) != numbers(state)


@pytest.mark.parametrize("name", RULES)
def test_floats_arrays_and_tensors_agree(name):
    rule = getattr(rules, name)()
    start, gradients = given_sequence(8)
    arrays = follow(rule, start, gradients)
    tensors = follow(rule, torch.from_numpy(start), [lambda x, g=g: torch.from_numpy(g(x)) for g in gradients])
    floats = [
        follow(rule, float(x), [lambda x, g=g, i=i: float(g(x)[i]) for g in gradients]) for i, x in enumerate(start)
    ]
    assert_same(tensors, arrays)
    assert_same(np.transpose(floats), arrays)


@pytest.mark.parametrize("name", RULES)
def test_arrays_of_hyperparameters_equal_the_loop(name):
    """Four settings of every hyperparameter at once, in arrays, against one setting at a time, in numbers."""
    settings = {
        "lr": [0.0, 0.01, 0.1, 1.0],
        "beta": [0.0, 0.3, 0.9, 0.99],
        "beta1": [0.0, 0.3, 0.9, 0.99],
        "beta2": [0.0, 0.5, 0.9, 0.999],
        "decay": [0.5, 0.8, 0.9, 0.99],
        "dampening": [0.0, 0.5, 0.9, 1.0],
        "eps": [1e-8, 1e-6, 1e-4, 1.0],
    }
    make = getattr(rules, name)
    chosen = {argument: settings[argument] for argument in arguments(make)}
    x, gradients = given_sequence(9, steps=50)
    together = follow(make(**{k: np.array(v)[:, None] for k, v in chosen.items()}), np.tile(x, (4, 1)), gradients)
    for i in range(4):
        assert_same(together[:, i], follow(make(**{k: v[i] for k, v in chosen.items()}), x, gradients))


# --- bad hyperparameters

INTERVALS = {
    "lr": "[0, inf)",
    "beta": "[0, 1)",
    "beta1": "[0, 1)",
    "beta2": "[0, 1)",
    "decay": "[0, 1)",
    "dampening": "[0, 1]",
    "eps": "[0, inf)",
}
# What is refused: for which intervals, and how the sentence shows it.
EVERY, BELOW_1 = ("[0, inf)", "[0, 1)", "[0, 1]"), ("[0, 1)", "[0, 1]")
OUTSIDE = [
    (-0.1, EVERY, "-0.1"),
    (-1, EVERY, "-1"),
    (NAN, EVERY, "nan"),
    (INF, EVERY, "inf"),
    (-INF, EVERY, "-inf"),
    (1, ("[0, 1)",), "1"),
    (1.0, ("[0, 1)",), "1.0"),
    (1.2, BELOW_1, "1.2"),
    (np.float64(-0.1), EVERY, "-0.1"),
    (np.float64(NAN), EVERY, "nan"),
    (np.int64(-1), EVERY, "-1.0"),
    (np.array([0.5, -0.25]), EVERY, "-0.25"),
    (np.array([[0.5, 0.5], [NAN, 0.5]]), EVERY, "nan"),
    (np.array(-0.1), EVERY, "-0.1"),
    (np.array([0.5, 1.0, 2.0]), ("[0, 1)",), "1.0"),
    (torch.tensor([0.5, -0.25]), EVERY, "-0.25"),
    (torch.tensor(INF), EVERY, "inf"),
]
NOT_A_NUMBER = [("fast", "'fast'"), ("0.1", "'0.1'"), (None, "None"), ([0.1, 0.2], "[0.1, 0.2]"), (1j, "1j")]
EVERY_ARGUMENT = [(name, argument) for name in RULES for argument in arguments(getattr(rules, name))]


@pytest.mark.parametrize("name, argument", EVERY_ARGUMENT)
def test_bad_hyperparameters_are_refused_with_a_sentence(name, argument):
    interval = INTERVALS[argument]
    refused = [
        (ValueError, value, f"{argument} must be in {interval}, got {shown}")
        for value, intervals, shown in OUTSIDE
        if interval in intervals
    ] + [
        (TypeError, value, f"{argument} must be a number or an array of numbers, got {shown}")
        for value, shown in NOT_A_NUMBER
    ]
    for error, value, sentence in refused:
        with pytest.raises(error) as caught:
            getattr(rules, name)(**{argument: value})
        assert str(caught.value) == sentence


@pytest.mark.parametrize("name, argument", EVERY_ARGUMENT)
def test_the_ends_of_an_interval_are_allowed(name, argument):
    allowed = [0, 0.0, np.float64(0), np.zeros((2, 3)), torch.zeros(2)]
    allowed += [1e300] if INTERVALS[argument] == "[0, inf)" else [1 - 1e-12]
    allowed += [1] if INTERVALS[argument] == "[0, 1]" else []
    for value in allowed:
        getattr(rules, name)(**{argument: value})


# --- the folder that shares its name with a module of the standard library


def test_code_is_the_standard_library():
    assert Path(code.__file__).parent == Path(inspect.__file__).parent
    assert glob.glob(str(ROOT / "code" / "*.py")) == []
    assert not (ROOT / "code" / "__init__.py").exists()


def test_pdb_imports_from_the_root():
    run = subprocess.run([sys.executable, "-c", "import pdb, code; code.interact"], cwd=ROOT, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()


def test_rules_import_nothing():
    nodes = ast.walk(ast.parse(inspect.getsource(rules)))
    assert not [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
