"""The exercises that are checked on the page, in MicroPython as there (the pages themselves: tests/web)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import descent
from descent.interactive import tryit

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
NODE = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))

PROGRAM = """
import json
from descent.interactive import checks
jobs = json.loads(job)
print("answers " + json.dumps([checks.check(source, programs) for source, programs in jobs]))
"""


def tryits(path):
    cells = nbformat.read(path, as_version=4).cells
    return list(tryit.find("\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")))


def in_micropython(jobs):
    """`checks.check` of every (source, programs), in the pages' Python."""
    package = Path(descent.__file__).parent
    names = ["__init__", "rules", "problems", "schedules", "interactive/__init__", "interactive/checks"]
    files = {f"/lib/descent/{name}.py": (package / f"{name}.py").read_text("utf-8") for name in names}
    task = json.dumps({"files": files, "program": PROGRAM, "job": jobs})
    runner = Path(__file__).with_name("micropython_runner.mjs")
    run = subprocess.run([NODE, runner], input=task, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.rpartition("answers ")[2])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_a_chapter_has_two_exercises_that_are_checked_on_the_page(path):
    assert len(tryits(path)) >= 2


@pytest.mark.skipif(NODE is None, reason="Node is not installed: `make setup` installs it")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_answers_pass_starters_fail_and_wrong_answers_get_their_own_hint(path):
    told, jobs = [], []
    for exercise in tryits(path):
        programs = [check.code for check in exercise.checks]
        cases = [("the answer", exercise.answer, len(programs)), ("the starter", exercise.starter, None)]
        for n, check in enumerate(exercise.checks):
            cases += [(f"a wrong answer for {check.hint!r}", source, n) for source in check.wrong]
        told += [(exercise, name, expected) for name, _, expected in cases]
        jobs += [(source, programs) for _, source, _ in cases]
    for (exercise, name, expected), result in zip(told, in_micropython(jobs), strict=True):
        place = f"{exercise.label}: {name}"
        if expected is None:
            assert result["passed"] < len(exercise.checks), f"{place} passes every check"
            continue
        assert result["error"] is None, f"{place} raises {result['error']}"
        passed = result["passed"]
        got = exercise.checks[passed].hint if passed < len(exercise.checks) else "that all is right"
        assert passed == expected, f"{place} is told {got!r}"
