"""The PDF and the EPUB say what the pages say, and every link in them leads somewhere.

`make test` builds the book first. Without a Chromium, or a Chinese font, there is no PDF, and its tests are skipped.
"""

import posixpath
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
import pytest
from bs4 import BeautifulSoup
from lxml import etree
from playwright.sync_api import sync_playwright

from descent.formats import book, gaps, parts, pdf
from descent.formats.chromium import MISSING, OPTIONS, chromium

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
NUMBERED = {"equations": ".eqno", "figures": "figcaption .caption-number", "exercises": ".exercise .caption-number"}
XHTML = "{http://www.w3.org/1999/xhtml}"


def made(kind):
    done = subprocess.run([sys.executable, ROOT / "tools" / "formats.py", kind], capture_output=True, text=True)
    if "No font of this machine" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return ROOT / "_build" / f"descent.{kind}"


@pytest.fixture(scope="module")
def pages():
    """{name of the part: article of its page}, untouched."""
    return {parts.name(page): parts.article(HTML / page) for page, _ in parts.contents(HTML)}


@pytest.fixture(scope="module")
def bound():
    return parts.parts(HTML)


@pytest.fixture(scope="module")
def printed():
    if not chromium():
        pytest.skip(MISSING)
    with pikepdf.open(made("pdf")) as opened:
        yield opened


@pytest.fixture(scope="module")
def paper():
    """The document that Chromium prints."""
    return BeautifulSoup(pdf.document(parts.parts(HTML), HTML, book.read()), "lxml")


@pytest.fixture
def browser_page():
    if not chromium():
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        page = browser.new_page(viewport={"width": pdf.WIDTH, "height": 1000})
        page.emulate_media(media="print")
        yield page
        browser.close()


@pytest.fixture(scope="module")
def archive():
    with zipfile.ZipFile(made("epub")) as opened:
        yield opened


@pytest.fixture(scope="module")
def documents(archive):
    """{name: root element} of every document, which has to be well-formed for this."""
    names = [name for name in archive.namelist() if name.endswith(".xhtml")]
    return {name: etree.fromstring(archive.read(name)) for name in names}


@pytest.mark.parametrize("kind", NUMBERED)
def test_nothing_numbered_is_lost_or_numbered_anew(kind, pages, bound):
    of_pages = sorted(found.get_text().strip("#") for page in pages.values() for found in page.select(NUMBERED[kind]))
    of_parts = sorted(found.get_text() for part in bound for found in part.body.select(NUMBERED[kind]))
    assert of_pages and of_parts == of_pages


def test_exercises_and_solutions_point_at_each_other(pages, bound):
    exercises = {element["id"]: element for part in bound for element in part.body.select(".exercise")}
    solutions = {element["id"]: element for part in bound for element in part.body.select(".solution")}
    assert len(exercises) == len(solutions) == sum(len(page.select(".solution")) for page in pages.values())
    for place, exercise in exercises.items():
        solution = solutions[exercise.select_one(".to-solution a")["href"][1:]]
        assert solution.select_one(".admonition-title a")["href"] == f"#{place}"
        told = exercise.select_one(".to-solution").get_text()
        assert all(number.get_text().strip() in told for number in solution.select("figcaption .caption-number"))
    assert not [part.name for part in bound if part.body.select(".solution") and part.group != parts.SOLUTIONS]


def test_figures_stand_in_for_explorers_and_starters_for_editors(pages, bound):
    figures = {figure["id"].partition("--")[2]: figure for part in bound for figure in part.body.select("figure[id]")}
    explorers = [element["data-name"] for page in pages.values() for element in page.select("div.explorer")]
    assert explorers
    for name in explorers:
        assert (HTML / figures[name].img["src"]).is_file()
    exercises = {found["id"].partition("--")[2]: found for part in bound for found in part.body.select(".exercise")}
    tryits = [element["data-name"] for page in pages.values() for element in page.select("div.tryit")]
    assert tryits and all(exercises[name].pre for name in tryits)
    left = [part.name for part in bound if part.body.select("script, button, input, details, .headerlink")]
    assert not left, f"{left} still have what only a browser can use"


def test_where_the_site_is_known_an_explorer_says_what_to_try_there():
    site = "https://reader.github.io/descent/"
    page = "chapters/06_rmsprop.html"
    part = parts.Part("rmsprop", "", parts.article(HTML / page))
    parts.clean(part, page, site)
    links = [link["href"] for link in part.body.select(".explorer-try a.external")]
    assert f"{site}{page}#fig-rmsprop-trajectory" in links


def test_a_link_that_leads_nowhere_is_named():
    link = BeautifulSoup('<a href="glossary.html#term-none">x</a>', "lxml").a
    with pytest.raises(ValueError, match=r"notation\.html has a link to glossary\.html#term-none"):
        parts.lead(link, "notation.html", {"glossary.html": {"": "glossary"}}, None)


