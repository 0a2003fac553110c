"""Every explorer of the built book, in a real browser."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


class Explorer:
    """An explorer on an open page."""

    def __init__(self, page, name):
        self.page = page
        self.root = page.locator(f'.explorer[data-name="{name}"]')
        self.root.scroll_into_view_if_needed()
        page.locator(f'.explorer.alive[data-name="{name}"]').wait_for()

    def texts(self):
        return self.root.locator(".explorer-readout output").all_inner_texts()

    def ends(self):
        """Of every run: x₁ and x₂ as they are shown."""
        return [re.search(r"\((\S+), (\S+)\)", text.replace("−", "-")).groups() for text in self.texts()]

    def error(self):
        return self.root.locator(".explorer-error").text_content()

    def changes(self, action):
        """Do something and wait until the end points are others."""
        before = self.texts()
        action()
        self.becomes(lambda: self.texts() != before)
        return self.texts()

    def becomes(self, condition):
        for _ in range(1500):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"nothing happened; the explorer says {self.texts()} {self.error()!r}")

    def button(self, name):
        self.root.locator(f'button[data-do="{name}"]').click()

    def swipe(self, x, y, across, down):
        """With a finger, from a place of the window."""
        session = self.page.context.new_cdp_session(self.page)
        for kind, part in [("touchStart", 0), *(("touchMove", k / 9) for k in range(10)), ("touchEnd", None)]:
            points = [] if part is None else [{"x": x + part * across, "y": y + part * down}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            self.page.wait_for_timeout(16)

    def write(self, source):
        """Replace what is in the editor."""
        self.root.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)


def printed_numbers(page, cell_id):
    """The numbers that a cell of the chapter has printed, as text."""
    notebook = nbformat.read(ROOT / page.replace(".html", ".ipynb"), as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    text = "".join(output.get("text", "") for output in cell.outputs)
    return NUMBER.findall(text.replace("−", "-"))


def is_printed(value, numbers):
    """Whether a number stands among them, to the digits that they have: at least four decimals, or it is exact."""
    for number in numbers:
        decimals = len(number.partition(".")[2])
        if "e" not in number and decimals >= 4 and round(abs(float(value)), decimals) == abs(float(number)):
            return True
    return False


def test_the_book_has_explorers(explorers):
    pages = {page for page, *_ in explorers}
    chapters = {path.stem for path in (ROOT / "chapters").glob("0*.ipynb")}
    assert chapters | {"intro"} <= {Path(page).stem for page in pages}


def test_the_first_picture_ends_where_the_chapter_says(visit, where):
    page, name, config = where
    ends = Explorer(visit(page), name).ends()
    assert len(ends) == len(config["runs"])
    if page == "intro.html":  # a figure drawn by images/race.py, whose rates tests/test_images.py compares
        return
    assert config["printed"], f"{name} names no cell that prints where it ends"
    numbers = printed_numbers(page, config["printed"])
    for run, end in zip(config["runs"], ends, strict=True):
        for value in end:
            assert is_printed(value, numbers), f"{name}: {run['label']} ends at {end}, which {config['printed']} lacks"


def test_every_control_changes_it(visit, where):
    page, name, config = where
    explorer = Explorer(visit(page), name)
    for control in explorer.root.locator(".control").all():
        label = control.get_attribute("data-name")
        slider = control.locator("[type=range]")
        slider.focus()
        key = "ArrowRight" if slider.input_value() == slider.get_attribute("min") else "ArrowLeft"
        explorer.changes(lambda key=key: explorer.page.keyboard.press(key))
        typed = control.locator("[type=text]")
        slides = [(one["low"], one["high"]) for one in config["sliders"] if one["name"] == label]
        low, high = slides[0] if slides else (1, config["steps"]["most"])
        value = low * (high / low) ** 0.37 if low > 0 else 0.37 * high
        number = str(round(value)) if label in ("steps", "noise.batch") else f"{value:.3g}"
        explorer.changes(lambda typed=typed, number=number: (typed.fill(number), typed.press("Enter")))
        assert explorer.error() == "", f"{label}: {explorer.error()}"
        explorer.changes(lambda: explorer.button("reset"))
    explorer.root.locator(".start").focus()
    explorer.page.keyboard.press("Shift+ArrowUp")
    explorer.changes(lambda: explorer.page.keyboard.press("Shift+ArrowRight"))
    explorer.button("reset")
    box = explorer.root.locator("canvas.paths").bounding_box()
    explorer.changes(lambda: explorer.page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"]))
    handle = explorer.root.locator(".start").bounding_box()
    explorer.page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    explorer.page.mouse.down()
    explorer.changes(lambda: explorer.page.mouse.move(handle["x"] - 40, handle["y"] + 60, steps=4))
    explorer.page.mouse.up()
    first = explorer.changes(lambda: explorer.button("reset"))
    assert len(first) == len(config["runs"])


def test_play_step_and_the_rules_that_are_shown(visit, where):
    page, name, config = where
    explorer = Explorer(visit(page), name)
    steps = explorer.root.locator('.control[data-name="steps"] [type=text]')
    explorer.button("step")
    assert steps.input_value() == str(min(config["steps"]["shown"] + 1, config["steps"]["most"]))
    explorer.button("play")
    explorer.becomes(lambda: 2 <= int(steps.input_value()) < config["steps"]["shown"])
    explorer.button("play")  # it says Pause now
    at = steps.input_value()
    explorer.page.wait_for_timeout(200)
    assert steps.input_value() == at
    boxes = explorer.root.locator(".explorer-runs input")
    assert boxes.count() == (len(config["runs"]) if len(config["runs"]) > 1 else 0)
    if boxes.count():
        boxes.first.focus()
        explorer.page.keyboard.press("Space")
        explorer.becomes(lambda: not explorer.root.locator(".explorer-readout p").first.is_visible())


def test_a_link_restores_the_state(visit, site, where):
    page, name, config = where
    explorer = Explorer(visit(page), name)
    slider = explorer.root.locator(".control").first.locator("[type=text]")
    first = config["sliders"][0]
    value = first["low"] + 0.37 * (first["high"] - first["low"])
    explorer.changes(lambda: (slider.fill(f"{value:.3g}"), slider.press("Enter")))
    explorer.root.locator(".start").focus()
    explorer.changes(lambda: explorer.page.keyboard.press("Shift+ArrowRight"))
    explorer.button("link")
    explorer.becomes(lambda: "explorer=" in explorer.page.url)
    link = explorer.page.url.removeprefix(site + "/")
    again = Explorer(visit(link), name)
    assert again.root.locator(".control").first.locator("[type=text]").input_value() == slider.input_value()
    again.becomes(lambda: again.texts() == explorer.texts())


def test_the_rule_can_be_edited(visit, where):
    page, name, config = where
    explorer = Explorer(visit(page), name)
    first = explorer.texts()
    rule = config["runs"][0]["rule"]
    source = config["sources"][rule]
    explorer.button("edit")
    explorer.root.locator(".cm-content").wait_for()
    half = source.replace("return x - lr * ", "return x - 0.5 * lr * ")
    assert half != source
    explorer.write(half)
    changed = explorer.changes(lambda: explorer.button("runEdited"))
    # A mistake is told with its line, and the last good curve stays.
    broken = half.replace("def update(x, grad", "def update(x, gradient", 1)
    explorer.write(broken)
    explorer.button("runEdited")
    explorer.becomes(lambda: "NameError" in explorer.error() and "line" in explorer.error())
    assert explorer.texts() == changed
    explorer.write("def f(:\n")
    explorer.button("runEdited")
    explorer.becomes(lambda: "SyntaxError" in explorer.error() and "line 1" in explorer.error())
    assert explorer.root.locator(".marked-line").count() == 1
    explorer.changes(lambda: explorer.button("bookRule"))
    assert explorer.texts() == first and explorer.error() == ""


def test_a_link_to_a_figure_leads_to_its_explorer_on_a_phone(visit, explorers):
    page, name, _ = next(where for where in explorers if "06" in where[0])
    opened = visit(f"{page}#{name}", width=390, height=800)
    opened.wait_for_function("scrollY > 0")
    Explorer(opened, name)
    assert abs(opened.locator(f'.explorer[data-name="{name}"]').bounding_box()["y"]) < 800


def test_the_figure_can_be_seen_again(visit, explorers):
    page, name, _ = explorers[0]
    explorer = Explorer(visit(page), name)
    image, live = explorer.root.locator("figure img"), explorer.root.locator(".live")
    assert live.is_visible() and not image.is_visible()
    explorer.button("figure")
    assert image.is_visible() and not live.is_visible()
    explorer.button("step")
    assert live.is_visible() and not image.is_visible()
    explorer.button("play")
    explorer.button("figure")
    explorer.page.wait_for_timeout(300)  # in which a run that goes on would bring its picture back
    assert image.is_visible() and not live.is_visible()


def test_a_panel_sets_its_sliders(visit, explorers):
    page, name, _ = next(where for where in explorers if "factors" in where[2]["views"])
    explorer = Explorer(visit(page), name)
    box = explorer.root.locator("canvas.panel").first.bounding_box()
    explorer.changes(lambda: explorer.page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"]))
    assert float(explorer.root.locator('.control[data-name="lr"] [type=text]').input_value()) < 0.2
    assert explorer.root.locator('.control[data-name="steps"] [type=text]').input_value() == "20"


def test_reset_takes_an_edited_rule_back(visit, explorers):
    page, name, config = next(where for where in explorers if "04" in where[0])
    explorer = Explorer(visit(page), name)
    first = explorer.texts()
    explorer.button("edit")
    explorer.root.locator(".cm-content").wait_for()
    explorer.write(config["sources"]["momentum"].replace("x - lr", "x - 0.5 * lr"))
    explorer.changes(lambda: explorer.button("runEdited"))
    explorer.becomes(lambda: "This is your momentum" in explorer.root.locator(".explorer-said").text_content())
    explorer.changes(lambda: explorer.button("reset"))
    assert explorer.texts() == first
    assert "0.5" not in explorer.root.locator(".cm-content").inner_text()


def test_an_endless_rule_is_stopped(visit, explorers):
    page, name, config = next(where for where in explorers if "06" in where[0])
    explorer = Explorer(visit(page), name)
    rule = config["runs"][0]["rule"]
    explorer.button("edit")
    explorer.root.locator(".cm-content").wait_for()
    explorer.write(f"def {rule}(**all):\n    while True:\n        pass\n")
    explorer.button("runEdited")
    explorer.becomes(lambda: "stopped after 3 seconds" in explorer.error())
    explorer.button("bookRule")
    explorer.becomes(lambda: explorer.error() == "")
    slider = explorer.root.locator(".control [type=range]").first
    slider.focus()
    explorer.changes(lambda: explorer.page.keyboard.press("ArrowLeft"))


@pytest.mark.parametrize("typed, told", [("1.2", "decay must be in [0, 1), got 1.2"), ("fast", "must be a number")])
def test_a_number_out_of_range_is_told_and_loses_nothing(visit, explorers, typed, told):
    page, name, _ = next(where for where in explorers if "06" in where[0])
    explorer = Explorer(visit(page), name)
    before = explorer.texts()
    box = explorer.root.locator('.control[data-name$="decay"] [type=text]')
    box.fill(typed)
    box.press("Enter")
    explorer.becomes(lambda: told in explorer.error())
    assert explorer.texts() == before
    assert box.input_value() == "0.9"  # the number of the picture that stays
    explorer.button("reset")
    explorer.becomes(lambda: explorer.error() == "")


def test_nothing_is_loaded_before_an_explorer_is_near(visit, explorers):
    page, name, _ = explorers[1]
    asked = []
    opened = visit("search.html", height=500)
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(opened.url.replace("search.html", page), wait_until="networkidle")
    heavy = re.compile(r"interactive/(explorer|worker|editor|tryit|micropython)")
    assert not [url for url in asked if heavy.search(url)]
    Explorer(opened, name)
    assert {"explorer", "worker", "micropython"} <= {m[1] for m in map(heavy.search, asked) if m}
    assert not [url for url in asked if "editor" in url]


def test_without_javascript_and_in_print_the_figure_is_there(visit, where):
    page, name, _ = where
    plain = visit(page, java_script_enabled=False)
    root = plain.locator(f'.explorer[data-name="{name}"]')
    root.locator("figure img").wait_for()  # it is visible once it has come
    assert root.locator("figcaption").is_visible()
    assert not root.locator(".explorer-live").is_visible() and not root.locator(".explorer-try").is_visible()
    explorer = Explorer(visit(page), name)
    explorer.page.emulate_media(media="print")
    assert explorer.root.locator("figure img").is_visible()
    assert not explorer.root.locator(".live").is_visible()
    assert not explorer.root.locator(".explorer-live").is_visible()


def test_it_fits_a_narrow_window(visit, where):
    page, name, _ = where
    explorer = Explorer(visit(page, width=320, height=640, color_scheme="dark", has_touch=True), name)
    assert explorer.page.evaluate("document.documentElement.scrollWidth") <= 320
    for box in explorer.root.locator("button, input, canvas").all():
        if box.is_visible():
            place = box.bounding_box()
            assert place["x"] >= 0 and place["x"] + place["width"] <= 321


def test_mounting_moves_nothing(visit, where):
    page, name, _ = where
    opened = visit(page)
    opened.evaluate("document.fonts.ready")
    root = opened.locator(f'.explorer[data-name="{name}"]')
    before = root.bounding_box()["height"]
    explorer = Explorer(opened, name)
    # The end points, a line each, may take a second line.
    assert abs(explorer.root.bounding_box()["height"] - before) <= 2


def test_everything_has_a_name_for_screen_readers(visit, where):
    page, name, _ = where
    explorer = Explorer(visit(page), name)
    tree = explorer.root.aria_snapshot()
    for line in tree.splitlines():
        kind = re.match(r"\s*- (button|slider|textbox|checkbox|combobox)\b(.*)", line)
        assert not kind or '"' in kind[2], f"{name}: {line.strip()} has no name"
    assert "slider" in tree and "textbox" in tree
    explorer.root.locator(".start").focus()
    explorer.page.keyboard.press("ArrowLeft")
    spoken = explorer.root.locator(".explorer-spoken")
    explorer.becomes(lambda: "after" in spoken.text_content())
    outline = explorer.root.locator(".start").evaluate("e => getComputedStyle(e).outlineWidth")
    assert outline == "3px"


def test_reduced_motion_has_no_play(visit, explorers):
    page, name, _ = explorers[1]
    explorer = Explorer(visit(page, reduced_motion="reduce"), name)
    assert not explorer.root.locator('[data-do="play"]').is_visible()
    explorer.changes(lambda: explorer.button("step"))


def test_touch_drags_the_start(visit, explorers):
    page, name, _ = next(where for where in explorers if "02" in where[0])
    explorer = Explorer(visit(page, width=390, height=800, has_touch=True), name)
    explorer.root.locator(".start").scroll_into_view_if_needed()
    box = explorer.root.locator(".start").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scrolled = explorer.page.evaluate("scrollY")
    explorer.changes(lambda: explorer.swipe(x, y, 60, -40))
    assert explorer.page.evaluate("scrollY") == scrolled


def test_a_swipe_over_a_slider_scrolls_the_page_and_leaves_the_slider(visit, explorers):
    page, name, _ = next(where for where in explorers if "02" in where[0])
    explorer = Explorer(visit(page, width=390, height=800, has_touch=True), name)
    slider = explorer.root.locator("[type=range]").first
    slider.evaluate("e => e.scrollIntoView({ block: 'center' })")
    explorer.page.wait_for_timeout(200)
    before, scrolled, texts = slider.input_value(), explorer.page.evaluate("scrollY"), explorer.texts()
    box = slider.bounding_box()
    explorer.swipe(box["x"] + 20, box["y"] + box["height"] / 2, 0, -200)
    explorer.becomes(lambda: explorer.page.evaluate("scrollY") > scrolled + 100)
    explorer.becomes(lambda: slider.input_value() == before and explorer.texts() == texts)


def test_what_need_not_stay_goes_away(visit, explorers):
    page, name, _ = explorers[0]
    explorer = Explorer(visit(page), name)
    said = explorer.root.locator(".explorer-said")
    explorer.button("link")
    explorer.becomes(lambda: "link" in said.text_content().lower())
    explorer.page.wait_for_timeout(6500)
    assert said.text_content() == ""
