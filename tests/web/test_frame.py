"""Every page as a reader meets it: how much it loads, whether everybody can use it, and what its frame does."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from descent.formats.chromium import OPTIONS, chromium

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html") if "_static" not in path.parts)
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FIRST_VISIT = 350_000  # bytes
REQUESTS = 20
CHAPTER = "chapters/06_rmsprop.html"
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 800) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
}"""

each_page = pytest.mark.parametrize("path", [*PAGES, "search.html?q=momentum"])


def compressed(url):
    """Bytes that a server sends which compresses text."""
    file = HTML / urlsplit(url).path.lstrip("/")
    content = file.read_bytes()
    return len(content if file.suffix in (".png", ".woff2") else gzip.compress(content, 9))


@each_page
def test_a_first_visit_is_light(visit, path):
    page = visit(path)
    page.wait_for_load_state("networkidle")
    entries = "performance.getEntriesByType('resource').map(entry => entry.name)"
    files = {page.url, *(url for url in page.evaluate(entries) if url.startswith("http"))}
    assert len(files) <= REQUESTS, files
    assert sum(map(compressed, files)) <= FIRST_VISIT, {url: compressed(url) for url in files}


SHIFTS = """() => new Promise((done) => {
  const add = (entries) => entries.getEntries().reduce((sum, entry) => sum + entry.value, 0);
  new PerformanceObserver((entries) => done(add(entries))).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 300);
})"""


