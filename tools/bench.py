"""How fast the book's code is, beside what a reader would otherwise run, and how fast homework is graded.

    python tools/bench.py             everything, within 5 minutes
    python tools/bench.py --grading   only the grading: 20 and 200 submissions with two workers

One thread in PyTorch. Every time is the least of several, taken in turns, so that both sides see the same machine.
Nothing is asserted: on another machine the seconds differ, the ratios less so.
"""

import contextlib
import io
import math
import sys
import time
import tracemalloc
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
import torch

from descent import datasets, rules, trajectories
from descent.d2l_reference import d2l
from descent.grading import cluster, sandbox
from descent.training import RuleOptimizer, linear_model, train_seeds


def least(*functions, repeats):
    """Least wall time in seconds of each function, over rounds in which each of them runs once."""
    times = []
    for _ in range(repeats):
        times.append([])
        for function in functions:
            started = time.perf_counter()
            function()
            times[-1].append(time.perf_counter() - started)
    return np.min(times, axis=0)


def sweep_row():
    """40 000 RMSprop runs of 200 steps by `trajectories.sweep`, and by D2L's train_2d on every 100th of them."""
    grid = {"lr": np.linspace(0.01, 1, 200), "decay": np.linspace(0, 0.99, 200)}
    pairs = [(lr, decay) for lr in grid["lr"].tolist() for decay in grid["decay"].tolist()]
    sample = pairs[::100]

    def d2l_rmsprop(eta, gamma):
        def rmsprop_2d(x1, x2, s1, s2):  # as in D2L, section 12.8, with eta and gamma as arguments
            g1, g2, eps = 0.2 * x1, 4 * x2, 1e-6
            s1 = gamma * s1 + (1 - gamma) * g1**2
            s2 = gamma * s2 + (1 - gamma) * g2**2
            x1 -= eta / math.sqrt(s1 + eps) * g1
            x2 -= eta / math.sqrt(s2 + eps) * g2
            return x1, x2, s1, s2

        return rmsprop_2d

    def theirs():
        with contextlib.redirect_stdout(io.StringIO()):
            for pair in sample:
                d2l.train_2d(d2l_rmsprop(*pair), steps=200)

    def ours():
        return trajectories.sweep(rules.rmsprop, grid, steps=200)

    a, b = least(ours, theirs, repeats=9)
    b *= len(pairs) / len(sample)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield f"d2l.train_2d in a loop ({len(sample)} runs × {len(pairs) // len(sample)})", b, a
    yield f"    peak memory of the sweep {peak / 1e6:.1f} MB", None, None


def seeds_rows():
    """20 seeds of a linear regression by `train_seeds`, and one d2l.train_ch11 on the same data, both in float32.

    d2l evaluates and redraws its plot every 200 examples; we evaluate as often and draw nothing. So d2l is timed
    three ways: the call as it is; with an Animator that only records; and by its own timer, which leaves out
    drawing and evaluation (ours is never left out).
    """
    data = datasets.linear_regression(n=1500, features=5)
    x, y = torch.tensor(data.x, dtype=torch.float32), torch.tensor(data.y, dtype=torch.float32)

    def rmsprop(params, states, hyperparams):  # as in D2L, section 12.8
        gamma, eps = hyperparams["gamma"], 1e-6
        for p, s in zip(params, states, strict=True):
            with torch.no_grad():
                s[:] = gamma * s + (1 - gamma) * torch.square(p.grad)
                p[:] -= hyperparams["lr"] * p.grad / torch.sqrt(s + eps)
            p.grad.data.zero_()

    class Recorder:
        def __init__(self, **_):
            self.Y = [[]]

        def add(self, _, values):
            self.Y[0].append(values[0])

    timer = []

    def theirs(animator=d2l.Animator):
        drawing, d2l.Animator = d2l.Animator, animator
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                states = torch.zeros((5, 1)), torch.zeros(1)
                batches = d2l.load_array((x, y), 10)
                times, _ = d2l.train_ch11(rmsprop, states, {"lr": 0.01, "gamma": 0.9}, batches, 5, num_epochs=2)
                timer.append(times[-1])
                d2l.plt.close("all")
        finally:
            d2l.Animator = drawing

    def ours():
        rule = rules.rmsprop(lr=0.01, decay=0.9)
        train_seeds(linear_model(5), rule, x, y, epochs=2, batch_size=10, every=20, dtype=torch.float32)

    a, drawn, recorded = least(ours, theirs, lambda: theirs(Recorder), repeats=5)
    yield "one d2l.train_ch11 as it is", drawn, a
    yield "    without its drawing", recorded, a
    yield "    by its own timer", min(timer), a


