"""What explorers and tryits compute and how their settings are read; the pages themselves: tests/web."""

import ast
import json

import numpy as np
import pytest

import descent
from descent import problems, rules
from descent.interactive import answers, checks, explore, markup, tryit, views, web
from descent.interactive.settings import TITLES, job, settings, source
from descent.trajectories import train_2d

BOWL = problems.quadratic()


def job_of(*made, **options):
    return {"problem": ["quadratic", {}], "rules": list(made), "steps": 20, **options}


# ── runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", TITLES)
def test_a_run_is_the_path_of_train_2d(name):
    run = explore.run(job_of([name, {}]))["runs"][0]
    assert np.array(run["path"]).T == pytest.approx(train_2d(getattr(rules, name)(), BOWL), abs=1e-12)
    assert run["loss"] == pytest.approx(BOWL.value(*np.array(run["path"])), rel=1e-12)
    assert run["diverged"] is None


def test_a_run_that_diverges_ends_there():
    run = explore.run(job_of(["gradient_descent", {"lr": 5.0}], steps=500))["runs"][0]
    path = train_2d(rules.gradient_descent(5.0), BOWL, steps=20)
    first = np.flatnonzero(abs(path).max(axis=1) >= 1e9)[0]
    assert run["diverged"] == first and len(run["loss"]) == first


@pytest.mark.parametrize(
    "change, told, line",
    [
        ({"rules": [["rmsprop", {"decay": 1.2}]]}, "decay must be in [0, 1), got 1.2", None),
        ({"problem": ["quadratic", {"kappa": 0.5}]}, "kappa must be in [1, inf), got 0.5", None),
        ({"sources": {"adam": "def sgd():\n    pass"}}, "must define a function adam", None),
        ({"sources": {"adam": "def adam():\n    return 1"}}, "adam must return init, update", None),
        ({"sources": {"adam": "def adam(:"}}, "SyntaxError", 1),
        (
            {"sources": {"adam": "def adam():\n    def init(x):\n        return y\n    return init, init"}},
            "NameError",
            3,
        ),
    ],
)
def test_what_cannot_run_is_told_in_a_sentence(change, told, line):
    with pytest.raises(explore.Failed) as error:
        explore.run({**job_of(["adam", {}]), **change})
    assert told in str(error.value) and error.value.line == line


def test_an_edited_rule_runs_in_place_of_the_books():
    half = source("gradient_descent").replace("lr * grad", "0.5 * lr * grad")
    edited = explore.run(job_of(["gradient_descent", {"lr": 0.4}], sources={"gradient_descent": half}))
    assert edited["runs"][0]["path"] == explore.run(job_of(["gradient_descent", {"lr": 0.2}]))["runs"][0]["path"]


def test_noise_has_the_promised_spread_and_is_the_same_for_the_same_seed():
    assert len({explore.normals(seed)() for seed in range(5)}) == 5
    draw = explore.normals(3)
    sample = np.array([draw() for _ in range(20_000)])
    assert [sample.mean(), sample.std(), (sample**4).mean()] == pytest.approx([0, 1, 3], abs=0.1)
    noisy = explore.noisy(BOWL, sigma=2.0, batch=16, seed=1)
    spread = np.array([noisy.gradient(0.0, 0.0) for _ in range(5000)]).std(axis=0)
    assert spread == pytest.approx([0.5, 0.5], rel=0.05)
    again = [explore.noisy(BOWL, seed=2).gradient(1.0, 1.0) for _ in range(2)]
    assert again[0] == again[1]


def test_noise_needs_a_batch():
    with pytest.raises(ValueError, match="batch must be in"):
        explore.noisy(BOWL, batch=0.5)


def test_basins_are_where_runs_end():
    valleys = problems.valleys()
    made = {"problem": ["valleys", {}], "rules": [["gradient_descent", {"lr": 0.02}]]}
    row = explore.basins(made, valleys.window, 12, 3, 12)
    low, high = valleys.window[0]
    for i, found in enumerate(row):
        start = (low + (high - low) * (i + 0.5) / 12, valleys.window[1][0] + 3.6 * 3.5 / 12)
        end = train_2d(rules.gradient_descent(0.02), valleys, np.array(start), steps=2000)[-1]
        assert end == pytest.approx(valleys.minima[found], abs=1e-3)
    made["rules"] = [["gradient_descent", {"lr": 5.0}]]
    assert set(explore.basins(made, valleys.window, 4, 0, 4)) == {-1}


def test_the_grid_runs_row_by_row_from_the_lowest():
    values = np.reshape(explore.grid(BOWL, BOWL.window, 5, 3), (3, 5))
    axes = [np.linspace(*limits, count) for limits, count in zip(BOWL.window, (5, 3), strict=True)]
    assert values == pytest.approx(BOWL.value(*np.meshgrid(*axes)))


