"""A folder of submissions becomes one row a student, whatever lies in it and whatever happens meanwhile."""

import csv
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from descent.grading import cluster, course, sandbox
from descent.grading.feedback import feedback, prose
from descent.grading.run import grade, nothing

ROOT = Path(__file__).parents[2]
COMMAND = runpy.run_path(str(ROOT / "tools" / "grade.py"))
RIGHT = "def step(x, grad, lr):\n    return x - lr * grad\n"
WRONG = "def step(x, grad, lr):\n    return x + lr * grad\n"


@pytest.fixture
def handed_in(tmp_path, submit):
    """A folder with submissions of every kind."""
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "anna.ipynb").write_bytes(submit())
    (folder / "bo li.ipynb").write_bytes(submit(WRONG))
    (folder / "carl").mkdir()
    (folder / "carl" / "trial.ipynb").write_bytes(submit(RIGHT))
    (folder / "carl" / "notes.ipynb").write_bytes(b"{}")
    (folder / "dora").mkdir()
    (folder / "emil.pdf").write_bytes(b"%PDF")
    (folder / "fay.ipynb").symlink_to("/etc/passwd")
    (folder / "=1+1.ipynb").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "roster.csv").write_text("name,student\nAnna A.,anna\nZoe Z.,zoë/2\n", encoding="utf-8")
    return folder


@pytest.fixture
def command(tmp_path, trial, monkeypatch, capsys):
    """The command `make grade` for the trial assignment; returns what it prints, and the rows of its table."""
    home = tmp_path / "homework"
    (home / "source" / "trial").mkdir(parents=True)
    nbformat.write(trial, home / "source" / "trial" / "trial.ipynb")
    monkeypatch.setitem(COMMAND["main"].__globals__, "HOMEWORK", home)

    def command(folder, *options):
        monkeypatch.setattr(sys, "argv", ["grade", "trial", str(folder), "--workers", "2", *options])
        COMMAND["main"]()
        return capsys.readouterr().out, rows(home / "graded" / "trial" / "grades.csv")

    command.out = home / "graded" / "trial"
    return command


def rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_one_row_a_student(handed_in, command, bubblewrap):
    printed, table = command(handed_in)
    assert {student: row["status"] for student, row in table.items()} == {
        "'=1+1": "unreadable",
        "anna": "ok",
        "bo li": "ok",
        "carl": "ok",
        "dora": "missing",
        "emil": "unreadable",
        "fay": "unreadable",
        "zoë/2": "missing",
    }
    assert [table[student]["step"] for student in ("anna", "bo li", "carl", "dora")] == ["2", "0", "2", "0"]
    assert (table["anna"]["total"], table["anna"]["of"], table["anna"]["waiting"]) == ("2", "6", "4")
    assert all(row["reason"] for row in table.values() if row["status"] != "ok")
    assert "3 ok" in printed and "by_hand.csv" in printed
    pages = sorted(path.name for path in (command.out / "feedback").iterdir())
    assert len(pages) == len(table) and "bo li.html" in pages
    page = (command.out / "feedback" / "bo li.html").read_text()
    assert "This goes uphill." in page and "2 of 2" not in page and "hiddenly" not in page


def test_what_is_graded_is_not_graded_again(handed_in, command, submit, bubblewrap, monkeypatch):
    _, before = command(handed_in)

    def no_workers(*_):
        raise AssertionError("it was graded again")

    with monkeypatch.context() as patch:
        patch.setitem(COMMAND["grade"].__globals__, "workers", no_workers)
        assert command(handed_in)[1] == before
    (handed_in / "bo li.ipynb").write_bytes(submit())
    (handed_in / "anna.ipynb").unlink()
    _, after = command(handed_in)
    assert after["bo li"]["total"] == "2"
    assert after["anna"]["status"] == "missing"


