"""Notebooks of a published book run anywhere: their first cell installs the package, with all that it needs."""

import ast
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import nbclient
import nbformat
import pytest
from packaging.version import Version

from descent.interactive import web, widget
from descent.sphinx_ext import publish

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a published book; the sources are what they were before."""
    folder = tmp_path_factory.mktemp("site")
    return folder / publish.wheel(folder)


def test_the_wheel_holds_the_package_and_what_explorers_need(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path for path in web.PACKAGE.rglob("*.*") if path.suffix in (".py", ".mplstyle")}
    assert len(sources) > 30 and names >= {f"descent/{path.relative_to(web.PACKAGE)}" for path in sources}
    bundled = [*widget.FILES, widget.MODULE, web.STYLE.name]
    assert names >= {f"descent/interactive/bundled/{name}" for name in bundled}
    assert not web.BUNDLED.exists()


def test_the_same_sources_make_the_same_wheel(wheel, tmp_path):
    assert (tmp_path / publish.wheel(tmp_path)).read_bytes() == wheel.read_bytes()


@pytest.fixture
def published(monkeypatch):
    """A function that puts a revision into the environment, as the publishing workflow does."""

    def publish(revision):
        monkeypatch.setenv("DESCENT_REPOSITORY", "reader/descent")
        monkeypatch.setenv("DESCENT_REVISION", revision)

    return publish


REVISION = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


def test_the_version_carries_the_revision(published, monkeypatch):
    for name in "DESCENT_REPOSITORY", "DESCENT_REVISION":
        monkeypatch.delenv(name, raising=False)
    plain = publish.version()
    for revision, local in (REVISION, "g0a1b2c3d4e5f"), ("Chapters/v1.00", "gchaptersv100"):
        published(revision)
        assert str(Version(publish.version())) == publish.version() == f"{plain}+{local}"


def test_a_published_wheel_has_the_version_of_its_revision(published, tmp_path):
    published(REVISION)
    name = publish.wheel(tmp_path)
    assert name == f"descent-{publish.version()}-py3-none-any.whl" and "+g0a1b2c3d4e5f-" in name
    metadata = zipfile.ZipFile(tmp_path / name).read(f"descent-{publish.version()}.dist-info/METADATA").decode()
    assert f"\nVersion: {publish.version()}\n" in metadata
    assert publish.address("https://a.org/b/", name).endswith("/b/descent-0.1.0%2Bg0a1b2c3d4e5f-py3-none-any.whl")


def test_an_explorer_uses_what_the_wheel_holds(monkeypatch, tmp_path):
    (tmp_path / "jupyter.mjs").write_text("from the wheel")
    monkeypatch.setattr(web, "BUNDLED", tmp_path)
    monkeypatch.setattr(web, "bundle", None)
    assert widget._modules.__wrapped__() == {"jupyter.mjs": b"from the wheel"}


def test_what_notebooks_import_is_declared_and_pinned():
    """By the package, for Colab; in requirements.txt, for the book."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M))
    assert declared <= pinned and set(project["optional-dependencies"]["d2l"]) <= pinned
    sources = [path.read_text("utf-8") for path in (*web.PACKAGE.glob("*.py"), *web.PACKAGE.glob("interactive/*.py"))]
    for path in (*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("homework/release/*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        sources += [cell.source for cell in cells if cell.cell_type == "code" and "%" not in cell.source[:1]]
    imported = {name for source in sources for name in imports(source)}
    names = {"sklearn": "scikit-learn"}
    # d2l is installed by itself; the others come with whatever runs a notebook.
    besides = {"descent", "d2l", "matplotlib_inline", "traitlets"}
    assert {names.get(name, name) for name in imported} - besides == declared


def imports(source):
    """The top names that a source imports, the standard library's left out."""
    for part in ast.walk(ast.parse(source)):
        names = [alias.name for alias in part.names] if isinstance(part, ast.Import) else []
        names += [part.module] if isinstance(part, ast.ImportFrom) and not part.level else []
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def notebook(*sources):
    cells = [nbformat.v4.new_markdown_cell("# Title", id="title")]
    return nbformat.v4.new_notebook(cells=cells + [nbformat.v4.new_code_cell(source) for source in sources])


def test_a_published_notebook_installs_the_package_first():
    made = publish.anywhere(notebook("from descent import rules", "1"), "https://a.org/descent-1-py3-none-any.whl")
    assert [cell.id for cell in made.cells[:2]] == ["title", "install-descent"] and len(made.cells) == 4
    assert '%pip install --quiet "descent @ https://a.org/descent-1-py3-none-any.whl"' in made.cells[1].source
    assert "d2l" not in made.cells[1].source
    nbformat.validate(made)


def test_a_notebook_with_d2l_installs_it_as_the_book_does():
    made = publish.anywhere(
        notebook("from descent.d2l_reference import d2l"), "https://a.org/descent-1-py3-none-any.whl"
    )
    pin = re.search(r"^d2l==\S+", (ROOT / publish.D2L).read_text("utf-8"), re.M)[0]
    assert "descent[d2l] @ " in made.cells[1].source and f"%pip install --quiet --no-deps {pin}" in made.cells[1].source


def test_a_notebook_without_code_stays_as_it_is():
    assert len(publish.anywhere(notebook(), "https://a.org/a.whl").cells) == 1


def run_first_cell(monkeypatch, before=""):
    """What the cell says in a kernel like this one, where the book is editable and pip meets no network."""
    monkeypatch.setenv("PIP_RETRIES", "0")
    made = publish.anywhere(notebook("1"), "http://127.0.0.1:9/descent-0-py3-none-any.whl")
    made.cells.insert(1, nbformat.v4.new_code_cell(before))
    nbclient.NotebookClient(made, timeout=120).execute()
    return "".join(output.get("text", "") for output in made.cells[2].outputs)


def test_the_first_cell_does_nothing_where_the_book_is(monkeypatch):
    assert run_first_cell(monkeypatch) == ""


# What is installed in place of the book: nothing, or a wheel of some version.
FOUND = """\
import importlib.metadata
from types import SimpleNamespace

found = [SimpleNamespace(version=version, read_text=lambda name: None) for version in {versions}]
importlib.metadata.distributions = lambda name: found"""


def test_the_first_cell_does_nothing_where_this_version_is(monkeypatch):
    assert run_first_cell(monkeypatch, FOUND.format(versions=[publish.version()])) == ""


@pytest.mark.parametrize("versions", [[], ["0.1.0+g0a1b2c3d4e5f"]])
def test_without_a_network_the_first_cell_says_so(monkeypatch, tmp_path, versions):
    """Where nothing is installed, though a folder is called so, and where another version is."""
    (tmp_path / "descent").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="could not be installed: check the network"):
        run_first_cell(monkeypatch, FOUND.format(versions=versions))
