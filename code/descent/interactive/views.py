"""What an explorer shows beside the contours and the loss.

A view is a function of the problem, the runs and the job (`explore.run`) and returns a dict with some of

    panel   a plot of its own: title, x and y (labels), xlim, ylim, log (of y), and lists of
            fills {x, y, shade 0 … 1}
            lines {x, y, run or None, dash, dots, label}, or, for what is pale after the steps that are shown,
            {timed: True, from: the first step, y, …}
            dots {x, y, run, label}, notes {y, label}
            marks {x, label}, vertical, and levels {y, label}, horizontal
            drag {x: [argument, factor], y: …}: what a click in it sets, as a multiple of the coordinate
    levels  horizontal lines in the plot of the loss, {y, label, run}
    ellipse {x, y, rx, ry, angle} on the contours

`run` is the number of the run whose colour is taken. Everything is plain numbers and text, so that it travels as JSON.
"""

import math

AGES = 40


def eigenvalues(problem):
    """The two eigenvalues of the Hessian of a quadratic, the smaller first, and the angle of the smaller's direction.

    From differences of its gradient, which is linear. The angle is in degrees.
    """
    zero1, zero2 = problem.gradient(0.0, 0.0)
    a, b = problem.gradient(1.0, 0.0)
    _, c = problem.gradient(0.0, 1.0)
    a, b, c = a - zero1, b - zero2, c - zero2
    middle = (a + c) / 2
    radius = math.sqrt(((a - c) / 2) ** 2 + b * b)
    return middle - radius, middle + radius, math.degrees(math.atan2(-2 * b, c - a) / 2)


def number(x, digits=3):
    """A number as text, with a real minus."""
    return ("%.*g" % (digits, x)).replace("-", "−")


def factors(problem, runs, job):
    """By what each direction of the bowl is multiplied in a step of gradient descent, |1 − ηλ|, against η."""
    low, high, _ = eigenvalues(problem)
    lr = runs[0]["arguments"]["lr"]
    end = max(job.get("ranges", {}).get("lr", [0, 0])[1], 1.1 * lr, 2.4 / high)
    lines = []
    for curvature, dash in ((low, False), (high, True)):
        x = [0, end] if 1 / curvature > end else [0, 1 / curvature, end]
        y = [abs(1 - eta * curvature) for eta in x]
        lines.append({"x": x, "y": y, "run": None, "dash": dash, "label": "λ = %s" % number(curvature)})
    both = [abs(1 - lr * curvature) for curvature in (low, high)]
    dots = [{"x": lr, "y": y, "run": 0, "label": number(y)} for y in both]
    return {
        "panel": {
            "title": "Factor per step, |1 − ηλ|",
            "x": "η, learning rate",
            "y": "",
            "xlim": [0, end],
            "ylim": [0, 1.5],
            "lines": lines,
            "dots": dots,
            "marks": [{"x": 2 / high, "label": "2/L = %s" % number(2 / high)}],
            "levels": [{"y": 1, "label": ""}],
            "drag": {"x": ["lr", 1]},
        }
    }


def noise(problem, runs, job):
    """Where the noise keeps gradient descent: the ellipse of two standard deviations, and the floor of the loss.

    In a direction of curvature λ the variance is η σ² / (B λ (2 − ηλ)), for ηλ < 2.
    """
    low, high, angle = eigenvalues(problem)
    lr = runs[0]["arguments"]["lr"]
    square = job["noise"]["sigma"] ** 2 / job["noise"]["batch"]
    if runs[0]["rule"] != "gradient_descent" or lr * high >= 2 or lr == 0:
        return {}
    variance = [lr * square / (curvature * (2 - lr * curvature)) for curvature in (low, high)]
    floor = (low * variance[0] + high * variance[1]) / 2
    x, y = problem.minimum
    rx, ry = 2 * math.sqrt(variance[0]), 2 * math.sqrt(variance[1])
    return {
        "ellipse": {"x": x, "y": y, "rx": rx, "ry": ry, "angle": angle},
        "levels": [{"y": floor, "label": "floor %s" % number(floor, 2), "run": 0}],
    }