def test_points_given_by_hand_are_taken_in(handed_in, command, bubblewrap):
    command(handed_in)
    path = command.out / "by_hand.csv"
    text = path.read_text(encoding="utf-8")
    assert "anna,writing,,4,," in text and "dora" not in text
    path.write_text(text.replace("anna,writing,,4,", "anna,writing,3.5,4,Say why."), encoding="utf-8")
    _, table = command(handed_in)
    assert (table["anna"]["total"], table["anna"]["waiting"]) == ("5.5", "0")
    assert (table["carl"]["total"], table["carl"]["waiting"]) == ("2", "4")
    assert "Say why." in (command.out / "feedback" / "anna.html").read_text(encoding="utf-8")
    assert "anna,writing,3.5,4,Say why.," in path.read_text(encoding="utf-8")
    assert "It goes down." in (command.out / "answers.html").read_text(encoding="utf-8")

    path.write_text(text.replace("anna,writing,,4,", "anna,writing,5,4,"), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"by_hand.csv, anna, writing: '5' should be a number from 0 to 4"):
        command(handed_in)
    assert rows(command.out / "grades.csv") == table


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_as_spreadsheets_save_them(handed_in, command, bubblewrap, delimiter, encoding):
    (handed_in / "roster.csv").write_text("No;student\n1;Müller\n".replace(";", delimiter), encoding=encoding)
    command(handed_in)
    path = command.out / "by_hand.csv"
    text = path.read_text(encoding="utf-8-sig").replace("anna,writing,,4,", "anna,writing,3,4,gut für den Anfang")
    path.write_text(text.replace(",", delimiter), encoding=encoding)
    _, table = command(handed_in)
    assert table["anna"]["total"] == "5" and table["Müller"]["status"] == "missing"
    assert "gut für den Anfang" in path.read_text(encoding="utf-8-sig")


def test_what_a_reader_has_entered_is_never_lost(handed_in, command, submit, bubblewrap):
    """For a student who is not there for a while; for an answer that has changed since; for a table without a head."""
    command(handed_in)
    path = command.out / "by_hand.csv"
    text = path.read_text(encoding="utf-8-sig").replace("anna,writing,,4,", "anna,writing,3,4,good")
    path.write_text(text, encoding="utf-8-sig")
    there = (handed_in / "anna.ipynb").read_bytes()
    (handed_in / "anna.ipynb").unlink()
    assert command(handed_in)[1]["anna"]["total"] == "0"
    (handed_in / "anna.ipynb").write_bytes(there)
    assert command(handed_in)[1]["anna"]["total"] == "5"
    (handed_in / "anna.ipynb").write_bytes(there.replace(b"It goes down.", b"It goes up."))
    assert command(handed_in)[1]["anna"]["waiting"] == "4"
    assert "anna,writing,,4,[3 for an earlier answer] good" in path.read_text(encoding="utf-8-sig")
    path.write_text("anna;3\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="its first line should be student,task,points"):
        command(handed_in)
    assert path.read_text(encoding="utf-8") == "anna;3\n"


def test_folders_as_learning_platforms_pack_them(tmp_path, submit):
    content = submit()

    def put(path):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)

    for path in (
        "Anna Müller_100001_assignsubmission_file_/trial.ipynb",
        "bo/Trial (2).ipynb",
        "bo/draft.ipynb",
        "carl/trial.ipynb",
        "carl/trial (1).ipynb",
        "dan/inner/.ipynb_checkpoints/trial-checkpoint.ipynb",
        "dan/inner/trial.ipynb",
        "eve.IPYNB",
        "fay.ipynb.txt",
        "gus.pdf",
        "gus.ipynb",
        "__MACOSX/x.ipynb",
        "Thumbs.db",
    ):
        put(path)
    found = {one.student: one.path or one.unfit[0] for one in course.submissions(tmp_path, "trial.ipynb")}
    assert sorted(found) == ["Anna Müller", "bo", "carl", "dan", "eve", "fay", "gus"]
    assert found["bo"].name == "Trial (2).ipynb" and found["gus"].suffix == ".ipynb"
    assert found["carl"] == "unreadable" and found["dan"].parent.name == "inner"


