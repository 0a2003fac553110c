"""What a careful reader would mark in the prose: misspellings, doubled words, notes left behind."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "chapters").glob("*.ipynb")])
CODE = sorted(path for folder in ("code", "tests", "tools", "images") for path in (ROOT / folder).rglob("*.py"))


def text(path):
    """What is written in a page: its prose and the code of its cells, without outputs and identifiers."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    captions = [str(cell.metadata.get("mystnb", "")) for cell in cells]
    return "\n\n".join([cell.source for cell in cells] + captions)


def words(path):
    """The running text alone: no code, no mathematics, no directives."""
    plain = re.sub(r"(`{3,}|\$\$)(?!\{(?:exercise|solution|admonition|figure|grid)).*?\1", " ", text(path), flags=re.S)
    return re.sub(r"`[^`]*`|\$[^$]*\$|\{[^}]*\}", " … ", plain)


@pytest.mark.parametrize("path", [*PAGES, *CODE], ids=lambda path: str(path.relative_to(ROOT)))
def test_spelling(path):
    command = [sys.executable, "-m", "codespell_lib", "-"]
    found = subprocess.run(command, input=text(path), capture_output=True, text=True).stdout
    assert not found, f"{path.name}:\n{found}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_word_stands_twice(path):
    doubled = [match[0] for match in re.finditer(r"\b([a-z]{2,})[ \n]+\1\b", words(path), flags=re.I)]
    assert not doubled, f"{path.name}: {doubled}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_note_is_left_behind(path):
    left = re.findall(r"\b(?:TODO|FIXME|XXX|TBD|TK|lorem ipsum|coming soon)\b|\?\?\?", text(path), flags=re.I)
    assert not left, f"{path.name}: {left}"
