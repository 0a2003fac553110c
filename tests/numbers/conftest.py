"""What the chapters' numbers share."""

import pytest

from descent import problems
from descent.trajectories import train_2d, values


@pytest.fixture
def losses():
    """A function of a rule and a number of steps: the losses on the running example, after each step."""
    bowl = problems.quadratic()
    return lambda rule, steps: values(bowl, train_2d(rule, bowl, steps=steps))