def second_notebook(folder):
    (folder / "anna").mkdir()
    (folder / "anna" / "trial.ipynb").write_bytes(b"{}")
    return folder


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nowhere", "There is no folder"),
        (lambda folder: folder / "dora", "is empty"),
        (second_notebook, "There are two notebooks of anna"),
    ],
)
def test_a_folder_that_cannot_be_graded(handed_in, command, make, words):
    with pytest.raises(SystemExit, match=words):
        command(make(handed_in))


def test_without_bubblewrap_nothing_runs(handed_in, command, monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox, "Popen", None, raising=False)
    with pytest.raises(SystemExit, match="apt install bubblewrap"):
        command(handed_in)
    assert not (command.out / "grades.csv").exists()


def test_bubblewrap_that_fails_is_named(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda limits: ["sh", "-c", "echo no namespaces >&2; exit 1"])
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: name)
    with pytest.raises(sandbox.NoSandbox, match="cannot make a sandbox here: no namespaces"):
        sandbox.check()


def test_a_lost_worker_loses_no_row(trial, submit, bubblewrap):
    """A worker process is killed, twice, while it grades."""
    slow = "import time; time.sleep(1)\n" + RIGHT
    jobs = [(number, submit(slow)) for number in range(8)]
    source = nbformat.writes(trial).encode()
    with cluster.workers(number=2) as client:
        killed = []

        def kill():
            for _ in range(2):
                time.sleep(1.5)
                pids = [pid for pid in client.run(os.getpid, on_error="return").values() if isinstance(pid, int)]
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        thread = threading.Thread(target=kill)
        thread.start()
        results = list(cluster.grade_all(client, jobs, source))
        thread.join()
    assert len(set(killed)) == 2
    assert sorted(number for number, _, _ in results) == list(range(8))
    assert {result.status for _, result, _ in results} == {"ok"}


def test_a_grader_that_fails_costs_one_row(trial, submit, bubblewrap):
    """A test cell of the teacher's that is broken is a row `failed`, which says so, and is graded again next time."""
    broken = nbformat.from_dict(trial)
    next(cell for cell in broken.cells if cell.id == "trial-step-test").source = 'score("one step", 2, 1 / 0)'
    with cluster.workers(number=1) as client:
        [(_, result, page)] = cluster.grade_all(client, [("anna", submit())], nbformat.writes(broken).encode())
    assert result.status == "failed" and "ZeroDivisionError" in result.reason
    assert "ZeroDivisionError" in page


@pytest.mark.parametrize("mistake", ["near(nothing_of_this_name, 1)", "near(step(1.0, 2.0, 0.1), 0.9)", "def:"])
def test_an_assignment_whose_own_solution_fails_is_not_graded(handed_in, command, trial, bubblewrap, mistake):
    source = command.out.parents[1] / "source" / "trial" / "trial.ipynb"
    text = source.read_text(encoding="utf-8")
    source.write_text(
        text.replace("### BEGIN HIDDEN TESTS", f"### BEGIN HIDDEN TESTS\\n    {mistake}"), encoding="utf-8"
    )
    with pytest.raises(SystemExit, match="own solution does not earn all points"):
        command(handed_in)


def test_another_scheduler(trial, submit, bubblewrap):
    """The same through the address of a cluster that runs already, and a clear word where none runs."""
    with cluster.workers(number=1) as local, cluster.workers(local.scheduler.address) as client:
        [(_, result, _)] = cluster.grade_all(client, [("anna", submit())], nbformat.writes(trial).encode())
    assert result.status == "ok"
    with pytest.raises(OSError), cluster.workers("tcp://127.0.0.1:9"):
        pass


