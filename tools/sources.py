"""What is wrong with the book's sources and Sphinx would pass over, or would say without the place.

Everything is found before the build begins, each in one sentence that begins with the file and the line or the cell.
"""

import json
import re
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import yaml
from pybtex.database import parse_string
from pybtex.exceptions import PybtexError
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

_CONFLICT = re.compile(r"^(<{7}|>{7})( |$)", flags=re.M)
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})([^`]*)")
_LABEL = re.compile(r"\s*:label: +(\S+)")
_SOLUTION = re.compile(r"\s*`{3,}\{solution(?:-start)?\} +(\S+)")


class Flaw(Exception):
    """What is wrong, with the place in its file in front."""


def flaws(root):
    """Yield a sentence for everything that is wrong with the sources of the book in a folder."""
    pages = []
    for name, check in [("_config.yml", config), ("references.bib", bibliography), ("_toc.yml", contents)]:
        try:
            pages = check(root / name) or []
        except Flaw as flaw:
            yield f"{name}{flaw}"
    blocks = {}  # of each page: [(cell's id or None, lines)]
    for path in pages:
        name = path.relative_to(root)
        try:
            blocks[name] = notebook(path) if path.suffix == ".ipynb" else [(None, text(path).splitlines())]
        except Flaw as flaw:
            yield from (f"{name}{one}" for one in str(flaw).splitlines())
            continue
        if not any(re.match(r"# +\S", line) for _, lines in blocks[name] for line in lines):
            yield f"{name}: has no title: begin it with a line such as `# Momentum`"
        for cell, lines in blocks[name]:
            for number, mark in unclosed(lines):
                yield f"{place(name, cell, number)} what {mark} begins here has no end: end it with {mark}"
    if len(blocks) == len(pages):
        yield from labels(blocks)


def place(name, cell, number):
    """Where a line is, as every message says it."""
    return f"{name}:{number}:" if cell is None else f"{name}, cell {cell}, line {number}:"


def text(path):
    try:
        found = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Flaw(": is missing") from None
    except OSError as error:
        raise Flaw(f": cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Flaw(f": is not UTF-8 text ({error.reason} at byte {error.start}): save it as UTF-8") from None
    if conflict := _CONFLICT.search(found):
        line = found.count("\n", 0, conflict.start()) + 1
        raise Flaw(f":{line}: git has left two versions here: keep one, and remove the marks")
    return found


def mapping(path):
    try:
        found = yaml.safe_load(text(path))
    except yaml.MarkedYAMLError as error:
        raise Flaw(f":{error.problem_mark.line + 1}: is not YAML: {error.problem}") from None
    if not isinstance(found, dict):
        raise Flaw(": holds no settings")
    return found


def config(path):
    """Jupyter Book passes over a key that it does not know. Its defaults hold all that it does but for one."""
    defaults = Path(find_spec("jupyter_book").origin).with_name("default_config.yml").read_text(encoding="utf-8")

    def unknown(found, known, where):
        for key, value in found.items():
            if key not in known:
                yield f"{where}{key}"
            elif isinstance(value, dict) and known[key]:
                yield from unknown(value, known[key], f"{where}{key}: ")

    for key in unknown(mapping(path), {"bibtex_bibfiles": []} | yaml.safe_load(defaults), ""):
        raise Flaw(f": Jupyter Book knows no setting `{key}`")


def bibliography(path):
    found = text(path)
    try:
        parse_string(found, "bibtex")
    except PybtexError as error:
        line = getattr(error, "lineno", None)
        raise Flaw(f":{line}: {error}" if line else f": {error}") from None


def contents(path):
    """The files of all pages that the table of contents names."""
    mapping(path)
    try:
        site = parse_toc_yaml(path)
    except MalformedError as error:
        raise Flaw(f": {error}") from None
    files = []
    for name in site:
        found = [one for one in (path.parent / f"{name}{suffix}" for suffix in (".ipynb", ".md", "")) if one.is_file()]
        if not found:
            raise Flaw(f": names the page {name}, and there is no file {name}.ipynb or {name}.md")
        files.append(found[0])
    for apart in sorted({*path.parent.glob("chapters/*.ipynb")} - {*files}):
        raise Flaw(f": does not name chapters/{apart.stem}: add it, or move the file out of chapters")
    return files


def notebook(path):
    """[(cell's id, its lines)] of the prose in a notebook whose cells have run without an error."""
    found = text(path)
    try:
        cells = json.loads(found)["cells"]
        wrong = [flaw for number in range(len(cells)) for flaw in unsound(cells, number)]
        prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
        lines = [(cell["id"], "".join(cell["source"]).splitlines()) for cell in prose]
    except json.JSONDecodeError as error:
        raise Flaw(f":{error.lineno}: is not JSON: {error.msg}: bring back what git has of it") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise Flaw(f": is not a notebook of format 4.5, whose cells have ids: {error!r}") from None
    if wrong:
        raise Flaw("\n".join(wrong).replace("make execute", f"make execute CH={path.stem.partition('_')[0]}"))
    return lines


def unsound(cells, number):
    """What is wrong with one of a notebook's cells."""
    cell, name = cells[number], cells[number]["id"]
    if name in [before["id"] for before in cells[:number]]:
        yield f", cell {name}: a cell before it has the same id: change one with `make text`"
    if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
        return
    if cell["execution_count"] is None:  # the page would show less than what ran
        yield f", cell {name}: was not executed: run `make execute`"
    for output in cell["outputs"]:
        if output["output_type"] == "error" and "raises-exception" not in cell["metadata"].get("tags", []):
            yield f", cell {name}: failed with {output['ename']}: {output['evalue']}: mend it and run `make execute`"


def unclosed(lines, first=1):
    """(line, mark) of fences without an end. Markdown ends them with the page, which is hardly ever what was meant."""
    number = 0
    while number < len(lines):
        if fence := _FENCE.fullmatch(lines[number]):
            mark, info = fence[1], fence[2]
            end = re.compile(rf"\s*{mark}{mark[0]}*\s*")
            inside = range(number + 1, len(lines))
            close = next((one for one in inside if end.fullmatch(lines[one])), None)
            if close is None:
                yield first + number, mark
                return
            if info.startswith("{"):  # a directive, which may hold others
                yield from unclosed(lines[number + 1 : close], first + number + 1)
            number = close
        number += 1


def labels(pages):
    """Exercises and solutions, which sphinx-exercise places wrongly: labels that come twice, exercises not there."""
    places, targets = defaultdict(list), []
    for name, blocks in pages.items():
        for cell, lines in blocks:
            for number, line in enumerate(lines, 1):
                if found := _LABEL.fullmatch(line.rstrip()):
                    places[found[1]].append(place(name, cell, number))
                elif found := _SOLUTION.fullmatch(line.rstrip()):
                    targets.append((found[1], place(name, cell, number)))
    for label, (first, *others) in places.items():
        for other in others:
            yield f"{other} the label {label} is taken: {first.rstrip(':')}"
    for label, where in targets:
        if label not in places:
            yield f"{where} there is no exercise {label} to solve"
