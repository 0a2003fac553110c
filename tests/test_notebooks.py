"""What strict comparison of the outputs does not see: that a notebook was executed, in order, without an error,
and that it keeps the book's conventions (CONTRIBUTING.md).
"""

import ast
import gzip
import re
import runpy
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if path.name[0].isdigit()]  # the others are pages: no exercises, no myths
TOOL = runpy.run_path(str(ROOT / "tools" / "notebooks.py"))
READABLE_ID, slug = TOOL["READABLE_ID"], TOOL["slug"]
FIGURE_BYTES = 20 * 1024  # compressed


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def figures(path):
    """(cell, kind, data) of every image that a cell put out."""
    for cell in code_cells(path):
        for output in cell.outputs:
            for kind, data in output.get("data", {}).items():
                if kind.startswith("image/"):
                    yield cell, kind, data


def short(path):
    """What `make … CH=` calls a notebook."""
    return path.stem.partition("_")[0]


each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)


@each_notebook
def test_every_cell_was_executed_in_order_and_without_error(path):
    counts = {}
    for cell in code_cells(path):
        assert cell.source.strip(), f"{path.name}: cell {cell.id} is empty"
        counts[cell.id] = cell.execution_count
        for output in cell.outputs:
            expected = "raises-exception" in cell.metadata.get("tags", [])
            assert output.output_type != "error" or expected, f"{path.name}: cell {cell.id} holds an error"
            assert output.get("name") != "stderr", f"{path.name}: cell {cell.id} printed to stderr: {output.text[:200]}"
    missing = [cell_id for cell_id, count in counts.items() if count is None]
    assert not missing, f"{path.name}: not executed: {missing}; run `make execute CH={short(path)}`"
    wanted = dict(zip(counts, range(1, len(counts) + 1), strict=True))
    assert counts == wanted, f"{path.name}: not executed from top to bottom: run `make execute CH={short(path)}`"


@each_notebook
def test_cells_have_readable_ids_and_plain_metadata(path):
    notebook = read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert READABLE_ID.fullmatch(cell.id), f"{path.name}: id {cell.id!r}"
        assert cell.id.startswith(slug(path) + "-"), f"{path.name}: id {cell.id!r} does not begin with {slug(path)}"
        assert set(cell.metadata) <= {"tags", "mystnb", "myst"}, f"{path.name}: metadata of {cell.id}: {cell.metadata}"


@each_notebook
def test_the_first_cell_names_the_chapter(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"\(ch-[a-z0-9-]+\)=\n# \S", first.source), f"{path.name} begins without a label and a title"
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", prose(path), flags=re.S), flags=re.M)) == 1


@each_notebook
def test_figures_have_alternative_text_captions_and_a_sensible_size(path):
    found = list(figures(path))
    assert found
    for cell, kind, data in found:
        place = f"{path.name}: figure of cell {cell.id}"
        shown = cell.metadata.get("mystnb", {})
        assert len(shown.get("image", {}).get("alt", "")) > 20, f"{place} has no alternative text"
        assert shown.get("figure", {}).get("caption"), f"{place} has no caption"
        if kind == "image/svg+xml":
            size = len(gzip.compress(data.encode()))
            assert size <= FIGURE_BYTES, f"{place} has {size} bytes compressed"
            assert "<dc:date>" not in data, f"{place} holds its date: call plots.use_book_style()"
        else:
            assert any(o.output_type == "stream" for o in cell.outputs), f"{place} is not SVG and prints no number"


@each_notebook
def test_plotting_cells_end_in_show(path):
    for cell in code_cells(path):
        last = cell.source.rstrip().splitlines()[-1]
        assert not last.endswith(";"), f"{path.name}: cell {cell.id} ends with a semicolon"
        for output in cell.outputs:
            text = output.get("data", {}).get("text/plain", "")
            assert not text.startswith(("<Axes", "[<matplotlib", "<matplotlib")), f"{path.name}: cell {cell.id}: {text}"


@each_notebook
def test_rule_cells_are_the_lines_of_rules_py(path):
    rules = functions((ROOT / "code/descent/rules.py").read_text(encoding="utf-8"))
    cells = [cell for cell in code_cells(path) if cell.id.startswith(f"{slug(path)}-rule-")]
    for cell in cells:
        name = cell.id.removeprefix(f"{slug(path)}-rule-").replace("-", "_")
        assert list(functions(cell.source)) == [name], f"{path.name}: cell {cell.id} must hold {name} and nothing else"
        assert functions(cell.source)[name] == rules[name], f"{path.name}: cell {cell.id} differs from rules.py"


def functions(source):
    """The syntax tree of every function at the top of a source, without docstrings and checks."""
    found = {}
    for function in [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]:
        function.body = [statement for statement in function.body if not docstring_or_check(statement)]
        found[function.name] = ast.dump(function)
    return found


def docstring_or_check(statement):
    if not isinstance(statement, ast.Expr):
        return False
    if isinstance(statement.value, ast.Constant):
        return True
    return isinstance(statement.value, ast.Call) and getattr(statement.value.func, "id", "") == "check"


@each_chapter
def test_every_exercise_has_a_kind_and_a_folded_solution(path):
    text = prose(path)
    exercises = re.findall(r"`{3,}\{exercise\} (.*)\n(?::.*\n)*?:label: (\S+)", text)
    assert len(exercises) >= 6, f"{path.name} has {len(exercises)} exercises"
    assert len(exercises) == len(re.findall(r"\{exercise(?:-start)?\}", text)), f"{path.name}: an exercise has no label"
    solved = dict(re.findall(r"`{3,}\{solution(?:-start)?\} (\S+)\n((?::.*\n)*)", text))
    for title, label in exercises:
        assert re.match(r"(Think|Derive|Code|Experiment)\b", title), (
            f"{path.name}: exercise {label} has no kind: {title}"
        )
        assert label in solved, f"{path.name}: exercise {label} has no solution"
        assert ":class: dropdown" in solved[label], f"{path.name}: the solution of {label} is not folded"


@each_chapter
def test_a_chapter_has_a_myth(path):
    assert ":class: myth" in prose(path), f"{path.name} has no myth box"


@each_notebook
def test_a_myth_is_a_claim_a_cell_and_a_verdict(path):
    cells = read(path).cells
    for n in [n for n, cell in enumerate(cells) if ":class: myth" in cell.source]:
        label = re.search(r":name: (myth-\S+)", cells[n].source)
        assert label, f"{path.name}: the myth in {cells[n].id} has no name"
        rest = [cell for cell in cells[n + 1 : n + 4]]
        kinds = ["verdict" if ":class: verdict" in cell.source else cell.cell_type for cell in rest]
        assert kinds[0] == "code" and "verdict" in kinds, f"{path.name}: {label[1]} lacks its cell or its verdict"
