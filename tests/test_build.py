"""What `make book` promises: the same sources give the same bytes, an interrupted build spoils nothing, and what is
wrong with a source is said in one line with its place. Everything is tried on a small book with the book's settings.
"""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
TOOLS = "build.py", "setup.py", "sources.py"
PYTHON = {"language_info": {"name": "python"}}
SECOND = "chapters/02_second.ipynb"
CIRCLE = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><circle cx="5" cy="5" r="4"/></svg>'
FIGURE = {"figure": {"name": "fig-first", "caption": "Look."}, "image": {"alt": "A circle, as round as can be."}}
PAGES = {
    "_toc.yml": """\
format: jb-book
root: intro
chapters:
  - file: chapters/01_first
  - file: chapters/02_second
  - file: claims
  - file: references
  - file: genindex
""",
    "references.bib": "@article{key, author={Ada Author}, title={Title}, journal={Journal}, year={2000}}\n",
    "intro.md": "# Small\n\nTwo chapters: {ref}`ch-first` and {ref}`ch-second`, with {eq}`eq-first`.\n",
    "claims.md": "# Claims\n\n```{claims}\n```\n",
    "references.md": "# References\n\n```{bibliography}\n```\n",
    "genindex.md": "# Index\n",
}
EXPLORER = """\
````{explorer} fig-first
:problem: quadratic()
:rules: gradient_descent(lr=0.4)
:sliders: lr 0.01 1 log
:steps: 20 of 200

Push it.
````
"""


def prose(text, name):
    return new_markdown_cell(text, id=name)


def code(source, name, *outputs, **metadata):
    return new_code_cell(source, id=name, execution_count=1, outputs=list(outputs), metadata=metadata)


CHAPTERS = {
    "chapters/01_first.ipynb": [
        prose("(ch-first)=\n# Alpha\n\nA **{index}`step`** {cite:p}`key`.\n\n$$\nx^2\n$$ (eq-first)", "first-title"),
        code("draw()", "first-draw", new_output("display_data", data={"image/svg+xml": CIRCLE}), mystnb=FIGURE),
        prose(EXPLORER, "first-explorer"),
        prose("```{admonition} Myth\n:class: myth\n:name: myth-first\n\nIt is square.\n```", "first-myth"),
        code("print(1)", "first-print", new_output("stream", name="stdout", text="1\n")),
        prose("```{admonition} Verdict\n:class: verdict\n\nIt is round.\n```", "first-verdict"),
        prose("```{exercise} Think, 5 minutes\n:label: ex-first\n\nWhy?\n```", "first-exercise"),
        prose("```{solution} ex-first\n:label: sol-first\n:class: dropdown\n\nSo.\n```", "first-solution"),
    ],
    SECOND: [
        prose("(ch-second)=\n# Second\n\nAfter {ref}`ch-first`, {eq}`eq-first`, {numref}`fig-first`.", "second-title"),
        code("x", "second-code"),
    ],
}


def make(folder):
    """A book of two chapters with the settings of the real one."""
    for part in "chapters", "images", "tools":
        (folder / part).mkdir(parents=True)
    for name in ["_config.yml", "images/favicon.svg", *(f"tools/{tool}" for tool in TOOLS)]:
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, cells in CHAPTERS.items():
        nbformat.write(new_notebook(metadata=PYTHON, cells=cells), folder / name)
    return folder


