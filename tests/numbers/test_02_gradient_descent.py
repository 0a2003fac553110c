"""Numbers that stand in captions and sentences of *Gradient descent*, and that no cell of it prints."""

import numpy as np

from descent import problems, rules
from descent.trajectories import train_2d

BOWL = problems.quadratic()


def test_a_smaller_rate_leads_until_step_42(losses):
    """Caption of the predicted slopes: η = 0.4 is ahead of the best rate up to step 42, then behind."""
    early, best = (losses(rules.gradient_descent(lr), 60) for lr in (0.4, 2 / 4.2))
    assert np.all(early[1:43] < best[1:43]) and np.all(early[43:] > best[43:])


def test_diabetes_the_best_rate_is_behind_from_step_2_to_2000():
    """Caption of the diabetes figure, for the medians of its 20 starts."""
    from sklearn.datasets import load_diabetes

    raw, target = load_diabetes(return_X_y=True, scaled=False)
    x = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    y = (target - target.mean()) / target.std()
    hessian = x.T @ x / len(y)
    eigenvalues, vectors = np.linalg.eigh(hessian)
    errors = np.random.default_rng(0).standard_normal((10, 20)) - np.linalg.solve(hessian, x.T @ y / len(y))[:, None]
    start = vectors.T @ errors

    def median(lr):  # in closed form: an independent run per eigendirection
        z = start * ((1 - lr * eigenvalues) ** np.arange(2001)[:, None])[:, :, None]
        return np.median((eigenvalues[:, None] * z**2 / 2).sum(axis=1), axis=1)

    low, high = eigenvalues[[0, -1]]
    assert np.all(median(0.9 * 2 / high)[2:] < median(2 / (low + high))[2:])


def test_rosenbrock_a_lucky_start():
    """Across to the other wall in one step, next to the minimum in the next few."""
    path = train_2d(rules.gradient_descent(0.001), problems.rosenbrock(), (-2.0, 1.0), steps=4)
    assert path[1, 0] > 0 and np.linalg.norm(path[4] - 1) < 0.1 < np.linalg.norm(path[1] - 1)
