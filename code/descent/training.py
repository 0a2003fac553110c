"""Train models with the book's rules: many seeds at once, or inside PyTorch as an optimizer.

A rule is coordinate-wise, so it does not care where one parameter ends and the next begins, nor one run and the next.
`train_seeds` therefore keeps the parameters of all runs in one tensor, and a step of them all is one call of the rule.
`RuleOptimizer` makes a `torch.optim.Optimizer` of a rule.

>>> import torch
>>> from descent import rules
>>> from descent.datasets import linear_regression
>>> data = linear_regression(n=200, features=5)
>>> runs = train_seeds(linear_model(5), rules.rmsprop(lr=0.01), data.x, data.y, seeds=range(20), epochs=2)
>>> runs.losses.shape  # 20 seeds, recorded at epochs 0, 1 and 2
(20, 3)
"""

import time
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy
from tqdm import tqdm

# RuleOptimizer updates this many numbers at a time, so that the temporaries of plain arithmetic stay in the cache.
_BLOCK = 2**15


class Model(NamedTuple):
    """What `train_seeds` asks of a model: functions of the parameters of R runs, a tensor of shape (R, P).

    Attributes
    ----------
    init : function of nothing, returning a tensor of shape (P,)
        Initial parameters of one run, drawn from torch's global generator.
    gradient : function of params, x (R, B, …), y (R, B, …), returning a tensor of shape (R, P)
        Gradient of each run's loss on a minibatch of its own.
    outputs : function of params, x (N, …), returning a tensor of shape (R, N, …)
        What each run predicts for data that all runs share.
    loss : function of outputs (N, …), y (N, …), returning a number
        Mean loss of one run.
    """

    init: Any
    gradient: Any
    outputs: Any
    loss: Any


class Runs(NamedTuple):
    """What `train_seeds` returns. Runs are S seeds or, if hyperparameters are arrays, (*their shape, S).

    Attributes
    ----------
    epochs : float64 array of shape (points,)
        Where the losses were recorded, in passes through the data; starts at 0.
    losses : float64 array of shape (*runs, points)
        Mean loss on all training data. inf or NaN where a run has diverged.
    metrics : float64 array of shape (*runs, points), or None without test data
    params : tensor of shape (*runs, P)
        Final parameters. ``model.outputs(params.reshape(-1, P), x)`` predicts.
    seconds : float
        Wall time of training, recording included.
    """

    epochs: np.ndarray
    losses: np.ndarray
    metrics: np.ndarray | None
    params: torch.Tensor
    seconds: float


def half_mse(outputs, y):
    """½ mean (ŷ − y)², with the ½ that `torch.nn.MSELoss` lacks. Both arguments must have the same shape."""
    if outputs.shape != y.shape:  # (N, 1) and (N,) would broadcast to N × N without a word
        raise ValueError(f"outputs and targets must have the same shape, got {_shape(outputs)} and {_shape(y)}")
    return ((outputs - y) ** 2).mean() / 2


def accuracy(outputs, y):
    """Share of the rows of outputs (N, classes) whose largest entry is at the label y (N,): a number in [0, 1]."""
    return (outputs.argmax(-1) == y).double().mean()


def linear_model(features):
    """Linear regression ŷ = x · w + b with loss ½ mean (ŷ − y)², its gradient written out.

    Parameters
    ----------
    features : int, at least 1
        Length of w. The P = features + 1 parameters are w, then b.

    Returns
    -------
    Model
        w starts at random with standard deviation 0.01 and b at 0, as in D2L. For x (N, features) and y (N,).
    """

    def init():
        return torch.cat([torch.normal(0.0, 0.01, (features,)), torch.zeros(1)])

    def predict(params, x):
        return torch.baddbmm(params[:, None, -1:], x, params[:, :-1, None]).squeeze(-1)

    def gradient(params, x, y):
        residual = (predict(params, x) - y)[:, None] / y.shape[-1]
        return torch.cat([residual @ x, residual.sum(-1, keepdim=True)], dim=-1).squeeze(1)

    def outputs(params, x):
        return predict(params, x.expand(len(params), *x.shape))

    return Model(init, gradient, outputs, half_mse)