def test_answers_are_json_and_numbers():
    asked = job_of(["adam", {"lr": 0.4}], views=["steps"], grid=[BOWL.window, 5, 3])
    reply, numbers = answers.explored(json.dumps(asked))
    reply = json.loads(reply)
    assert reply["runs"] == [{"points": 21, "diverged": None}]
    assert [line["y"] for line in reply["views"][0]["panel"]["lines"]] == [20, 20]
    assert len(numbers) == 3 * 21 + 2 * 20 + 15
    failed, numbers = answers.explored(json.dumps(job_of(["adam", {"lr": -1}])))
    assert json.loads(failed)["failed"]["message"] == "lr must be in [0, inf), got -1" and not numbers


def test_the_page_computes_what_is_computed_here(in_micropython):
    """Every view, in MicroPython and in this Python."""
    noise = {"sigma": 1.0, "batch": 4, "seed": 0}
    momentum, adam = ["momentum", {"lr": 0.5, "beta": 0.3}], ["adam", {"lr": 0.4}]
    rmsprop = ["rmsprop", {"lr": 0.4, "decay": 0.9}]
    jobs = [
        job_of(["gradient_descent", {"lr": 0.3}], views=["factors", "noise", "basins"], noise=noise),
        job_of(momentum, views=["phase"], grid=[BOWL.window, 5, 3]),
        job_of(rmsprop, adam, ["adadelta", {"decay": 0.9, "eps": 0.01}], views=["weights", "cycle", "steps"]),
        job_of(["rmsprop", {"lr": 0.4, "decay": 0.999}], views=["weights"]),
        job_of(["gradient_descent", {"lr": 5.0}], steps=100),
        job_of(["rmsprop", {"decay": 1.2}]),
        job_of(adam, sources={"adam": "def adam(:"}),
    ]
    program = """
import json
from descent.interactive import answers
replies = [answers.explored(json.dumps(one)) for one in json.loads(job)]
print("answer: " + json.dumps([[text, list(numbers)] for text, numbers in replies]))
"""
    for asked, (reply, numbers) in zip(jobs, in_micropython(program, jobs), strict=True):
        here, values = answers.explored(json.dumps(asked))
        here, there = json.loads(here), json.loads(reply)
        if "failed" in here:
            assert there["failed"]["line"] == here["failed"]["line"]
            assert there["failed"]["message"] == here["failed"]["message"].partition(" (")[0]
            continue
        assert there["runs"] == here["runs"]
        assert numbers == pytest.approx(list(values), rel=1e-9, abs=1e-12)
        assert json.dumps(rounded(there["views"])) == json.dumps(rounded(here["views"]))


def rounded(value):
    """Numbers to nine digits, everywhere in a view."""
    if isinstance(value, dict):
        return {key: rounded(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float | int) and not isinstance(value, bool) else value


# ── views ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def view(name, *made, **options):
    return explore.run(job_of(*made, views=[name], **options))["views"][0]


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0])
def test_eigenvalues_and_their_direction(angle):
    low, high, found = views.eigenvalues(problems.quadratic(angle=angle))
    assert [low, high, found % 180] == pytest.approx([0.2, 4, angle])


def test_factors_are_those_of_a_step():
    panel = view("factors", ["gradient_descent", {"lr": 0.3}])["panel"]
    path = train_2d(rules.gradient_descent(0.3), BOWL, steps=1)
    assert [dot["y"] for dot in panel["dots"]] == pytest.approx(abs(path[1] / path[0]))
    assert panel["marks"][0]["x"] == pytest.approx(0.5)
    for line, curvature in zip(panel["lines"], (0.2, 4), strict=True):
        assert line["y"] == pytest.approx(abs(1 - np.array(line["x"]) * curvature))


@pytest.mark.parametrize("lr, beta", [(0.6, 0.5), (0.6, 0.25), (0.1, 0.0), (0.668, 0.403), (0.9, 0.1)])
def test_the_spectral_radius_is_that_of_the_iteration(lr, beta):
    panel = view("phase", ["momentum", {"lr": lr, "beta": beta}])["panel"]
    matrices = [np.array([[1 + beta - lr * curvature, -beta], [1, 0]]) for curvature in (0.2, 4)]
    radius = max(abs(np.linalg.eigvals(matrix)).max() for matrix in matrices)
    assert panel["title"] == f"Spectral radius {radius:.3g}"


@pytest.mark.parametrize("level", [1, 0.9, 0.5])
def test_the_levels_of_the_phase_plane_are_trapezoids(level):
    fills = view("phase", ["momentum", {"lr": 0.5, "beta": 0.5}])["panel"]["fills"]
    corners = next(fill for fill in fills if fill["y"][2] == pytest.approx(level**2))
    for rate, beta in zip(corners["x"], corners["y"], strict=True):
        assert views.spectral_radius(rate, beta) == pytest.approx(level)


