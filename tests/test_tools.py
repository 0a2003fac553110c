"""What the Makefile calls: chapters to text and back, execution, and the sentences for what goes wrong."""

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).parents[1] / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tool(tmp_path):
    module = load("notebooks")
    module.ROOT = module.CHAPTERS = tmp_path
    module.HOMEWORK = tmp_path / "homework"
    return module


@pytest.fixture
def chapter(tool, tmp_path):
    """A notebook of three cells that has been executed."""
    path = tmp_path / "07_demo.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell("(ch-demo)=\n# Demo\n\n$$\nx^2\n$$ (eq-demo)", id="demo-title"),
        nbformat.v4.new_code_cell("a = 2", id="demo-a", metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_code_cell("print(a * 3)", id="demo-b"),
    ]
    tool.write(nbformat.v4.new_notebook(cells=cells), path)
    tool.execute(path)
    return path


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_execution_stores_outputs_and_plain_metadata(tool, chapter):
    notebook = nbformat.read(chapter, as_version=4)
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]
    assert notebook.cells[2].outputs[0].text == "6\n"
    assert notebook.metadata == nbformat.from_dict(tool.METADATA)
    assert "execution" not in notebook.cells[2].metadata


def test_text_and_back_changes_nothing(tool, chapter):
    before = chapter.read_bytes()
    assert tool.to_notebook(tool.to_text(chapter)) == chapter
    assert chapter.read_bytes() == before


def test_an_edited_cell_loses_its_output_and_no_other_does(tool, chapter):
    text = tool.to_text(chapter)
    edit(text, "print(a * 3)", "print(a * 4)")
    tool.to_notebook(text)
    first, second = nbformat.read(chapter, as_version=4).cells[1:]
    assert (first.execution_count, second.execution_count, second.outputs) == (1, None, [])


def test_a_cell_without_an_id_is_named(tool, chapter):
    text = tool.to_text(chapter)
    edit(text, ":id: demo-b\n", "")
    with pytest.raises(SystemExit, match=r"07_demo.md: the cell that begins with 'print\(a \* 3\)' needs an id"):
        tool.to_notebook(text)


def test_two_cells_with_one_id_are_refused(tool, chapter):
    text = tool.to_text(chapter)
    edit(text, ":id: demo-b", ":id: demo-a")
    before = chapter.read_bytes()
    with pytest.raises(SystemExit, match="two cells have the id demo-a"):
        tool.to_notebook(text)
    assert chapter.read_bytes() == before


def run_main(tool, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["notebooks.py", *words])
    tool.main()


@pytest.mark.parametrize("what, kept", [("text", "07_demo.md"), ("notebook", "07_demo.ipynb")])
def test_younger_work_is_never_overwritten(tool, chapter, monkeypatch, capsys, what, kept):
    tool.to_text(chapter)
    path = chapter.with_name(kept)
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    other = chapter.with_suffix(".md" if path == chapter else ".ipynb")
    os.utime(other, (1, 1))
    before = path.read_bytes()
    run_main(tool, monkeypatch, what, "07")
    assert path.read_bytes() == before
    assert f"{kept} is younger than {other.name} and is left alone" in capsys.readouterr().out


def test_text_edit_and_back_by_command(tool, chapter, monkeypatch):
    run_main(tool, monkeypatch, "text", "07")
    edit(chapter.with_suffix(".md"), "# Demo", "# Renamed")
    os.utime(chapter, (1, 1))
    run_main(tool, monkeypatch, "notebook", "07")
    assert "# Renamed" in nbformat.read(chapter, as_version=4).cells[0].source


def test_nothing_to_take_back_is_said(tool, monkeypatch, capsys):
    run_main(tool, monkeypatch, "notebook")
    assert "run `make text` first" in capsys.readouterr().out


def test_a_dying_kernel_is_named(tool, chapter):
    text = tool.to_text(chapter)
    edit(text, "print(a * 3)", "import os; os._exit(1)")
    tool.to_notebook(text)
    with pytest.raises(SystemExit, match="the kernel died in cell demo-"):
        tool.execute(chapter)


