"""The exercises that are checked on the page, in MicroPython as there (the pages themselves: tests/web)."""

from pathlib import Path

import nbformat
import pytest

from descent.interactive import tryit

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))

PROGRAM = """
import json
from descent.interactive import checks
jobs = json.loads(job)
print("answer: " + json.dumps([checks.check(source, programs) for source, programs in jobs]))
"""


def tryits(path):
    cells = nbformat.read(path, as_version=4).cells
    return list(tryit.find("\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_has_two_exercises_that_are_checked_on_the_page(path):
    assert len(tryits(path)) >= 2


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_answers_pass_starters_fail_and_wrong_answers_get_their_own_hint(path, in_micropython):
    told, jobs = [], []
    for exercise in tryits(path):
        programs = [check.code for check in exercise.checks]
        cases = [("the answer", exercise.answer, len(programs)), ("the starter", exercise.starter, None)]
        for n, check in enumerate(exercise.checks):
            cases += [(f"a wrong answer for {check.hint!r}", source, n) for source in check.wrong]
        told += [(exercise, name, expected) for name, _, expected in cases]
        jobs += [(source, programs) for _, source, _ in cases]
    for (exercise, name, expected), result in zip(told, in_micropython(PROGRAM, jobs), strict=True):
        place = f"{exercise.label}: {name}"
        if expected is None:
            assert result["passed"] < len(exercise.checks), f"{place} passes every check"
            continue
        assert result["error"] is None, f"{place} raises {result['error']}"
        passed = result["passed"]
        got = exercise.checks[passed].hint if passed < len(exercise.checks) else "that all is right"
        assert passed == expected, f"{place} is told {got!r}"
