"""Learning-rate schedules: a factor on the learning rate as a function of the step.

Each function here returns ``factor(t)``, with t = 0 at the first step, whose learning rate is lr · factor(0).
t may be an array, so that a whole schedule is one call: ``cosine(100)(np.arange(100))``.
`scheduled` puts a factor on a rule.

Plain arithmetic, as in `rules.py`.
"""

try:
    from numpy import cos
except ImportError:  # MicroPython
    from math import cos

from descent.rules import check

_INF = float("inf")
_RANGES = {
    "gamma": (0, 1, False, True),
    "rate": (0, _INF, True, False),
    "every": (1, _INF, True, False),
    "steps": (1, _INF, True, False),
    "floor": (0, 1, True, True),
}


def scheduled(rule, factor):
    """A rule whose step at time t is the step of `rule` times factor(t).

    Right for every rule of the book, because each step is linear in its learning rate
    and what it remembers does not depend on the factor.

    Parameters
    ----------
    rule : (init, update), as made by `descent.rules`
    factor : function of the step t = 0, 1, 2, …, returning a number

    Returns
    -------
    init, update : a rule again. Its state is (state of the inner rule, t).
    """
    inner_init, inner_update = rule

    def init(x):
        return inner_init(x), 0

    def update(x, grad, state):
        inner, t = state
        target, inner = inner_update(x, grad, inner)
        return x + factor(t) * (target - x), (inner, t + 1)

    return init, update


def constant():
    """1 at every step."""
    return lambda t: 1 + 0 * t


def exponential(gamma=0.99):
    """γᵗ, with γ in (0, 1]. The factors have the finite sum 1 / (1 − γ). PyTorch: ``ExponentialLR``."""
    check(_RANGES, gamma=gamma)
    return lambda t: gamma**t


def inverse_time(rate=0.1):
    """1 / (1 + rate · t), with rate in [0, inf): the classic choice of Robbins and Monro (1951)."""
    check(_RANGES, rate=rate)
    return lambda t: 1 / (1 + rate * t)


def inverse_sqrt(rate=0.1):
    """1 / √(1 + rate · t), with rate in [0, inf)."""
    check(_RANGES, rate=rate)
    return lambda t: 1 / (1 + rate * t) ** 0.5


def step(every=30, gamma=0.1):
    """Multiplied by γ in (0, 1] after each `every` steps (at least 1). PyTorch: ``StepLR``."""
    check(_RANGES, every=every, gamma=gamma)
    return lambda t: gamma ** (t // every)


def cosine(steps, floor=0.0):
    """Half a cosine from 1 at t = 0 down to `floor` in [0, 1] at t = `steps`, and `floor` from there on.

    PyTorch: ``CosineAnnealingLR(T_max=steps, eta_min=floor · lr)``, which, unlike this, rises again after `steps`.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    """
    check(_RANGES, steps=steps, floor=floor)

    def factor(t):
        t = t * (t < steps) + steps * (t >= steps)
        return floor + (1 - floor) * (1 + cos(3.141592653589793 * t / steps)) / 2

    return factor


def warmup(steps, then=None):
    """Rises in a straight line, 1/steps, 2/steps, …, to 1 at the last of `steps` steps, then goes on with `then`.

    Parameters
    ----------
    steps : int, at least 1
        How many steps the rise takes.
    then : factor, default `constant()`
        The schedule that follows; its own t starts at 0 when the rise is over.
    """
    check(_RANGES, steps=steps)
    then = then or constant()

    def factor(t):
        rising = t < steps
        return rising * (t + 1) / steps + (1 - rising) * then((t - steps) * (1 - rising))

    return factor
