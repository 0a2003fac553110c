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
COMMAND = ["jupyter-book", "build", ".", "-W", "-n", "--keep-going"]

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PROGRESS = re.compile(r"(reading sources|writing output)\.\.\. \[ *(\d+)%\] (.+)")
_TROUBLE = re.compile(r"WARNING:|ERROR:|CRITICAL:|^\w*(Error|Exception)\b|^Exception occurred")
# MyST-NB counts lines as 10000 × the number of the cell, from 1, plus the line in it.
_NOTEBOOK_LINE = re.compile(r"^(\S+\.ipynb):(\d{5,}):")


def _cell(match):
    """A place in a notebook, in words that help to find it."""
    number, line = divmod(int(match[2]), 10_000)
    cell = nbformat.read(ROOT / match[1], as_version=4).cells[number - 1]
    return f"{match[1]}, cell {cell.id}, line {line}:"


def main():
    BUILD.mkdir(exist_ok=True)
    if UNFINISHED.exists():
        # Sphinx remembers a page that it read with a warning as read, and would not warn again.
        ENVIRONMENT.unlink(missing_ok=True)
    UNFINISHED.touch()
    built = BUILD / "html" / "index.html"
    settings = [ROOT / "_toc.yml", ROOT / "_config.yml"]
    if built.exists() and any(path.stat().st_mtime > built.stat().st_mtime for path in settings):
        shutil.rmtree(BUILD / "html")  # every page is written anew, and none that has left the book stays behind
    process = subprocess.Popen(
        [Path(sys.executable).with_name(COMMAND[0]), *COMMAND[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    troubles = []
    with open(BUILD / "book.log", "w", encoding="utf-8") as log:
        for line in process.stdout:
            line = _COLOR.sub("", line)
            log.write(line)
            if progress := _PROGRESS.match(line):
                print(f"  {progress[1].split()[0]} {progress[3].strip()}", flush=True)
            elif _TROUBLE.search(line) and not line.startswith(" "):
                troubles.append(_NOTEBOOK_LINE.sub(_cell, line.strip().replace(f"{ROOT}/", "")))
    if process.wait() != 0:
        print(*dict.fromkeys(troubles), sep="\n", file=sys.stderr)
        sys.exit("\nThe book was not built: mend what is named above (everything is in _build/book.log).")
    UNFINISHED.unlink()
    pages = len(list((BUILD / "html").rglob("*.html")))
    print(f"The book is in _build/html ({pages} pages). `make serve` shows it at http://localhost:8000")


if __name__ == "__main__":
    main()
