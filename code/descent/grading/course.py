"""A folder of submissions and the folder of what grading makes of them.

submissions/  alice.ipynb, or alice/hw1.ipynb; roster.csv names those who ought to have handed in
graded/       grades.csv, feedback/alice.html, by_hand.csv and answers.html; results/ remembers what is done
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat

from descent.grading.apart import result_of
from descent.grading.feedback import answers, feedback
from descent.grading.run import LARGEST, name, nothing, unmarked

ROSTER = "roster.csv"
BY_HAND = ["student", "task", "points", "of", "comment", "answer"]  # answer: which text the points are for
MOODLE = re.compile(r"_\d+_assignsubmission_\w+$")  # what it adds to a student's name


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
        Each file in it is a student's, and so is each folder. Of a folder the notebook is taken whose name begins like
        `notebook`, or its only one. `roster.csv` names students in its column `student`, or in its first.
    notebook : str
        What the assignment's file is called, such as hw1.ipynb.

    Raises
    ------
    Mistake
        There is no such folder, nothing in it, or two notebooks of one student.
    """
    if not folder.is_dir():
        raise Mistake(f"There is no folder {folder}: SUBMISSIONS= names the folder that holds what was handed in.")
    found = {}
    for path in sorted(folder.iterdir()):
        if _ignored(path) or path.name == ROSTER:
            continue
        one = _one(path, notebook)
        other = found.get(one.student)
        if other and one.path and other.path:
            raise Mistake(f"There are two notebooks of {one.student}, {other.path} and {one.path}: keep one.")
        if not other or one.path:
            found[one.student] = one
    for student in _roster(folder / ROSTER):
        found.setdefault(student, Submission(student, unfit=("missing", "nothing was handed in")))
    if not found:
        raise Mistake(f"The folder {folder} is empty: put students' notebooks there, such as alice.ipynb.")
    return [found[student] for student in sorted(found)]


def _ignored(path):
    """What systems and archives leave in folders."""
    return path.name.startswith(".") or path.name.lower() in ("__macosx", "thumbs.db", "desktop.ini")


def _one(path, notebook):
    folder = path.is_dir() and not path.is_symlink()
    student = path.name if folder else _stem(path) or path.stem
    student = MOODLE.sub("", unicodedata.normalize("NFC", student))
    if path.is_symlink():
        return Submission(student, unfit=("unreadable", f"{path.name} is a link, not a file"))
    if folder:
        inside = [file for file in sorted(path.rglob("*")) if _stem(file) and file.is_file() and not file.is_symlink()]
        inside = [file for file in inside if not any(map(_ignored, [file, *file.relative_to(path).parents[:-1]]))]
        begin = Path(notebook).stem.lower()
        chosen = [file for file in inside if file.name.lower().startswith(begin)] or inside
        if not chosen:
            return Submission(student, unfit=("missing", "there is no notebook in the student's folder"))
        if len(chosen) > 1:
            several = ", ".join(file.name for file in chosen[:3])
            return Submission(student, unfit=("unreadable", f"several notebooks could be meant ({several}): keep one"))
        path = chosen[0]
    if not _stem(path):
        return Submission(student, unfit=("unreadable", f"{path.name} is not a notebook (.ipynb)"))
    if not path.is_file() or not os.access(path, os.R_OK):
        return Submission(student, unfit=("unreadable", f"{path.name} cannot be read"))
    if path.stat().st_size > LARGEST:
        return Submission(student, unfit=("unreadable", f"{path.name} is larger than {LARGEST // 2**20} MB"))
    return Submission(student, path)


def _stem(path):
    """The name of a notebook without its ending, which some browsers lengthen; empty for every other file."""
    found = re.fullmatch(r"(.*)\.ipynb(\.txt|\.json)?", path.name, re.I)
    return found[1] if found else ""


def _roster(path):
    if not path.exists():
        return []
    rows, _ = read_table(path)
    header = [title.lower() for title in rows[0]] if rows else []
    column = header.index("student") if "student" in header else 0
    names = [row[column] for row in rows["student" in header :] if len(row) > column and row[column]]
    return [unicodedata.normalize("NFC", student) for student in names]