@each_page
def test_nothing_moves_while_a_page_is_loading(visit, path):
    page = visit(path, width=390)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) <= 0.01


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_page
def test_axe_finds_nothing(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    page.evaluate(SCROLL)
    page.wait_for_timeout(300)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"]) for one in found]


def test_colours_follow_the_system_until_the_reader_chooses(visit):
    page = visit(CHAPTER, color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    button = page.locator(".theme-switch-button")
    button.click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"
    button.click()
    button.click()
    assert page.evaluate("document.documentElement.dataset.mode") == "auto"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{theme} === 'light'")


@pytest.mark.parametrize("name", ["primary", "secondary"])
def test_contents_open_over_the_text_on_a_phone(visit, name):
    page = visit(CHAPTER, width=390, height=800)
    dialog = page.locator(f"#pst-{name}-sidebar-modal")
    page.locator(f".{name}-toggle").click()
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.locator(f"#pst-{name}-sidebar a").count() > 5
    page.locator(f".{name}-toggle").click()
    dialog.locator("a").nth(5).click()
    dialog.wait_for(state="hidden")


def test_the_contents_of_the_book_can_be_put_away(visit):
    page = visit(CHAPTER)
    sidebar = page.locator("#pst-primary-sidebar")
    assert sidebar.is_visible()
    page.locator(".primary-toggle").click()
    sidebar.wait_for(state="hidden")


def test_the_contents_of_the_page_follow(visit):
    page = visit(CHAPTER)
    for title in ("Where it came from", "Summary"):
        page.get_by_role("heading", name=title).evaluate("title => title.scrollIntoView()")
        page.wait_for_function(
            "title => document.querySelector('#pst-page-toc-nav [aria-current]')?.textContent.trim() === title",
            arg=title,
        )
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("() => !document.querySelector('#pst-page-toc-nav [aria-current]')")


def test_search_opens_by_key_and_finds(visit):
    page = visit(CHAPTER)
    page.keyboard.press("Control+k")
    page.keyboard.type("Nesterov")
    first = page.locator(".search-results a").first
    first.wait_for()
    assert page.locator(".search-results li").count() > 1
    page.keyboard.press("ArrowDown")
    assert first.evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-Nesterov-momentum")


# A question, and what has to be among the first three answers.
SEARCHES = {
    "η": "notation.html#the-step",
    "eta": "notation.html#the-step",
    "beta1": "notation.html#adam",
    "ϵ": "chapters/08_adam.html#what-does",
    "condition number": "glossary.html#term-condition-number",
    "Adam": "chapters/08_adam.html#adam",
    "学习率": "glossary.html#term-learning-rate",
    "条件": "glossary.html#term-condition-number",
    "torch.optim.RMSprop": "chapters/06_rmsprop.html#the-rule",
    "initial_accumulator_value": "notation.html#adagrad",
    "f(x) = [": "chapters/02_gradient_descent.html#down-the-slope",
    "nestrov": "glossary.html#term-Nesterov-momentum",
}


@pytest.mark.parametrize("question", SEARCHES)
def test_search_finds(visit, question):
    page = visit(f"search.html?q={question}")
    page.locator(".search-results li").first.wait_for()
    links = page.locator(".search-results a").evaluate_all("links => links.slice(0, 3).map(link => link.href)")
    assert any(link.endswith(SEARCHES[question]) for link in links), links
    assert page.locator(".search-results mark").count()


def test_search_says_when_there_is_nothing_and_when_it_cannot_read(visit):
    page = visit("search.html?q=xyzzy")
    page.get_by_text("Nothing in the book matches “xyzzy”.").wait_for()
    page = visit("intro.html")
    page.route("**/search.json", lambda route: route.fulfill(body="<p>Log in first"))
    page.keyboard.press("Control+k")
    page.keyboard.type("Adam")
    page.get_by_text("could not be loaded").wait_for()
    page.unroute("**/search.json")
    page.keyboard.type("W")
    page.locator(".search-results li").first.wait_for()


def test_code_is_copied(visit, contexts):
    page = visit(CHAPTER, permissions=["clipboard-read", "clipboard-write"])
    block = page.locator("div.highlight").first
    block.hover()
    block.locator(".copybtn").click()
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
    assert copied == block.locator("pre").text_content().rstrip("\n")


def test_a_link_into_a_solution_unfolds_it(visit):
    page = visit(CHAPTER)
    solution = page.locator(".solution.dropdown").first
    name = solution.get_attribute("id")
    content = solution.locator("section, p").nth(1)
    assert not content.is_visible()
    solution.locator("button.fold").press("Enter")
    assert content.is_visible()
    opened = visit(f"{CHAPTER}#{name}")
    assert opened.locator(f"#{name} section").first.is_visible()


def test_a_figure_enlarges(visit):
    page = visit(CHAPTER)
    image = page.locator("figure img").nth(1)
    image.scroll_into_view_if_needed()
    before = image.bounding_box()["width"]
    image.click()
    large = page.locator(".large-figure img")
    assert large.bounding_box()["width"] > before
    page.keyboard.press("Escape")
    large.wait_for(state="hidden")


def test_a_page_that_does_not_exist_leads_on(visit):
    page = visit("404.html")
    page.locator("article a", has_text="first page").click()
    assert page.url.endswith("/intro.html")


def test_paper_is_white_and_has_all_of_the_text(visit):
    page = visit(CHAPTER, color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.emulate_media(media="print")
    solutions = page.locator(".solution.dropdown p:not(.admonition-title)")
    assert solutions.count() > 10 and solutions.first.is_visible() and page.locator("h1").is_visible()
    for furniture in ("#pst-primary-sidebar", ".prev-next-footer", ".explorer-live", ".copybtn", "details.hide"):
        found = page.locator(furniture)
        assert found.count() and not found.first.is_visible(), furniture
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_heading_links_to_itself(visit):
    page = visit(CHAPTER)
    heading = page.get_by_role("heading", name="Summary")
    heading.hover()
    heading.locator("a.headerlink").click()
    assert page.url.endswith("#summary")


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_laid_out_later_has_its_height_from_the_start(visit, width):
    """Or the text would move under the reader, and links into a page would lead beside their places."""
    page = visit(CHAPTER, width=width)
    late = "[...document.querySelectorAll('div.highlight, .katex-display')].filter(one => one.getClientRects().length)"
    heights = f"{late}.map(one => one.getBoundingClientRect().height)"
    before = page.evaluate(heights)
    page.add_style_tag(content="div.highlight, .katex-display { content-visibility: visible !important }")
    after = page.evaluate(heights)
    assert len(before) > 50
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 3  # pixels
    assert abs(sum(before) - sum(after)) <= 20


def test_what_is_laid_out_later_is_there_for_assistive_technology(browser, site):
    browser = browser.browser_type.launch(executable_path=chromium(), args=[*OPTIONS, "--force-renderer-accessibility"])
    page = browser.new_page()
    page.goto(f"{site}/{CHAPTER}")
    formulas = "[...document.querySelectorAll('.katex-mathml')].filter((one) => one.checkVisibility()).length"
    count = page.evaluate(formulas)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    browser.close()
    assert count > 100
    assert sum(node["role"]["value"] == "MathMLMath" for node in nodes) == count


GLYPHS = """() => {
  const kinds = new Map();
  for (const part of document.querySelectorAll(".katex-html span"))
    if ([...part.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim("\\u200b")))
      kinds.set(`${part.className} ${part.parentElement.className} ${part.textContent}`, part);
  for (const part of kinds.values()) part.dataset.glyph = "";
}"""


@pytest.mark.parametrize("path", [path for path in PAGES if path != "index.html"])
def test_formulas_are_drawn_in_their_own_fonts(visit, path):
    """The pages bring the characters that they use, and no others (sphinx_ext/fonts.py)."""
    page = visit(path)
    page.add_style_tag(content="*, ::details-content { content-visibility: visible !important }")
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.evaluate(GLYPHS)
    page.evaluate("document.fonts.ready")
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    parts = tools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-glyph]"})["nodeIds"]
    assert len(parts) == page.locator(".katex-html [data-glyph]").count()
    foreign = []
    for part in parts:
        fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": part})["fonts"]
        if any(not font["isCustomFont"] for font in fonts):
            foreign.append((fonts, tools.send("DOM.getOuterHTML", {"nodeId": part})["outerHTML"]))
    assert not foreign


def test_editors_have_the_colours_of_the_page(visit):
    page = visit(CHAPTER, color_scheme="dark")
    page.locator(".tryit").first.scroll_into_view_if_needed()
    page.locator(".cm-content").first.click()
    color = "([selector, property]) => getComputedStyle(document.querySelector(selector))[property]"
    ink = page.evaluate(color, ["body", "color"])
    assert page.evaluate(color, [".cm-cursor", "borderLeftColor"]) == ink
    assert page.evaluate(color, [".cm-gutters", "backgroundColor"]) != "rgb(245, 245, 245)"
