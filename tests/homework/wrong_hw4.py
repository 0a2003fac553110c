"""Usual wrong answers: the cell, the tasks that are lost with words of their hints, the source."""

SCORES = """
def cross_entropy(scores, labels):
    rows = np.arange(len(labels))
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])
    gradient = powers / sums
    gradient[rows, labels] -= 1
    return loss, gradient / len(labels)
"""

GRADIENT = """
def loss_and_gradient(theta, x, y, hidden, top):
    w1, b1, w2, b2 = unpack(theta, x.shape[1], hidden)
    inputs = x @ w1 + b1
    active = np.maximum(inputs, 0)
    loss, error = top(active @ w2 + b2, y)
    back = (error @ w2.T) * (inputs > 0)
    parts = x.T @ back, back.sum(axis=0), active.T @ error, error.sum(axis=0)
    return loss, np.concatenate([part.ravel() for part in parts])
"""

BATCHES = """
def draw_batches(n, batch_size, epochs, seed):
    rng = np.random.default_rng(seed)
    plan = []
    for epoch in range(epochs):
        order = rng.permutation(n)
        firsts = range(0, n, batch_size)
        plan.append([order[k : k + batch_size] for k in firsts])
    return plan
"""

TRAIN = """
def train(rule, gradient, theta, epochs):
    init, update = rule
    state, losses = init(theta), []
    for batches in epochs:
        total, rows_seen = 0.0, 0
        for rows in batches:
            loss, grad = gradient(theta, rows)
            theta, state = update(theta, grad, state)
            total += len(rows) * loss
            rows_seen += len(rows)
        losses.append(total / rows_seen)
    return theta, np.array(losses)
"""

CHOOSE = """
def choose(rates, losses):
    means = np.mean(losses, axis=1)
    means = np.where(np.isfinite(means), means, np.inf)
    _, rate = min(zip(means, rates, strict=True))
    if rate == max(rates):
        return rate, "widen up"
    return rate, "widen down" if rate == min(rates) else "inside"
"""

PEEK = """
def peek(valid, test):
    means = np.mean(test, axis=1)
    return means[np.mean(valid, axis=1).argmin()], means.min()
"""

SUMMARY = """
def summary(values, quantile):
    n, mean = len(values), np.mean(values)
    spread = np.std(values, ddof=1)
    error = spread / np.sqrt(n)
    reach = quantile(n) * error
    return mean, spread, error, mean - reach, mean + reach
"""

PAIRED = """
def paired(a, b, quantile):
    differences = np.array([a[seed] - b[seed] for seed in a if seed in b])
    n, mean = len(differences), differences.mean()
    reach = quantile(n) * differences.std(ddof=1) / np.sqrt(n)
    low, high = mean - reach, mean + reach
    verdict = "a lower" if high < 0 else "b lower" if low > 0 else "open"
    return mean, low, high, verdict
"""


def wrong(cell, task, right, hint, *changes):
    """A right answer in which each old piece is replaced by the new one."""
    for old, new in changes:
        assert right.count(old) == 1, (old, right)
        right = right.replace(old, new)
    return cell, {task: hint}, right


def scores(hint, *changes):
    return wrong("hw4-scores", "the loss of scores", SCORES, hint, *changes)


def gradient(hint, *changes):
    return wrong("hw4-gradient", "the gradient of the network", GRADIENT, hint, *changes)


def batches(hint, *changes):
    return wrong("hw4-batches", "batches from a seed", BATCHES, hint, *changes)


def train(hint, *changes):
    return wrong("hw4-train", "the loop", TRAIN, hint, *changes)


def choose(hint, *changes):
    return wrong("hw4-choose", "the best rate", CHOOSE, hint, *changes)


def peek(hint, *changes):
    return wrong("hw4-peek", "honest and peeked", PEEK, hint, *changes)


def summary(hint, *changes):
    return wrong("hw4-summary", "mean and spread", SUMMARY, hint, *changes)


def paired(hint, *changes):
    return wrong("hw4-paired", "a paired comparison", PAIRED, hint, *changes)


EXACT_SCORES = "loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])"
EXACT_CHOICE = "means = np.where(np.isfinite(means), means, np.inf)"