def test_feedback_shows_what_a_student_wrote_as_text(trial, submit, bubblewrap):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    answer = (
        f"from IPython.display import HTML, Markdown, SVG, display\ndisplay(HTML({evil!r}))\nprint({evil!r})\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>'))\n"
        f"# {evil}\n{RIGHT}"
    )
    notebook = nbformat.reads(submit(answer).decode(), as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**mine** {evil} [x](javascript:alert(1))\n\n{evil}"))
    result = grade(nbformat.writes(notebook).encode(), trial)
    page = feedback("trial", f"anna {evil}", result)
    assert "<strong>mine</strong>" in page and "alert(1)" in page
    assert not any(words in page for words in ("<script", "<img src=x", "javascript:", "<svg"))
    assert "<b>" not in prose("<b>")


def test_pictures_in_written_answers(trial, submit, bubblewrap):
    notebook = nbformat.reads(submit().decode(), as_version=4)
    written = next(cell for cell in notebook.cells if cell.id == "trial-writing")
    written.source = "Look: ![mine](attachment:a.png) and ![lost](attachment:b.png)"
    written.attachments = {"a.png": {"image/png": "iVBORw0KGgo="}}
    page = feedback("trial", "anna", grade(nbformat.writes(notebook).encode(), trial))
    assert "Look:" in page
    del written["attachments"]
    assert "Look:" in feedback("trial", "anna", grade(nbformat.writes(notebook).encode(), trial))


def test_an_answer_in_several_cells_counts_as_a_whole(trial, submit, bubblewrap):
    """JupyterLab gives both halves of a cell that is split the metadata of the whole."""
    notebook = nbformat.reads(submit("shift = 0.0").decode(), as_version=4)
    place = next(number for number, cell in enumerate(notebook.cells) if cell.id == "trial-step")
    second = nbformat.from_dict(notebook.cells[place]) | {"id": "other", "source": RIGHT}
    notebook.cells.insert(place + 1, nbformat.from_dict(second))
    assert grade(nbformat.writes(notebook).encode(), trial).marks["trial-step-test"].points == 2


def test_a_written_answer_below_its_cell_is_read(trial, submit, bubblewrap):
    notebook = nbformat.reads(submit().decode(), as_version=4)
    place = next(number for number, cell in enumerate(notebook.cells) if cell.id == "trial-writing")
    notebook.cells[place].source = "*Your answer here.*"
    assert grade(nbformat.writes(notebook).encode(), trial).waiting == 0
    notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell("It is a bowl."))
    result = grade(nbformat.writes(notebook).encode(), trial)
    assert result.waiting == 4
    assert "It is a bowl." in feedback("trial", "anna", result)


def test_a_student_sees_figures_and_errors(trial, submit, bubblewrap):
    answer = f"import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n{RIGHT}\n1 / 0"
    page = feedback("trial", "anna", grade(submit(answer), trial))
    assert "data:image/png;base64," in page and "ZeroDivisionError" in page


def test_feedback_without_anything_to_show(trial):
    page = feedback("trial", "zoe", nothing(trial, "missing", "nothing was handed in"))
    assert "0 of 6 points" in page and "nothing was handed in" in page


@pytest.mark.parametrize("student", ["anna", "a/b", "..", "ü ñ", "x" * 40, "a\0b", ".hidden"])
def test_file_names(student):
    name = course.file_name(student)
    assert "/" not in name and "\0" not in name and not name.startswith(".")
    assert (name == student) == (student in ("anna", "ü ñ", "x" * 40))


SOURCES = sorted((ROOT / "homework/source").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_solution_earns_everything(path, bubblewrap):
    result = grade(path.read_bytes(), nbformat.read(path, as_version=4))
    assert result.status == "ok", result.reason
    assert result.total + result.waiting == sum(mark.of for mark in result.marks.values()), result.marks


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_blank_notebook_earns_nothing(path, bubblewrap):
    blank = (ROOT / "homework/release" / path.relative_to(ROOT / "homework/source")).read_bytes()
    result = grade(blank, nbformat.read(path, as_version=4))
    assert (result.status, result.total, result.waiting) == ("ok", 0, 0), result
