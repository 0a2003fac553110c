"""Training: many seeds at once equal one seed at a time and a plain PyTorch loop; a rule is a PyTorch optimizer."""

import copy
import io

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from descent import rules, schedules
from descent.datasets import linear_regression
from descent.training import RuleOptimizer, accuracy, across, half_mse, linear_model, network, train_seeds

# Every rule with a twin in PyTorch, in PyTorch's conventions.
TWINS = {
    "gradient_descent": (rules.gradient_descent(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (rules.momentum(0.1, 0.8), lambda p: torch.optim.SGD(p, 0.1, momentum=0.8)),
    "nesterov": (rules.nesterov(0.1, 0.8), lambda p: torch.optim.SGD(p, 0.1, momentum=0.8, nesterov=True)),
    "adagrad": (rules.adagrad(0.1, 1e-6, False), lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-6)),
    "rmsprop": (rules.rmsprop(0.01, 0.9, 1e-6, False), lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-6)),
    "rmsprop_centered": (
        rules.rmsprop_centered(0.01, 0.9, 1e-3, False),
        lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-3, centered=True),
    ),
    "rmsprop_momentum": (
        rules.rmsprop_momentum(0.01, 0.9, 0.5, 1e-6, False),
        lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-6, momentum=0.5),
    ),
    "adadelta": (rules.adadelta(0.9, 1e-5), lambda p: torch.optim.Adadelta(p, 1.0, rho=0.9, eps=1e-5)),
    "adam": (rules.adam(0.01), lambda p: torch.optim.Adam(p, 0.01)),
}
DATA = linear_regression(n=64, features=3)
LABELS = (DATA.y > np.median(DATA.y)).astype(int)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small tensors gain nothing from threads, and lose much where the processor is shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def two_layers():
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()


def flat(net):
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def descend(net, optimizer, steps=10, scheduler=None, seed=0):
    """A few ordinary PyTorch steps, on gradients that depend on where the net is."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        x = torch.randn(8, 3, dtype=torch.float64, generator=generator)
        optimizer.zero_grad()
        cross_entropy(net(x), (x.sum(1) > 0).long()).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return flat(net)


# Many seeds at once


def plain_loop(make, loss, optimizer, x, y, seed, epochs, batch_size):
    """The loop in the docstring of train_seeds, as a reader would write it."""
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    torch.manual_seed(seed)
    net = make().double()
    opt = optimizer(net.parameters())
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(batch_size):
            opt.zero_grad()
            loss(net(x[batch]), y[batch]).backward()
            opt.step()
    return net


class PlainLinear(nn.Module):
    """What linear_model says it is, by autograd."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.normal(0.0, 0.01, (3,)))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x @ self.w + self.b


@pytest.mark.parametrize("name", ["momentum", "rmsprop", "adam"])
def test_linear_seeds_equal_a_plain_loop(name):
    rule, optimizer = TWINS[name]
    runs = train_seeds(linear_model(3), rule, DATA.x, DATA.y, seeds=[4, 7], epochs=3, batch_size=10)
    for params, losses, seed in zip(runs.params, runs.losses, [4, 7], strict=True):
        net = plain_loop(PlainLinear, half_mse, optimizer, DATA.x, DATA.y, seed, 3, 10)
        torch.testing.assert_close(params, flat(net), rtol=0, atol=1e-10)
        expected = half_mse(net(torch.as_tensor(DATA.x)), torch.as_tensor(DATA.y)).item()
        assert losses[-1] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("name", TWINS)
def test_network_seeds_equal_a_plain_loop(name):
    rule, optimizer = TWINS[name]
    runs = train_seeds(
        network(two_layers), rule, DATA.x, LABELS, seeds=[4, 7], epochs=2, batch_size=10, test=(DATA.x, LABELS)
    )
    for k, seed in enumerate([4, 7]):
        net = plain_loop(two_layers, cross_entropy, optimizer, DATA.x, LABELS, seed, 2, 10)
        torch.testing.assert_close(runs.params[k], flat(net), rtol=0, atol=1e-10)
        outputs, labels = net(torch.as_tensor(DATA.x)), torch.as_tensor(LABELS)
        assert runs.losses[k, -1] == pytest.approx(cross_entropy(outputs, labels).item(), abs=1e-10)
        assert runs.metrics[k, -1] == (outputs.argmax(1) == labels).double().mean().item()


@pytest.mark.parametrize("model", [linear_model(3), network(PlainLinear, half_mse)], ids=["linear", "network"])
def test_a_seed_does_not_depend_on_its_company(model):
    runs = train_seeds(model, rules.adam(0.05), DATA.x, DATA.y, seeds=range(5), epochs=2, batch_size=7)
    for seed in range(5):
        alone = train_seeds(model, rules.adam(0.05), DATA.x, DATA.y, seeds=[seed], epochs=2, batch_size=7)
        np.testing.assert_allclose(runs.losses[seed], alone.losses[0], rtol=0, atol=1e-10)
    assert len(np.unique(runs.losses[:, -1])) == 5  # and the seeds differ


