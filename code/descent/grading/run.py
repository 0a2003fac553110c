"""Grades one submission: a notebook in, a result out.

The student's cells run in a sandbox. The tests run here: the student's code never sees them, and what they compute
with is their own. All that a student's code can do to a test is to return a wrong value.
"""

import ast
import builtins
import contextlib
import json
from dataclasses import dataclass, field
from types import CodeType

import nbformat

from descent import homework
from descent.grading.inside import KINDS
from descent.grading.sandbox import Limits, Sandbox
from descent.grading.wire import Gone

BLANK = "*Your answer here.*"  # what a question that a reader grades holds before it is answered
LIMITED = {"TooLong": "timeout", "MemoryError": "memory"}  # exceptions that have a status of their own
SHOWN = 10 * 2**20  # characters of all outputs of a notebook
LONGEST_HINT = 1000  # characters
LARGEST = 100 * 2**20  # bytes of a submission


@dataclass
class Mark:
    """What one task earned; `hint` says why it is not all.

    Where `by_hand` is true, `points` are None until a reader has given them.
    """

    title: str
    of: float
    points: float | None = 0
    hint: str | None = None
    by_hand: bool = False


@dataclass
class Result:
    """What came of one submission.

    Attributes
    ----------
    status : str
        ok (every cell ran); errors (some cells of the student's raised); timeout, memory, processes (a limit was
        reached); crashed (the process ended); unreadable, wrong, missing (there was nothing to run); failed (the
        grader did).
    reason : str
        One sentence; empty for ok.
    marks : dict
        Task (its cell's id) → Mark.
    notebook : nbformat.NotebookNode or None
        The notebook as it ran, for the feedback.
    """

    status: str
    reason: str
    marks: dict
    notebook: nbformat.NotebookNode | None = field(default=None, repr=False)

    @property
    def total(self):
        return sum(mark.points or 0 for mark in self.marks.values())

    @property
    def waiting(self):
        """The points that a reader has still to give or to refuse."""
        return sum(mark.of for mark in self.marks.values() if mark.points is None)


class Unfit(Exception):
    """A submission that cannot be run: (status, reason)."""


def grade(submission, source, limits=None):
    """Grade one submission.

    Parameters
    ----------
    submission : bytes
        The file that was handed in.
    source : nbformat.NotebookNode
        The assignment with its solutions and hidden tests.
    limits : Limits, optional

    Returns
    -------
    Result

    Raises
    ------
    NoSandbox
        Bubblewrap cannot work on this machine.
    """
    limits = limits or Limits()
    marks = unmarked(source)
    try:
        notebook = merged(source, read(submission, source))
    except Unfit as unfit:
        return nothing(source, *unfit.args)
    except (TypeError, AttributeError, KeyError):
        return nothing(source, "unreadable", "the cells of the notebook are not as cells should be")
    for cell in filter(graded, notebook.cells):
        if solved(cell):
            by_hand = marks[name(cell)].by_hand = cell.source.strip() not in ("", BLANK)
            marks[name(cell)].points = None if by_hand else 0
    given, errors, ended = {"__name__": "__main__"}, [], None
    shown = 0
    with Sandbox(limits) as sandbox:
        try:
            for cell in notebook.cells:
                if graded(cell) and not solved(cell):
                    mark = marks[name(cell)]
                    sandbox.heard.clear()
                    mark.points, mark.hint = _tested(cell, given, sandbox.get)
                    mark.hint = mark.hint and mark.hint[:LONGEST_HINT]
                    errors += [(mark.title, kind) for kind in sandbox.heard if kind in LIMITED][:1]
                elif cell.cell_type == "code" and not tagged(cell, "tally"):
                    if tagged(cell, "setup"):
                        exec(compile(cell.source, name(cell), "exec"), given)
                    cell.outputs = _outputs(sandbox, cell.source)
                    shown += len(json.dumps(cell.outputs))
                    if shown > SHOWN:
                        cell.outputs = [nbformat.v4.new_output("stream", text="(more than can be shown here)\n")]
                    if not locked(cell):
                        errors += [(name(cell), out.ename) for out in cell.outputs if out.output_type == "error"]
        except Gone:
            ended = sandbox.why()
            for mark in marks.values():
                if mark.points == 0 and mark.hint is None:
                    mark.hint = f"Not graded: {ended[1]}."
    status, reason = ended or _verdict(errors, limits)
    return Result(status, " ".join(reason.split()), marks, notebook)


def unmarked(source):
    """Every task of an assignment, with no points yet."""
    return {name(cell): Mark(_title(cell), cell.metadata.nbgrader.points) for cell in source.cells if graded(cell)}


def nothing(source, status, reason):
    """The result where there was nothing to run."""
    return Result(status, reason, unmarked(source))


def _title(cell):
    """The task's name: what `score` prints, or its cell's id for a question that a reader grades."""
    if solved(cell):
        return name(cell).partition("-")[2].replace("-", " ")
    try:
        return ast.literal_eval(ast.parse(cell.source).body[-1].value.args[0])
    except (SyntaxError, ValueError, AttributeError, IndexError):  # a test that is broken is told of when it runs
        return name(cell)


def _outputs(sandbox, source):
    """Run a cell. Its outputs are made anew from what the sandbox sends: it may send anything."""
    try:
        sent = sandbox.run(source)
    except Exception as error:
        kind = type(error).__name__
        return [nbformat.v4.new_output("error", ename=kind, evalue=str(error), traceback=[f"{kind}: {error}"])]
    made = []
    for output in sent if isinstance(sent, list) else []:
        try:
            kind = output["output_type"]
            if kind == "stream":
                made.append(nbformat.v4.new_output("stream", text=str(output["text"])))
            elif kind == "error":
                lines = [str(line) for line in output["traceback"]]
                what = {"ename": str(output["ename"])[:40], "evalue": str(output["evalue"])[:500]}
                made.append(nbformat.v4.new_output("error", traceback=lines, **what))
            else:
                data = {kind: str(output["data"][kind]) for kind in KINDS if kind in output["data"]}
                made.append(nbformat.v4.new_output("display_data", data=data))
        except (KeyError, TypeError, AttributeError):
            continue
    return made


