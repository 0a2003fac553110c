"""Pages that grading writes: what a student gets back, and all the written answers for their reader.

They are shown in a browser, so nothing that a student wrote is more than text in them: Markdown without HTML, figures
as images, in which no script runs, and a policy that forbids every script besides.
"""

import base64
import re
from importlib import resources

import jinja2
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from descent.grading.run import BLANK, graded, locked, name, solved, tagged, unmarked

LONGEST = 50_000  # characters of a cell that are rendered; of a longer one only these are shown, as they are
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
STYLES = (("light", "a11y-high-contrast-light"), ("dark", "a11y-high-contrast-dark"))  # for code, by Pygments
PAGES = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda page: (resources.files(__package__) / "pages" / page).read_text("utf-8")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


PAGES.globals["code"] = {theme: Markup(HtmlFormatter(style=style).get_style_defs("pre")) for theme, style in STYLES}


def feedback(assignment, student, result):
    """The page for one student.

    Parameters
    ----------
    assignment, student : str
    result : descent.grading.run.Result

    Returns
    -------
    str
        HTML without a hidden test in it: of a test only its hint is shown.
    """
    cells = [_shown(cell) for cell in (result.notebook.cells if result.notebook else []) if _of_interest(cell)]
    return PAGES.get_template("feedback.html").render(
        title=f"{assignment} · {student}",
        assignment=assignment,
        student=student,
        status=result.status,
        reason=result.reason,
        marks=result.marks,
        total=f"{result.total:g}",
        of=f"{sum(mark.of for mark in result.marks.values()):g}",
        waiting=f"{result.waiting:g}" if result.waiting else "",
        cells=cells,
        shown={cell["task"] for cell in cells},
    )


def answers(assignment, source, results):
    """The page for the reader: every question with its prompt, its sample answer and what the students wrote.

    `results` maps students to their Result.
    """
    questions = []
    for place, cell in enumerate(source.cells):
        if not (graded(cell) and solved(cell)):
            continue
        written = [(student, _written(result, name(cell))) for student, result in results.items()]
        questions.append(
            {
                "title": unmarked(source)[name(cell)].title,
                "of": cell.metadata.nbgrader.points,
                "prompt": prose(source.cells[place - 1].source),
                "sample": prose(re.sub(r"### (BEGIN|END) SOLUTION\n?", "", cell.source)),
                "answers": [(student, answer) for student, answer in written if answer],
            }
        )
    return PAGES.get_template("answers.html").render(title=f"{assignment} · written answers", questions=questions)


def prose(text, attachments=None):
    """Markdown as HTML; HTML in it is shown as it is written, and so is what cannot be rendered."""
    if len(text) > LONGEST:
        return Markup("<pre>{} …</pre>").format(text[:LONGEST])
    renderer = IPythonRenderer(
        escape=True, allow_harmful_protocols=False, exclude_anchor_links=True, attachments=attachments or {}
    )
    try:
        return Markup(MarkdownWithMath(renderer=renderer).render(text))
    except Exception:
        return Markup("<pre>{}</pre>").format(text)


def _written(result, task):
    """What a student wrote, as HTML; empty where nothing is."""
    cells = result.notebook.cells if result.notebook else []
    cell = next((cell for cell in cells if name(cell) == task), None)
    if cell is None or cell.source.strip() in ("", BLANK):
        return ""
    return prose(cell.source, cell.get("attachments"))


def _of_interest(cell):
    """The student's own cells, the tests, and what the given cells have drawn; not the assignment's prose."""
    return graded(cell) or tagged(cell, "own") or (cell.cell_type == "code" and (not locked(cell) or cell.outputs))


def _shown(cell):
    html = None
    if cell.cell_type == "markdown":
        html = prose(cell.source, cell.get("attachments"))
    elif not locked(cell):
        html = _code(cell.source)
    outputs = [] if graded(cell) else [_output(output) for output in cell.get("outputs", [])]
    return {"task": name(cell) if graded(cell) else None, "html": html, "outputs": outputs}


def _code(source):
    if len(source) > LONGEST:
        return Markup("<pre>{} …</pre>").format(source[:LONGEST])
    return Markup(Highlight2HTML()(source, language="python"))


def _output(output):
    if output.output_type == "error":
        return {"error": True, "text": "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"}
    data = output.get("data", {})
    if svg := data.get("image/svg+xml"):
        return {"image": f"svg+xml;base64,{base64.b64encode(svg.encode(errors='replace')).decode()}"}
    if BASE64.fullmatch(png := data.get("image/png", "")):
        return {"image": f"png;base64,{png}"}
    return {"text": output.get("text") or data.get("text/plain", "")}