WRONG = [
    scores("sum, or mean", ("np.mean(np.log", "np.sum(np.log")),
    scores(
        "images, or entries",
        ("np.log(sums[:, 0]) - shifted[rows, labels]", "-np.eye(scores.shape[1])[labels] * np.log(powers / sums)"),
    ),
    scores("base 2", (EXACT_SCORES, "loss = -np.mean(np.log2(powers[rows, labels] / sums[:, 0]))")),
    scores("below 0", (EXACT_SCORES, "loss = np.mean(np.log(powers[rows, labels] / sums[:, 0]))")),
    scores("gradient of the sum", ("gradient / len(labels)", "gradient")),
    scores("Which sign", ("gradient / len(labels)", "-gradient / len(labels)")),
    scores("holds its score alone", ("    gradient[rows, labels] -= 1\n", "")),
    scores("images, or entries", ("gradient / len(labels)", "gradient / gradient.size")),
    scores("taken off all scores", ("shifted = scores - scores.max(axis=1, keepdims=True)", "shifted = scores")),
    scores("right for each row", ("scores.max(axis=1, keepdims=True)", "scores.max()")),
    scores("logarithm of P", (EXACT_SCORES, "loss = -np.mean(np.log(powers[rows, labels] / sums[:, 0]))")),
    scores("logarithm of P", (EXACT_SCORES, "loss = -np.mean(np.log(powers[rows, labels] / sums[:, 0] + 1e-30))")),
    scores("missing", ("- shifted[rows, labels]", "- scores[rows, labels]")),
    scores(
        "take one score from each row",
        ("np.log(sums[:, 0]) - shifted[rows, labels]", "np.log(sums) - shifted[:, labels]"),
    ),
    scores("change one entry in each row", ("gradient[rows, labels] -= 1", "gradient[:, labels] -= 1")),
    scores(
        "of a row must sum to 1",
        (EXACT_SCORES, "loss = -np.mean(np.log((powers / powers.sum(axis=0))[rows, labels]))"),
    ),
    scores(
        "of a row must sum to 1",
        ("scores.max(axis=1, keepdims=True)", "scores.max()"),
        (EXACT_SCORES, "loss = -np.mean(np.log(powers[rows, labels] / powers.sum()))"),
    ),
    scores(
        "for a wrong class",
        ("gradient[rows, labels] -= 1", "gradient = np.eye(scores.shape[1])[labels] * (gradient - 1)"),
    ),
    scores(
        "logarithm of P",
        ("shifted = scores - scores.max(axis=1, keepdims=True)", "shifted = np.clip(scores, -500, 500)"),
    ),
    scores("x -= …", ("    shifted = scores - scores", "    shifted = scores\n    shifted -= scores")),
    scores("return missing", ("    return loss, gradient / len(labels)\n", "")),
    scores("not a list", ("gradient / len(labels)", "(gradient / len(labels)).tolist()")),
    scores("A tuple of 2", ("return loss, gradient / len(labels)", "return loss")),
    gradient("do you call it", ("top(active @ w2 + b2, y)", "cross_entropy(active @ w2 + b2, y)")),
    gradient("Is the bias b1 added", ("inputs = x @ w1 + b1", "inputs = x @ w1")),
    gradient("Is the bias b2 added", ("active @ w2 + b2, y", "active @ w2, y")),
    gradient("negative input", ("np.maximum(inputs, 0)", "inputs")),
    gradient("Unit 3 is off", (" * (inputs > 0)", "")),
    gradient("Unit 3 is off", (" * (inputs > 0)", " * (1 - active**2)")),
    gradient("gradient of b2 is three times", ("error.sum(axis=0)", "error.mean(axis=0)")),
    gradient("gradient of b1 is three times", ("back.sum(axis=0)", "back.mean(axis=0)")),
    gradient("gradient of W2 is three times", ("active.T @ error,", "active.T @ error / len(x),")),
    gradient("gradient of W1 is not the slope", ("x.T @ back,", "x.T @ abs(back),")),
    gradient("points the wrong way", ("part.ravel() for", "-part.ravel() for")),
    gradient(
        "in another order",
        ("x.T @ back, back.sum(axis=0), active.T @ error,", "x.T @ back, active.T @ error, back.sum(axis=0),"),
    ),
    gradient("in another order", ("part.ravel()", "part.T.ravel()")),
    gradient(
        "as long as theta",
        ("np.concatenate([part.ravel() for part in parts])", "np.concatenate([parts[0].ravel(), parts[2].ravel()])"),
    ),
    gradient("cannot cut this theta", ("x.shape[1], hidden)", "x.shape[1], HIDDEN)")),
    gradient("cannot cut this theta", ("x.shape[1], hidden)", "64, hidden)")),
    gradient("does the ReLU stand", ("active @ w2 + b2, y", "np.maximum(active @ w2 + b2, 0), y")),
    gradient("minus what `top`", ("return loss,", "return -loss,")),
    gradient("as long as theta", ("np.concatenate([part.ravel() for part in parts])", "parts")),
    gradient("Unit 3 is off", ("(error @ w2.T) * (inputs > 0)", "np.maximum(error @ w2.T, 0)")),
    gradient("gradient of b1 is not the slope", ("(inputs > 0)", "active")),
    batches("shorter batch kept", ("range(0, n, batch_size)", "range(0, n - batch_size + 1, batch_size)")),
    batches("with replacement", ("rng.permutation(n)", "rng.integers(0, n, n)")),
    batches("Where does chance", ("rng.permutation(n)", "np.arange(n)")),
    batches(
        "same order",
        ("    plan = []\n", "    plan, order = [], rng.permutation(n)\n"),
        ("        order = rng.permutation(n)\n", ""),
    ),
    batches(
        "views of one array",
        ("    plan = []\n", "    plan, order = [], np.arange(n)\n"),
        ("order = rng.permutation(n)", "rng.shuffle(order)"),
    ),
    batches("other sizes", ("range(0, n, batch_size)", "range(0, n + 1, batch_size)")),
    batches("not those that one generator", ("rng.permutation(n)", "rng.random(n).argsort()")),
    batches("not those that one generator", ("rng.permutation(n)", "rng.choice(n, n, replace=False)")),
    batches("not those that one generator", ("np.random.default_rng(seed)", "np.random.RandomState(seed)")),
    batches(
        "not those that one generator", ("= rng.permutation", "= np.random.default_rng([seed, epoch]).permutation")
    ),
    batches("no run could be repeated", ("default_rng(seed)", "default_rng()")),
    batches("is the seed used", ("default_rng(seed)", "default_rng(0)")),
    batches(
        "not independent", ("order = rng.permutation(n)", "order = np.random.default_rng(seed + epoch).permutation(n)")
    ),
    batches(
        "every epoch a list",
        (
            "plan.append([order[k : k + batch_size] for k in firsts])",
            "plan += [order[k : k + batch_size] for k in firsts]",
        ),
    ),
    batches("other sizes", ("[order[k : k + batch_size] for k in firsts]", "np.array_split(order, len(firsts))")),
    train("lost on the way", ("            loss, grad", "            state = init(theta)\n            loss, grad")),
    train("between the epochs", ("        total, rows_seen", "        state = init(theta)\n        total, rows_seen")),
    train(
        "one and the same point",
        ("state, losses = init(theta), []", "state, losses, first = init(theta), [], theta"),
        ("gradient(theta, rows)", "gradient(first, rows)"),
    ),
    train("same in both", ("total += len(rows) * loss", "total += loss"), ("rows_seen += len(rows)", "rows_seen += 1")),
    train("last batch alone", ("total / rows_seen", "loss")),
    train("sum over the rows", ("total / rows_seen", "total")),
    train(
        "one gives loss and step",
        ("            total +=", "            loss, _ = gradient(theta, rows)\n            total +="),
    ),
    train(
        "x -= …",
        ("    init, update", "    start = theta\n    init, update"),
        ("return theta, np", "start[:] = theta\n    return theta, np"),
    ),
    train("return missing", ("    return theta, np.array(losses)\n", "")),
    choose("not its place", ('return rate, "widen down"', 'return list(rates).index(rate), "widen down"')),
    choose("lucky run", ("np.mean(losses", "np.min(losses")),
    choose("median", ("np.mean(losses", "np.median(losses")),
    choose("highest loss", ("min(zip(", "max(zip(")),
    choose("survivors", ("np.mean(losses", "np.nanmean(losses")),
    choose(
        "survivors",
        (EXACT_CHOICE, "rates = np.array(rates)"),
        ("_, rate = min(zip(means, rates, strict=True))", "rate = rates[means.argmin()]"),
    ),
    choose("survivors", (EXACT_CHOICE, "means = np.nan_to_num(means, nan=0.0)")),
    choose("Argument 2", ("    means = np.mean", "    losses[np.isnan(losses)] = np.inf\n    means = np.mean")),
    choose("On which side", ('"widen up"', '"widen down"'), ('"widen down" if', '"widen up" if')),
    choose("may lie beyond", ('return rate, "widen up"', 'return rate, "inside"')),
    choose("Is the first one at the edge", ("max(rates)", "rates[-1]"), ("min(rates)", "rates[0]")),
    choose("equally good", ("_, rate = min(zip(means, rates, strict=True))", "rate = rates[means.argmin()]")),
    peek(
        "by the test losses",
        ("means[np.mean(valid, axis=1).argmin()], means.min()", "means.min(), means[np.mean(valid, axis=1).argmin()]"),
    ),
    peek("its validation loss", ("means[np.mean(valid, axis=1).argmin()]", "np.mean(valid, axis=1).min()")),
    peek(
        "over the seeds",
        ("means[np.mean(valid, axis=1).argmin()]", "np.mean(test[valid.argmin(axis=0), np.arange(test.shape[1])])"),
    ),
    peek("single lucky run", ("np.mean(valid, axis=1).argmin()", "valid.min(axis=1).argmin()")),
    peek("not their median", ("np.mean(test", "np.median(test"), ("np.mean(valid", "np.median(valid")),
    peek("luckiest single run", ("means.min()", "test.min()")),
    peek(
        "mean over rates",
        ("np.mean(test, axis=1)", "np.mean(test, axis=0)"),
        ("np.mean(valid, axis=1)", "np.mean(valid, axis=0)"),
    ),
    peek("chooses by the test", (", means.min()", ", means[np.mean(valid, axis=1).argmin()]")),
    peek("place of a rate", ("means[np.mean(valid, axis=1).argmin()]", "np.mean(valid, axis=1).argmin()")),
    summary("divided by", (", ddof=1", "")),
    summary("is the root missing", ("np.std(values, ddof=1)", "np.var(values, ddof=1)")),
    summary("halve the error", ("spread / np.sqrt(n)", "spread / n")),
    summary("Does n come in", ("spread / np.sqrt(n)", "spread")),
    summary("under which root", ("spread / np.sqrt(n)", "spread / np.sqrt(n - 1)")),
    summary("single runs reach", ("quantile(n) * error", "quantile(n) * spread")),
    summary("1.96 is for many", ("quantile(n)", "1.96")),
    summary("asked for something else", ("quantile(n)", "quantile(n - 1)")),
    summary("asked for something else", ("quantile(n)", "quantile(0.95)")),
    summary("asked for something else", ("quantile(n)", "quantile(values)")),
    summary("You call t95", ("quantile(n)", "t95(n)")),
    summary("One standard error", ("quantile(n) * error", "error")),
    summary("Which end comes first", ("mean - reach, mean + reach", "mean + reach, mean - reach")),
    summary("median", ("np.mean(values)", "np.median(values)")),
    paired("in this order", ("a[seed] - b[seed]", "b[seed] - a[seed]")),
    paired(
        "sum of the differences",
        ("n, mean = len(differences), differences.mean()", "n, mean = len(differences), differences.sum()"),
    ),
    paired(
        "independent groups",
        (
            "differences.std(ddof=1) / np.sqrt(n)",
            "np.sqrt((np.var(list(a.values()), ddof=1) + np.var(list(b.values()), ddof=1)) / n)",
        ),
    ),
    paired(
        "different orders",
        ("a[seed] - b[seed] for seed in a if seed in b", "p - q for p, q in zip(a.values(), b.values())"),
    ),
    *(
        paired(
            "one for each rule",
            ("    differences =", "    both = sorted(a.keys() & b.keys())\n    differences ="),
            (
                "    low, high = mean - reach, mean + reach\n",
                "    p, q = (quantile(n) * np.std([x[s] for s in both], ddof=1) / n**0.5 for x in (a, b))\n"
                f"    low, high = {ends}\n",
            ),
        )
        for ends in ("mean - p - q, mean + p + q", "mean - p + q, mean + p - q")
    ),
    paired("How many differences are there", ("quantile(n)", "quantile(len(a) + len(b))")),
    paired("no partner", (" if seed in b", "")),
    paired("n, or by n − 1", ("std(ddof=1)", "std()")),
    paired("single differences reach", (" / np.sqrt(n)", "")),
    paired(
        "no partner",
        ("[a[seed] - b[seed] for seed in a if seed in b]", "[a.get(s, 0.0) - b.get(s, 0.0) for s in sorted({*a, *b})]"),
    ),
    paired("no partner", ("reach = quantile(n)", "reach = quantile(len(a))")),
    paired(
        "Which of the two has the lower", ('"a lower" if', '"b lower" if'), ('"b lower" if low', '"a lower" if low')
    ),
    paired("is the whole interval", ("high < 0", "mean < 0"), ("low > 0", "mean > 0")),
]
