"""Every assignment's own solution earns all points, the blank one none, and every usual wrong answer loses what it
should lose and meets its own hint. The cells run here as in a student's notebook; test_grading.py grades them.
"""

import ast
import contextlib
import io
import re
import runpy
from pathlib import Path

import nbformat
import numpy as np
import pytest

from descent import homework

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "homework/source").glob("*/*.ipynb"))
WRONG = [
    pytest.param(path.parent.name, *case, id=f"{path.parent.name}-{case[0]}-{number}")
    for path in SOURCES
    for number, case in enumerate(runpy.run_path(str(Path(__file__).with_name(f"wrong_{path.stem}.py")))["WRONG"])
]
MARK = re.compile(r"[✓✗] (.+): (\d+) of (\d+) points")


def read(name, folder="source"):
    return nbformat.read(ROOT / "homework" / folder / name / f"{name}.ipynb", as_version=4)


def graded(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


def solved(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


@np.printoptions()  # an assignment sets them, for its own process
def run(notebook, answers=None):
    """Run the cells that grading needs, one after the other; return {task: (points, hint or None)}.

    `answers` are sources that take the place of solutions, by the cell's id. Cells that only show something are left
    out.
    """
    answers = dict(answers or {})
    homework.forget()
    names, marks = {"__name__": "__main__"}, {}
    for cell in notebook.cells:
        needed = graded(cell) or solved(cell) or "setup" in cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not needed:
            continue
        tree = ast.parse(answers.pop(cell.id, cell.source))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, cell.id, "exec"), names)
        if graded(cell):
            line, _, hint = printed.getvalue().partition("\n")
            task, points, of = MARK.fullmatch(line).groups()
            assert int(of) == cell.metadata.nbgrader.points, f"{cell.id} prints other points than its metadata hold"
            marks[task] = int(points), hint.strip() or None
    assert not answers, f"there is no cell {set(answers)}"
    return marks


@pytest.mark.parametrize("name", [path.stem for path in SOURCES])
def test_the_solution_earns_everything(name):
    notebook = read(name)
    marks = run(notebook)
    assert all(hint is None for _, hint in marks.values()), marks
    by_test = sum(points for points, _ in marks.values())
    by_hand = sum(cell.metadata.nbgrader.points for cell in notebook.cells if graded(cell) and solved(cell))
    last = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    names = {"tally": lambda points, by_hand=0: points + by_hand}
    assert eval(last.source, names) == by_test + by_hand


@pytest.mark.parametrize("name", [path.stem for path in SOURCES])
def test_a_blank_notebook_earns_nothing(name):
    marks = run(read(name, "release"))
    assert marks and all(mark == (0, "Not written yet.") for mark in marks.values()), marks


@pytest.mark.parametrize(("name", "cell", "lost", "source"), WRONG)
def test_a_wrong_answer_meets_its_own_hint(name, cell, lost, source):
    """`lost`: {task: words of the hint}, for every task that this answer loses and no other."""
    marks = run(read(name), {cell: source})
    found = {task: hint for task, (_, hint) in marks.items() if hint}
    assert found.keys() == lost.keys(), found
    for task, words in lost.items():
        assert words in found[task], found[task]
