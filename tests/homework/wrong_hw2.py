"""Usual wrong answers: the cell, the tasks that are lost with words of their hints, the source."""

from textwrap import dedent


def corrected(body, state="0 * x, 0"):
    """Task 4 with the lines of `update` that take `s`, `t` to `x`, `s`, `t`."""
    lines = "".join(f"        {line}\n" for line in dedent(body).strip().splitlines())
    return (
        "def corrected_rmsprop(lr, decay, eps):\n"
        f"    def init(x):\n        return {state}\n\n"
        "    def update(x, grad, state):\n        s, t = state\n"
        f"{lines}        return x, (s, t)\n\n    return init, update\n"
    )


def paths(begin="c * x", slope="k / c * gradient(y / c)", told="other / c", compared="np.allclose({}, path, **close)"):
    """Task 9, in pieces."""
    return (
        "def same_path(rule, gradient, x, c, k, steps):\n"
        "    close = dict(rtol=1e-6, atol=1e-9)\n"
        "    path = walk(rule, gradient, x, steps)\n"
        f"    other = walk(rule, lambda y: {slope}, {begin}, steps)\n"
        f"    return bool({compared.format(told)})\n"
    )


def adadelta_way(step, result):
    """Task 10 with the step for ε = 1 and what is made of the way."""
    return dedent(f"""
        def eps_for(distance, steps, decay):
            way, d = 0.0, 0.0
            for t in range(1, steps + 1):
                step = {step}
                d = decay * d + (1 - decay) * step**2
                way = way + step
            return {result}
    """)


HALF, CLOCKS, LASTS, START = "steps to half", "AdaGrad's clocks", "a rate that lasts", "a corrected start"
LOG, CLIFF, CYCLE, END = "settings from a log", "back from the cliff", "size of the cycle", "the size at the end"
SAME, HIDDEN = "the same path", "the hidden rate"
AVERAGE = "t = t + 1\ns = decay * s + (1 - decay) * grad**2\n"