def read_table(path):
    """The rows of a CSV file as spreadsheets save them, and its delimiter: comma, semicolon or tab, in any encoding."""
    content = path.read_bytes()
    for encoding in ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252", "latin-1"):
        with contextlib.suppress(UnicodeError):
            text = content.decode(encoding)
            break
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [[value.strip() for value in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise Mistake(f"{path} is no table that can be read: {error}.") from None
    return [row for row in rows if any(row)], delimiter


class Course:
    """The folder in which the results of one assignment are kept.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    assignment : str
    source : bytes
        The assignment's notebook with its solutions.
    limits : Limits, optional
        With others everything is graded anew.
    """

    def __init__(self, folder, assignment, source, limits=None):
        self.folder, self.assignment = folder, assignment
        self.source = nbformat.reads(source.decode(), as_version=4)
        grader = [Path(__file__).parents[1] / "homework.py", *sorted(Path(__file__).parent.glob("*.py"))]
        limits = repr(limits).encode()
        self.version = hashlib.sha256(b"".join([source, limits, *(file.read_bytes() for file in grader)])).hexdigest()
        for part in ("results", "feedback"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def key(self, content):
        """Of one submission to this version of the assignment and the grader: the same key means the same result."""
        return hashlib.sha256(self.version.encode() + content).hexdigest()

    def known(self, student, key):
        """The result that is kept for this very submission, or None."""
        try:
            if not self._page(student).exists():
                return None
            kept = json.loads(self._path(student).read_text(encoding="utf-8"))
            if kept.pop("key") != key:
                return None
            return result_of(kept)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, student, key, result, page):
        """Remember a result, and write the student's page; a result that a failing grader made is not worth it."""
        save(self._page(student), page)
        if result.status != "failed":
            save(self._path(student), json.dumps({"key": key, **asdict(result)}))

    def nothing(self, status, reason):
        return nothing(self.source, status, reason)

    def _page(self, student):
        return self.folder / "feedback" / f"{file_name(student)}.html"

    def _path(self, student):
        return self.folder / "results" / f"{file_name(student)}.json"

    def write(self, results):
        """Write the tables and pages of {student: Result}; points that a reader has entered are taken in first."""
        by_hand = self._take_in(results)
        tasks = unmarked(self.source)
        rows = [["student", "total", "of", "waiting", *map(short, tasks), "status", "reason"]]
        of = sum(mark.of for mark in tasks.values())
        for student, result in results.items():
            points = ["" if mark.points is None else mark.points for mark in result.marks.values()]
            rows.append([student, result.total, of, result.waiting, *points, result.status, result.reason])
            if result.notebook is None or any(mark.by_hand for mark in result.marks.values()):
                save(self._page(student), feedback(self.assignment, student, result))
        wanted = {self._page(student) for student in results}
        for page in (self.folder / "feedback").iterdir():
            if page not in wanted:  # of a student who is no longer there
                page.unlink()
        save_table(self.folder / "grades.csv", rows)
        if by_hand:
            save_table(self.folder / "by_hand.csv", *by_hand)
            save(self.folder / "answers.html", answers(self.assignment, self.source, results))

    def _take_in(self, results):
        """Take entered points from by_hand.csv into the results; return its new rows and its delimiter.

        No row that a reader has filled in is ever lost. Points for an answer that has changed since become a remark.
        """
        path, entered, delimiter = self.folder / "by_hand.csv", {}, ","
        if path.exists():
            lines, delimiter = read_table(path)
            if not lines or not {"student", "task", "points"} <= set(lines[0]):
                raise Mistake(f"{path}: its first line should be {','.join(BY_HAND)}. Nothing was written.")
            for line in lines[1:]:
                row = dict(zip(lines[0], line, strict=False))
                entered[row.get("student"), row.get("task")] = row
        rows = [BY_HAND]
        for student, result in results.items():
            for task, mark in result.marks.items():
                if not mark.by_hand:
                    continue
                row = entered.pop((_plain(student), short(task)), {})
                text, comment = row.get("points") or "", row.get("comment") or ""
                now = digest(next(cell.source for cell in result.notebook.cells if name(cell) == task).encode())
                if text and row.get("answer") not in (now, None, ""):
                    text, comment = "", f"[{text} for an earlier answer] {comment}"
                rows.append([student, short(task), text, mark.of, comment, now])
                if text:
                    mark.points = _points(text, mark.of, f"by_hand.csv, {student}, {short(task)}")
                    mark.hint = comment or None
        for row in entered.values():
            if row.get("points") or row.get("comment"):
                rows.append([row.get(column) or "" for column in BY_HAND])
        return (rows, delimiter) if len(rows) > 1 else None


def digest(content):
    """Eight letters that tell two texts apart."""
    return hashlib.sha256(content).hexdigest()[:8]


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
    kept = plain == student and len(plain) < 100 and not re.search(r"-[0-9a-f]{8}$", plain)
    return plain if kept else f"{plain[:80]}-{digest(student.encode('utf-8', 'surrogateescape'))}"


def save(path, text):
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8", errors="replace")
    os.replace(temporary, path)


def save_table(path, rows, delimiter=","):
    temporary = path.with_name(path.name + ".part")
    # With the mark at its beginning spreadsheets know the encoding.
    with open(temporary, "w", newline="", encoding="utf-8-sig", errors="replace") as file:
        csv.writer(file, delimiter=delimiter).writerows([[_plain(value) for value in row] for row in rows])
    os.replace(temporary, path)


def _plain(value):
    """A value that a spreadsheet takes as text and not as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
