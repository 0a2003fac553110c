"""Builds the HTML: `jupyter-book build` with every warning an error, and only what matters of its output.

The whole output is in _build/book.log.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "_build"
ENVIRONMENT = BUILD / ".doctrees" / "environment.pickle"
UNFINISHED = BUILD / "unfinished"  # there while a build runs, and afterwards if it failed or was killed
# Started by name, `jupyter-book` would depend on a script of .venv/bin.
COMMAND = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
OPTIONS = ["build", ".", "-W", "-n", "--keep-going"]

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PROGRESS = re.compile(r"(reading sources|writing output)\.\.\. \[ *(\d+)%\] (.+)")
_TROUBLE = re.compile(r"WARNING:|ERROR:|CRITICAL:|^[\w.]*(Error|Exception)\b: *\S|^Exception occurred")
# MyST-NB counts lines as 10000 × the number of the cell, from 1, plus the line in it.
_NOTEBOOK_LINE = re.compile(r"^(\S+\.ipynb):(\d{5,}):")


def _cell(match):
    """A place in a notebook, in words that help to find it."""
    number, line = divmod(int(match[2]), 10_000)
    cells = nbformat.read(ROOT / match[1], as_version=4).cells
    return f"{match[1]}, cell {cells[min(number, len(cells)) - 1].id}, line {line}:"


def unexecuted():
    """Code cells without stored outputs, as `file: cell`: the page would show less than what ran."""
    for path in sorted(ROOT.glob("chapters/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
                place = f"{path.relative_to(ROOT)}: cell {cell.id}"
                yield f"{place} was not executed: run `make execute CH={path.stem.partition('_')[0]}`"


def main():
    if missing := list(unexecuted()):
        sys.exit("\n".join(missing))
    BUILD.mkdir(exist_ok=True)
    if UNFINISHED.exists():
        # Sphinx remembers a page that it read with a warning as read, and would not warn again.
        ENVIRONMENT.unlink(missing_ok=True)
    UNFINISHED.touch()
    built = BUILD / "html" / "index.html"
    settings = [ROOT / "_toc.yml", ROOT / "_config.yml"]
    if built.exists() and any(path.stat().st_mtime > built.stat().st_mtime for path in settings):
        shutil.rmtree(BUILD / "html")  # every page is written anew, and none that has left the book stays behind
    if ENVIRONMENT.exists() and any(path.stat().st_mtime > ENVIRONMENT.stat().st_mtime for path in directives()):
        ENVIRONMENT.unlink()  # what the book's own directives have made of a page is made anew
    log, troubles = run()
    if troubles is not None:
        print(*(troubles or log[-15:]), sep="\n", file=sys.stderr)
        sys.exit("\nThe book was not built: mend what is named above (everything is in _build/book.log).")
    UNFINISHED.unlink()
    print(f"The book is in _build/html ({len(pages())} pages). `make serve` shows it in a browser.")


def directives():
    """The code of the book's own directives and the templates, on which every page may depend."""
    folders = "sphinx_ext", "sphinx_ext/templates", "interactive"
    return [path for folder in folders for path in (ROOT / "code/descent" / folder).glob("*.*")]


def pages():
    """The pages of the built book; the theme keeps templates in _static."""
    return [path for path in (BUILD / "html").rglob("*.html") if "_static" not in path.parts]


def run():
    """Build; return the lines of the log, and None or, after a failure, those among them that say why."""
    process = subprocess.Popen(
        [*COMMAND, *OPTIONS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    lines, troubles = [], {}
    with open(BUILD / "book.log", "w", encoding="utf-8") as log:
        for line in process.stdout:
            line = _COLOR.sub("", line)
            log.write(line)
            line = line.rstrip().replace(f"{ROOT}/", "")
            lines.append(line)
            if progress := _PROGRESS.match(line):
                print(f"  {progress[1].split()[0]} {progress[3].strip()}", flush=True)
            elif _TROUBLE.search(line) and not line.startswith(" "):
                troubles[_NOTEBOOK_LINE.sub(_cell, line)] = True  # a dict keeps the order and drops repetitions
    return lines, None if process.wait() == 0 else list(troubles)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: the next `make book` reads everything again.")
