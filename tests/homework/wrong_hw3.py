"""Usual wrong answers: the cell, the tasks that are lost with words of their hints, the source."""

EMPTY = "Nothing came back"

# Right answers, which the wrong ones below change in one place.

ADAM = """
def adam(lr, beta1=0.9, beta2=0.999, eps=1e-8, without=()):
    def init(x):
        return 0 * x, 0 * x, 0

    def update(x, grad, state):
        m, v, t = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad**2
        corrected = "correction" not in without
        m_hat = m / (1 - beta1**t) if corrected else m
        v_hat = v / (1 - beta2**t) if corrected else v
        if "averaging" in without:
            m_hat = grad
        root = 1 if "division" in without else v_hat**0.5 + eps
        x = x - lr * m_hat / root
        return x, (m, v, t)

    return init, update
"""

DIAGNOSE = """
def diagnose(log, beta1, beta2):
    t = np.arange(1, 6)
    m, v = 1 - beta1**t, 1 - beta2**t
    late_m, late_v = 1 - beta1 ** (t + 1), 1 - beta2 ** (t + 1)
    a = b = 0.0
    kept = []
    for i in range(5):
        a = (beta1 * a + 1 - beta1) / m[i]
        b = (beta2 * b + 1 - beta2) / v[i]
        kept.append(a / b**0.5)
    predicted = {
        "right": np.ones(5),
        "no correction": m / v**0.5,
        "only m": 1 / v**0.5,
        "only v": m,
        "one too many": (m / late_m) / (v / late_v) ** 0.5,
        "kept": np.array(kept),
    }
    far = {name: np.abs(predicted[name] - log).max() for name in predicted}
    return min(far, key=far.get)
"""

FIRST_STEP = """
def diagnose(log, beta1, beta2):
    if abs(log[0] - 1) < 1e-3:
        return "right" if abs(log[1] - 1) < 1e-3 else "kept"
    m, v = 1 - beta1, 1 - beta2
    predicted = {
        "no correction": m / v**0.5,
        "only m": 1 / v**0.5,
        "only v": m,
        "one too many": (1 + beta2) ** 0.5 / (1 + beta1),
    }
    return min(predicted, key=lambda name: abs(predicted[name] - log[0]))
"""

WORST = """
def worst(steps, every, beta1, beta2):
    age = np.arange(steps)[::-1].astype(float)
    growing = (beta1 / beta2) ** age
    return np.where(age % every == 0, growing, 0.0)
"""

DRIFT = """
def drift(rule, gradients, rounds):
    n = len(gradients)
    path = follow(rule, 0.0, list(gradients) * rounds)
    return path[-1] - path[-1 - n]
"""

HARMFUL = """
def harmful(beta2):
    W = 1 / (1 - beta2)
    n = int(np.ceil(3 * W**0.5))
    return [float(n), *[-1.0] * (n - 1)]
"""

AMSGRAD = """
def amsgrad(lr, beta1=0.9, beta2=0.999, eps=1e-8):
    def init(x):
        return 0 * x, 0 * x, 0 * x, 0

    def update(x, grad, state):
        m, v, largest, t = state
        t = t + 1
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad**2
        largest = np.maximum(largest, v)
        m_hat = m / (1 - beta1**t)
        v_hat = largest / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat**0.5 + eps)
        return x, (m, v, largest, t)

    return init, update
"""


def changed(cell, task, source, cases):
    """A case for each (words of the hint, old, new, old, new, …): the source with old replaced by new."""
    for words, *pieces in cases:
        wrong = source
        for old, new in zip(pieces[::2], pieces[1::2], strict=True):
            assert old in wrong, old
            wrong = wrong.replace(old, new)
        yield f"hw3-{cell}", {task: words}, wrong


def whole(cell, task, head, cases):
    """A case for each (words of the hint, line, line, …): the function with these lines."""
    for words, *lines in cases:
        yield f"hw3-{cell}", {task: words}, "\n".join([head, *("    " + line for line in lines), ""])


BOTH = (" if corrected else m", "", " if corrected else v", "")

