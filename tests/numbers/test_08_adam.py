"""Numbers that stand in captions and sentences of *Adam*, and that no cell of it prints."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from descent import datasets, problems, rules, training
from descent.trajectories import train_2d, values

SHARED = Path(__file__).parents[3] / "shared" / "data"


def test_adam_captions():
    """Figures of the chapter on Adam: what captions and alternative texts say of the paths and curves."""
    assert train_2d(rules.momentum(0.4, 0.9))[:, 0].max() > 2.2  # leaves the window
    path = train_2d(rules.adam(0.4), steps=21)
    top = path[:21, 1].argmax()
    assert path[top] == pytest.approx((-0.9, 0.8), abs=0.05)
    assert np.all(np.abs(path[21]) > np.abs(path[20]))  # beyond the minimum and still moving away
    assert np.abs(np.diff(path[:4], axis=0)).min() > 0.38
    raw = train_2d(rules.adam(0.4, bias_correction=False))
    steps = np.linalg.norm(np.diff(raw, axis=0), axis=1)
    assert min(steps[1:3]) > steps[0] and raw[:, 0].max() == pytest.approx(3.2, abs=0.05)
    assert raw[3, 1] == pytest.approx(1.6, abs=0.05) and raw[10:, 0].min() < -2
    t = np.arange(1, 5000)
    short = (1 - 0.9**t) / np.sqrt(1 - 0.99**t)
    assert short.max() == pytest.approx(2.1, abs=0.05) and short[0] == pytest.approx(1)
    equal = (1 - 0.9**t) / np.sqrt(1 - 0.9**t)
    assert np.all(equal < 1 + 1e-12) and np.all(np.diff(equal) > -1e-12)
    late = np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * 0.1 / np.sqrt(0.001)  # a spike after t - 1 silent steps
    assert late[0] == pytest.approx(1) and late.argmin() == 11 and late.min() == pytest.approx(0.48, abs=0.005)
    below = t[late < 1 - 1e-9]
    assert below[0] == 2 and below[-1] == 105


def test_adam_without_its_step_counter():
    """A checkpoint without t: steps are too short by the factor of the transient."""
    t = np.array([1, 12])
    assert np.allclose((1 - 0.9**t) / np.sqrt(1 - 0.999**t), (3.16, 6.57), atol=0.005)


def test_adam_noise_in_the_average():
    """Of the noise σ, 0.23 σ is left; the longest step under the noise of the Myth box is the first."""
    assert math.sqrt(0.1 / 1.9) == pytest.approx(0.23, abs=0.005)
    init, update = rules.adam(1, eps=0)
    x, state, steps = 0.0, init(0.0), []
    for g in np.random.default_rng(0).standard_normal(8000):
        moved, state = update(x, g, state)
        steps.append(abs(moved - x))
        x = moved
    assert steps[0] == pytest.approx(1) and max(steps[1:]) < 0.95


def test_adam_long_run():
    loss = values(problems.quadratic(), train_2d(rules.adam(0.4), steps=12_000))
    assert abs(int(loss.argmin()) - 4890) < 50 and -230 < math.log10(loss.min()) < -215
    assert loss[5200:5500].max() == pytest.approx(0.17, abs=0.03)
    second = 5500 + int(loss[5500:7500].argmin())
    assert abs(second - 7000) < 100 and math.log10(loss[second]) == pytest.approx(-77, abs=1)
    for start in range(7500, 12_000, 1000):
        assert -45 < math.log10(loss[start : start + 1000].min()) < -10


def test_adam_race_order():
    """RMSprop and Adadelta are second and third at step 20, the last two at step 80; on the coarse grid, too."""
    best = {"gd": (-7, 20), "momentum": (-11, 20), "adagrad": (17, 20), "rmsprop": (-4, 20), "adadelta": (53, 20)}
    rates = {name: 10 ** (k / per_decade) for name, (k, per_decade) in best.items()} | {"adam": 10 ** (-2 / 20)}
    makers = {
        "gd": rules.gradient_descent,
        "momentum": lambda lr: rules.momentum(lr, 0.9),
        "adagrad": rules.adagrad,
        "rmsprop": lambda lr: rules.rmsprop(lr, 0.9),
        "adadelta": lambda lr: rules.adadelta(0.9, 1e-6, lr),
        "adam": rules.adam,
    }
    loss = {name: values(problems.quadratic(), train_2d(make(rates[name]), steps=80)) for name, make in makers.items()}
    early, end = (sorted(loss, key=lambda name: loss[name][t]) for t in (20, 80))
    assert early == ["adagrad", "rmsprop", "adadelta", "momentum", "adam", "gd"]
    assert end == ["adagrad", "gd", "momentum", "adam", "rmsprop", "adadelta"]
    assert abs(int((loss["adagrad"] < 1e-30).argmax()) - 30) <= 1
    assert 1e-19 < loss["adadelta"].min() < 1e-18 and abs(int(loss["adadelta"].argmin()) - 27) <= 1
    coarse = dict(zip(makers, (-2 / 4, -1 / 4, 3 / 4, -1 / 4, 10 / 4, -2 / 4), strict=True))
    ends = {name: values(problems.quadratic(), train_2d(make(10 ** coarse[name])))[20] for name, make in makers.items()}
    assert max(ends, key=ends.get) == "momentum" and ends["rmsprop"] > 1000 * loss["rmsprop"][20]


def test_adam_amsgrad_is_pytorchs():
    """The recursion of the chapter's AMSGrad, on Reddi's gradients without walls."""
    gradients = [3.0, -1.0, -1.0] * 20
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([p], lr=0.02, betas=(0.9, 0.999), eps=1e-8, amsgrad=True)
    x = m = v = largest = 0.0
    for t, g in enumerate(gradients, start=1):
        p.grad = torch.full((1,), g, dtype=torch.float64)
        optimizer.step()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        largest = max(largest, v)
        x -= 0.02 * m / (1 - 0.9**t) / (math.sqrt(largest / (1 - 0.999**t)) + 1e-8)
        assert p.item() == pytest.approx(x, abs=1e-12)


def test_adam_airfoil_ranks_nothing(monkeypatch, tmp_path):
    """All six optimizers end within 0.005 of least squares (10th to 90th percentile of 20 seeds)."""
    if not SHARED.is_dir():
        pytest.skip(f"the airfoil data are not at {SHARED}")
    (tmp_path / "airfoil_self_noise.dat").write_bytes((SHARED / "airfoil_self_noise.dat").read_bytes())
    monkeypatch.setenv("DESCENT_DATA", str(tmp_path))
    data = datasets.airfoil(progress=False)
    design = np.column_stack([data.x, np.ones(len(data.y))])
    floor = np.mean((design @ np.linalg.lstsq(design, data.y, rcond=None)[0] - data.y) ** 2) / 2
    assert floor == pytest.approx(0.2417, abs=5e-5)
    tuned = {
        "SGD": rules.gradient_descent(10**-1.5),
        "momentum": rules.momentum(10**-2.5, 0.9),
        "AdaGrad": rules.adagrad(0.1, 1e-10, eps_inside=False),
        "RMSprop": rules.rmsprop(10**-2.5, 0.9, 1e-8, eps_inside=False),
        "Adadelta": rules.adadelta(0.9, 1e-6, 10**0.5),
        "Adam": rules.adam(10**-2.5),
    }
    for name, rule in tuned.items():
        run = training.train_seeds(
            training.linear_model(5), rule, data.x, data.y, seeds=range(100, 120), epochs=4, batch_size=10, every=600
        )
        low, high = np.quantile(run.losses[:, -1], [0.1, 0.9])
        assert floor < low and high < floor + 0.005, name


def test_adam_of_seven_billion_parameters():
    """Gigabytes of parameters, gradients and state at four bytes a number, the state as PyTorch keeps it."""
    adam, sgd = torch.optim.Adam, torch.optim.SGD
    for make, settings, gigabytes in (
        (sgd, {}, 56),
        (sgd, {"momentum": 0.9}, 84),
        (adam, {}, 112),
        (adam, {"amsgrad": True}, 140),
    ):
        p = torch.ones(10, requires_grad=True)
        optimizer = make([p], lr=0.1, **settings)
        p.sum().backward()
        optimizer.step()
        kept = [t for t in optimizer.state[p].values() if torch.is_tensor(t) and t.shape == p.shape]
        assert 7 * 4 * (2 + len(kept)) == gigabytes


def test_adam_trouble_begins_at_one_in_63():
    """For β₂ = 0.999 and β₁ = 0 the drift of a round changes its sign near n = 63, the law's √4000."""

    def drift(n, beta2=0.999):
        gradients = np.array([n] + [-1.0] * (n - 1))
        v = (1 - beta2) * np.sum(beta2 ** np.arange(n)[::-1] * gradients**2) / (1 - beta2**n)
        moved = 0.0
        for g in gradients:
            v = beta2 * v + (1 - beta2) * g**2
            moved -= g / np.sqrt(v)
        return moved

    first = next(n for n in range(20, 200) if drift(n) > 0)
    assert first == pytest.approx(63, abs=3)
