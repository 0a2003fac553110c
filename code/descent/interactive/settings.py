"""An explorer's settings: from the words of a directive, or of a notebook, to what the page needs.

The result of `settings` is plain values, which travel as JSON; code/web/explorer.mjs reads them.
"""

import ast
import inspect
import re

from descent import problems, rules
from descent.interactive import explore, views
from descent.plots import COLORS, SHADES, readable

TITLES = {
    "gradient_descent": "gradient descent",
    "momentum": "momentum",
    "nesterov": "Nesterov",
    "nesterov_lookahead": "Nesterov, look-ahead",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSprop",
    "rmsprop_centered": "centred RMSprop",
    "rmsprop_momentum": "RMSprop with momentum",
    "adadelta": "Adadelta",
    "adam": "Adam",
}
SYMBOLS = {
    "lr": ("η", "learning rate"),
    "beta": ("β", "momentum"),
    "beta1": ("β₁", "decay of the mean"),
    "beta2": ("β₂", "decay of the squares"),
    "decay": ("γ", "decay"),
    "dampening": ("d", "dampening"),
    "eps": ("ε", "epsilon"),
    "problem.angle": ("∠", "angle of the bowl, degrees"),
    "problem.kappa": ("κ", "condition number"),
    "problem.small": ("μ", "smallest eigenvalue"),
    "problem.scale": ("c", "scale of the loss"),
    "noise.batch": ("B", "batch size"),
    "noise.sigma": ("σ", "noise of one example"),
}
INTEGERS = {"noise.batch"}
NOISE = {"sigma": 1.0, "batch": 1, "seed": 0}


def settings(
    problem="quadratic()",
    rules="rmsprop(lr=0.4, decay=0.9)",
    sliders="lr 0.01 1 log",
    steps="20 of 100",
    views="",
    start=None,
    window=None,
    noise=None,
    batch=1,
):
    """Check what an author wrote and turn it into the settings of an explorer.

    Parameters
    ----------
    problem : str, default ``"quadratic()"``
        A call of a function of `descent.problems`.
    rules : str
        Calls of functions of `descent.rules`, separated by ``;``, each with an optional ``label =`` in front.
    sliders : str
        ``name from to [log]``, separated by ``;``; with ``log1`` logarithmic in the distance from 1, for decays.
        The name is an argument, which moves in every rule that has it, or ``rule.argument``, ``problem.argument``,
        ``noise.batch``, ``noise.sigma``.
    steps : str
        As in ``20 of 200``: how many are shown at first, and at most.
    views : str
        Names of functions of `descent.interactive.views`, separated by commas.
    start : str, optional
        x₁ and x₂; the problem's own by default.
    window : str, optional
        x₁ from and to, x₂ from and to; the problem's own by default.
    noise : float, optional
        Standard deviation of the gradient of one example; without it gradients are exact.
    batch : float, default 1
        Batch size, with noise.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        With a sentence that names what is wrong.
    """
    name, arguments = _call(problem, "problem")
    made = _make(problems, name, arguments, "problem")
    runs = [_run(text) for text in _parts(rules)]
    _colour(runs)
    shown, most = _steps(steps)
    config = {
        "problem": [name, arguments],
        "runs": runs,
        "steps": {"shown": shown, "most": most},
        "views": [_view(word) for word in _parts(views, ",")],
        "start": _numbers(start, 2, "start") if start else list(made.start),
        "window": _window(window) if window else [list(pair) for pair in made.window],
        "linear": made.value(*made.minimum) < 0,
        "minima": [list(point) for point in made.minima],
        "noise": dict(NOISE, sigma=_number(noise, "noise"), batch=_number(batch, "batch")) if noise else None,
    }
    config["sliders"] = [_slider(text, config) for text in _parts(sliders)]
    try:
        shown = explore.run(job(config))["views"]
    except explore.Failed as error:
        raise ValueError(f"{error.rule or 'problem'}: {error}") from None
    config["panels"] = 1 + sum("panel" in view for view in shown)  # the loss is always there
    return config


def job(config):
    """The job (`descent.interactive.explore`) with which an explorer begins."""
    return {
        "problem": config["problem"],
        "rules": [[run["rule"], run["arguments"]] for run in config["runs"]],
        "start": config["start"],
        "steps": config["steps"]["most"],
        "noise": config["noise"],
        "views": config["views"],
        "ranges": {slider["name"]: [slider["low"], slider["high"]] for slider in config["sliders"]},
    }


def source(name):
    """A rule's lines as the chapter prints them: without docstring and checks of its arguments."""
    lines = inspect.getsource(getattr(rules, name)).splitlines()
    function = ast.parse("\n".join(lines)).body[0]
    left_out = set()
    for statement in function.body:
        value = getattr(statement, "value", None)
        is_check = isinstance(value, ast.Call) and getattr(value.func, "id", "") == "check"
        if isinstance(statement, ast.Expr) and (isinstance(value, ast.Constant) or is_check):
            left_out.update(range(statement.lineno, statement.end_lineno + 1))
    kept = [line for number, line in enumerate(lines, 1) if number not in left_out]
    return re.sub(r"(def .*\n)\n+", r"\1", "\n".join(kept).rstrip() + "\n", count=1)


def _parts(text, separator=";"):
    return [part.strip() for part in (text or "").split(separator) if part.strip()]


