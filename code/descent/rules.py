"""Update rules: the heart of the book, in plain arithmetic.

A rule is a pair of pure functions.

    init(x) -> state                         what the rule remembers, before the first step
    update(x, grad, state) -> (x, state)     one step; both are returned anew, never changed in place

So one line runs every rule in this file:

    x, state = update(x, gradient(x), state)

Only + - * / **, abs and comparisons are used, and nothing is imported.
The same lines run on Python floats, NumPy arrays of any shape, torch tensors, and in MicroPython in a browser.
Every operation is coordinate by coordinate.
Hyperparameters may be arrays that broadcast against x: a sweep over a grid is one run.

Symbols: x parameters, g gradient (`grad`), lr the learning rate η, t the step, counted from 1.
"""

_INF = float("inf")

# The interval of every hyperparameter, by name: (low, high, low is allowed, high is allowed).
_RANGES = {
    "lr": (0, _INF, True, False),
    "beta": (0, 1, True, False),
    "beta1": (0, 1, True, False),
    "beta2": (0, 1, True, False),
    "decay": (0, 1, True, False),
    "dampening": (0, 1, True, True),
    "eps": (0, _INF, True, False),
}


def check(ranges=_RANGES, **values):
    """Raise a one-sentence error for the first value outside its interval; NaN is outside every interval.

    Parameters
    ----------
    ranges : dict of name to (low, high, low allowed, high allowed)
        By default the intervals of the rules' hyperparameters.
    **values : number or array
        What to check, by name. Of an array, every element is checked.

    Raises
    ------
    ValueError
        As in ``decay must be in [0, 1), got 1.2``.
    TypeError
        As in ``lr must be a number or an array of numbers, got 'fast'``.
    """
    for name, value in values.items():
        low, high, with_low, with_high = ranges[name]
        try:
            inside = (low <= value if with_low else low < value) & (value <= high if with_high else value < high)
        except TypeError:
            raise TypeError("%s must be a number or an array of numbers, got %r" % (name, value))
        if hasattr(inside, "all"):
            if inside.all():
                continue
            value = float(value[~inside].flatten()[0])
        elif inside:
            continue
        interval = "%s%g, %g%s" % ("[" if with_low else "(", low, high, "]" if with_high else ")")
        raise ValueError("%s must be in %s, got %r" % (name, interval, value))


def gradient_descent(lr=0.01):
    """Gradient descent: x ← x − η g.

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η. On a quadratic it must stay below 2/L, with L the largest eigenvalue of the Hessian.

    Returns
    -------
    init, update : the rule. It remembers nothing; its state is None.

    Equals ``torch.optim.SGD(params, lr)``.

    Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847.

    >>> init, update = gradient_descent(lr=0.1)
    >>> x, state = update(5.0, 2.0, init(5.0))
    >>> x
    4.8
    """
    check(lr=lr)

    def init(x):
        return None

    def update(x, grad, state):
        return x - lr * grad, state

    return init, update