def _verdict(errors, limits):
    """The status and the reason of a notebook that ran to its end; `errors` are pairs of a place and an exception."""
    if not errors:
        return "ok", ""
    status = next((LIMITED[kind] for _, kind in errors if kind in LIMITED), "errors")
    what = {"TooLong": f"more than {limits.cell:g} s", "MemoryError": f"more than {limits.memory / 2**30:g} GB"}
    parts = [f"{place}: {what.get(kind, kind)}" for place, kind in errors[:4]]
    return status, "; ".join(parts) + (f"; and {len(errors) - 4} more" if len(errors) > 4 else "")


def _tested(cell, given, get):
    """Run a test cell; return its points and its hint.

    It sees the given names, Python's own and, where neither has the name, the student's: a student's `max` or `np` is
    not the test's.
    """
    found = []
    code = compile(cell.source, name(cell), "exec")
    names = {**given, "score": lambda task, points, test: found.append(homework.judged(points, test))}
    for wanted in _names(code) - names.keys() - vars(builtins).keys():
        with contextlib.suppress(Exception):  # there is no such name, or its value does not travel
            names[wanted] = get(wanted)
    exec(code, names)
    return found[-1]


def _names(code):
    """Every name that code and the functions in it may look up."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def read(submission, source):
    """The notebook in a file; Unfit, with the reason, if it is none or another one."""
    if len(submission) > LARGEST:
        raise Unfit("unreadable", f"the file is larger than {LARGEST // 2**20} MB")
    if not submission.strip():
        raise Unfit("unreadable", "the file is empty")
    try:
        raw = json.loads(submission)
    except (ValueError, RecursionError):
        raise Unfit("unreadable", "the file is not JSON, so it is no notebook") from None
    try:
        for cell in raw["cells"]:
            cell["outputs"] = []  # they are not looked at, and may be large or wrong
        notebook = nbformat.from_dict(raw)
        cells = [(cell.cell_type, "".join(cell.source), cell.metadata) for cell in notebook.cells]
        ids = {given.get("nbgrader", {}).get("grade_id") for _, _, given in cells} - {None}
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise Unfit("unreadable", "the file is JSON, but no notebook") from None
    ours = {name(cell) for cell in source.cells if "nbgrader" in cell.metadata}
    if not ids & ours:
        prefix = next(iter(sorted(map(str, ids))), "").partition("-")[0]
        of = f": its cells belong to {prefix[:20]}" if prefix else ", or its cells have lost their metadata"
        raise Unfit("wrong", f"this is the notebook of another assignment{of}")
    for cell, (_, text, _) in zip(notebook.cells, cells, strict=True):
        cell.source = text
    return notebook


def merged(source, submission):
    """The assignment with the student's answers in place of the solutions, and the cells that the student has added.

    Given cells and tests are the assignment's own, whatever the submission has made of them. Where an answer was split
    or copied, its parts all count, in their order; to a written answer belongs what the student wrote below it.
    """
    known = {cell.get("id") for cell in source.cells}, {cell.source for cell in source.cells}
    answers, added, place = {}, {}, None
    for cell in submission.cells:
        marked = cell.metadata.get("nbgrader", {})
        if marked:
            place = marked.get("grade_id")
            if marked.get("solution"):
                answers.setdefault(place, []).append(cell)
        elif cell.get("id") not in known[0] and cell.source not in known[1]:
            added.setdefault(place, []).append(cell)
    cells = [_own(cell) for cell in added.pop(None, [])]
    for given in source.cells:
        mine = answers.get(name(given), []) if solved(given) else [given]
        more = added.pop(name(given), []) if "nbgrader" in given.metadata else []
        if given.cell_type == "markdown" and solved(given):
            mine, more = (
                [_together(mine + [cell for cell in more if cell.cell_type == "markdown"])],
                [cell for cell in more if cell.cell_type != "markdown"],
            )
        cells.append(_fresh(given, mine[0] if mine else {"source": ""}))
        cells += [_own(cell) for cell in mine[1:] + more]
    cells += [_own(cell) for left in added.values() for cell in left]
    return nbformat.v4.new_notebook(cells=cells)


def _together(cells):
    """One written answer of several cells."""
    texts = [text for cell in cells if (text := cell.source.replace(BLANK, "").strip())]
    attachments = {name: data for cell in cells for name, data in cell.get("attachments", {}).items()}
    return {"source": "\n\n".join(dict.fromkeys(texts)) or BLANK, "attachments": attachments}


def _own(cell):
    """A cell that the student has added."""
    return _fresh({"cell_type": cell.cell_type, "metadata": {"tags": ["own"]}}, cell)


def _fresh(given, answer):
    make = nbformat.v4.new_code_cell if given["cell_type"] == "code" else nbformat.v4.new_markdown_cell
    metadata = {key: given["metadata"][key] for key in ("nbgrader", "tags") if key in given["metadata"]}
    cell = make(answer["source"], metadata=metadata)
    if given["cell_type"] == "markdown" and isinstance(answer.get("attachments"), dict):
        cell.attachments = answer["attachments"]
    return cell


def name(cell):
    """What a cell is called in tables: its nbgrader id."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or "a cell of the student's own"


def tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def graded(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def solved(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def locked(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))
