"""The student's version of an assignment: solutions and hidden tests taken out, the given cells locked."""

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from descent.grading.run import BLANK

# nbgrader's own steps of `generate_assignment`, less those that write into a gradebook.
STEPS = (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ClearMarkScheme, CheckCellMetadata, ComputeChecksums)
CONFIG = Config(
    ClearSolutions={
        "code_stub": {"python": "# Your code here\nraise NotImplementedError"},
        "text_stub": BLANK,
    }
)


def release(source):
    """What a student gets of an assignment.

    Parameters
    ----------
    source : nbformat.NotebookNode
        Solutions between `### BEGIN SOLUTION` and `### END SOLUTION`, hidden tests between `### BEGIN HIDDEN TESTS`
        and `### END HIDDEN TESTS`, cells marked as nbgrader marks them.

    Returns
    -------
    nbformat.NotebookNode
    """
    notebook, resources = nbformat.from_dict(source), {}
    for step in STEPS:
        notebook, resources = step(config=CONFIG).preprocess(notebook, resources)
    return notebook