def test_a_failing_cell_is_named_and_leaves_the_file_as_it_was(tool, chapter):
    text = tool.to_text(chapter)
    edit(text, "a = 2", "a = missing")
    tool.to_notebook(text)
    before = chapter.read_bytes()
    with pytest.raises(SystemExit, match=r"(?s)cell demo-a failed; the file is unchanged.*NameError"):
        tool.execute(chapter)
    assert chapter.read_bytes() == before


def test_an_endless_loop_ends(tool, chapter):
    tool.CELL_TIMEOUT = 1
    text = tool.to_text(chapter)
    edit(text, "print(a * 3)", "while True:\n    pass")
    tool.to_notebook(text)
    with pytest.raises(SystemExit, match="cell demo-b did not end within 1 s; the file is unchanged"):
        tool.execute(chapter)


def test_an_unknown_chapter_is_named(tool):
    with pytest.raises(SystemExit, match=r"no file chapters/42\*.ipynb"):
        tool.find(["42"], ".ipynb")


@pytest.mark.parametrize("others, then", [([], "install one"), (["python3.13"], "make book PYTHON=python3.13")])
def test_an_old_python_is_told_what_to_do(monkeypatch, capsys, others, then):
    setup = load("setup")
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    monkeypatch.setattr(setup, "which", lambda name: name in others)
    with pytest.raises(SystemExit):
        setup.check_python()
    assert "The book needs Python 99.0 or newer" in (message := capsys.readouterr().err) and then in message


def test_a_python_without_venv_is_told_what_to_do(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit):
        load("setup").check_python()
    assert "has no module venv: install it" in capsys.readouterr().err


def test_a_failed_install_shows_its_last_lines_and_what_to_do(monkeypatch, capsys, tmp_path):
    setup = load("setup")
    monkeypatch.setattr(setup, "LOG", str(tmp_path / "setup.log"))
    with pytest.raises(SystemExit):
        setup.run([sys.executable, "-c", "print('no space left'); raise SystemExit(1)"])
    captured = capsys.readouterr()
    assert "| no space left" in captured.out and "check the network and the space on the disk" in captured.err


def test_an_environment_made_elsewhere_is_not_used(monkeypatch, tmp_path):
    setup = load("setup")
    monkeypatch.setattr(setup, "PLACE", str(tmp_path / "place"))
    assert not setup.usable(sys.executable)
    (tmp_path / "place").write_text(setup.ROOT)
    assert setup.usable(sys.executable)


def half(package, packages):
    """A package as pip leaves it when it is killed before it has written everything."""
    folder = packages / f"{package}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    return folder


def test_what_pip_left_half_installed_is_installed_again(monkeypatch, tmp_path):
    setup = load("setup")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    monkeypatch.setattr(setup, "PYTHON", str(python))
    command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(command, text=True).strip())
    interrupted, whole = half("interrupted", packages), half("whole", packages)
    (whole / "INSTALLER").write_text("pip\n")
    setup.remove_half_installed()
    assert whole.exists() and not interrupted.exists()


def test_of_two_setups_one_waits(monkeypatch, capsys, tmp_path):
    setup = load("setup")
    monkeypatch.setattr(setup, "LOCK", str(tmp_path / "_build" / "lock"))
    monkeypatch.setattr(setup, "HELD", [])
    program = "import fcntl, sys; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); print(); input()"
    (tmp_path / "_build").mkdir()
    command = [sys.executable, "-c", program, setup.LOCK]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    other.stdout.readline()
    threading.Timer(0.5, other.communicate, ["\n"]).start()
    setup.lock()
    assert "Another `make` is installing or building in this folder" in capsys.readouterr().out
    assert other.wait() == 0
    os.close(setup.HELD[0])