WRONG = [
    # 1: one rate for all
    (
        "hw2-halving",
        {HALF: "changes its sign"},
        "def halving_steps(curvature, lr):\n"
        "    factor = 1 - lr * curvature\n"
        "    return np.where(factor < 1, np.log(0.5) / np.log(factor), np.inf)\n",
    ),
    (
        "hw2-halving",
        {HALF: "no number of steps is enough"},
        "def halving_steps(curvature, lr):\n    return np.log(0.5) / np.log(np.abs(1 - lr * curvature))\n",
    ),
    (
        "hw2-halving",
        {HALF: "falls continuously"},
        "def halving_steps(curvature, lr):\n"
        "    return np.where(lr * curvature < 2, np.log(2) / (lr * curvature), np.inf)\n",
    ),
    (
        "hw2-halving",
        {HALF: "Do not round"},
        "def halving_steps(curvature, lr):\n"
        "    factor = np.abs(1 - lr * curvature)\n"
        "    return np.where(factor < 1, np.ceil(np.log(0.5) / np.log(factor)), np.inf)\n",
    ),
    (
        "hw2-halving",
        {HALF: "the two logarithms"},
        "def halving_steps(curvature, lr):\n"
        "    factor = np.abs(1 - lr * curvature)\n"
        "    return np.where(factor < 1, np.log(2) / np.log(factor), np.inf)\n",
    ),
    (
        "hw2-halving",
        {HALF: "return missing"},
        "def halving_steps(curvature, lr):\n    steps = np.log(0.5) / np.log(np.abs(1 - lr * curvature))\n",
    ),
    (
        "hw2-halving",
        {HALF: "no number of steps is enough"},
        "def halving_steps(curvature, lr):\n"
        "    factor = np.abs(1 - lr * curvature)\n"
        "    return np.where(factor == 1, np.inf, np.log(0.5) / np.log(factor))\n",
    ),
    (
        "hw2-halving",
        {HALF: "truth value of an array"},
        "def halving_steps(curvature, lr):\n"
        "    factors = [abs(1 - lr * c) for c in curvature]\n"
        "    return np.array([np.log(0.5) / np.log(f) if f < 1 else np.inf for f in factors])\n",
    ),
    # 2: AdaGrad's clocks
    *(
        (
            "hw2-clocks",
            {CLOCKS: words},
            f"def clocks(gradients, lr, eps):\n    s = np.cumsum(gradients**2, axis=0)\n    return {result}\n",
        )
        for words, result in (
            ("by ten or by a hundred", "lr / (s + eps)"),
            ("before the root is taken", "lr / (np.sqrt(s) + eps)"),
            ("not only those before it", "lr / np.sqrt(s - gradients**2 + eps)"),
            ("only the gradient of its own step", "lr / np.sqrt(gradients**2 + eps)"),
            ("AdaGrad adds up", "lr / np.sqrt(s / np.arange(1, len(s) + 1)[:, None] + eps)"),
            ("the whole step", "lr * gradients / np.sqrt(s + eps)"),
            ("like one of 3", "lr / np.sqrt(np.cumsum(gradients, axis=0) + eps)"),
            ("like one of 3", "lr / np.sqrt(np.cumsum(np.abs(gradients), axis=0) + eps)"),
            ("clock of its own", "lr / np.sqrt(np.cumsum(gradients**2, axis=1) + eps)"),
            ("shape (2, 2) should come back", "lr / np.sqrt(np.cumsum(gradients**2) + eps)"),
        )
    ),
    (
        "hw2-clocks",
        {CLOCKS: "Argument 1 of your function"},
        "def clocks(gradients, lr, eps):\n"
        "    gradients **= 2\n"
        "    return lr / np.sqrt(np.cumsum(gradients, axis=0) + eps)\n",
    ),
    # 3: a rate that lasts
    *(
        ("hw2-lasting", {LASTS: words}, f"def lasting(steps):\n    t = np.arange(1, steps + 1)\n    return {result}\n")
        for words, result in (
            ("falls below half", "np.ones(steps)"),
            ("falls below half", "1 / np.sqrt(t)"),
            ("does not get far enough", "0.8 ** (t - 1)"),
            ("does not get far enough", "(-1.0) ** t / t"),
            ("number other than 0", "0.5**t"),
            ("number other than 0", "np.append(1.0, np.zeros(steps - 1))"),
            ("change when more are asked", "np.append(1.0, np.full(steps - 1, np.sqrt(3 / steps)))"),
            ("sum of squares stay bounded", "np.append(1.0, np.full(steps, 0.038))[:steps]"),
            ("but not for ever", "np.append(100.0, np.ones(steps))[:steps]"),
            ("sum of gradients grow without", "1 / t * 0.999**t"),
            ("should return 2000 numbers", "1 / t[1:]"),
        )
    ),
    # 4: RMSprop with a corrected start
    *(
        ("hw2-corrected", {START: words}, corrected(body))
        for words, body in (
            ("goes uphill", AVERAGE + "x = x + lr * grad / np.sqrt(s / (1 - decay**t) + eps)"),
            (
                "one of squared gradients",
                "t = t + 1\ns = decay * s + (1 - decay) * grad\nx = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)",
            ),
            ("the root of the average", AVERAGE + "x = x - lr * grad / (s / (1 - decay**t) + eps)"),
            (
                "before the root is taken, not after",
                AVERAGE + "x = x - lr * grad / (np.sqrt(s / (1 - decay**t)) + eps)",
            ),
            (
                "make 1 together",
                "t = t + 1\ns = decay * s + grad**2\nx = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)",
            ),
            (
                "make 1 together",
                "t = t + 1\ns = (1 - decay) * s + decay * grad**2\n"
                "x = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)",
            ),
            ("RMSprop as it is", AVERAGE + "x = x - lr * grad / np.sqrt(s + eps)"),
            ("ε is added afterwards", AVERAGE + "x = x - lr * grad / np.sqrt((s + eps) / (1 - decay**t))"),
            ("something that depends on t", AVERAGE + "x = x - lr * grad / np.sqrt(s / (1 - decay) + eps)"),
            (
                "The first step goes nowhere",
                "s = decay * s + (1 - decay) * grad**2\n"
                "x = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)\nt = t + 1",
            ),
            (
                "keep the average itself",
                AVERAGE + "s = s / (1 - decay**t)\nx = x - lr * grad / np.sqrt(s + eps)",
            ),
            (
                "does not count the step",
                "s = decay * s + (1 - decay) * grad**2\nx = x - lr * grad / np.sqrt(s / (1 - decay ** (t + 1)) + eps)",
            ),
            (
                "Argument 1 of your function",
                AVERAGE + "x -= lr * grad / np.sqrt(s / (1 - decay**t) + eps)",
            ),
            (
                "Argument 3 of your function",
                "t = t + 1\ns *= decay\ns += (1 - decay) * grad**2\n"
                "x = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)",
            ),
        )
    ),
    (
        "hw2-corrected",
        {START: "Before the first step s is 0"},
        corrected(AVERAGE + "x = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)", state="0.0, 0"),
    ),
    (
        "hw2-corrected",
        {START: "number of steps made, is 0"},
        corrected(AVERAGE + "x = x - lr * grad / np.sqrt(s / (1 - decay**t) + eps)", state="0 * x, 1"),
    ),
    (
        "hw2-corrected",
        {START: "cannot take them"},
        corrected(AVERAGE + "x = x - lr * grad / math.sqrt(s / (1 - decay**t) + eps)").replace(
            "def init", "import math\n\n    def init"
        ),
    ),
    ("hw2-corrected", {START: "return missing"}, corrected(AVERAGE).replace("    return init, update\n", "")),
    # 5: settings from a log
    *(
        ("hw2-log", {LOG: words}, f"def read_log(first, second):\n    decay = {decay}\n    return {result}\n")
        for words, decay, result in (
            ("after two equal gradients", "first / second - 1", "first * np.sqrt(1 - decay), decay"),
            ("after two equal gradients", "1 - (second / first) ** 2", "first * np.sqrt(1 - decay), decay"),
            ("the first step itself", "(first / second) ** 2 - 1", "first, decay"),
            ("after two equal gradients", "second / first", "first * np.sqrt(1 - decay), decay"),
            ("after two equal gradients", "np.sqrt((first / second) ** 2 - 1)", "first * np.sqrt(1 - decay), decay"),
            ("γ is right", "(first / second) ** 2 - 1", "first * (1 - decay), decay"),
            ("γ is right", "(first / second) ** 2 - 1", "first / np.sqrt(1 - decay), decay"),
            ("in this order", "(first / second) ** 2 - 1", "decay, first * np.sqrt(1 - decay)"),
            ("Two numbers should come back", "(first / second) ** 2 - 1", "decay"),
        )
    ),
    # 6: back from the cliff
    *(
        (
            "hw2-recovery",
            {CLIFF: words},
            "def recovery(decay, cliff, share):\n"
            f"    return max(1, int(np.ceil(np.log({ratio}) / np.log(decay)))){more}\n",
        )
        for words, ratio, more in (
            ("is a square", "(1 / share**2 - 1) / (cliff - 1)", ""),
            ("How small must s be", "(1 / share - 1) / (cliff**2 - 1)", ""),
            ("to do with squares", "(1 / share - 1) / (cliff - 1)", ""),
            ("keep it from falling to 0", "1 / share**2 / cliff**2", ""),
            ("One step too few", "(1 / share**2 - 1) / (cliff**2 - 1)", " - 1"),
            ("One step too many", "(1 / share**2 - 1) / (cliff**2 - 1)", " + 1"),
            ("Follow s for a few steps by hand", "0.5", ""),
        )
    ),
    (
        "hw2-recovery",
        {CLIFF: "The smallest answer is 1"},
        "def recovery(decay, cliff, share):\n"
        "    return int(np.ceil(np.log((1 / share**2 - 1) / (cliff**2 - 1)) / np.log(decay)))\n",
    ),
    # 7: the size of the cycle
    *(
        ("hw2-cycle", {CYCLE: words}, f"def cycle_size(lr, curvature, eps):\n    return {result}\n")
        for words, result in (
            ("inside the root", "np.sqrt(np.maximum(lr**2 / 4 - eps / curvature**2, 0))"),
            ("length of the step", "np.maximum(lr - 2 * eps / curvature, 0)"),
            ("length of the step", "np.maximum(lr - eps / curvature, 0)"),
            ("Where is it in your equation", "lr / 2 + 0 * curvature"),
            ("not with x", "np.maximum(lr / 2 - eps, 0) + 0 * curvature"),
            ("a coordinate without a cycle", "lr / 2 - eps / curvature"),
            ("larger or smaller", "lr / 2 + eps / curvature"),
            ("counts half as much", "np.maximum(lr / 2 - eps / (2 * curvature), 0)"),
            ("A steep coordinate", "np.maximum(lr / 2 - eps * curvature, 0)"),
            ("size of the gradient in the cycle", "np.maximum(lr * curvature / 2 - eps, 0)"),
            ("solve for a", "np.maximum(1 - 2 * eps / (lr * curvature), 0)"),
        )
    ),
    # 8: the size at the end
    *(
        ("hw2-settled", {END: words}, f"def settled_size(path, last):\n    return {result}\n")
        for words, result in (
            ("signs alternate", "np.mean(path[-last:], axis=0)"),
            ("signs alternate", "np.abs(np.mean(path[-last:], axis=0))"),
            ("Only the last rows count", "np.mean(np.abs(path), axis=0)"),
            ("the first rows", "np.mean(np.abs(path[:last]), axis=0)"),
            ("along which axis", "np.mean(np.abs(path[-last:]), axis=1)"),
            ("not one for all", "np.mean(np.abs(path[-last:]))"),
            ("the largest of the absolute", "np.max(np.abs(path[-last:]), axis=0)"),
            ("the last row alone", "np.abs(path[-1])"),
            ("the sum", "np.sum(np.abs(path[-last:]), axis=0)"),
            ("root mean square", "np.sqrt(np.mean(path[-last:] ** 2, axis=0))"),
        )
    ),
    # 9: the same path
    ("hw2-same", {SAME: "where does it begin"}, paths(begin="x")),
    ("hw2-same", {SAME: "multiply or divide by c"}, paths(slope="k * c * gradient(y / c)")),
    ("hw2-same", {SAME: "not have a derivative"}, paths(slope="k * gradient(y / c)")),
    ("hw2-same", {SAME: "What about its gradient"}, paths(slope="gradient(y / c) / c")),
    ("hw2-same", {SAME: "what h sees at y"}, paths(slope="k / c * gradient(y)")),
    ("hw2-same", {SAME: "told in the old units before"}, paths(told="other")),
    ("hw2-same", {SAME: "Compare all points"}, paths(compared="np.allclose(({})[-1], path[-1], **close)")),
    ("hw2-same", {SAME: "tolerances of the text"}, paths(compared="np.array_equal({}, path)")),
    (
        "hw2-same",
        {SAME: "make all the steps"},
        paths().replace("steps)\n    return", "1)\n    return").replace("x, steps)", "x, 1)"),
    ),
    ("hw2-same", {SAME: "return missing"}, paths().replace("return bool", "bool")),
    ("hw2-same", {SAME: "True or False should come back"}, paths(compared="{} - path").replace("bool", "")),
    ("hw2-same", {SAME: "c may be an array"}, paths(told="other / np.max(c)")),
    (
        "hw2-same",
        {SAME: "a state of its own"},
        dedent("""
            def same_path(rule, gradient, x, c, k, steps):
                init, update = rule
                state, y, same = init(x), c * x, True
                for _ in range(steps):
                    y_new, _ = update(y, k / c * gradient(y / c), state)
                    x, state = update(x, gradient(x), state)
                    y = y_new
                    same = same and np.allclose(y / c, x, rtol=1e-6, atol=1e-9)
                return bool(same)
        """),
    ),
    # 10: the learning rate in hiding
    *(
        ("hw2-eps", {HIDDEN: words}, adadelta_way(step, result))
        for words, step, result in (
            ("Four times the ε", "np.sqrt((d + 1) / (1 - decay**t))", "distance / way"),
            ("Four times the ε", "np.sqrt((d + 1) / (1 - decay**t))", "np.sqrt(distance / way)"),
            ("Only after the first step", "np.sqrt((d + 1) / (1 - decay))", "(distance / way) ** 2"),
            ("Only at the first step", "np.sqrt(1 / (1 - decay**t))", "(distance / way) ** 2"),
            ("Only the first step", "np.sqrt(1 / (1 - decay))", "(distance / way) ** 2"),
            ("s starts from 0 as well", "np.sqrt(d + 1)", "(distance / way) ** 2"),
            ("in the long run", "np.sqrt((1 - decay) * t)", "(distance / way) ** 2"),
            ("One step is right", "np.sqrt((d / (1 - decay) + 1) / (1 - decay**t))", "(distance / way) ** 2"),
            ("return missing", "np.sqrt((d + 1) / (1 - decay**t))", "None"),
        )
    ),
]