def test_a_grid_of_hyperparameters_equals_its_single_runs():
    lrs, decays = [0.1, 0.01, 0.001], [0.5, 0.9]
    tried = rules.rmsprop(**across(lr=lrs, decay=decays))
    runs = train_seeds(linear_model(3), tried, DATA.x, DATA.y, seeds=[1, 2, 3, 4])
    assert runs.losses.shape == (3, 2, 4, 3)
    assert runs.params.shape == (3, 2, 4, 4)
    for i, lr in enumerate(lrs):
        for j, decay in enumerate(decays):
            alone = train_seeds(linear_model(3), rules.rmsprop(lr, decay), DATA.x, DATA.y, seeds=[1, 2, 3, 4])
            np.testing.assert_allclose(runs.losses[i, j], alone.losses, rtol=0, atol=1e-10)


def test_losses_are_recorded_where_it_says():
    runs = train_seeds(linear_model(3), rules.gradient_descent(0), DATA.x, DATA.y, seeds=[0], batch_size=20, every=3)
    assert runs.epochs.tolist() == [0, 60 / 64, 1 + 40 / 64, 2]  # batches of 20, 20, 20 and 4; the end is added
    assert runs.losses.shape == (1, 4)
    assert runs.metrics is None
    assert np.ptp(runs.losses) == 0  # a learning rate of 0 stays at the start
    whole = train_seeds(linear_model(3), rules.gradient_descent(0.1), DATA.x, DATA.y, batch_size=64, epochs=3)
    assert whole.epochs.tolist() == [0, 1, 2, 3]  # one step is one epoch
    none = train_seeds(linear_model(3), rules.gradient_descent(0.1), DATA.x, DATA.y, epochs=0)
    assert none.epochs.tolist() == [0]


def test_training_leaves_the_global_random_numbers_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    train_seeds(network(two_layers), rules.adam(), DATA.x, LABELS, seeds=[3], epochs=1)
    assert torch.rand(1) == expected


def test_divergence_is_a_loss_not_an_exception():
    runs = train_seeds(linear_model(3), rules.gradient_descent(1e30), DATA.x, DATA.y, seeds=[0, 1])
    assert np.isfinite(runs.losses[:, 0]).all()
    assert not np.isfinite(runs.losses[:, -1]).any()


def test_single_precision_stays_single():
    rule = rules.rmsprop(**across(torch.float32, lr=[0.1, 0.01]))
    assert train_seeds(linear_model(3), rule, DATA.x, DATA.y, dtype=torch.float32).params.dtype == torch.float32


def test_progress_goes_to_standard_error_and_only_when_asked(capsys):
    train_seeds(linear_model(3), rules.adam(), DATA.x, DATA.y)
    assert capsys.readouterr() == ("", "")
    train_seeds(linear_model(3), rules.adam(), DATA.x, DATA.y, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "14/14" in err


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"epochs": -1}, "epochs must be at least 0, got -1"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"seeds": []}, "seeds must name at least one seed"),
        ({"y": DATA.y[:-1]}, "x and y must have as many rows, got 64 and 63"),
        ({"rule": rules.adam(**across(lr=[1, 2])), "dtype": torch.float32}, "hyperparameters must be torch.float32"),
        ({"rule": rules.adam(torch.ones(3, 1).double()), "seeds": [0]}, r"broadcast against .* = \(1, 4\)"),
    ],
)
def test_bad_arguments_are_named(wrong, sentence):
    arguments = {"rule": rules.adam(), "x": DATA.x, "y": DATA.y} | wrong
    with pytest.raises(ValueError, match=sentence):
        train_seeds(linear_model(3), **arguments)


def test_a_column_of_outputs_does_not_broadcast_against_targets():
    with pytest.raises(ValueError, match=r"same shape, got \(4, 1\) and \(4,\)"):
        half_mse(torch.zeros(4, 1), torch.zeros(4))


def test_modules_that_runs_cannot_share_are_refused():
    with pytest.raises(ValueError, match=r"running_mean"):
        network(lambda: nn.BatchNorm1d(3))
    with pytest.raises(ValueError, match=r"\['weight', 'bias'\]"):
        network(lambda: nn.Linear(3, 1).requires_grad_(False))


def test_half_mse_and_accuracy_by_hand():
    assert half_mse(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0])) == (1 + 4) / 2 / 2
    assert accuracy(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([1, 1])) == 0.5