def test_settings_change_the_fingerprint(monkeypatch, tmp_path):
    setup = load("setup")
    monkeypatch.chdir(tmp_path)
    before = setup.fingerprint()
    (tmp_path / "requirements.txt").write_text("numpy==1\n")
    assert setup.fingerprint() != before


def test_newest_versions_stay_below_their_ceiling(load_tool):
    tool = load_tool("latest")
    text = "# pinned\njupyter-book==1.0.4.post1  # the 1.x line\nnumpy==2.4.6\n"
    assert tool.loosened(text) == "# pinned\njupyter-book<2  # the 1.x line\nnumpy\n"
    newest = tool.resolved("jupyter-book==1.9\nnumpy==2.4.9 ; python < '3.12'\nnumpy==2.5.5 ; python >= '3.12'\n")
    pins = "numpy==2.4.9 ; python < '3.12'\nnumpy==2.5.5 ; python >= '3.12'\n"
    once = tool.raised(text, newest)
    assert once == "# pinned\njupyter-book==1.9  # the 1.x line\n" + pins
    assert tool.raised(once, newest) == once and tool.loosened(once).count("numpy") == 1


@pytest.mark.parametrize(
    "status, info, bad, told",
    [
        ("working", "", False, "1 links answer\n"),
        ("redirected", "https://b.org", False, "1 links answer from another address\n  https://a.org"),
        ("broken", "403 Client Error: Forbidden", False, "1 links turn robots away"),
        ("ignored", "503 Server Error", False, "1 links turn robots away"),
        ("broken", "404 Client Error: Not Found", True, "1 links are broken\n  https://a.org\n    in a.md: 404"),
        ("timeout", "no answer", True, "1 links are broken"),
    ],
)
def test_links_are_told(load_tool, capsys, status, info, bad, told):
    row = {"status": status, "info": info, "uri": "https://a.org", "filename": "a.md"}
    ours = {"status": "local", "info": "", "uri": "b.html", "filename": "a.md"}
    assert load_tool("links").told([row, row, ours]) is bad
    assert told in (said := capsys.readouterr().out) and "b.html" not in said


@pytest.mark.parametrize(
    "said, code",
    [("build succeeded.", False), ("Extension error: boom", "Not all links were asked: _build/links.log says why.")],
)
def test_a_crash_is_not_taken_for_links_that_answer(load_tool, monkeypatch, tmp_path, said, code):
    tool = load_tool("links")
    monkeypatch.setattr(tool, "BUILD", tmp_path)
    monkeypatch.setattr(tool, "OUT", tmp_path / "links")
    program = (
        "import pathlib, sys; (folder := pathlib.Path(sys.argv[-1], '_build/html')).mkdir(parents=True); "
        f"(folder / 'output.json').touch(); print({said!r})"
    )
    monkeypatch.setattr(tool, "COMMAND", [sys.executable, "-c", program])
    with pytest.raises(SystemExit) as error:
        tool.main()
    assert error.value.code == code


def test_versions_of_another_place_are_those_that_the_book_asks_for(load_tool):
    freeze = "# Colab's\nscikit_learn==1.6.1\ntorch==2.9.0+cu126\ntensorflow==2.19.0\nnumpy @ file:///a.whl\nipython==7.34.0\n"
    assert load_tool("elsewhere").versions(freeze) == ["scikit-learn==1.6.1", "torch==2.9.0", "ipython==7.34.0"]


def test_a_notebook_that_does_not_exist_is_named(load_tool):
    with pytest.raises(SystemExit, match=r"there is no notebook 42…: the notebooks are 01_what"):
        load_tool("elsewhere").originals(["42"])


def test_a_version_that_was_replaced_is_named(load_tool):
    place = object.__new__(load_tool("elsewhere").Place)
    place.pip = lambda *_: "numpy==2.4.6\npooch==1.8.2\ntorch==2.9.0+cu126\n"
    assert place.replaced(["numpy==1.26.4", "pooch==1.8.2", "torch==2.9.0"]) == ["numpy==1.26.4"]