def test_the_ellipse_of_the_noise_is_two_measured_deviations():
    noise = {"sigma": 1.0, "batch": 4, "seed": 0}
    found = view("noise", ["gradient_descent", {"lr": 0.1}], noise=noise)
    long = explore.run(job_of(["gradient_descent", {"lr": 0.1}], noise=noise, steps=40_000))["runs"][0]
    measured = 2 * np.array(long["path"])[:, 1000:].std(axis=1)
    assert [found["ellipse"]["rx"], found["ellipse"]["ry"]] == pytest.approx(measured, rel=0.1)
    assert found["levels"][0]["y"] == pytest.approx(np.mean(long["loss"][1000:]), rel=0.1)
    assert view("noise", ["gradient_descent", {"lr": 0.6}], noise=noise) == {}


def test_weights_add_up_and_halve():
    panel = view("weights", ["rmsprop", {"lr": 0.4, "decay": 0.9}])["panel"]
    assert sum(panel["lines"][0]["y"]) == pytest.approx(1 - 0.9**41)
    assert panel["dots"][0]["x"] == pytest.approx(6.58, abs=0.005) and panel["dots"][0]["y"] == pytest.approx(0.05)


def test_the_two_cycle_is_where_rmsprop_ends():
    made = ["rmsprop", {"lr": 0.4, "decay": 0.9, "eps": 1e-6}]
    level = view("cycle", made)["levels"][0]["y"]
    assert level == pytest.approx(0.084, abs=5e-4)
    assert explore.run(job_of(made, steps=1000))["runs"][0]["loss"][-1] == pytest.approx(level, rel=1e-3)


def test_the_first_step_of_adadelta_is_at_its_line():
    panel = view("steps", ["adadelta", {"decay": 0.9, "eps": 1e-5}])["panel"]
    assert panel["levels"][0]["y"] == pytest.approx(0.01)
    assert panel["lines"][0]["y"][0] == pytest.approx(0.01, rel=1e-3)


# ── settings and markup ───────────────────────────────────────────────────────────────────────────────────────────


def test_settings_of_several_rules():
    config = settings(
        rules="gradient_descent(lr=0.4); plain = adam(lr=0.4, bias_correction=False); adam(lr=0.4)",
        sliders="lr 0.01 1 log; plain.beta1 0 0.99; problem.angle 0 90",
        steps="20 of 200",
        views="steps",
    )
    assert [run["label"] for run in config["runs"]] == ["gradient descent", "plain", "Adam"]
    assert config["sliders"][0]["targets"] == [["runs", n, "lr"] for n in range(3)]
    assert config["sliders"][1]["targets"] == [["runs", 1, "beta1"]]
    assert config["panels"] == 2 and config["problem"] == ["quadratic", {"angle": 0.0}]
    assert len({(run["color"], str(run["dash"])) for run in config["runs"]}) == 3
    assert explore.run(job(config))["runs"][0]["path"][0][20] == pytest.approx(-0.943467, abs=1e-6)


@pytest.mark.parametrize(
    "options, told",
    [
        ({"problem": "ravine()"}, "problem: there is no 'ravine' in descent.problems"),
        ({"problem": "quadratic(kappa=0)"}, "problem quadratic: kappa must be in"),
        ({"rules": "adamw(lr=1)"}, "rules: there is no 'adamw' in descent.rules"),
        ({"rules": "check(lr=1)"}, "rules"),
        ({"rules": "adam(lr=-1)"}, "rules adam: lr must be in"),
        ({"rules": "adam(0.1)"}, "rules must be a call with named numbers"),
        ({"rules": "adam(lr=open('x'))"}, "rules must be a call with named numbers"),
        ({"rules": "adam(lr=1); adam(lr=2)", "sliders": ""}, "two runs have the same label"),
        ({"rules": "adam(lr=1); adagrad(lr=2)"}, "slider lr would move rules that begin with different values"),
        ({"sliders": "lr 0.01"}, "sliders must be as in"),
        ({"sliders": "lr 0.5 1"}, "slider lr from 0.5 to 1 does not reach its first value, 0.4"),
        ({"sliders": "lr 0 1 log"}, "does not reach"),
        ({"sliders": "beta1 0 1"}, "no rule here has it"),
        ({"sliders": "problem.size 0 1"}, "quadratic has no argument size"),
        ({"sliders": "noise.batch 1 64 log"}, "needs the option noise"),
        ({"steps": "twenty"}, "steps must be as in"),
        ({"steps": "30 of 20"}, "steps must be as in"),
        ({"views": "eigenvalues"}, "there is no view 'eigenvalues'"),
        ({"start": "1"}, "start must be 2 numbers"),
        ({"window": "1 0 0 1"}, "window must be"),
        ({"noise": "loud"}, "noise must be a number"),
    ],
)
def test_settings_that_are_wrong_are_told(options, told):
    with pytest.raises(ValueError) as error:
        settings(**options)
    assert told in str(error.value)