# A rule as a PyTorch optimizer


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("block", [2**15, 4], ids=["one block", "many blocks"])
def test_optimizer_equals_its_twin(name, block, monkeypatch):
    monkeypatch.setattr("descent.training._BLOCK", block)
    rule, optimizer = TWINS[name]
    ours, theirs = two_layers(), two_layers()
    theirs.load_state_dict(ours.state_dict())
    ours_end = descend(ours, RuleOptimizer(ours.parameters(), rule))
    torch.testing.assert_close(ours_end, descend(theirs, optimizer(theirs.parameters())), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", TWINS)
def test_resumed_training_is_the_same_to_the_last_bit(name, monkeypatch):
    monkeypatch.setattr("descent.training._BLOCK", 4)
    rule = TWINS[name][0]
    net = two_layers()
    optimizer = RuleOptimizer(net.parameters(), rule)
    descend(net, optimizer, 5)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    resumed = copy.deepcopy(net)
    other = RuleOptimizer(resumed.parameters(), rule)
    file.seek(0)
    other.load_state_dict(torch.load(file))  # weights_only, the default, takes tensors and plain containers alone
    assert torch.equal(descend(net, optimizer, 5, seed=1), descend(resumed, other, 5, seed=1))


def test_a_saved_state_does_not_change_when_training_goes_on():
    net = two_layers()
    optimizer = RuleOptimizer(net.parameters(), rules.momentum(0.1))
    descend(net, optimizer, 2)
    saved = optimizer.state_dict()
    before = copy.deepcopy(saved["state"])
    descend(net, optimizer, 2)
    assert all(torch.equal(saved["state"][k]["blocks"][0], before[k]["blocks"][0]) for k in before)


def test_schedulers_of_pytorch_change_the_step():
    ours, theirs, third = two_layers(), two_layers(), two_layers()
    theirs.load_state_dict(ours.state_dict())
    third.load_state_dict(ours.state_dict())
    rule, optimizer = TWINS["adam"]
    opt = RuleOptimizer(ours.parameters(), rule)
    end = descend(ours, opt, scheduler=torch.optim.lr_scheduler.StepLR(opt, 3, 0.5))
    opt = optimizer(theirs.parameters())
    twin = descend(theirs, opt, scheduler=torch.optim.lr_scheduler.StepLR(opt, 3, 0.5))
    torch.testing.assert_close(end, twin, rtol=0, atol=1e-12)
    scheduled = RuleOptimizer(third.parameters(), schedules.scheduled(rule, schedules.step(3, 0.5)))
    torch.testing.assert_close(end, descend(third, scheduled), rtol=0, atol=1e-12)


def test_groups_may_have_their_own_factor():
    ours, theirs = two_layers(), two_layers()
    theirs.load_state_dict(ours.state_dict())
    opt = RuleOptimizer([{"params": ours[0].parameters(), "lr": 0.1}, {"params": ours[2].parameters()}], rules.adam(1))
    twin = torch.optim.Adam([{"params": theirs[0].parameters(), "lr": 0.1}, {"params": theirs[2].parameters()}], 1)
    torch.testing.assert_close(descend(ours, opt), descend(theirs, twin), rtol=0, atol=1e-12)


def test_a_parameter_without_gradient_keeps_its_value_and_its_clock():
    a, b = (nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(2))
    ours = RuleOptimizer([a], rules.adam(0.1))
    twin = torch.optim.Adam([b], 0.1)
    for gradient in 1.0, None, None, -3.0:
        for p, optimizer in (a, ours), (b, twin):
            p.grad = None if gradient is None else torch.full_like(p, gradient)
            optimizer.step()
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_any_layout_and_precision(dtype):
    layouts = torch.ones(3, 2, dtype=dtype).T, torch.tensor(1.0, dtype=dtype), torch.zeros(0, dtype=dtype)
    for p in map(nn.Parameter, layouts):
        p.grad = torch.arange(p.numel(), dtype=dtype).reshape(p.shape) + 1
        RuleOptimizer([p], rules.gradient_descent(0.5)).step()
        assert p.dtype == dtype
        assert torch.equal(p, 1 - 0.5 * p.grad)


def test_a_closure_is_called_with_gradients_on_and_its_loss_returned():
    p = nn.Parameter(torch.tensor([3.0]))
    optimizer = RuleOptimizer([p], rules.gradient_descent(0.5))

    def closure():
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():  # as PyTorch's own optimizers allow
        assert optimizer.step(closure) == 9
    assert p == 0


@pytest.mark.filterwarnings("error")
def test_the_optimizer_diverges_in_silence():
    p = nn.Parameter(torch.tensor([1e300], dtype=torch.float64))
    optimizer = RuleOptimizer([p], rules.rmsprop())
    for _ in range(3):
        p.grad = p.detach() * 1e9
        optimizer.step()
    assert not torch.isfinite(p)


@pytest.mark.parametrize("rule", [rules.adam, None, (1, 2), 0.1], ids=["a function", "nothing", "numbers", "a number"])
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(TypeError, match="rule must be a pair"):
        RuleOptimizer([nn.Parameter(torch.ones(1))], rule)


def test_bad_parameters_and_groups_are_refused():
    p = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="empty parameter list"):
        RuleOptimizer([], rules.adam())
    with pytest.raises(TypeError, match="can only optimize Tensors"):
        RuleOptimizer([1.0], rules.adam())
    with pytest.raises(ValueError, match=r"lr must be in \[0, inf\), got -1"):
        RuleOptimizer([p], rules.adam(), lr=-1)
    with pytest.raises(ValueError, match="may set lr alone, got weight_decay"):
        RuleOptimizer([{"params": [p], "weight_decay": 0.1}], rules.adam())
