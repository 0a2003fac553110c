"""The book's plain-arithmetic sources run unchanged in MicroPython, the Python of the pages, and give the same numbers.

One program runs twice: here, and in MicroPython under Node. Numbers travel as the bits of the double, not as decimals.
"""

import json

import numpy as np
import pytest
import torch

from descent import problems, rules, schedules

PROGRAM = """
import binascii, json, struct
from descent import problems, rules, schedules

def encode(x):
    return binascii.hexlify(struct.pack(">d", x)).decode()

def decode(bits):
    return struct.unpack(">d", binascii.unhexlify(bits))[0]

def path(rule, gradients):
    init, update = rule
    x = 1.0
    state = init(x)
    points = []
    for bits in gradients:
        x, state = update(x, decode(bits), state)
        points.append(encode(x))
    return points

def sentence(expression):
    try:
        return "allowed: %r" % (eval(expression),)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)

job = json.loads(job)
print("answer: " + json.dumps({
    "paths": [[path(eval(rule), gradients) for gradients in job["gradients"]] for rule in job["rules"]],
    "sentences": [sentence(expression) for expression in job["bad"]],
    "values": [[encode(number) for number in eval(expression)] for expression in job["values"]],
}))
"""

RULES = [
    "rules.gradient_descent(lr=0.1)",
    "rules.momentum()",
    "rules.momentum(lr=0.1, beta=0.7, dampening=0.7)",
    "rules.nesterov()",
    "rules.nesterov_lookahead()",
    "rules.adagrad()",
    "rules.adagrad(lr=0.4, eps_inside=False)",
    "rules.rmsprop()",
    "rules.rmsprop(lr=0.4, decay=0.99, eps_inside=False)",
    "rules.rmsprop_centered()",
    "rules.rmsprop_centered(eps_inside=False)",
    "rules.rmsprop_momentum()",
    "rules.rmsprop_momentum(beta=0.5, eps_inside=False)",
    "rules.adadelta()",
    "rules.adadelta(decay=0.95, eps=1e-5)",
    "rules.adam()",
    "rules.adam(lr=0.1, beta1=0, beta2=0.99, bias_correction=False)",
    "schedules.scheduled(rules.adam(), schedules.cosine(150, 0.1))",
    "schedules.scheduled(rules.momentum(), schedules.warmup(20, schedules.exponential(0.9)))",
]
BAD = [
    "rules.gradient_descent(lr=-0.1)",
    "rules.gradient_descent(lr='fast')",
    "rules.gradient_descent(lr=None)",
    "rules.gradient_descent(lr=[0.1, 0.2])",
    "rules.gradient_descent(lr=float('inf'))",
    "rules.momentum(beta=1)",
    "rules.momentum(beta=1.0)",
    "rules.momentum(dampening=1.2)",
    "rules.nesterov(beta=-1e-300)",
    "rules.nesterov_lookahead(lr=float('nan'))",
    "rules.adagrad(eps=-0.001)",
    "rules.rmsprop(decay=1.2)",
    "rules.rmsprop_centered(decay=float('nan'))",
    "rules.rmsprop_momentum(beta=2)",
    "rules.adadelta(decay=-1)",
    "rules.adam(beta1=1)",
    "rules.adam(beta2=0.1 + 0.9)",
    "problems.quadratic(small=0)",
    "problems.quadratic(kappa=0.5)",
    "problems.quadratic(angle=float('inf'))",
    "schedules.exponential(0)",
    "schedules.cosine(0)",
    "schedules.cosine(10, floor=1.5)",
    "schedules.step(every='month')",
]
PROBLEMS = [
    "quadratic()",
    "quadratic(kappa=3.5, angle=30.0, scale=7.0)",
    "square()",
    "wave()",
    "rosenbrock()",
    "valleys()",
    "beale()",
    "saddle()",
]
SCHEDULES = [
    "constant()",
    "exponential(0.97)",
    "inverse_time(0.3)",
    "inverse_sqrt(0.3)",
    "step(7, 0.5)",
    "cosine(30, 0.05)",
    "warmup(5)",
    "warmup(5, schedules.cosine(25))",
]
VALUES = [
    *(f"[problems.{problem}.value(*problems.{problem}.start)]" for problem in PROBLEMS),
    *(f"problems.{problem}.gradient(*problems.{problem}.start)" for problem in PROBLEMS),
    *(f"problems.{problem}.start + problems.{problem}.minimum" for problem in PROBLEMS),
    *(f"[schedules.{schedule}(t) for t in range(60)]" for schedule in SCHEDULES),
]