def test_what_stands_elsewhere_is_not_said_to_be_above_or_below(bound):
    links = [link.get_text() for part in bound for link in part.body.select(f"a.{parts.ELSEWHERE}")]
    assert links and not [text for text in links if re.search(r" (above|below)$", text)]
    claims = next(part.body for part in bound if part.name == "claims")
    near = re.compile(r"\b(cell|counter|exercise|figure|network|proof|section|table),? (above|below)\b")
    assert not near.findall(claims.get_text(" "))


def test_on_paper_a_link_to_an_exercise_shows_its_number(paper):
    numbers = {
        found["id"]: found.select_one(".caption-number").get_text().strip() for found in paper.select(".exercise")
    }
    links = [link for link in paper.select("a[href]:not(.page-of)") if link["href"][1:] in numbers]
    assert len(links) > len(numbers)  # a solution's title and those of the text
    for link in links:
        shown = link.get_text() + "".join(mark.get_text() for mark in link.find_next_siblings(limit=2))
        assert numbers[link["href"][1:]].lower() in shown.lower(), link


def test_lines_of_output_fit_on_paper(paper):
    small = 0
    for block in paper.select(".cell_output pre"):
        size = re.search(r"font-size: ([\d.]+)pt", block.get("style", ""))
        longest = max(map(len, block.get_text().splitlines()), default=0)
        assert longest * (float(size[1]) if size else pdf.LETTERS) <= pdf.COLUMNS * pdf.LETTERS + 1, block.get_text()
        small += bool(size)
    assert small


def test_an_entry_of_the_index_has_its_pages_in_order(browser_page):
    links = "".join(f'<a class="page-number" data-page="{place}">000</a>' for place in "abcd")
    browser_page.set_content(f'<div class="index"><ul><li>term{links}<ul><li>below it</li></ul></li></ul></div>')
    for _ in range(2):  # the book is printed more than once
        browser_page.evaluate(pdf.NUMBER, {"a": 320, "b": 31, "c": 7, "d": 31})
        shown = browser_page.locator(".page-number:not([hidden])").all_text_contents()
        assert shown == ["7", "31", "320"]
    assert browser_page.locator("li").first.inner_text().endswith("below it")


def test_chromium_understands_every_rule_for_paper(browser_page):
    style = re.sub(r"/\*.*?\*/", "", (Path(pdf.__file__).with_name("pdf.css")).read_text("utf-8"), flags=re.S)
    selectors = [found.strip() for found in re.findall(r"([^{};]+)\{", style) if not found.strip().startswith("@")]
    assert len(selectors) > 80
    for selector in selectors:
        browser_page.evaluate("selector => document.querySelector(selector)", selector)  # raises where it is wrong


@pytest.mark.parametrize(
    ("room", "said", "order"),
    [
        (100, "It shows", "pFp"),  # millimetres before the foot of the page: the text fills them
        (120, "It shows", "Fpp"),  # nearly enough: the figure becomes smaller
        (130, "It shows", "Fpp"),  # enough
        (100, "The figure above", "Fpp"),  # the text would no longer be right
    ],
)
def test_text_goes_before_a_figure_that_leaves_a_gap(browser_page, room, said, order):
    picture = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='400' height='454'/>"  # 120 mm
    text = f"<p>{said} {'what one word says '} {'and another ' * 250}</p>"
    browser_page.set_content(
        f"<style>{(Path(pdf.__file__).with_name('pdf.css')).read_text('utf-8')}</style>"
        f'<div class="part"><div><p style="height: {249 - room}mm; margin: 0">.</p>'
        f'<figure><img src="{picture}"></figure>{text}{text}</div></div>'
    )
    gaps.close(browser_page, pdf.printed)
    names = browser_page.evaluate(
        "[...document.querySelectorAll('.part > div > :is(p, figure)')].map(e => e.localName)"
    )
    assert "".join("F" if name == "figure" else "p" for name in names[1:]) == order
    assert browser_page.locator(".gap, #gaps, [hidden]").count() == 0
    small = browser_page.locator("img").evaluate("image => image.style.maxHeight") != ""
    assert small == (room == 120)


def test_pdf_says_what_it_is(printed):
    about = book.read()
    assert printed.Root.Lang == about.language and printed.Root.MarkInfo.Marked
    assert printed.docinfo["/Title"] == about.title and printed.docinfo["/Author"] == about.author


def test_every_link_of_the_pdf_leads_somewhere(printed, record_property):
    inside = outside = 0
    for page in printed.pages:
        for link in page.get("/Annots", []):
            if "/Dest" in link:
                assert str(link.Dest) in printed.Root.Dests, f"{link.Dest} is nowhere"
                inside += 1
            else:
                assert str(link.A.URI).startswith(("https://", "http://")), f"{link.A.URI} is on this machine"
                outside += 1
    assert inside and outside
    record_property("links in the PDF", inside + outside)


