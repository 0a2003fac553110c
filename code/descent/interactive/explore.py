"""What an explorer computes: runs of rules on a problem of two coordinates.

Runs in MicroPython in the reader's browser, and in the book's tests. Plain floats, no NumPy: a rule is run on each
coordinate by itself, which is what rules do (`descent.rules`).

A job is a dict of plain values, as it comes from a page:

    problem   [name, arguments], a function of descent.problems
    rules     list of [name, arguments], functions of descent.rules
    start     [x₁, x₂], or None for the problem's own
    steps     how many
    noise     None, or {"sigma": …, "batch": …, "seed": …}: see `noisy`
    sources   {name: source}, rules that the reader has edited
    views     names of functions in descent.interactive.views
    ranges    {argument: [low, high]}, what the sliders reach
"""

import math

from descent import problems, rules
from descent.interactive import views
from descent.interactive.checks import line_of, message_of

FAR = 1e9  # a run that gets here is not coming back


class Failed(Exception):
    """A job that cannot be run: `rule` is the name of the one at fault or None, `line` a line of its edited source."""

    def __init__(self, message, rule=None, line=None):
        super().__init__(message)
        self.rule = rule
        self.line = line


def run(job):
    """Run a job.

    Returns
    -------
    dict
        problem : the `descent.problems.Problem`
        runs : list of dicts with rule, arguments, `path` (xs, ys) and `loss`, lists of as many numbers as there are
            points, and `diverged`: the step after which the run left the region |x| < 1e9, or None
        views : list of what the views return

    Raises
    ------
    Failed
        With one sentence: a hyperparameter out of its range, or an edited rule that does not run.
    """
    try:
        problem = make_problem(job)
    except Exception as error:
        raise Failed(str(error))
    walked = problem
    if job.get("noise"):
        walked = noisy(problem, **job["noise"])
    start = job.get("start") or problem.start
    runs = []
    for name, arguments in job["rules"]:
        source = job.get("sources", {}).get(name)
        try:
            rule = make_rule(name, arguments, source)
            path, loss, diverged = walk(rule, walked, start, job["steps"])
        except Failed:
            raise
        except Exception as error:
            text = message_of(error) if source else str(error)
            raise Failed(text, name, line_of(error, "rule.py"))
        runs.append({"rule": name, "arguments": arguments, "path": path, "loss": loss, "diverged": diverged})
    shown = [getattr(views, name)(problem, runs, job) for name in job.get("views", [])]
    return {"problem": problem, "runs": runs, "views": shown}


def make_problem(job):
    name, arguments = job["problem"]
    return getattr(problems, name)(**arguments)


def make_rule(name, arguments, source=None):
    """The rule of that name, from the book or from an edited source, which must define it."""
    if source is None:
        return getattr(rules, name)(**arguments)
    scope = dict(rules.__dict__)
    del scope[name]
    exec(compile(source, "rule.py", "exec"), scope)
    if name not in scope:
        raise Failed("the source must define a function %s" % name, name)
    pair = scope[name](**arguments)
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise Failed("%s must return init, update" % name, name)
    return pair


def walk(rule, problem, start, steps):
    """Take steps from a start; end where the run leaves the region |x| < 1e9.

    Returns
    -------
    path : (list of x₁, list of x₂), beginning with the start
    loss : list of the values there
    diverged : the step that led out of the region, or None
    """
    init, update = rule
    value, gradient = problem.value, problem.gradient
    x1, x2 = start
    state1, state2 = init(x1), init(x2)
    path1, path2, loss = [x1], [x2], [value(x1, x2)]
    for step in range(steps):
        grad1, grad2 = gradient(x1, x2)
        try:
            x1, state1 = update(x1, grad1, state1)
            x2, state2 = update(x2, grad2, state2)
            if not (-FAR < x1 < FAR and -FAR < x2 < FAR):  # NaN is not in it either
                return (path1, path2), loss, step + 1
        except OverflowError:  # MicroPython goes on with infinity
            return (path1, path2), loss, step + 1
        path1.append(x1)
        path2.append(x2)
        loss.append(value(x1, x2))
    return (path1, path2), loss, None


def noisy(problem, sigma=1.0, batch=1, seed=0):
    """The problem with noise in its gradient, as from minibatches.

    Parameters
    ----------
    problem : `descent.problems.Problem`
    sigma : float, default 1
        Standard deviation of the gradient of one example, in each coordinate.
    batch : float of at least 1, default 1
        Examples in a minibatch: the noise is divided by its square root.
    seed : int, default 0
        The same seed gives the same noise, on every machine.
    """
    rules.check({"batch": (1, float("inf"), True, False)}, batch=batch)
    draw = normals(seed)
    scale = sigma / math.sqrt(batch)

    def gradient(x1, x2):
        grad1, grad2 = problem.gradient(x1, x2)
        return grad1 + scale * draw(), grad2 + scale * draw()

    return problems.Problem(
        problem.name, problem.value, gradient, problem.minimum, problem.start, problem.window, problem.minima
    )


def normals(seed):
    """A function that returns another standard normal number at each call (Box and Muller 1958).

    Uniform numbers come from the linear congruential generator x ← 48271 x mod (2³¹ − 1) of Park, Miller and
    Stockmeyer 1993: a few lines that are the same everywhere, and good enough for a picture.
    """
    state = [(seed * 7919 + 12345) % 2147483647]
    spare = []

    def uniform():
        state[0] = state[0] * 48271 % 2147483647
        return state[0] / 2147483647

    def draw():
        if spare:
            return spare.pop()
        radius = math.sqrt(-2 * math.log(uniform()))
        angle = 2 * math.pi * uniform()
        spare.append(radius * math.sin(angle))
        return radius * math.cos(angle)

    return draw


def grid(problem, window, columns, rows):
    """Values of the problem on a grid over the window, row by row from the lowest x₂: what contours are drawn from."""
    (low1, high1), (low2, high2) = window
    across = [low1 + (high1 - low1) * i / (columns - 1) for i in range(columns)]
    up = [low2 + (high2 - low2) * i / (rows - 1) for i in range(rows)]
    value = problem.value
    return [value(x1, x2) for x2 in up for x1 in across]


def basins(job, window, columns, row, rows):
    """For every start in a row of cells: the number of the minimum that the first rule of the job ends at, or −1."""
    problem = make_problem(job)
    name, arguments = job["rules"][0]
    rule = make_rule(name, arguments, job.get("sources", {}).get(name))
    (low1, high1), (low2, high2) = window
    x2 = low2 + (high2 - low2) * (row + 0.5) / rows
    starts = [low1 + (high1 - low1) * (i + 0.5) / columns for i in range(columns)]
    return [end_of(rule, problem, (x1, x2)) for x1 in starts]


def end_of(rule, problem, start, steps=600):
    """The number of the minimum at which a run comes to rest, or −1."""
    init, update = rule
    x1, x2 = start
    state1, state2 = init(x1), init(x2)
    for _ in range(steps):
        grad1, grad2 = problem.gradient(x1, x2)
        before1, before2 = x1, x2
        x1, state1 = update(x1, grad1, state1)
        x2, state2 = update(x2, grad2, state2)
        if not (-FAR < x1 < FAR and -FAR < x2 < FAR):
            return -1
        if abs(x1 - before1) + abs(x2 - before2) < 0.01:
            for number, (low1, low2) in enumerate(problem.minima):
                if abs(x1 - low1) + abs(x2 - low2) < 0.1:
                    return number
    return -1