def phase(problem, runs, job):
    """The spectral radius of heavy-ball momentum over the plane of ηλ and β; every level is a trapezoid."""
    low, high, _ = eigenvalues(problem)
    arguments = runs[0]["arguments"]
    lr, beta = arguments["lr"], arguments.get("beta", 0.0)
    radius = max(spectral_radius(lr * low, beta), spectral_radius(lr * high, beta))
    fills = []
    for level, shade in ((1, 0.1), (0.95, 0.25), (0.9, 0.4), (0.8, 0.6), (0.7, 0.8), (0.5, 1)):
        x, y = trapezoid(level)
        fills.append({"x": x, "y": y, "shade": shade})
    lines = [{"x": [lr * low, lr * high], "y": [beta, beta], "run": 0, "dash": False}]
    if radius < 1:  # the trapezoid of this very radius
        x, y = trapezoid(radius)
        lines.append({"x": x + [x[0]], "y": y + [y[0]], "run": 0, "dash": True})
    return {
        "panel": {
            "title": "Spectral radius %s" % number(radius),
            "x": "ηλ",
            "y": "β",
            "xlim": [0, 4.6],
            "ylim": [0, 1],
            "fills": fills,
            "lines": lines,
            "dots": [
                {"x": lr * curvature, "y": beta, "run": 0, "label": "λ = %s" % number(curvature)}
                for curvature in (low, high)
            ],
            "notes": [{"y": 0.3, "label": "diverges"}],
            "drag": {"x": ["lr", 1 / high], "y": ["beta", 1]},
        }
    }


def trapezoid(radius):
    """The corners, ηλ and β, of the set whose spectral radius is at most this."""
    return [1 - radius, 1 + radius, (1 + radius) ** 2, (1 - radius) ** 2], [0, 0, radius**2, radius**2]


def spectral_radius(rate, beta):
    """The largest absolute root of r² − (1 + β − ηλ) r + β, with `rate` for ηλ."""
    half = (1 + beta - rate) / 2
    square = half * half - beta
    return math.sqrt(beta) if square < 0 else abs(half) + math.sqrt(square)


def weights(problem, runs, job):
    """What an average with decay γ remembers: the weight (1 − γ) γᵏ of the squared gradient of k steps ago."""
    lines, dots, notes = [], [], []
    for n, one in enumerate(runs):
        decay = one["arguments"].get("decay")
        if decay is None:
            continue
        ages = list(range(AGES + 1))
        lines.append({"x": ages, "y": [(1 - decay) * decay**k for k in ages], "run": n, "dots": True})
        if 0 < decay < 1:
            half_life = math.log(0.5) / math.log(decay)
            text = "half-life %s" % number(half_life)
            if half_life <= AGES:
                dots.append({"x": half_life, "y": (1 - decay) / 2, "run": n, "label": text})
            else:
                notes.append({"y": 1 - decay, "label": text})
    return {
        "panel": {
            "title": "Weights (1 − γ) γᵏ",
            "x": "age k in steps",
            "y": "",
            "xlim": [0, AGES],
            "ylim": [0, 1.15 * max(max(line["y"]) for line in lines)],
            "lines": lines,
            "dots": dots,
            "notes": notes,
        }
    }


def cycle(problem, runs, job):
    """The loss on RMSprop's two-cycle, which jumps between −η/2 and η/2 in every coordinate."""
    levels = []
    for n, one in enumerate(runs):
        if one["rule"] == "rmsprop":
            half = one["arguments"]["lr"] / 2
            loss = problem.value(half, half)
            levels.append({"y": loss, "label": "two-cycle %s" % number(loss, 2), "run": n})
    return {"levels": levels}


def steps(problem, runs, job):
    """How long every step is, in the first coordinate (solid) and in the second (dashed)."""
    lines, levels = [], []
    for n, one in enumerate(runs):
        for coordinate, path in enumerate(one["path"]):
            lengths = [abs(b - a) for a, b in zip(path, path[1:])]
            lines.append({"from": 1, "y": lengths, "run": n, "dash": coordinate == 1, "timed": True})
        arguments = one["arguments"]
        if one["rule"] == "adadelta":
            first = arguments.get("lr", 1.0) * math.sqrt(arguments["eps"] / (1 - arguments["decay"]))
            levels.append({"y": first, "label": "√(ε/(1−ρ)) = %s" % number(first), "run": n})
        elif one["rule"] == "adam" and arguments.get("bias_correction", True):
            levels.append({"y": arguments["lr"], "label": "η = %s" % number(arguments["lr"]), "run": n})
    every = [y for line in lines for y in line["y"] if y > 0] + [level["y"] for level in levels if level["y"] > 0]
    high = max(every) if every else 1.0
    return {
        "panel": {
            "title": "Step length (x₂ dashed)",
            "x": "step t",
            "y": "",
            "log": True,
            "xlim": [0, job["steps"]],
            "ylim": [max(min(every) if every else 1e-3, high * 1e-6), high * 30],
            "lines": lines,
            "levels": levels,
        }
    }


def basins(problem, runs, job):
    """Colours every start by the minimum at which the first rule that is shown ends.

    The page asks `explore.basins` for it, row by row; here there is nothing to add.
    """
    return {}