def wild_gradients(seed, steps=200):
    """Either sign, magnitudes from 1e-6 to 1e4, a tenth of them 0."""
    random = np.random.default_rng(seed)
    grads = random.choice([-1, 1], steps) * 10 ** random.uniform(-6, 4, steps)
    grads[random.random(steps) < 0.1] = 0
    return grads


GRADIENTS = np.array([wild_gradients(0), wild_gradients(1), np.zeros(200)])
JOB = {
    "gradients": [[np.array(g, ">f8").tobytes().hex() for g in row] for row in GRADIENTS],
    "rules": RULES,
    "bad": BAD,
    "values": VALUES,
}


def numbers(bits):
    return np.frombuffer(bytes.fromhex("".join(bits)), ">f8").astype(float)


def decoded(answer):
    paths = [np.array([numbers(points) for points in paths]) for paths in answer["paths"]]
    values = [numbers(bits) for bits in answer["values"]]
    return dict(zip(RULES + BAD + VALUES, paths + answer["sentences"] + values, strict=True))


@pytest.fixture(scope="module")
def there(in_micropython):
    """What the program prints in MicroPython."""
    return decoded(in_micropython(PROGRAM, JOB))


@pytest.fixture(scope="module")
def here():
    """What it prints in this Python, with its floats."""
    printed = []
    exec(PROGRAM, {"job": json.dumps(JOB), "print": printed.append})
    return decoded(json.loads(printed[0].removeprefix("answer: ")))


def follow(rule, x, gradients):
    init, update = rule
    state, path = init(x), []
    for grad in gradients:
        x, state = update(x, grad, state)
        path.append(x)
    return np.array(path).T


@pytest.mark.parametrize("rule", RULES)
def test_same_path_in_micropython_python_numpy_and_torch(there, here, rule):
    make = {"rules": rules, "schedules": schedules}
    path = there[rule]
    arrays = follow(eval(rule, make), np.ones(3), GRADIENTS.T)
    tensors = follow(eval(rule, make), torch.ones(3, dtype=torch.float64), torch.from_numpy(GRADIENTS.T.copy()))
    assert path.shape == (3, 200)
    assert np.ptp(path[:2]) > 1e-3
    scale = np.maximum(1, np.maximum.accumulate(abs(path), axis=1))
    for other in here[rule], arrays, tensors:
        assert (abs(path - other) / scale).max() < 1e-12


def test_every_rule_problem_and_schedule_is_tried():
    for module, tried in (rules, RULES), (problems, PROBLEMS), (schedules, [*SCHEDULES, "scheduled"]):
        public = {name for name, made in vars(module).items() if getattr(made, "__module__", "") == module.__name__}
        names = {expression.removeprefix("rules.").split("(")[0] for expression in tried}
        assert public - names <= {"check", "Problem"}


@pytest.mark.parametrize("expression", BAD)
def test_bad_hyperparameters_get_the_same_sentence(there, here, expression):
    assert there[expression] == here[expression]
    assert there[expression].startswith(("ValueError: ", "TypeError: "))


@pytest.mark.parametrize("expression", VALUES)
def test_problems_and_schedules_give_the_same_values(there, here, expression):
    np.testing.assert_allclose(there[expression], here[expression], rtol=1e-12, atol=1e-12)