def test_every_exercise_and_solution_is_in_the_pdf(printed, bound):
    wanted = {element["id"] for part in bound for element in part.body.select(".exercise, .solution")}
    assert wanted <= {str(name).removeprefix("/") for name in printed.Root.Dests.keys()}


def test_the_outline_lists_the_parts_where_they_are(printed, bound):
    pages = {page.objgen: n for n, page in enumerate(printed.pages)}
    with printed.open_outline() as outline:
        listed = [(entry.title, pages[entry.destination[0].objgen]) for entry in outline.root]
    numbers = pdf.page_numbers(printed)
    assert listed[1:] == [(part.title, numbers[part.name] - 1) for part in bound]  # after the contents


def test_page_numbers_are_those_of_the_headings(printed, bound):
    """A section may begin at the foot of a page and its heading on the next: the heading is meant."""
    pages = {page.objgen: n for n, page in enumerate(printed.pages, 1)}

    def listed(entries):
        for entry in entries:
            yield entry.title, pages[entry.destination[0].objgen]
            yield from listed(entry.children)

    with printed.open_outline() as outline:
        where = list(listed(outline.root))
    numbers = pdf.page_numbers(printed)
    told = [(" ".join(title.split()), numbers[place]) for part in bound for place, title in part.sections]
    assert len(told) > 150 and [one for one in told if one not in where] == []


def test_no_page_is_empty(printed):
    """A page with nothing but its foot is 700 bytes long or so."""
    empty = [n for n, page in enumerate(printed.pages, 1) if len(page.Contents.read_bytes()) < 1500]
    assert not empty


def test_fonts_are_in_the_pdf(printed):
    fonts = [found for found in printed.objects if isinstance(found, pikepdf.Dictionary) and "/FontBBox" in found]
    files = {"/FontFile", "/FontFile2", "/FontFile3"}
    missing = [str(font.FontName) for font in fonts if files.isdisjoint(font.keys()) and font.get("/FontName")]
    assert not missing
    names = " ".join(str(font.get("/FontName", "")) for font in fonts)
    assert "SourceSerif" in names and "KaTeX_Math" in names and "DejaVuSansMono" in names


def test_without_chromium_there_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "chromium", lambda: None)
    with pytest.raises(RuntimeError, match="CHROMIUM="):
        pdf.write([], HTML, book.read(), tmp_path / "book.pdf")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\U00018d00", "No font of this machine has \U00018d00"),
        ("wide" * 60, 'Wider than the paper: "wide.*" in #page'),
    ],
)
def test_what_cannot_be_printed_is_named(text, sentence, tmp_path):
    if not chromium():
        pytest.skip(MISSING)
    body = f'<div id="page"><h1>Page</h1><p style="hyphens: none; overflow-wrap: normal">{text}</p></div>'
    part = parts.Part("page", "", BeautifulSoup(body, "lxml").div)
    with pytest.raises(RuntimeError, match=sentence):
        pdf.write([part], HTML, book.read(), tmp_path / "book.pdf")


def test_epub_begins_with_its_type(archive):
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert archive.read("mimetype") == b"application/epub+zip"


def test_every_link_and_picture_of_the_epub_is_there(archive, documents, record_property):
    names, count = set(archive.namelist()), 0
    places = {name: set(root.xpath("//@id")) for name, root in documents.items()}
    for name, root in documents.items():
        for element in root.iter(f"{XHTML}a", f"{XHTML}img", f"{XHTML}link"):
            address = urlsplit(element.get("href") or element.get("src"))
            if address.scheme:
                assert address.scheme in ("http", "https")
                continue
            target = posixpath.join("book", unquote(address.path)) if address.path else name
            assert target in names, f"{name}: {target}"
            assert not address.fragment or address.fragment in places[target], f"{name}: {address.geturl()}"
            count += 1
    assert count
    record_property("links and pictures in the EPUB", count)


def test_epub_has_mathematics_alternatives_and_no_scripts(documents, pages):
    formulas = sum(len(list(root.iter("{http://www.w3.org/1998/Math/MathML}math"))) for root in documents.values())
    assert formulas == sum(len(page.select(".katex")) for page in pages.values())
    for name, root in documents.items():
        assert not list(root.iter(f"{XHTML}script")), name
        assert all(image.get("alt") for image in root.iter(f"{XHTML}img")), name


def test_epubcheck_finds_nothing(archive):
    program = shutil.which("epubcheck")
    if not program or not shutil.which("java"):
        pytest.skip("there is no epubcheck on this machine (Debian: apt install epubcheck)")
    # Debian's command is a Java archive, which not every system can start by its name.
    command = ["java", "-jar", program] if Path(program).read_bytes()[:2] == b"PK" else [program]
    checked = subprocess.run([*command, archive.filename], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout[-2000:] + checked.stderr[-2000:]
