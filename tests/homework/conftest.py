"""A trial assignment of one task with a test and one that a reader grades, and submissions of it."""

from pathlib import Path

import jupytext
import nbformat
import pytest

from descent.grading import sandbox

TRIAL = jupytext.read(Path(__file__).with_name("trial.md"), fmt="md:myst")
for cell in TRIAL.cells:
    cell.id = cell.metadata.pop("id")


@pytest.fixture
def trial():
    """The assignment with its solutions."""
    return nbformat.from_dict(TRIAL)


@pytest.fixture
def submit(trial):
    """A function: the bytes of a submission whose answer to the task is the given source."""

    def submit(answer=None):
        notebook = nbformat.from_dict(trial)
        if answer is not None:
            next(cell for cell in notebook.cells if cell.id == "trial-step").source = answer
        return nbformat.writes(notebook).encode()

    return submit


@pytest.fixture(scope="session")
def bubblewrap():
    """Skips where no sandbox can be made."""
    try:
        sandbox.check()
    except sandbox.NoSandbox as problem:
        pytest.skip(str(problem))
