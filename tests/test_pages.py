"""The built pages: internal links and anchors lead somewhere, nothing is asked of another host.

`make test` builds the book first.
"""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

HTML = Path(__file__).parents[1] / "_build" / "html"
PAGES = sorted(HTML.rglob("*.html")) if HTML.is_dir() else []
PAGES = [page for page in PAGES if "_static" not in page.parts]  # the theme keeps templates there
# What a page loads by itself, as opposed to what a reader may click.
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
NOT_LOADED = {"canonical", "next", "prev", "index", "search", "author", "license", "copyright"}


def name(page):
    return str(page.relative_to(HTML))


@cache
def soup(page):
    return BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")


@cache
def anchors(page):
    return {tag["id"] for tag in soup(page).find_all(id=True)} | {"", "top"}


def test_the_book_is_built():
    assert PAGES, "there are no pages in _build/html: run `make book` first"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_internal_links_and_anchors_lead_somewhere(page, record_property):
    broken, count = [], 0
    for tag, attribute in [("a", "href"), *LOADED.items()]:
        for element in soup(page).find_all(tag, attrs={attribute: True}):
            parts = urlsplit(element[attribute])
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                broken.append(f"{element[attribute]}: no such file")
            elif target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
                broken.append(f"{element[attribute]}: no such anchor")
    record_property("links and anchors", count)
    assert not broken, f"{name(page)}: " + "; ".join(broken)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_asks_nothing_of_another_host(page):
    foreign = []
    for tag, attribute in LOADED.items():
        for element in soup(page).find_all(tag, attrs={attribute: True}):
            if NOT_LOADED.isdisjoint(element.get("rel", [])) and urlsplit(element[attribute]).netloc:
                foreign.append(element[attribute])
    # A module that a script imports, and what a style sheet in the page loads.
    for inline in soup(page).find_all(["script", "style"]):
        foreign += re.findall(r"(?:import\s*\(?|from|url\()\s*['\"]?((?:https?:)?//[^'\")\s]+)", inline.get_text())
    assert not foreign, f"{name(page)} loads {foreign}"


def test_style_sheets_ask_nothing_of_another_host():
    sheets = list((HTML / "_static").rglob("*.css"))
    assert sheets
    for sheet in sheets:
        found = re.findall(r"url\(\s*['\"]?((?:https?:)?//[^'\")\s]+)", sheet.read_text(encoding="utf-8"))
        assert not found, f"{sheet.relative_to(HTML)} loads {found}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_mathematics_is_rendered(page):
    """By KaTeX, when the book was built: every formula holds its MathML, and no source is left for a script."""
    formulas = soup(page).select(".math")
    assert all(formula.select_one("math") for formula in formulas)
    assert not soup(page).select("script[src*=mathjax]")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_images_have_alternative_text(page):
    for image in soup(page).select("article img"):
        assert len(image.get("alt", "")) > 20, f"{name(page)}: {image.get('src')} needs a text that says what it shows"


def test_every_myth_is_among_the_claims():
    links = soup(HTML / "claims.html").select("article .myth a[href*=myth-]")
    listed = {link["href"].partition("#")[2] for link in links}
    told = {box["id"] for page in HTML.glob("chapters/*.html") for box in soup(page).select(".admonition.myth[id]")}
    assert told and listed == told


def test_no_hidden_test_or_solution_of_the_homework_is_in_the_book():
    """Whatever is below the built site, sources and downloads and the search index among it."""
    secret = re.compile(r"### BEGIN (HIDDEN TESTS|SOLUTION)\n(.*?)### END \1", re.S)
    hidden, shown = set(), ""
    for path in (HTML.parents[1] / "homework" / "source").glob("*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            shown += secret.sub("", cell.source)
            for _, text in secret.findall(cell.source):
                hidden |= {line.strip() for line in text.splitlines() if len(line.strip()) > 40}
    hidden = {line for line in hidden if line not in shown}
    assert len(hidden) > 200
    files = [path for path in HTML.rglob("*") if path.suffix in (".html", ".ipynb", ".js", ".json", ".md", ".txt")]
    texts = [path.read_text(encoding="utf-8") for path in files if "_static" not in path.parts]
    assert sum(".ipynb" in str(path) for path in files) > 10
    found = [line for line in hidden for text in texts if line in text or json.dumps(line)[1:-1] in text]
    assert not found