def start(folder, environment=None, **options):
    return subprocess.Popen(
        [sys.executable, "tools/build.py"],
        cwd=folder,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


def end(process, fails=False):
    """What a build said, once it has ended as it should."""
    said, wrong = process.communicate(timeout=120)
    assert bool(process.returncode) == fails, said + wrong
    return said + wrong


def built(folder):
    html = folder / "_build" / "html"
    return {str(path.relative_to(html)): path.read_bytes() for path in html.rglob("*") if path.is_file()}


def differing(one, other):
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def tool(monkeypatch):
    """A function of the name of a file in tools/, which returns the module."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module


@pytest.fixture(scope="module")
def first_book(tmp_path_factory):
    folder = make(tmp_path_factory.mktemp("first") / "book")
    end(start(folder))
    return folder


@pytest.fixture
def book(first_book, tmp_path):
    """A small book that has been built, and its bytes."""
    return shutil.copytree(first_book, tmp_path / "book", symlinks=True), built(first_book)


def test_the_same_sources_give_the_same_bytes_elsewhere_and_at_another_time(book, tmp_path):
    folder, before = book
    other = tmp_path / "another place, with a longer name" / "copy"
    sources = [folder / name for name in ["_config.yml", *PAGES, *CHAPTERS]]
    sources += [path for part in ("tools", "images") for path in (folder / part).glob("*.*")]
    for path in reversed(sources):
        copy = other / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        os.utime(copy, (1e9, 1e9))
    (other / "node_modules").symlink_to(ROOT / "node_modules")
    environment = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "HOME": str(tmp_path), "SOURCE_DATE_EPOCH": "1000000000"}
    end(start(other, environment | {"PYTHONHASHSEED": "42"}, umask=0o077))
    assert "chapters/01_first.html" in before
    assert differing(before, built(other)) == []


def test_every_page_follows_an_edit_and_its_undoing(book):
    folder, before = book
    first = folder / "chapters/01_first.ipynb"
    changed = [first, folder / "_toc.yml", folder / "references.md"]
    originals = [path.read_bytes() for path in changed]
    edit(first, "# Alpha", "# Omega")
    edit(first, "{index}`step`", "{index}`stride`")
    edit(first, "It is square.", "It is a triangle.")
    edit(first, "{cite:p}`key`", "from a book")  # whose page goes
    edit(folder / "_toc.yml", "  - file: references\n", "")
    (folder / "references.md").unlink()
    end(start(folder))
    after = {name: content.decode("utf-8", "ignore") for name, content in built(folder).items()}
    assert "references.html" not in after and "references.html" in before
    for page in (
        "index.html",
        "intro.html",
        "chapters/02_second.html",
        "claims.html",
        "genindex.html",
        "_static/search.json",
    ):
        assert "Omega" in after[page] and "Alpha" not in after[page] and "references" not in after[page], page
    assert "stride" in after["genindex.html"] and b"stride" not in before["genindex.html"]
    assert "It is a triangle." in after["claims.html"] and b"triangle" not in before["claims.html"]

    for path, original in zip(changed, originals, strict=True):
        path.write_bytes(original)
    end(start(folder))
    assert differing(before, built(folder)) == []


def test_what_is_built_is_not_built_again_unless_it_was_damaged(book):
    folder, before = book
    assert "Nothing has changed" in end(start(folder))
    page = folder / "_build/html/chapters/01_first.html"
    page.write_bytes(page.read_bytes()[:1000])
    assert "writing chapters/01_first" in end(start(folder))
    assert differing(before, built(folder)) == []


def test_whatever_the_book_is_made_of_is_noticed(tmp_path, tool, monkeypatch):
    build, folder = tool("build"), make(tmp_path / "book")
    monkeypatch.setattr(build, "ROOT", folder)
    seen = {build.inputs()}
    for name in ["_config.yml", "images/favicon.svg", "tools/build.py", *PAGES, *CHAPTERS]:
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        seen.add(build.inputs())
    monkeypatch.setenv("DESCENT_SITE", "https://a.org/b/")
    seen.add(build.inputs())
    assert len(seen) == 5 + len(PAGES) + len(CHAPTERS)
    assert build.inputs() in seen


def test_of_two_builds_one_waits_and_has_nothing_left_to_do(book):
    folder, before = book
    shutil.rmtree(folder / "_build")
    said = [end(process) for process in (start(folder), start(folder))]
    waited = [one for one in said if "waiting until it has ended" in one]
    assert len(waited) == 1 and "Nothing has changed" in waited[0] and "writing" not in waited[0]
    assert differing(before, built(folder)) == []


@pytest.mark.parametrize("number, page", [(signal.SIGKILL, "reading claims"), (signal.SIGTERM, "writing claims")])
def test_a_killed_build_leaves_the_book_as_it_was(book, number, page):
    folder, before = book
    (folder / "_build/built").unlink()  # so that it is built again
    process = start(folder)
    for line in process.stdout:
        if page in line:
            process.send_signal(number)
            break
    process.communicate(timeout=60)
    assert process.returncode
    assert differing(before, built(folder)) == []
    assert "Nothing has changed" not in end(start(folder))
    assert not list((folder / "_build").glob("unfinished-*"))
    assert differing(before, built(folder)) == []


# Text of a cell, the line in it, and what the build says of it.
WARNED = [
    ("![A picture](../images/none.png)", 1, "image file not readable: images/none.png"),
    ("One.\n\n[There](nowhere.md)", 3, "cross-reference target not found: 'nowhere.md'"),
    ("[There](#nowhere)", 1, "cross-reference target not found: 'nowhere'"),
    ("One.\n\n{ref}`sec-nowhere`", 3, "undefined label: 'sec-nowhere'"),
    ("{eq}`eq-nowhere`", 1, "equation not found: eq-nowhere"),
    ("{numref}`fig-nowhere`", 1, "undefined label: 'fig-nowhere'"),
    ("{cite:p}`nobody`", 1, 'could not find bibtex key "nobody"'),
    ("One.\n\n$$\ny\n$$ (eq-first)", 3, "duplicate label of equation eq-first, other instance in chapters/01_first"),
    ("(ch-first)=\n## Again", 2, "duplicate label ch-first, other instance in chapters/01_first.ipynb"),
    ("One.\n\n:::{admonition} Two\n\n{nosuch}`x`\n:::", 5, 'Unknown interpreted text role "nosuch"'),
    ("```{nosuch}\n```", 1, "Unknown directive type: 'nosuch'"),
    ("Here is $\\nosuch{x}$.", 1, "Undefined control sequence: \\nosuch"),
    ("One.\n\n$$\n\\frac{1\n$$", 3, "expected '}' at end of input: \\frac{1"),
    (EXPLORER.replace(":steps: 20", ":step: 20"), 1, "Unknown option keys: ['step']"),
    (EXPLORER.replace("gradient_descent", "descent"), 1, "there is no 'descent' in descent.rules"),
    (EXPLORER.replace("fig-first", "fig-none"), 1, "there is no figure 'fig-none' with alternative text on this page"),
    ("`````{tryit} Code, 5 minutes\n:label: ex-try\n\nTask.\n`````", 1, "a tryit has one {starter}, this one has 0"),
]


def test_what_sphinx_warns_of_is_said_in_one_line_with_its_place(book):
    folder, before = book
    notebook = nbformat.read(folder / SECOND, as_version=4)
    notebook.cells += [prose(text, f"second-wrong-{number}") for number, (text, *_) in enumerate(WARNED)]
    nbformat.write(notebook, folder / SECOND)
    edit(folder / "_config.yml", "numfig_secnum_depth", "numfig_depth")
    said = end(start(folder), fails=True).splitlines()
    for number, (_, line, message) in enumerate(WARNED):
        place = f"{SECOND}, cell second-wrong-{number}, line {line}: "
        assert any(one.startswith(place) and message in one for one in said), f"{place}{message}\n" + "\n".join(said)
    assert "_config.yml: WARNING: unknown config value 'numfig_depth' in override, ignoring" in said
    assert not any("Traceback" in one for one in said)
    assert differing(before, built(folder)) == []


def replaced(name, old, new):
    return lambda folder: edit(folder / name, old, new)


def written(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def absent(name):
    return lambda folder: (folder / name).unlink()


def cell(**changes):
    """Change the code cell of the second chapter; what is None is taken away."""

    def change(folder):
        notebook = json.loads((folder / SECOND).read_text(encoding="utf-8"))
        found = notebook["cells"][1] | changes
        notebook["cells"][1] = {key: value for key, value in found.items() if value is not None or key not in changes}
        (folder / SECOND).write_text(json.dumps(notebook), encoding="utf-8")

    return change


FAILED = {"output_type": "error", "ename": "NameError", "evalue": "no x", "traceback": []}
PROSE = {"cell_type": "markdown", "outputs": None, "execution_count": None}
UNLABELLED = "```{exercise} Think\n:label: ex-first\n\nWhy?\n```"
FLAWS = {
    "a cell that failed": (
        cell(outputs=[FAILED]),
        f"{SECOND}, cell second-code: failed with NameError: no x: mend it and run `make execute CH=02`",
    ),
    "a cell that never ran": (
        replaced(SECOND, '"execution_count": 1', '"execution_count": null'),
        f"{SECOND}, cell second-code: was not executed: run `make execute CH=02`",
    ),
    "one id for two cells": (cell(id="second-title"), f"{SECOND}, cell second-title: a cell before it has the same id"),
    "a cell without an id": (cell(id=None), f"{SECOND}: is not a notebook of format 4.5, whose cells have ids"),
    "broken JSON": (replaced(SECOND, '"cells": [', '"cells": ,'), f"{SECOND}:2: is not JSON"),
    "an empty notebook": (written(SECOND, b""), f"{SECOND}:1: is not JSON"),
    "an empty page": (written("claims.md", b""), "claims.md: has no title"),
    "another encoding": (written("claims.md", b"# Sch\xf6n"), "claims.md: is not UTF-8 text"),
    "a conflict": (
        replaced("intro.md", "Two", "<<<<<<< HEAD\nTwo\n=======\nOne\n>>>>>>> other\n"),
        "intro.md:3: git has left two versions here",
    ),
    "a fence without an end": (
        cell(**PROSE, source="One.\n\n::::{admonition} Two\n\n```{note}\n::::"),
        f"{SECOND}, cell second-code, line 5: what ``` begins here has no end",
    ),
    "an exercise that is there already": (
        cell(**PROSE, source=UNLABELLED),
        f"{SECOND}, cell second-code, line 2: the label ex-first is taken: chapters/01_first.ipynb, cell first-",
    ),
    "a solution to nothing": (
        cell(**PROSE, source="```{solution} ex-none\n:label: sol-none\n```"),
        f"{SECOND}, cell second-code, line 1: there is no exercise ex-none to solve",
    ),
    "contents that are not YAML": (replaced("_toc.yml", "chapters:", "chapters: ["), "_toc.yml:4: is not YAML"),
    "contents with a wrong word": (
        replaced("_toc.yml", "- file: claims", "- page: claims"),
        "_toc.yml: entry does not",
    ),
    "contents with a page that is not there": (absent("claims.md"), "_toc.yml: names the page claims, and there is no"),
    "a chapter that the contents leave out": (
        replaced("_toc.yml", "  - file: chapters/02_second\n", ""),
        "_toc.yml: does not name chapters/02_second",
    ),
    "settings that are not YAML": (replaced("_config.yml", "sphinx:", "sphinx: ["), "is not YAML"),
    "settings with a wrong word": (
        replaced("_config.yml", "execute_notebooks", "execute_notebook"),
        "_config.yml: Jupyter Book knows no setting `execute: execute_notebook`",
    ),
    "no settings": (absent("_config.yml"), "_config.yml: is missing"),
    "a broken bibliography": (replaced("references.bib", "}}", "}"), "references.bib:2: syntax error"),
    "a bibliography with one key twice": (
        lambda folder: (folder / "references.bib").write_text(PAGES["references.bib"] * 2),
        "references.bib: repeated bibliography entry: key",
    ),
}


@pytest.fixture
def flaws(tool):
    return tool("sources").flaws


@pytest.mark.parametrize("what", FLAWS)
def test_what_sphinx_would_not_say_is_said_before(tmp_path, flaws, what):
    folder = make(tmp_path / "book")
    assert list(flaws(folder)) == []
    spoil, message = FLAWS[what]
    spoil(folder)
    assert [message in one for one in flaws(folder)] == [True]


def test_the_book_itself_has_no_flaws(flaws):
    assert list(flaws(ROOT)) == []


def test_flaws_stop_the_build_and_leave_the_book_as_it_was(book):
    folder, before = book
    (folder / SECOND).write_text("")
    said = end(start(folder), fails=True)
    assert f"{SECOND}:1: is not JSON" in said and "Traceback" not in said
    assert differing(before, built(folder)) == []


def test_what_cannot_be_read_is_named(tmp_path):
    folder = make(tmp_path / "book")
    (folder / SECOND).unlink()
    (folder / SECOND).symlink_to("nowhere")
    assert f"The book was not built: {SECOND}: No such file or directory." in end(start(folder), fails=True)