WRONG = [
    *whole(
        "weights",
        "weights",
        "def weights(betas):\n    later = np.append(np.cumprod(betas[::-1])[::-1], 1)\n    fresh = 1 - betas",
        [
            ("another order", "return np.append(later[0], fresh * later[1:])[::-1]"),
            ("powers of its own decay", "return np.append(later[0], fresh * betas ** np.arange(len(betas))[::-1])"),
            ("once too often", "return np.append(later[0], fresh * later[:-1])"),
            ("Which ones did you take", "return np.append(later[0], fresh * np.append(1, np.cumprod(betas)[:-1]))"),
            ("It is not all of it", "return later"),
            ("What is left of it", "return np.append(0, fresh * later[1:])"),
            ("has been lost", "return np.append(1 - later[0], fresh * later[1:])"),
            (
                "the last decay for all steps",
                "b, ages = betas[-1], np.arange(len(betas))[::-1]",
                "return np.append(b ** len(ages), (1 - b) * b**ages)",
            ),
            (
                "the first decay for all steps",
                "b, ages = betas[0], np.arange(len(betas))[::-1]",
                "return np.append(b ** len(ages), (1 - b) * b**ages)",
            ),
            ("with which they came in", "return np.append(later[0], fresh)"),
            (
                "β or 1 − β",
                "later = np.append(np.cumprod(fresh[::-1])[::-1], 1)",
                "return np.append(later[0], betas * later[1:])",
            ),
            ("not asked for", "return np.append(0, fresh * later[1:] / (1 - later[0]))"),
            ("m₀ has one too", "return fresh * later[1:]"),
            (EMPTY, "np.append(later[0], fresh * later[1:])"),
            ("Argument 1", "betas *= 0.5", "return np.append(later[0], fresh * later[1:])"),
            (
                "another number of them",
                "return np.append(later[0], fresh * later[1:]) * (len(betas) < 4)",
            ),
        ],
    ),
    *changed(
        "adam",
        "adam with parts",
        ADAM,
        [
            ("uphill", "x - lr", "x + lr"),
            ("the averages as they are", '"correction" not in without', "False"),
            ("Which one divides", "v / (1 - beta2**t) if corrected else v", "v"),
            ("in the numerator", "m / (1 - beta1**t) if corrected else m", "m"),
            ("1 − β⁰", "        t = t + 1\n", "", "(m, v, t)", "(m, v, t + 1)"),
            ("Your t is one ahead", "0 * x, 0 * x, 0", "0 * x, 0 * x, 1"),
            ("Which t is in your power", "**t", ""),
            ("Which t is in your power", "(m, v, t)", "(m, v, 0)"),
            ("what was corrected", "return x, (m, v, t)", "return x, (m_hat, v_hat, t)"),
            ("after the root", "v_hat**0.5 + eps", "(v_hat + eps) ** 0.5"),
            ("other units", "v_hat**0.5 + eps", "v_hat + eps"),
            ("which sign a gradient has", "grad**2", "grad"),
            ("the weights sum to 1", "(1 - beta1) * grad", "grad", "(1 - beta2) * grad", "grad"),
            ("belongs to which average", "beta1=0.9, beta2=0.999", "beta2=0.999, beta1=0.9"),
            ("a v of its own", "grad**2", "np.mean(grad**2)"),
            ("single number", "v_hat**0.5", "float(v_hat) ** 0.5"),
            ("heeded", '"averaging" in without', "False"),
            ("heeded", '"division" in without', "False"),
            ("heeded", *BOTH),
            ("nothing has to be corrected", "m_hat = grad", "m_hat = grad / (1 - beta1**t)"),
            ("still the root of an average", "m_hat = grad", "m_hat, v_hat = grad, grad**2"),
            ("not even by ε", "root = 1 if", "root = eps if"),
            ("neither average is corrected", *BOTH[:2]),
            ("neither average is corrected", *BOTH[2:]),
            ("hide the other", '"division" in without', 'without == ("division",)'),
            ("hide the other", '"averaging" in without', '["averaging"] == list(without)'),
            ("Argument 1", "x = x - lr", "x -= lr"),
            ("Argument 3", "m = beta1 * m + (1 - beta1) * grad", "m *= beta1; m += (1 - beta1) * grad"),
            ("A rule is a pair", "return init, update", "init, update"),
            ("two things", "return x, (m, v, t)", "return x"),
            ("two things", "return x, (m, v, t)", "return (m, v, t), x"),
            (
                "outside of the state",
                "    def init(x):\n        return 0 * x, 0 * x, 0",
                "    steps = []\n\n    def init(x):\n        return 0 * x, 0 * x, 0",
                "t = t + 1",
                "steps.append(1); t = len(steps)",
            ),
            (
                "outside of the state",
                "    def init(x):\n        return 0 * x, 0 * x, 0",
                "    held = []\n\n    def init(x):\n        held[:] = 0 * x, 0 * x, 0",
                "m, v, t = state",
                "m, v, t = held",
                "return x, (m, v, t)",
                "held[:] = m, v, t\n        return x, None",
            ),
            (
                "the new gradient get",
                "m = beta1 * m + (1 - beta1) * grad",
                "m = (1 - beta1) * m + beta1 * grad",
                "v = beta2 * v + (1 - beta2) * grad**2",
                "v = (1 - beta2) * v + beta2 * grad**2",
            ),
            ("where has its average gone", "lr * m_hat / root", "lr * grad / root"),
            ("Of what is yours an average", "grad**2", "abs(grad)"),
            ("a v of its own", "grad**2", "np.sum(grad**2)"),
            (
                "belongs to which average",
                "beta1 * m + (1 - beta1)",
                "beta2 * m + (1 - beta2)",
                "beta2 * v + (1 - beta2)",
                "beta1 * v + (1 - beta1)",
            ),
            ("the weights sum to 1", "(1 - beta2) * grad", "grad"),
        ],
    ),
    *changed(
        "diagnose",
        "diagnosis",
        DIAGNOSE,
        [
            ("not diagnosed as Adam", "np.ones(5)", "np.zeros(5)"),
            ("which factor", "m / v**0.5,", "m / v,"),
            ("stands under a root", "1 / v**0.5", "1 / v"),
            ("stands under a root", '"only m": 1 / v**0.5', '"only v": 1 / v**0.5', '"only v": m', '"only m": m'),
            ("longer or shorter", '"only v": m', '"only v": 1 / m'),
            ("the one under the root too", "(v / late_v) ** 0.5", "(v / late_v)"),
            ("one by one", "b = (beta2 * b + 1 - beta2) / v[i]", "b = 1.0"),
            ("one by one", ".max()", "[0]"),
            ("six names", "return min(far, key=far.get)", "return min(far.values())"),
            (EMPTY, "return min", "min"),
        ],
    ),
    ("hw3-diagnose", {"diagnosis": "A single step is not enough"}, FIRST_STEP),
    *whole(
        "epsilon",
        "epsilon",
        "def gradient_size(share, eps, inside):",
        [
            ("heeded", "return share * eps / (1 - share)"),
            ("heeded", "return share * (eps / (1 - share**2)) ** 0.5"),
            ("holds both", "return share * eps if not inside else share * (eps / (1 - share**2)) ** 0.5"),
            ("holds both", "return share * eps / (1 - share) if not inside else share * eps**0.5"),
            (
                "larger share",
                "return (1 - share) * eps / share if not inside else share * (eps / (1 - share**2)) ** 0.5",
            ),
            ("beside g²", "return share * eps / (1 - share**2) ** 0.5 if inside else share * eps / (1 - share)"),
            ("beside g²", "return share**2 * eps / (1 - share**2) if inside else share * eps / (1 - share)"),
            ("has to be squared", "return (share * eps / (1 - share)) ** 0.5 if inside else share * eps / (1 - share)"),
            ("as a factor", "return share * (eps / (1 - share**2)) ** 0.5 if inside else eps / (1 - share)"),
            ("as a factor", "return (eps / (1 - share**2)) ** 0.5 if inside else share * eps / (1 - share)"),
            ("as a factor", "return share**2 * (eps / (1 - share**2)) ** 0.5 if inside else share * eps / (1 - share)"),
            ("as a factor", "return (share * eps / (1 - share**2)) ** 0.5 if inside else share * eps / (1 - share)"),
            ("has to be squared", "return share * eps**0.5 / (1 - share**2) if inside else share * eps / (1 - share)"),
        ],
    ),
    *whole(
        "batch",
        "batch size",
        "def batch_size(share, mu, sigma):\n    odds = share**2 / (1 - share**2)",
        [
            ("standard deviation?", "return share / (1 - share**2) ** 0.5 * sigma / abs(mu)"),
            ("more than noise", "return share**2 * sigma**2 / mu**2"),
            ("Where has the root gone", "return share / (1 - share) * sigma**2 / mu**2"),
            ("is a variance", "return odds * sigma / mu**2"),
            ("How often does μ occur", "return odds * sigma**2 / abs(mu)"),
            ("A larger batch has less noise", "return odds * mu**2 / sigma**2"),
            ("A larger batch has less noise", "return sigma**2 / mu**2 / odds"),
            ("A length does not depend", "return odds * sigma**2 / mu**2 * np.sign(mu)"),
            (EMPTY, "odds * sigma**2 / mu**2"),
            ("as it comes out", "return np.ceil(odds * sigma**2 / mu**2 - 1e-9)"),
            ("as it comes out", "return round(odds * sigma**2 / mu**2)"),
            ("do not add up", "return (share * sigma / ((1 - share) * mu)) ** 2"),
            ("Where has the root gone", "return share / (1 - share**2) * sigma**2 / mu**2"),
            ("Where has the root gone", "return share**2 / (1 - share) * sigma**2 / mu**2"),
        ],
    ),
    *changed(
        "worst",
        "longest step",
        WORST,
        [
            ("Your gradients shrink", "** age", "** age[::-1]"),
            ("These are steady gradients", "growing, 0.0", "1.0, 0.0"),
            ("A single gradient after a silence", "growing, 0.0", "age == 0, 0.0"),
            ("Nearly the longest", "(beta1 / beta2)", "(beta1 / beta2**0.5)"),
            ("Nearly the longest", "(beta1 / beta2)", "beta1"),
            ("The gradients grow too fast", "** age", "** (2 * age)"),
            ("Between two occurrences", "** age", "** (age / every)"),
            ("at all other steps the gradient is 0", "np.where(age % every == 0, growing, 0.0)", "growing"),
            ("at all other steps the gradient is 0", "age % every", "age[::-1] % every"),
            ("too large for a computer", "(beta1 / beta2) ** age", "(beta2 / beta1) ** age[::-1]"),
            (
                "too large for a computer",
                "(beta1 / beta2) ** age",
                "np.array([(beta2 / beta1) ** t for t in range(steps)])",
            ),
            ("One gradient for each step", "growing, 0.0)", "growing, 0.0)[1:]"),
            ("One gradient for each step", "np.where(age % every == 0, growing, 0.0)", "growing[age % every == 0]"),
            ("move nothing", "growing, 0.0", "0.0, 0.0"),
            ("This is not the longest", "(beta1 / beta2)", "(beta1 * beta2)"),
        ],
    ),
    *changed(
        "drift",
        "drift",
        DRIFT,
        [
            ("how far x is from its start", "path[-1] - path[-1 - n]", "path[-1]"),
            ("what must a round hand on", "path[-1] - path[-1 - n]", "path[n]"),
            ("The sign is turned round", "path[-1] - path[-1 - n]", "path[-1 - n] - path[-1]"),
            ("This is an average", "return path[-1] - path[-1 - n]", "return path[-1] / rounds"),
            ("This is an average", "return path[-1] - path[-1 - n]", "return (path[-1] - path[-1 - n]) / n"),
            ("the last step alone", "path[-1 - n]", "path[-2]"),
            ("without its first step", "path[-1 - n]", "path[-n]"),
            ("This is not what the last round did", "* rounds", "* (rounds - 1)"),
            ("Four gradients", "path[-1 - n]", "path[-4]"),
            ("Argument 1", "path = ", "gradients *= rounds; path = ", "list(gradients) * rounds", "gradients"),
            (EMPTY, "return path", "path"),
        ],
    ),
    *whole(
        "harmful",
        "harmful problem",
        "def harmful(beta2):\n    W = 1 / (1 - beta2)\n    n = int(np.ceil(3 * W**0.5))",
        [
            ("its memory is longer than the round", "return [3.0, -1.0, -1.0]"),
            ("longer than allowed", "n = int(W) + 3", "return [n] + [-1] * (n - 1)"),
            ("the round is not long enough", "n = int(np.ceil(1.6 * W**0.5)) + 1", "return [n] + [-1] * (n - 1)"),
            ("must sum to at least 1", "return [n] + [-1] * n"),
            ("less than 0", "return [2] + [-1] * (n - 1)"),
            ("larger than it need be", "return [n**2] + [-1] * (n - 1)"),
            ("one positive gradient", "return [-1] * (n - 1) + [n]"),
            ("A list of numbers", "return n"),
            (EMPTY, "[n] + [-1] * (n - 1)"),
        ],
    ),
    *changed(
        "amsgrad",
        "amsgrad",
        AMSGRAD,
        [
            ("uphill", "x - lr", "x + lr"),
            ("This is Adam still", "np.maximum(largest, v)", "v"),
            ("Which v does the next average", "(m, v, largest, t)\n\n", "(m, largest, largest, t)\n\n"),
            (
                "the maximum or the correction",
                "largest, v)",
                "largest, v / (1 - beta2**t))",
                "largest / (1 - beta2**t)",
                "largest",
            ),
            ("not of the squares themselves", "np.maximum(largest, v)", "np.maximum(largest, grad**2)"),
            ("across the coordinates", "np.maximum(largest, v)", "np.maximum(largest, np.max(v))"),
            ("Are both averages corrected", " / (1 - beta1**t)", "", " / (1 - beta2**t)", ""),
            ("after the root", "v_hat**0.5 + eps", "(v_hat + eps) ** 0.5"),
            ("single number", "np.maximum(largest, v)", "max(largest, v)"),
            ("single number", "np.maximum(largest, v)", "np.max([largest, v])"),
            ("Which one stands", "m / (1 - beta1**t)", "m"),
            ("Which one divides", "largest / (1 - beta2**t)", "largest"),
            ("goes over all steps", "(m, v, largest, t)\n\n", "(m, v, v, t)\n\n"),
            ("The path is another one", "np.maximum", "np.minimum"),
            ("Argument 1", "x = x - lr", "x -= lr"),
            ("A rule is a pair", "return init, update", "return init, update, lr"),
        ],
    ),
]