@pytest.mark.parametrize("name", TITLES)
def test_the_source_that_can_be_edited_is_the_rules(name):
    scope = dict(vars(rules))
    exec(source(name), scope)
    assert '"""' not in source(name) and "check(" not in source(name)
    path = train_2d(scope[name](), BOWL)
    assert path == pytest.approx(train_2d(getattr(rules, name)(), BOWL), abs=0)


def test_what_a_page_loads_has_the_same_syntax_tree():
    for path in web.PACKAGE.glob("*.py"):
        short = ast.parse(web.without_comments(path))
        full = ast.parse(path.read_text(encoding="utf-8"))
        names = [[node.name for node in tree.body if isinstance(node, ast.FunctionDef)] for tree in (short, full)]
        assert names[0] == names[1]
    assert "#" not in web.without_comments(web.PACKAGE / "rules.py")


def test_markup_escapes_and_holds_the_settings():
    config = settings(rules="a <b> = rmsprop(lr=0.4)")
    html = markup.controls(config, "x")
    assert "a &lt;b&gt;" in html and "<b> =" not in html
    data = json.loads(html.partition('<script type="application/json">')[2].removesuffix("</script>"))
    assert data["runs"] == config["runs"] and "def rmsprop" in data["sources"]["rmsprop"]


# ── tryits ────────────────────────────────────────────────────────────────────────────────────────────────────────

EXERCISE = """\
Task.

```{starter}
def f(x):
    return x
```

```{check} Is it squared?
:wrong: x**2 => x
assert close(f(3.0), 9)
```

```{wrong}
f = abs
```

```{answer}
def f(x):
    return x**2
```

Because.
"""


def test_a_tryit_is_taken_apart():
    made = tryit.parse("Code, 5 minutes", "ex-x", EXERCISE)
    assert made.task == "Task." and made.explanation == "Because."
    assert made.starter == "def f(x):\n    return x\n"
    assert made.checks[0].hint == "Is it squared?" and made.checks[0].wrong == [made.starter, "f = abs\n"]


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("```{starter}", "```{begin}", "has one {starter}, this one has 0"),
        ("```{answer}", "```python", "has one {answer}, this one has 0"),
        ("{check} Is it squared?", "{check}", "has its hint behind the name"),
        ("x**2 => x", "x**3 => x", "stands 0 times in the answer"),
        (":wrong: x**2 => x\n", "", None),
    ],
)
def test_a_tryit_that_is_wrong_is_told(old, new, told):
    text = EXERCISE.replace(old, new)
    if told is None:
        text = text.replace("```{wrong}\nf = abs\n```\n", "")
        told = "lists no wrong answer"
    with pytest.raises(ValueError) as error:
        tryit.parse("Code, 5 minutes", "ex-x", text)
    assert told in str(error.value)


def test_a_tryit_says_its_kind():
    with pytest.raises(ValueError, match="says its kind and time"):
        tryit.parse("Easy", "ex-x", EXERCISE)


@pytest.mark.parametrize(
    "program, passed, error",
    [
        ("def f(x):\n    return x**2", 1, None),
        ("def f(x):\n    return x", 0, None),
        ("def f(x):\n    return y", 0, {"line": 2, "message": "NameError: name 'y' is not defined"}),
        ("f = 3", 0, {"line": None, "message": "TypeError: 'int' object is not callable" + checks.ASIDE}),
        ("x = 1\nassert x > 1", 0, {"line": 2, "message": "AssertionError"}),
    ],
)
def test_checks(program, passed, error):
    assert checks.check(program, ["assert close(f(3.0), 9)"]) == {"passed": passed, "error": error}


def test_close():
    assert checks.close(1, 1 + 1e-12) and not checks.close(1, 1.001) and checks.close(1e9, 1e9 + 0.1)
    assert checks.close((1, 2), [1, 2]) and not checks.close([1], [1, 2])
    assert not checks.close(float("nan"), 1)


# ── notebooks ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_explorer_in_a_notebook_holds_all_it_needs():
    widget = descent.explorer("adam", steps="30 of 60")
    assert 'data-name="steps"' in widget.html and "adam" in widget.html
    assert set(widget.files) == {"worker.mjs", "editor.mjs", "micropython.mjs", "micropython.wasm"}
    assert all(len(content) > 1000 for content in widget.files.values())
    assert widget.state == {}
    with pytest.raises(ValueError, match="there is no rule 'adamw'"):
        descent.explorer("adamw")


@pytest.mark.parametrize("name", TITLES)
def test_every_rule_has_an_explorer(name):
    assert f"<option>{name}</option>" in descent.explorer(name).html