def momentum(lr=0.01, beta=0.9, dampening=0):
    """Heavy-ball momentum: v ← β v + (1 − d) g, then x ← x − η v.

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η. With d = 0 a steady gradient moves x by η / (1 − β) a step.
    beta : float in [0, 1), default 0.9
        Momentum β, the share of the velocity v that survives a step. 0 is gradient descent.
    dampening : float in [0, 1], default 0
        d, taken off the weight of the new gradient. ``dampening=beta`` is the averaged, (1 − β) form of momentum:
        the path of d = 0 with η multiplied by 1 − β.

    Returns
    -------
    init, update : the rule. Its state is v, shaped like x, at first 0.

    Equals ``torch.optim.SGD(params, lr, momentum=beta)`` for d = 0.
    PyTorch leaves the very first gradient undampened (v₁ = g₁), so for d > 0 the two differ; here v₁ = (1 − d) g₁.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    check(lr=lr, beta=beta, dampening=dampening)

    def init(x):
        return 0 * x

    def update(x, grad, v):
        v = beta * v + (1 - dampening) * grad
        return x - lr * v, v

    return init, update


def nesterov(lr=0.01, beta=0.9):
    """Nesterov momentum, PyTorch's form: v ← β v + g, then x ← x − η (g + β v).

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η.
    beta : float in [0, 1), default 0.9
        Momentum β.

    Returns
    -------
    init, update : the rule. Its state is v, shaped like x, at first 0.

    Equals ``torch.optim.SGD(params, lr, momentum=beta, nesterov=True)``.
    The x here is the point at which the gradient is taken: `nesterov_lookahead` walks the same path.

    Source: Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)", 1983.
    """
    check(lr=lr, beta=beta)

    def init(x):
        return 0 * x

    def update(x, grad, v):
        v = beta * v + grad
        return x - lr * (grad + beta * v), v

    return init, update


def nesterov_lookahead(lr=0.01, beta=0.9):
    """Nesterov momentum, the textbook form: v ← β v − η ∇f(θ + β v), then θ ← θ + v.

    The gradient belongs to the look-ahead point x = θ + β v, so x is what this rule carries and returns;
    the parameters themselves are θ = x − β v.

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η.
    beta : float in [0, 1), default 0.9
        Momentum β.

    Returns
    -------
    init, update : the rule. Its state is v, shaped like x and in units of x, at first 0.

    Equals ``torch.optim.SGD(params, lr, momentum=beta, nesterov=True)`` as long as lr does not change.

    Source: Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning",
    2013.
    """
    check(lr=lr, beta=beta)

    def init(x):
        return 0 * x

    def update(x, grad, v):
        theta = x - beta * v
        v = beta * v - lr * grad
        return theta + v + beta * v, v

    return init, update


def adagrad(lr=0.01, eps=1e-6, eps_inside=True):
    """AdaGrad: s ← s + g², then x ← x − η g / √(s + ε).

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η: the size of the first step in every coordinate.
    eps : float in [0, inf), default 1e-6
        ε, which keeps the division finite. With 0, a coordinate whose gradients have all been 0 becomes NaN.
    eps_inside : bool, default True
        True: √(s + ε), as in D2L. False: √s + ε, as in PyTorch.

    Returns
    -------
    init, update : the rule. Its state is s, shaped like x, at first 0.

    With ``eps_inside=False`` equals ``torch.optim.Adagrad(params, lr, eps=eps)``, whose default eps is 1e-10.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
    2011.
    """
    check(lr=lr, eps=eps)

    def init(x):
        return 0 * x

    def update(x, grad, s):
        s = s + grad**2
        root = (s + eps) ** 0.5 if eps_inside else s**0.5 + eps
        return x - lr * grad / root, s

    return init, update


def rmsprop(lr=0.01, decay=0.9, eps=1e-6, eps_inside=True):
    """RMSprop: s ← γ s + (1 − γ) g², then x ← x − η g / √(s + ε).

    Parameters
    ----------
    lr : float in [0, inf), default 0.01
        Learning rate η. The first step is η / √(1 − γ) in every coordinate, because s starts at 0.
    decay : float in [0, 1), default 0.9
        γ, the share of s that survives a step; half-life ln ½ / ln γ. PyTorch calls it alpha, default 0.99.
    eps : float in [0, inf), default 1e-6
        ε, which keeps the division finite.
    eps_inside : bool, default True
        True: √(s + ε), as in D2L. False: √s + ε, as in PyTorch.

    Returns
    -------
    init, update : the rule. Its state is s, shaped like x, at first 0.

    With ``eps_inside=False`` equals ``torch.optim.RMSprop(params, lr, alpha=decay, eps=eps)``,
    whose default eps is 1e-8.

    Source: Tieleman and Hinton, Lecture 6.5 of "Neural Networks for Machine Learning", Coursera, 2012.
    """
    check(lr=lr, decay=decay, eps=eps)

    def init(x):
        return 0 * x

    def update(x, grad, s):
        s = decay * s + (1 - decay) * grad**2
        root = (s + eps) ** 0.5 if eps_inside else s**0.5 + eps
        return x - lr * grad / root, s

    return init, update


def rmsprop_centered(lr=0.01, decay=0.9, eps=1e-6, eps_inside=True):
    """Centred RMSprop: divides by the recent standard deviation of the gradient, not its root mean square.

    m ← γ m + (1 − γ) g and s ← γ s + (1 − γ) g², then x ← x − η g / √(s − m² + ε).

    Parameters
    ----------
    lr, decay, eps, eps_inside
        As in `rmsprop`.

    Returns
    -------
    init, update : the rule. Its state is (m, s), each shaped like x, at first 0.

    With ``eps_inside=False`` equals ``torch.optim.RMSprop(params, lr, alpha=decay, eps=eps, centered=True)``.
    s − m² is never negative in exact arithmetic. Rounding can make it so, hence the abs; PyTorch then returns NaN.

    Source: Graves, "Generating sequences with recurrent neural networks", 2013.
    """
    check(lr=lr, decay=decay, eps=eps)

    def init(x):
        return 0 * x, 0 * x

    def update(x, grad, state):
        m, s = state
        m = decay * m + (1 - decay) * grad
        s = decay * s + (1 - decay) * grad**2
        variance = abs(s - m**2)
        root = (variance + eps) ** 0.5 if eps_inside else variance**0.5 + eps
        return x - lr * grad / root, (m, s)

    return init, update


def rmsprop_momentum(lr=0.01, decay=0.9, beta=0.9, eps=1e-6, eps_inside=True):
    """RMSprop with momentum: s ← γ s + (1 − γ) g², v ← β v + g / √(s + ε), then x ← x − η v.

    Divides first and accumulates afterwards. Adam does it the other way round.

    Parameters
    ----------
    lr, decay, eps, eps_inside
        As in `rmsprop`.
    beta : float in [0, 1), default 0.9
        Momentum β. 0 is plain RMSprop.

    Returns
    -------
    init, update : the rule. Its state is (s, v), each shaped like x, at first 0.

    With ``eps_inside=False`` equals ``torch.optim.RMSprop(params, lr, alpha=decay, eps=eps, momentum=beta)``.

    Source: Tieleman and Hinton, 2012, Lecture 6.5, who name the combination; the form is that of PyTorch.
    """
    check(lr=lr, decay=decay, beta=beta, eps=eps)

    def init(x):
        return 0 * x, 0 * x

    def update(x, grad, state):
        s, v = state
        s = decay * s + (1 - decay) * grad**2
        root = (s + eps) ** 0.5 if eps_inside else s**0.5 + eps
        v = beta * v + grad / root
        return x - lr * v, (s, v)

    return init, update


def adadelta(decay=0.9, eps=1e-6, lr=1.0):
    """Adadelta: s ← ρ s + (1 − ρ) g², Δ = g √(d + ε) / √(s + ε), d ← ρ d + (1 − ρ) Δ², then x ← x − η Δ.

    Parameters
    ----------
    decay : float in [0, 1), default 0.9
        ρ, the share of both averages that survives a step.
    eps : float in [0, inf), default 1e-6
        ε, which is a learning rate in hiding: the first step is √(ε / (1 − ρ)) wherever g² is much larger than ε.
    lr : float in [0, inf), default 1
        Factor η on the step; the paper has none.

    Returns
    -------
    init, update : the rule. Its state is (s, d), each shaped like x, at first 0.

    Equals ``torch.optim.Adadelta(params, lr, rho=decay, eps=eps)``.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """
    check(decay=decay, eps=eps, lr=lr)

    def init(x):
        return 0 * x, 0 * x

    def update(x, grad, state):
        s, d = state
        s = decay * s + (1 - decay) * grad**2
        delta = grad * (d + eps) ** 0.5 / (s + eps) ** 0.5
        d = decay * d + (1 - decay) * delta**2
        return x - lr * delta, (s, d)

    return init, update


def adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, bias_correction=True):
    """Adam: m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g², then x ← x − η m̂ / (√v̂ + ε).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo the bias towards 0 with which both averages start.

    Parameters
    ----------
    lr : float in [0, inf), default 0.001
        Learning rate η: the size of the first step in every coordinate.
    beta1 : float in [0, 1), default 0.9
        β₁, the share of the average gradient m that survives a step.
    beta2 : float in [0, 1), default 0.999
        β₂, the share of the average squared gradient v that survives a step.
    eps : float in [0, inf), default 1e-8
        ε, added outside the root.
    bias_correction : bool, default True
        False uses m and v as they are. The early steps are then too large, at first by (1 − β₁) / √(1 − β₂).

    Returns
    -------
    init, update : the rule. Its state is (m, v, t): two averages shaped like x, at first 0, and the steps so far.

    Equals ``torch.optim.Adam(params, lr, betas=(beta1, beta2), eps=eps)``.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
    """
    check(lr=lr, beta1=beta1, beta2=beta2, eps=eps)

    def init(x):
        return 0 * x, 0 * x, 0

    def update(x, grad, state):
        m, v, t = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad**2
        m_hat = m / (1 - beta1**t) if bias_correction else m
        v_hat = v / (1 - beta2**t) if bias_correction else v
        return x - lr * m_hat / (v_hat**0.5 + eps), (m, v, t)

    return init, update
