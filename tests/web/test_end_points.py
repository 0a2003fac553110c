"""The page, NumPy and PyTorch walk the same path: every rule, 100 drawn settings of its hyperparameters."""

import inspect

import numpy as np
import pytest
import torch

from descent import problems, rules
from descent.interactive.settings import TITLES
from descent.trajectories import train_2d

SETTINGS, STEPS = 100, 20
# Each is drawn from where a reader may put it; on the bowl some of these runs diverge.
DRAW = {
    "lr": lambda random: 10 ** random.uniform(-3, 0),
    "beta": lambda random: random.uniform(0, 0.99),
    "beta1": lambda random: random.uniform(0, 0.99),
    "beta2": lambda random: 1 - 10 ** random.uniform(-4, 0),
    "decay": lambda random: random.uniform(0, 0.999),
    "dampening": lambda random: random.uniform(0, 1),
    "eps": lambda random: 10 ** random.uniform(-8, -1),
    "eps_inside": lambda random: bool(random.integers(2)),
    "bias_correction": lambda random: bool(random.integers(2)),
}

ASK = """async (jobs) => {
  const { Python } = await import(new URL("_static/interactive/explorer.mjs", document.baseURI));
  const python = new Python();
  const ends = [];
  for (const job of jobs) {
    const { runs, numbers, failed } = await python.ask("compute", job, { limit: 30000 });
    if (failed) throw new Error(failed.message);
    let at = 0;
    for (const { points } of runs) {
      ends.push([points - 1, numbers[at + points - 1], numbers[at + 2 * points - 1]]);
      at += 3 * points;
    }
  }
  return ends;
}"""


def drawn(name, random):
    arguments = inspect.signature(getattr(rules, name)).parameters
    return {argument: DRAW[argument](random) for argument in arguments}


def walk_in_torch(rule, problem):
    init, update = rule
    x = torch.tensor(problem.start, dtype=torch.float64)
    state = init(x)
    for _ in range(STEPS):
        x, state = update(x, torch.stack(problem.gradient(*x)), state)
    return x.numpy()


@pytest.mark.parametrize("name", TITLES)
def test_same_end_points_from_the_page_numpy_and_torch(visit, name):
    random = np.random.default_rng(sorted(TITLES).index(name))
    settings = [drawn(name, random) for _ in range(SETTINGS)]
    job = {"problem": ["quadratic", {}], "rules": [[name, one] for one in settings], "steps": STEPS}
    ends = visit("intro.html").evaluate(ASK, [job])
    bowl = problems.quadratic()
    compared = 0
    for arguments, (steps, *end) in zip(settings, ends, strict=True):
        rule = getattr(rules, name)(**arguments)
        path = train_2d(rule, bowl, steps=STEPS)
        if abs(path).max() >= 1e9:  # where the page stops too
            assert steps < STEPS
            continue
        assert steps == STEPS
        scale = max(1, abs(path).max())
        assert abs(path[-1] - end).max() / scale < 1e-6, arguments
        assert abs(walk_in_torch(rule, bowl) - end).max() / scale < 1e-6, arguments
        compared += 1
    assert compared > SETTINGS / 2
