"""What students get is what `make homework` makes of the sources, and holds nothing that they should not see."""

import re
from pathlib import Path

import nbformat
import pytest

from descent.grading.release import release

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "homework/source").glob("*/*.ipynb"))
SECRET = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.S)


def secrets(path):
    """The lines of an assignment's solutions and hidden tests that are long enough to be recognised."""
    for cell in nbformat.read(path, as_version=4).cells:
        for _, text in SECRET.findall(cell.source):
            yield from (line.strip() for line in text.splitlines() if len(line.strip()) > 25)


each = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


def test_there_are_four():
    assert {"hw1", "hw2", "hw3", "hw4"} <= {path.stem for path in SOURCES}  # besides a teacher's own


@each
def test_the_release_is_up_to_date(path):
    stored = ROOT / "homework/release" / path.relative_to(ROOT / "homework/source")
    made = nbformat.writes(release(nbformat.read(path, as_version=4))) + "\n"
    assert stored.read_text(encoding="utf-8") == made, "run `make homework`"


@each
def test_nothing_secret_is_in_the_release(path):
    """A line of a solution or a hidden test is there only as often as students may see it elsewhere."""
    notebook = nbformat.read(path, as_version=4)
    visible = "\n".join(SECRET.sub("", cell.source) for cell in notebook.cells)
    text = "\n".join(cell.source for cell in release(notebook).cells)
    hidden = list(secrets(path))
    assert hidden
    assert not [line for line in hidden if text.count(line) > visible.count(line)]
    assert "BEGIN" not in text and "### END" not in text


@each
def test_cells_are_marked(path):
    notebook = nbformat.read(path, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and all(cell_id.startswith(f"{path.stem}-") for cell_id in ids)
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader")
        assert cell.cell_type == "markdown" or marked, f"{cell.id} is not marked"
        assert not marked or marked.grade_id == cell.id
        assert not cell.get("outputs"), f"{cell.id} holds outputs: clear them"
        hidden = "BEGIN HIDDEN TESTS" in cell.source
        test = bool(marked and marked.grade and not marked.solution)
        assert hidden == test, f"{cell.id}: every test has a hidden part, and nothing else"


@each
def test_the_homework_page_tells_the_points(path):
    cells = nbformat.read(path, as_version=4).cells
    points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells)
    lines = (ROOT / "homework.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if f"{path.name} <" in line]
    assert rows or not re.fullmatch(r"hw[1-4]", path.stem)
    assert all(row.endswith(f" {points} points") for row in rows)
