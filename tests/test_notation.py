"""The page Notation states names and defaults: each is what the code has."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
import torch

from descent import rules

PAGE = (Path(__file__).parents[1] / "notation.md").read_text(encoding="utf-8")
_OURS = ("rules", "schedules", "training")
# A name with its default, as in `lr=0.01`, or without one, as in `T_max`.
_STATED = re.compile(r"`(\w+)(?:=([^`]+))?`")
_STATE = {"torch.optim.Adadelta": {"square_avg", "acc_delta"}, "torch.optim.Adam": {"exp_avg", "exp_avg_sq"}}


def columns():
    """(what the column is headed, its cells) for each column of a table that is headed by one function or class."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, flags=re.M):
        lines = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.strip().splitlines()]
        for head, *cells in zip(lines[0], *lines[2:], strict=True):
            if named := re.fullmatch(r"`((?:torch|rules|schedules|training)\.[\w.]+)`", head):
                yield named[1], cells


def parameters(path):
    module, name = path.rsplit(".", 1)
    module = f"descent.{module}" if module in _OURS else module
    return inspect.signature(getattr(importlib.import_module(module), name)).parameters


COLUMNS = list(columns())


@pytest.mark.parametrize(("path", "cells"), COLUMNS, ids=[path for path, _ in COLUMNS])
def test_names_and_defaults(path, cells):
    known = parameters(path)
    for name, default in _STATED.findall(" ".join(cells)):
        if name in _STATE.get(path, ()):
            continue
        assert name in known, f"{path} has no argument {name}"
        real = known[name].default
        if default:
            assert real == ast.literal_eval(default), f"{path}({name}={real!r}), and the page says {default}"
        else:
            assert real is inspect.Parameter.empty, f"{path}({name}={real!r}), and the page gives no default"


def test_every_rule_and_every_argument_is_there():
    stated = {path: " ".join(cells) for path, cells in COLUMNS if path.startswith("rules.")}
    for name, rule in inspect.getmembers(rules, inspect.isfunction):
        if name == "check":
            continue
        if f"rules.{name}" not in stated:
            assert f"`rules.{name}`" in PAGE, f"the page does not mention {name}"
            continue
        missing = [p for p in inspect.signature(rule).parameters if f"`{p}=" not in stated[f"rules.{name}"]]
        assert not missing, f"the table of {name} lacks {missing}"


@pytest.mark.parametrize(("name", "like"), [("nesterov_lookahead", "nesterov"), ("rmsprop_centered", "rmsprop")])
def test_rules_that_are_said_to_have_the_same_arguments(name, like):
    assert parameters(f"rules.{name}") == parameters(f"rules.{like}")


@pytest.mark.parametrize("path", _STATE)
def test_names_of_what_pytorch_remembers(path):
    x = torch.nn.Parameter(torch.ones(1))
    optimizer = getattr(torch.optim, path.rsplit(".", 1)[1])([x])
    (x**2).sum().backward()
    optimizer.step()
    assert _STATE[path] <= set(optimizer.state[x])


def test_momentum_with_the_rate_inside():
    """Trap: for a constant η it is the same path; when η changes it is not."""

    def ends(rates):
        x = y = -5.0
        v = u = 0.0
        for rate in rates:
            v, u = 0.9 * v + 0.2 * x, 0.9 * u - rate * 0.2 * y
            x, y = x - rate * v, y + u
        return x, y

    x, y = ends([0.1] * 20)
    assert x == pytest.approx(y, rel=1e-12)
    x, y = ends([0.1] * 10 + [0.01] * 10)
    assert abs(x - y) > 0.1


def test_weight_decay():
    """Trap: added to the gradient in SGD and Adam; in AdamW the weights shrink by it, times lr."""
    after = {}
    for name in ("SGD", "Adam", "AdamW"):
        for decay in (0.0, 0.5):
            x = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
            x.grad = torch.tensor([3.0], dtype=torch.float64)
            getattr(torch.optim, name)([x], lr=0.1, weight_decay=decay).step()
            after[name, decay] = x.item()
    assert after["SGD", 0.5] == pytest.approx(2 - 0.1 * (3 + 0.5 * 2))
    assert after["AdamW", 0.5] == pytest.approx(after["AdamW", 0.0] - 0.1 * 0.5 * 2)
    assert after["Adam", 0.5] == pytest.approx(after["Adam", 0.0])  # the first step is η long, whatever the gradient