def network(make, loss=cross_entropy):
    """Any torch module as a `Model`, through `torch.func`.

    Parameters
    ----------
    make : function of nothing, returning a `torch.nn.Module`
        Called once here, and once for each seed to draw its initial parameters.
    loss : function of outputs (B, …) and targets (B, …), returning the mean loss; default cross-entropy

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        For a module with buffers (as batch normalisation keeps) or frozen parameters, which runs cannot share.

    A module that draws random numbers (dropout) fails in training, with torch's own message.
    """
    with torch.random.fork_rng(devices=[]):
        template = make()
    names = [name for name, _ in template.named_buffers()]
    names += [name for name, p in template.named_parameters() if not p.requires_grad]
    if names:
        raise ValueError(f"buffers and frozen parameters cannot differ between runs, and the module has {names}")
    shapes = {name: p.shape for name, p in template.named_parameters()}
    sizes = [shape.numel() for shape in shapes.values()]

    def init():
        return torch.nn.utils.parameters_to_vector(make().parameters()).detach()

    def forward(params, x):
        parts = zip(shapes.items(), params.split(sizes), strict=True)
        return functional_call(template, {name: part.view(shape) for (name, shape), part in parts}, (x,))

    def batch_loss(params, x, y):
        return loss(forward(params, x), y)

    return Model(init, vmap(grad(batch_loss)), vmap(forward, in_dims=(0, None)), loss)


def across(dtype=torch.float64, **values):
    """Hyperparameters to try in all combinations, as tensors that broadcast against seeds and parameters.

    >>> tried = across(lr=[0.1, 0.01, 0.001], decay=[0.9, 0.99])
    >>> [tuple(tensor.shape) for tensor in tried.values()]
    [(3, 1, 1, 1), (2, 1, 1)]

    ``train_seeds(model, rules.rmsprop(**tried), …)`` then trains 3 × 2 × S runs in one go.
    """
    # The k-th of n is followed by n − k − 1 others, by the seeds and by the parameters.
    return {
        name: torch.as_tensor(v, dtype=dtype).reshape(-1, *(1,) * (len(values) - k + 1))
        for k, (name, v) in enumerate(values.items())
    }


def minibatches(n, batch_size, generators):
    """One pass through n rows, in an order of its own for each of S runs.

    Parameters
    ----------
    n, batch_size : int, at least 1
    generators : sequence of S `torch.Generator`

    Returns
    -------
    tuple of int64 tensors of shape (S, B)
        Row numbers; B is `batch_size`, or less in the last batch.
    """
    return torch.stack([torch.randperm(n, generator=g) for g in generators]).split(batch_size, dim=1)


