"""Writes the table of lengths into README.md: `make table`. A test compares it with the notebooks.

Words are the running text of the page without solutions, formulas and code. Figures are those of executed cells.
"""

import re
from pathlib import Path

import nbformat

from descent.interactive.tryit import without_programs

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- made by `make table` -->\n", "<!-- end of what `make table` makes -->\n"
# A solution is one directive, or all that stands between the two of `solution-start` and `solution-end`.
SOLUTION = re.compile(r"(`{3,})\{solution-start\}.*?\{solution-end\}\n\1|(`{3,})\{solution\}.*?\n\2", flags=re.S)
# Formulas, code and the names of roles and directives; then lines of options and labels.
NOT_PROSE = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`\n]*`|\{\w+\}|^:\w+:[^\n]*$|^\([\w-]+\)=$", flags=re.S | re.M)


def words(text):
    """How many words a reader reads: something that has a letter in it."""
    return sum(any(letter.isalpha() for letter in word) for word in NOT_PROSE.sub(" ", text).split())


def counts(path):
    """Title, words, figures, exercises, those checked on the page, and myths of a notebook."""
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    figures = sum(any(kind.startswith("image/") for kind in output.get("data", {})) for output in outputs)
    title = re.search(r"^# (.+)", prose, flags=re.M)[1]
    checked, myths = prose.count("{tryit}"), prose.count(":class: myth")
    exercises = prose.count("{exercise}") + checked
    return title, words(SOLUTION.sub(" ", without_programs(prose))), figures, exercises, checked, myths


def table():
    rows = [(path.stem, *counts(path)) for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
    totals = [sum(column) for column in list(zip(*rows, strict=True))[2:]]
    lines = [
        "| page | words | figures | exercises | of them checked on the page | claims checked |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for stem, title, *numbers in [*rows, ("", "together", *totals)]:
        number = f"{int(stem[:2])} " if stem[:2].isdigit() else ""
        length, *others = numbers
        lines.append(f"| {number}{title} | {round(length, -2):,} | " + " | ".join(map(str, others)) + " |")
    return "\n".join(lines) + "\n"


def main():
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"README.md has lost the lines between which the table stands: {BEGIN}{END}")
    README.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
    print(table(), end="")


if __name__ == "__main__":
    main()
