"""Every exercise that is checked on the page, in a real browser: answers, starters, wrong answers, hostile programs."""

import sys
from pathlib import Path

import nbformat
import pytest

from descent.interactive import tryit

ROOT = Path(__file__).parents[2]


class Tryit:
    def __init__(self, page, name):
        self.page = page
        self.root = page.locator(f'.tryit[data-name="{name}"]')
        self.root.scroll_into_view_if_needed()
        page.locator(f'.tryit.alive[data-name="{name}"]').wait_for()

    def write(self, source):
        self.root.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        if source:
            self.page.keyboard.insert_text(source)

    def do(self, name, source=None):
        """Press a button and return what is said when it has ended."""
        if source is not None:
            self.write(source)
        self.root.locator(f'[data-do="{name}"]').click()
        self.root.locator(".tryit-buttons button:not([aria-disabled])").first.wait_for()
        return self.root.locator(".tryit-said").text_content()

    def printed(self):
        return self.root.locator(".tryit-printed").text_content()


def written(page, name):
    """The exercise as it stands in the notebook."""
    notebook = nbformat.read(ROOT / page.replace(".html", ".ipynb"), as_version=4)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next(exercise for exercise in tryit.find(text) if exercise.label == name)


@pytest.fixture
def first(visit, tryits):
    page, name = tryits[0]
    return Tryit(visit(page), name)


def test_every_chapter_has_two(tryits):
    pages = [page for page, _ in tryits]
    for path in (ROOT / "chapters").glob("0*.ipynb"):
        assert pages.count(f"chapters/{path.stem}.html") >= 2


def test_answers_pass_and_every_wrong_answer_gets_its_own_hint(visit, place):
    page, name = place
    exercise = written(page, name)
    box = Tryit(visit(page), name)
    assert box.do("check") not in ("", "Running …")
    assert "right" not in box.root.locator(".tryit-said").get_attribute("class")  # that was the starter
    for check in exercise.checks:
        for source in check.wrong:
            assert box.do("check", source) == check.hint
    assert box.do("check", exercise.answer).startswith("Right:")
    assert box.do("run", "").startswith("It ran")


def test_the_answer_is_folded_and_the_starter_can_be_read_without_javascript(visit, place):
    page, name = place
    plain = visit(page, java_script_enabled=False)
    root = plain.locator(f'.tryit[data-name="{name}"]')
    assert root.locator("pre").first.is_visible() and not root.locator("button").first.is_visible()
    solution = visit(page).locator(f"#{name.replace('ex-', 'sol-', 1)}")
    assert solution.count() == 1 and not solution.locator("pre").first.is_visible()


def test_errors_name_the_line(first):
    assert first.do("run", "a = 1\nprint(a\n").startswith("Line")
    assert "SyntaxError" in first.do("check", "def f(:\n")
    assert first.do("run", "a = 1\n\nb = a + c\n").startswith("Line 3: NameError")
    assert first.root.locator(".marked-line").inner_text() == "b = a + c"


def test_what_is_printed_is_shown_and_limited(first):
    assert first.do("run", 'print("η =", 0.4)') == "It ran."
    assert first.printed() == "η = 0.4\n"
    first.do("run", "for n in range(1000):\n    print(n)")
    assert len(first.printed().splitlines()) == 201


@pytest.mark.parametrize(
    "program, told",
    [
        ("while True:\n    pass", "Stopped after 3 seconds"),
        ("while True:\n    print(1)", "Stopped after 3 seconds"),
        ("x = []\nwhile True:\n    x.append([0.0] * 100000)", "MemoryError"),
        ("x = 'a' * 2000000000", "MemoryError"),
        ("def f():\n    return f()\nf()", "RuntimeError"),
        ("import numpy", "ImportError"),
        ("import sys\nsys.exit()", "SystemExit"),
        ("from descent import rules\nrules.adam = None", "It ran"),
    ],
)
def test_a_hostile_program_is_stopped_and_the_page_lives_on(first, program, told):
    assert told in first.do("run", program)
    assert first.page.evaluate("1 + 1") == 2
    assert first.do("run", "from descent import rules\nprint(rules.adam is not None)") == "It ran."
    assert first.printed() == "True\n"


def test_what_was_written_is_kept_and_can_be_undone(first, tryits):
    starter = written(*tryits[0]).starter
    first.write("mine = 1")
    first.page.wait_for_function("Object.keys(localStorage).some((key) => key.startsWith('tryit:'))")
    first.page.reload()
    again = Tryit(first.page, tryits[0][1])
    editor = again.root.locator(".cm-content")
    assert editor.inner_text() == "mine = 1"
    assert "Undo" in again.do("again")
    assert editor.inner_text().split() == starter.split()
    editor.focus()
    again.page.keyboard.press("Control+z")
    assert editor.inner_text() == "mine = 1"


def test_it_works_by_keyboard(first):
    first.write("print(2 + 3)")
    first.page.keyboard.press("Escape")
    first.page.keyboard.press("Tab")  # out of the editor, to Check
    first.page.keyboard.press("Tab")
    assert first.page.evaluate("document.activeElement.dataset.do") == "run"
    first.page.keyboard.press("Enter")
    first.root.locator(".tryit-printed", has_text="5").wait_for()


def test_it_fits_a_narrow_window(visit, place):
    page, name = place
    box = Tryit(visit(page, width=320, height=640, color_scheme="dark"), name)
    assert box.page.evaluate("document.documentElement.scrollWidth") <= 320
    place = box.root.locator(".cm-editor").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 321


def test_the_page_python_is_the_one_that_is_told_of(first):
    first.do("run", "import sys\nprint(sys.implementation.name)")
    assert first.printed() == "micropython\n" and sys.implementation.name == "cpython"
