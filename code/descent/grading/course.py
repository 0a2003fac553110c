"""A folder of submissions and the folder of what grading makes of them.

submissions/  alice.ipynb, or alice/hw1.ipynb; roster.csv names those who ought to have handed in
graded/       grades.csv, feedback/alice.html, by_hand.csv and answers.html; results/ remembers what is done
"""

import csv
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat

from descent.grading.feedback import answers, feedback
from descent.grading.run import LARGEST, Mark, Result, graded, nothing, solved, unmarked

ROSTER = "roster.csv"
BY_HAND = ["student", "task", "points", "of", "comment"]


class Mistake(Exception):
    """Something that the teacher has to put right; its text says what."""


@dataclass(frozen=True)
class Submission:
    """What one student has handed in: a path, or the status and the reason why there is nothing to run."""

    student: str
    path: Path | None = None
    unfit: tuple[str, str] | None = None

    def read(self):
        return self.path.read_bytes()


def submissions(folder, notebook):
    """Everything that was handed in, one Submission a student, sorted by name.

    Parameters
    ----------
    folder : Path
        Each file in it is a student's, and so is each folder; of a folder the file `notebook` is taken, or its only
        notebook. `roster.csv` names students in its column `student`, or in its first.
    notebook : str
        What the assignment's file is called, such as hw1.ipynb.

    Raises
    ------
    Mistake
        There is no such folder, nothing in it, or two submissions of one student.
    """
    if not folder.is_dir():
        raise Mistake(f"There is no folder {folder}: SUBMISSIONS= names the folder that holds what was handed in.")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == ROSTER:
            continue
        one = _one(path, notebook)
        if one.student in found:
            raise Mistake(f"{one.student} has handed in twice, as a file and as a folder or another file: keep one.")
        found[one.student] = one
    for student in _roster(folder / ROSTER):
        found.setdefault(student, Submission(student, unfit=("missing", "nothing was handed in")))
    if not found:
        raise Mistake(f"The folder {folder} is empty: put students' notebooks there, such as alice.ipynb.")
    return [found[student] for student in sorted(found)]


def _one(path, notebook):
    student = path.name if path.is_dir() and not path.is_symlink() else path.stem
    if path.is_symlink():
        return Submission(student, unfit=("unreadable", f"{path.name} is a link, not a file"))
    if path.is_dir():
        inside = [file for file in sorted(path.glob("*.ipynb")) if file.is_file() and not file.is_symlink()]
        chosen = [file for file in inside if file.name == notebook] or inside
        if not chosen:
            return Submission(student, unfit=("missing", "there is no notebook in the student's folder"))
        if len(chosen) > 1:
            return Submission(student, unfit=("unreadable", f"there are several notebooks and none is {notebook}"))
        path = chosen[0]
    if path.suffix != ".ipynb":
        return Submission(student, unfit=("unreadable", f"{path.name} is not a notebook (.ipynb)"))
    if not path.is_file() or not os.access(path, os.R_OK):
        return Submission(student, unfit=("unreadable", f"{path.name} cannot be read"))
    if path.stat().st_size > LARGEST:
        return Submission(student, unfit=("unreadable", f"{path.name} is larger than {LARGEST // 2**20} MB"))
    return Submission(student, path)


def _roster(path):
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row and row[0].strip()]
    if not rows:
        return []
    header = [title.strip().lower() for title in rows[0]]
    column = header.index("student") if "student" in header else 0
    return [row[column].strip() for row in rows["student" in header :] if len(row) > column and row[column].strip()]


class Course:
    """The folder in which the results of one assignment are kept.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    assignment : str
    source : bytes
        The assignment's notebook with its solutions.
    """

    def __init__(self, folder, assignment, source):
        self.folder, self.assignment = folder, assignment
        self.source = nbformat.reads(source.decode(), as_version=4)
        grader = [Path(__file__).parents[1] / "homework.py", *sorted(Path(__file__).parent.glob("*.py"))]
        self.version = hashlib.sha256(b"".join([source, *(file.read_bytes() for file in grader)])).hexdigest()
        for part in ("results", "feedback"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def key(self, content):
        """Of one submission to this version of the assignment and the grader: the same key means the same result."""
        return hashlib.sha256(self.version.encode() + content).hexdigest()

    def known(self, student, key):
        """The result that is kept for this very submission, or None."""
        try:
            kept = json.loads(self._path(student).read_text(encoding="utf-8"))
            if kept.pop("key") != key:
                return None
            marks = {task: Mark(**mark) for task, mark in kept.pop("marks").items()}
            notebook = kept.pop("notebook")
            return Result(**kept, marks=marks, notebook=notebook and nbformat.from_dict(notebook))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, student, key, result):
        """Remember a result; one that a failing grader made is not worth it."""
        if result.status != "failed":
            save(self._path(student), json.dumps({"key": key, **asdict(result)}))

    def nothing(self, status, reason):
        return nothing(self.source, status, reason)

    def _path(self, student):
        return self.folder / "results" / f"{file_name(student)}.json"

    def write(self, results):
        """Write the tables and pages of {student: Result}; points that a reader has entered are taken in first."""
        self._take_in(results)
        tasks = unmarked(self.source)
        rows = [["student", "total", "of", "waiting", *map(short, tasks), "status", "reason"]]
        of = sum(mark.of for mark in tasks.values())
        for student, result in results.items():
            points = ["" if mark.points is None else mark.points for mark in result.marks.values()]
            rows.append([student, result.total, of, result.waiting, *points, result.status, result.reason])
            page = self.folder / "feedback" / f"{file_name(student)}.html"
            save(page, feedback(self.assignment, student, result))
        save_table(self.folder / "grades.csv", rows)
        if any(graded(cell) and solved(cell) for cell in self.source.cells):
            save(self.folder / "answers.html", answers(self.assignment, self.source, results))

    def _take_in(self, results):
        """Bring by_hand.csv and the results together: entered points into the results, new answers into the table."""
        path, entered = self.folder / "by_hand.csv", {}
        if path.exists():
            with open(path, newline="", encoding="utf-8-sig") as file:
                for row in csv.DictReader(file):
                    entered[row.get("student"), row.get("task")] = row
        rows = [BY_HAND]
        for student, result in results.items():
            for task, mark in result.marks.items():
                if mark.points is not None:
                    continue
                row = entered.get((_plain(student), short(task)), {})
                text = (row.get("points") or "").strip()
                rows.append([student, short(task), text, mark.of, row.get("comment") or ""])
                if text:
                    mark.points = _points(text, mark.of, f"by_hand.csv, {student}, {short(task)}")
                    mark.hint = row.get("comment") or None
        if len(rows) > 1:
            save_table(path, rows)


def _points(text, most, place):
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points <= most:
        raise Mistake(f"{place}: {text!r} should be a number from 0 to {most:g}. Nothing was written.")
    return int(points) if points == int(points) else points


def short(task):
    """What a task is called in tables: its cell's id without the assignment and without -test."""
    return task.partition("-")[2].removesuffix("-test")


def file_name(student):
    """A student's name as that of a file; where letters must go, a digest keeps names apart."""
    plain = re.sub(r"[^\w @+.-]", "_", student).strip(". ")
    return plain if plain == student else f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def save(path, text):
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8", errors="replace")
    os.replace(temporary, path)


def save_table(path, rows):
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([[_plain(value) for value in row] for row in rows])
    os.replace(temporary, path)


def _plain(value):
    """A value that a spreadsheet takes as text and not as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