def _call(text, what):
    """Name and arguments of a call written out, such as ``rmsprop(lr=0.4)``."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError
        return call.func.id, {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError):
        raise ValueError(f"{what} must be a call with named numbers, as in rmsprop(lr=0.4), got {text!r}") from None


def _make(module, name, arguments, what):
    function = getattr(module, name, None)
    if name == "check" or not inspect.isfunction(function) or function.__module__ != module.__name__:
        raise ValueError(f"{what}: there is no {name!r} in {module.__name__}")
    try:
        return function(**arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} {name}: {error}") from None


def _run(text):
    label = re.match(r"([^=(]+)=(?=[^=]*\()", text)
    name, arguments = _call(text[label.end() :] if label else text, "rules")
    _make(rules, name, arguments, "rules")
    # All arguments are written out, so that views and sliders find them.
    defaults = {key: parameter.default for key, parameter in inspect.signature(getattr(rules, name)).parameters.items()}
    return {
        "rule": name,
        "label": label[1].strip() if label else TITLES[name],
        "arguments": {**defaults, **arguments},
    }


def _colour(runs):
    """A colour and a dash for each run: the rule's own for the first run of a rule, then the shades."""
    dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3]]
    seen = []
    for run in runs:
        base = run["rule"] if run["rule"] in COLORS else run["rule"].split("_")[0]
        again = seen.count(base)
        run["color"] = COLORS[base] if not again else SHADES[again % len(SHADES)]
        run["ink"] = readable(run["color"])
        run["dash"] = dashes[(len(seen) if len(runs) > 4 else again) % len(dashes)]
        seen.append(base)
    labels = [run["label"] for run in runs]
    if len(set(labels)) < len(labels):
        raise ValueError(f"rules: two runs have the same label, of {labels}: write 'label = …' in front of one")


def _steps(text):
    match = re.fullmatch(r"(\d+) of (\d+)", str(text).strip())
    if not match or not 1 <= int(match[1]) <= int(match[2]) <= 2000:
        raise ValueError(f"steps must be as in '20 of 200', at most 2000, got {text!r}")
    return int(match[1]), int(match[2])


def _view(name):
    function = getattr(views, name, None)
    if not inspect.isfunction(function) or list(inspect.signature(function).parameters) != ["problem", "runs", "job"]:
        raise ValueError(f"views: there is no view {name!r} in descent.interactive.views")
    return name


def _number(text, what):
    try:
        return float(text)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a number, got {text!r}") from None


def _numbers(text, count, what):
    words = text.split() if isinstance(text, str) else list(text)
    if len(words) != count:
        raise ValueError(f"{what} must be {count} numbers, got {text!r}")
    return [_number(word, what) for word in words]


def _window(text):
    left, right, low, high = _numbers(text, 4, "window")
    if not (left < right and low < high):
        raise ValueError(f"window must be x₁ from and to, x₂ from and to, got {text!r}")
    return [[left, right], [low, high]]


def _slider(text, config):
    words = text.split()
    scale = words[-1] if words[-1] in ("log", "log1") else ""
    if len(words) != 3 + bool(scale):
        raise ValueError(f"sliders must be as in 'lr 0.01 1 log', got {text!r}")
    name = words[0]
    low, high = (_number(word, f"slider {name}") for word in words[1:3])
    targets, value = _targets(name, config)
    outside = (scale == "log" and low <= 0) or (scale == "log1" and high >= 1)
    if not low < high or outside or not low <= value <= high:
        raise ValueError(f"slider {name} from {low:g} to {high:g} does not reach its first value, {value:g}")
    argument = name.rpartition(".")[2]
    symbol, words = SYMBOLS.get(name) or SYMBOLS[argument]
    if argument == "decay" and all(config["runs"][n]["rule"] == "adadelta" for _, n, _ in targets):
        symbol = "ρ"
    if "." in name and targets[0][0] == "runs" and len(config["runs"]) > 1:
        words += " of " + config["runs"][targets[0][1]]["label"]
    return {
        "name": name,
        "argument": argument,
        "symbol": symbol,
        "words": words,
        "low": low,
        "high": high,
        "scale": scale,
        "integer": name in INTEGERS,
        "value": value,
        "targets": targets,
    }


def _targets(name, config):
    """Where a slider's value goes, and the value with which it begins."""
    owner, _, argument = name.rpartition(".")
    if owner == "problem":
        parameters = inspect.signature(getattr(problems, config["problem"][0])).parameters
        if argument not in parameters:
            raise ValueError(f"slider {name}: {config['problem'][0]} has no argument {argument}")
        value = config["problem"][1].setdefault(argument, parameters[argument].default)
        return [["problem", 1, argument]], float(value)
    if owner == "noise":
        if not config["noise"] or argument not in ("batch", "sigma"):
            raise ValueError(f"slider {name} needs the option noise, and moves batch or sigma")
        return [["noise", argument, argument]], float(config["noise"][argument])
    targets = [
        ["runs", n, argument]
        for n, run in enumerate(config["runs"])
        if argument in run["arguments"] and argument in SYMBOLS and owner in ("", run["rule"], run["label"])
    ]
    if not targets:
        raise ValueError(f"slider {name}: no rule here has it")
    found = {config["runs"][n]["arguments"][argument] for _, n, _ in targets}
    if len(found) > 1:
        raise ValueError(f"slider {name} would move rules that begin with different values: {sorted(found)}")
    return targets, float(found.pop())