def optimizer_rows(steps=50):
    """One step of `RuleOptimizer`, and of torch.optim with neither foreach nor fused, in float32."""
    pairs = {
        "SGD momentum": (
            rules.momentum(1e-4, 0.9),
            lambda p: torch.optim.SGD(p, 1e-4, momentum=0.9, foreach=False, fused=False),
        ),
        "RMSprop": (
            rules.rmsprop(1e-4, 0.9, 1e-8, eps_inside=False),
            lambda p: torch.optim.RMSprop(p, 1e-4, alpha=0.9, foreach=False),
        ),
        "Adam": (rules.adam(1e-4), lambda p: torch.optim.Adam(p, 1e-4, foreach=False, fused=False)),
    }

    def stepper(sizes, make):
        layers = torch.nn.Linear(*sizes[:2]), torch.nn.ReLU(), torch.nn.Linear(*sizes[1:])
        params = list(torch.nn.Sequential(*layers).parameters())
        for p in params:
            p.grad = torch.randn_like(p)
        optimizer = make(params)

        def run():
            for _ in range(steps):
                optimizer.step()

        run()  # makes the state
        return run

    for sizes in (64, 100, 10), (784, 256, 10):
        for name, (rule, make) in pairs.items():
            ours = stepper(sizes, lambda p, rule=rule: RuleOptimizer(p, rule))
            a, b = least(ours, stepper(sizes, make), repeats=40) / steps
            yield f"torch.optim {name}, {'-'.join(map(str, sizes))}", b, a


def grading(assignment="hw1", sizes=(20, 200)):
    """Copies of an assignment's solution, graded by two workers that are warm: seconds for each submission."""
    source = (Path(__file__).parents[1] / f"homework/source/{assignment}/{assignment}.ipynb").read_bytes()
    print(f"grading {assignment}, two workers, a sandbox for each submission")
    try:
        with cluster.workers(number=2) as client:
            list(cluster.grade_all(client, [(n, source) for n in range(4)], source))
            for size in sizes:
                started = time.perf_counter()
                results = list(cluster.grade_all(client, [(n, source) for n in range(size)], source))
                each = (time.perf_counter() - started) / size
                assert {result.status for _, result, _ in results} == {"ok"}
                print(f"  {size:4} submissions {each:8.2f} s each", flush=True)
    except sandbox.NoSandbox as problem:
        print(f"  not measured: {problem}")


def main():
    if sys.argv[1:] == ["--grading"]:
        return grading()
    torch.set_num_threads(1)
    tables = {
        "200 × 200 RMSprop pairs × 200 steps: trajectories.sweep": sweep_row,
        "20 seeds of linear regression, 1500 × 5, 2 epochs: train_seeds": seeds_rows,
        "one optimizer step: RuleOptimizer": optimizer_rows,
    }
    for title, rows in tables.items():
        print(f"{title}\n  {'beside':46}{'theirs':>12}{'ours':>12}{'theirs/ours':>13}{'ours/theirs':>13}")
        for name, theirs, ours in rows():
            print(f"  {name:46}" if ours is None else row(name, theirs, ours), flush=True)
    grading()


def row(name, theirs, ours):
    return f"  {name:46}{theirs * 1e3:9.3f} ms{ours * 1e3:9.3f} ms{theirs / ours:13.2f}{ours / theirs:13.2f}"


if __name__ == "__main__":
    main()