def train_seeds(
    model,
    rule,
    x,
    y,
    *,
    seeds=range(20),
    epochs=2,
    batch_size=10,
    every=None,
    test=None,
    metric=accuracy,
    dtype=torch.float64,
    progress=False,
):
    """Train a model once for each seed, all at the same time.

    A seed draws the initial parameters, then one order of the data for each epoch. Seed 3 trains exactly as

        torch.manual_seed(3)
        net = make()
        for epoch in range(epochs):
            for batch in torch.randperm(len(x)).split(batch_size):
                …  # one step on x[batch], y[batch]

    does, whichever other seeds are trained with it.

    Parameters
    ----------
    model : `Model`, as `linear_model` or `network` makes
    rule : (init, update), as made by `descent.rules`
        Hyperparameters may be tensors of type `dtype` that broadcast against (seeds, parameters): see `across`.
        All combinations start from the same parameters and see the same minibatches.
    x : array or tensor of shape (N, …)
    y : array or tensor of shape (N,) or (N, …)
        Numbers are taken as `dtype`, whole numbers (labels) as they are.
    seeds : sequence of S int, default 0 to 19
    epochs : int, at least 0, default 2
    batch_size : int, at least 1, default 10
        A last, shorter batch is kept.
    every : int, at least 1, optional
        Record the loss every so many steps; default once an epoch. The start and the end are always recorded.
    test : (x, y), optional
        Data on which to record `metric`.
    metric : function of outputs (N, …) and y (N, …), returning a number; default `accuracy`
    dtype : torch.dtype, default torch.float64
    progress : bool, default False
        Show a progress bar on standard error.

    Returns
    -------
    Runs

    Raises
    ------
    ValueError
        For an argument out of its range, or hyperparameters of another type or shape.
    """
    started = time.perf_counter()
    seeds = list(seeds)
    for name, value, low in ("epochs", epochs, 0), ("batch_size", batch_size, 1), ("every", every, 1):
        if value is not None and value < low:
            raise ValueError(f"{name} must be at least {low}, got {value}")
    if not seeds:
        raise ValueError("seeds must name at least one seed, got none")
    x, y = _tensors(x, y, dtype)
    recorded = [(model.loss, x, y)]
    if test is not None:
        recorded.append((metric, *_tensors(*test, dtype)))

    init, update = rule
    starts, generators = zip(*(_start(model, seed) for seed in seeds), strict=True)
    starts = torch.stack(starts).to(dtype)
    shape = _broadcast(rule, starts)
    params = starts.expand(shape).clone()
    state = init(params)
    combinations = shape[:-2].numel()
    steps = -(-len(x) // batch_size)  # of one epoch
    every = every or steps
    points, values = [], [[] for _ in recorded]

    def record(epoch):
        points.append(epoch)
        for column, (measure, inputs, targets) in zip(values, recorded, strict=True):
            outputs = model.outputs(params.reshape(-1, shape[-1]), inputs)
            column.append(vmap(measure, in_dims=(0, None))(outputs, targets).reshape(shape[:-1]))

    with torch.no_grad(), tqdm(total=epochs * steps, unit="step", disable=not progress) as bar:
        record(0.0)
        for epoch in range(epochs):
            for k, rows in enumerate(minibatches(len(x), batch_size, generators), start=1):
                rows = rows.repeat(combinations, 1)  # every combination sees the same minibatches
                gradient = model.gradient(params.reshape(-1, shape[-1]), x[rows], y[rows])
                params, state = update(params, gradient.reshape(shape), state)
                bar.update()
                step = epoch * steps + k
                if step % every == 0 or step == epochs * steps:
                    record(epoch + min(k * batch_size, len(x)) / len(x))

    losses, *metrics = (torch.stack(column, dim=-1).double().numpy() for column in values)
    metrics = metrics[0] if metrics else None
    return Runs(np.array(points), losses, metrics, params, time.perf_counter() - started)


def _start(model, seed):
    """Initial parameters, and a generator that goes on where drawing them has ended."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return model.init(), torch.default_generator.clone_state()


def _tensors(x, y, dtype):
    x, y = torch.as_tensor(x).to(dtype), torch.as_tensor(y)
    if len(x) != len(y):
        raise ValueError(f"x and y must have as many rows, got {len(x)} and {len(y)}")
    return x, y.to(dtype) if y.is_floating_point() else y


def _broadcast(rule, starts):
    """Shape (*combinations, S, P) of the runs of a rule, found by taking one step."""
    init, update = rule
    probe = torch.zeros_like(starts)
    after = update(probe, probe, init(probe))[0]
    if after.shape[-2:] != starts.shape:
        raise ValueError(
            f"hyperparameters must broadcast against (seeds, parameters) = {_shape(starts)}, "
            f"and give {_shape(after)}: `across` shapes them"
        )
    if after.dtype != starts.dtype:
        raise ValueError(f"hyperparameters must be {starts.dtype} like the training, got {after.dtype}")
    return after.shape


def _shape(tensor):
    return tuple(tensor.shape)


class RuleOptimizer(torch.optim.Optimizer):
    """A rule as a PyTorch optimizer, for any model and any training loop.

    Parameters
    ----------
    params : iterable of tensors, or of dicts with "params" and, if wanted, "lr"
    rule : (init, update), as made by `descent.rules`, its hyperparameters numbers
    lr : float in [0, inf), default 1
        Factor on the rule's step, not the learning rate itself, which the rule has: the step of every rule in the
        book is linear in it. It is there for parameter groups and for `torch.optim.lr_scheduler`, which change it.

    Raises
    ------
    TypeError
        If the rule is not a pair of functions.
    ValueError
        For a negative lr, or a parameter group that sets anything but lr.

    A parameter whose gradient is None is left as it is, and so is what the rule remembers of it.
    Sparse gradients are not supported.

    >>> from descent import rules
    >>> net = torch.nn.Linear(2, 1)
    >>> optimizer = RuleOptimizer(net.parameters(), rules.adam(lr=0.01))
    >>> net(torch.ones(1, 2)).sum().backward()
    >>> optimizer.step()
    """

    def __init__(self, params, rule, lr=1.0):
        if not (isinstance(rule, tuple) and len(rule) == 2 and all(map(callable, rule))):
            raise TypeError(f"rule must be a pair (init, update) such as rules.adam(lr=0.01), got {rule!r}")
        self.rule = rule
        super().__init__(params, {"lr": lr})

    def add_param_group(self, param_group):
        """Add a group of parameters, as a dict with "params" and, if wanted, "lr"."""
        if isinstance(param_group, dict):
            unknown = sorted(set(param_group) - {"params", "param_names", "lr"})
            if unknown:
                raise ValueError(f"a parameter group may set lr alone, got {', '.join(unknown)}")
            lr = param_group.get("lr", self.defaults["lr"])
            if not 0 <= lr < float("inf"):
                raise ValueError(f"lr must be in [0, inf), got {lr!r}")
        super().add_param_group(param_group)

    def step(self, closure=None):
        """Take one step; a closure computes the loss again, with its gradients, and its value is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad(), np.errstate(all="ignore"):  # a diverging run shows in its loss, as in PyTorch
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._step(p, group["lr"])
        return loss

    def _step(self, p, lr):
        init, update = self.rule
        flat = p.detach().reshape(-1)  # shares p's memory, unless p is laid out in another order
        x, grad = _fast(flat), _fast(p.grad.reshape(-1))
        blocks = [slice(i, i + _BLOCK) for i in range(0, len(x), _BLOCK)]
        state = self.state[p]
        if not state:
            state["blocks"] = [init(x[block]) for block in blocks]
        for k, block in enumerate(blocks):
            target, state["blocks"][k] = update(x[block], grad[block], state["blocks"][k])
            x[block] = target if lr == 1 else x[block] + lr * (target - x[block])
        if not p.is_contiguous():
            p.copy_(flat.view_as(p))

    def state_dict(self):
        """What is needed to go on later: the groups and what the rule remembers, as tensors. The rule is not in it."""
        saved = super().state_dict()
        saved["state"] = {k: {"blocks": _each(s["blocks"], torch.as_tensor)} for k, s in saved["state"].items()}
        return saved

    def load_state_dict(self, state_dict):
        """Go on from a `state_dict`, with the same rule; the next steps are then the same to the last bit."""
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["blocks"] = _each(state["blocks"], _fast)


def _fast(tensor):
    """The same memory as a NumPy array where that can be: its arithmetic starts sooner than PyTorch's on the CPU."""
    numpy_too = tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.float64)
    return tensor.numpy() if numpy_too else tensor


def _each(state, convert):
    """Convert the arrays in a rule's state, which may be None, a number, an array, or a tuple or list of these."""
    if isinstance(state, tuple | list):
        return type(state)(_each(part, convert) for part in state)
    return convert(state) if isinstance(state, np.ndarray | torch.Tensor) else state
