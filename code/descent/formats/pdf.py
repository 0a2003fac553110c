"""The book on paper: one document of all parts, which Chromium prints.

It prints twice. The first print shows on which page everything is; the second has these numbers in the contents, in
the index and behind the links that lead to another part.
"""

import json
import re
from html import escape
from io import BytesIO
from pathlib import Path

import matplotlib
import pikepdf
from playwright.sync_api import sync_playwright

from descent.formats import gaps
from descent.formats.chromium import MISSING, OPTIONS, chromium
from descent.formats.parts import ELSEWHERE, SOLUTIONS, new_tag

HERE = Path(__file__).parent
# Fonts that come with what the book needs, so that it looks the same wherever it is printed.
SERIF = HERE.parents[2] / "node_modules" / "@fontsource" / "source-serif-4"
OTHERS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = [
    ("STIX", "STIXGeneral.ttf", "400", "normal"),  # signs that Source Serif lacks
    ("STIX", "STIXGeneralItalic.ttf", "400", "italic"),
    ("STIX", "STIXGeneralBol.ttf", "700", "normal"),
    ("DejaVu Sans", "DejaVuSans.ttf", "400", "normal"),
    ("DejaVu Sans Mono", "DejaVuSansMono.ttf", "400", "normal"),
    ("DejaVu Sans Mono", "DejaVuSansMono-Bold.ttf", "700", "normal"),
    ("DejaVu Sans Mono", "DejaVuSansMono-Oblique.ttf", "400", "italic"),
]
NUMBERED = re.compile(r"\(?\d+\)?$|Fig\.")  # what is found in its chapter without the number of a page
BARE = re.compile("(?:an |the )?exercise", re.I)
SHORT = 14  # lines of code or output that stay in one piece
LETTERS, COLUMNS, SMALLEST = 8.4, 84, 7  # the size of code in points (pdf.css), how many are a line, the least size
INCH = 20  # millimetres on paper of an inch of a figure: all are scaled alike
UNKNOWN = "000"  # as wide as the page number that will stand there

# Writes the page numbers; an entry of the index has them in order, each once.
NUMBER = """pages => {
    for (const place of document.querySelectorAll("[data-page]"))
        place.textContent = pages[place.dataset.page];
    for (const entry of document.querySelectorAll(".index li")) {
        const seen = new Set();
        const numbers = [...entry.querySelectorAll(":scope > .page-number")], after = numbers.at(-1)?.nextSibling;
        for (const number of numbers.sort((one, other) => one.textContent - other.textContent)) {
            entry.insertBefore(number, after);
            number.hidden = seen.has(number.textContent);
            seen.add(number.textContent);
        }
    }
}"""

HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3")].map(
    heading => heading.textContent.replace(/\\u200b/g, "").replace(/\\s+/g, " "))"""

# The characters that no font of this machine has: they look like one that nobody has defined.
UNSEEN = r"""() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.font = "30px " + getComputedStyle(document.body).fontFamily;
    const drawn = character => {
        context.clearRect(0, 0, 40, 40);
        context.fillText(character, 2, 32);
        return context.getImageData(0, 0, 40, 40).data.join();
    };
    const missing = drawn("\u0378");
    const characters = new Set(document.body.innerText.replace(/[\s\p{M}\p{C}\p{Z}]/gu, ""));
    return [...characters].filter(character => character > "~" && drawn(character) === missing).join("");
}"""

WIDTH = 590  # of the text on paper, in pixels (pdf.css)

# What sticks out of it: the beginnings of texts and the nearest ids.
TOO_WIDE = """width => {
    const found = [], range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const part = walker.currentNode.parentElement.closest(".part [id]");
        range.selectNode(walker.currentNode);
        if (part && walker.currentNode.data.trim() && range.getBoundingClientRect().right > width + 2)
            found.push(`"${walker.currentNode.data.trim().slice(0, 40)}" in #${part.id}`);
    }
    for (const image of document.querySelectorAll(".part img"))
        if (image.getBoundingClientRect().right > width + 2) found.push(image.alt);
    return found;
}"""


def document(parts, html, book):
    """The HTML of the whole book; its pictures and style sheets are those of the folder `html`."""
    exercises = {
        exercise["id"]: exercise.select_one(".caption-number").get_text().strip()
        for part in parts
        for exercise in part.body.select(".exercise")
    }
    for part in parts:
        for_paper(part, exercises)
    sheets = [html / "_static/katex/katex.min.css", html / "_static/pygments.css"]
    sheets += [SERIF / f"{face}.css" for face in ("400", "400-italic", "700", "700-italic")]
    links = "".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">\n' for sheet in sheets)
    style = faces() + (HERE / "pdf.css").read_text(encoding="utf-8") + feet(parts)
    bodies = (f'<div class="part" style="page: p{n}">{part.body}</div>\n' for n, part in enumerate(parts))
    return f"""<!DOCTYPE html>
<html lang="{book.language}" data-theme="light">
<head><meta charset="utf-8"><title>{escape(book.title)}</title><base href="{html.as_uri()}/">
{links}<style>{style}</style></head>
<body>
{front(parts, book)}
{"".join(bodies)}
</body></html>"""


def faces():
    rule = '@font-face {{ font-family: "{}"; src: url("{}"); font-weight: {}; font-style: {}; }}\n'
    return "".join(rule.format(name, (OTHERS / file).as_uri(), *look) for name, file, *look in FACES)


def feet(parts):
    """The foot of a page says which part it belongs to."""
    rule = "@page p{} {{ @bottom-left {{ content: {}; }} }}\n"
    return "".join(rule.format(n, json.dumps(part.title, ensure_ascii=False)) for n, part in enumerate(parts))


def front(parts, book):
    colophon = "".join(f"<p>{line}</p>\n" for line in book.colophon)
    return f"""<div class="cover"><p class="title">{escape(book.title)}</p>
<p class="subtitle">{escape(book.subtitle)}</p>
<img src="_images/race.svg" alt="">
<p class="author">{escape(book.author)}</p></div>
<div class="colophon">{colophon}<p><span class="page-sign"></span>31 after a link: see page 31.</p></div>
<div class="part contents"><h1>Contents</h1>{"".join(contents(parts))}</div>"""


def contents(parts):
    group = ""
    for part in parts:
        if part.group != group:
            group = part.group
            yield f'<p class="group">{escape(group)}</p>\n'
        yield entry("chapter", part.name, part.title)
        for place, title in part.sections if part.group != SOLUTIONS else ():
            yield entry("section", place, title)


def entry(kind, place, title):
    return f"""<p class="{kind}"><a href="#{place}"><span>{escape(title)}</span>
<span class="page-number" data-page="{place}">{UNKNOWN}</span></a></p>\n"""


def for_paper(part, exercises):
    """Make of a part what paper needs. `exercises` is {id: "Exercise 23"} of the whole book."""
    for formula in part.body.select(".katex"):
        # Only heard on a page; in a PDF it would be found and copied as well as what is seen.
        formula.select_one(".katex-mathml").decompose()
    if part.name == "genindex":
        return number_index(part.body)
    for link in part.body.select('a[href^="#"]'):
        told = ELSEWHERE not in link.get("class", []) and NUMBERED.match(link.get_text())
        if not told and not link.find_parent(class_="bibtex-citation"):
            link.insert_after(number(link, "page-of"))
            name = exercises.get(link["href"][1:])
            if name and (bare := BARE.fullmatch(link.get_text())):
                link.string = name if bare[0][0].isupper() else name.lower()
            elif name and name not in link.get_text():
                link.find_next_sibling().insert_after(new_tag("span", f", {name.lower()}", **{"class": "which"}))
    for target in part.body.select("section > span[id]"):
        if (heading := target.find_next_sibling()) and heading.name in ("h1", "h2", "h3", "h4"):
            heading.insert(0, target.extract())  # or it may stay at the foot of the page before
    for paragraph in part.body.select("p"):
        if paragraph.get_text().rstrip().endswith(":"):
            paragraph["class"] = [*paragraph.get("class", []), "leads"]
    for block in part.body.select("pre"):
        lines = block.get_text().splitlines()
        if len(lines) <= SHORT:
            block["class"] = "short"
        if (longest := max(map(len, lines), default=0)) > COLUMNS:
            block["style"] = f"font-size: {max(LETTERS * COLUMNS / longest, SMALLEST):.2f}pt"
    for image in part.body.select("img[width]"):
        inches = float(image["width"]) / (200 if image["src"].endswith(".png") else 96)
        image["style"] = f"width: {inches * INCH:.0f}mm"
        del image["width"], image["height"]


def number(link, kind):
    """A link to the same place which shows its page."""
    return new_tag("a", UNKNOWN, **{"class": kind, "href": link["href"], "data-page": link["href"][1:]})


def number_index(body):
    """Page numbers in place of "[1]"."""
    for link in body.select("a"):
        before = link.previous_sibling
        if isinstance(before, str) and not before.strip(" ,\n"):
            before.extract()  # the comma, which the style sheet puts before a number
        if not re.fullmatch(r"\[\d+\]", link.get_text()):
            link.insert_before(link.get_text())
        link.replace_with(number(link, "page-number"))


def page_numbers(opened):
    """{id: page} of every place that a link leads to."""
    pages = {page.objgen: n for n, page in enumerate(opened.pages, 1)}
    return {name.removeprefix("/"): pages[place[0].objgen] for name, place in opened.Root.Dests.items()}


def finish(opened, book, headings):
    """Say in it what Chromium does not know; it also leaves out the blank where a heading goes on in a second line."""
    with opened.open_outline() as outline:
        entries = list(outline.root)
        for heading in headings:
            entry = entries.pop(0)
            entry.title = heading
            entries[:0] = entry.children
    with opened.open_metadata() as metadata:
        metadata["dc:title"] = book.title
        metadata["dc:creator"] = [book.author]
        metadata["dc:description"] = book.subtitle
        metadata["dc:language"] = {book.language}
        metadata["dc:rights"] = book.rights
    opened.docinfo["/Author"] = book.author
    opened.docinfo["/Subject"] = book.subtitle
    opened.Root.PageMode = pikepdf.Name.UseOutlines
    opened.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)


def write(parts, html, book, path):
    """Print the book to `path`; return what to say of it.

    Raises
    ------
    RuntimeError
        Where there is no Chromium, or it is too old; where no font of the machine has a character of the book, or
        something is wider than the paper.
    """
    if not chromium():
        raise RuntimeError(MISSING)
    source = path.with_name("book.html")
    source.write_text(document(parts, html, book), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        if int(browser.version.partition(".")[0]) < 131:
            raise RuntimeError(f"Chromium {browser.version} cannot print page numbers: install 131 or newer.")
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(source.as_uri())
        page.evaluate("() => document.fonts.ready.then(() => null)")
        if unseen := page.evaluate(UNSEEN):
            raise RuntimeError(
                f"No font of this machine has {unseen}: install one (Chinese, on Debian: apt install fonts-noto-cjk)."
            )
        page.emulate_media(media="print")
        page.set_viewport_size({"width": WIDTH, "height": 1000})
        if wide := page.evaluate(TOO_WIDE, WIDTH):
            raise RuntimeError(f"Wider than the paper: {', '.join(wide)}. Break lines or shorten them.")
        gaps.close(page, printed)
        page.emulate_media(media=None)
        numbers, opened = None, printed(page)
        while numbers != (numbers := page_numbers(opened)):
            page.evaluate(NUMBER, numbers)
            opened = printed(page)
        headings = page.evaluate(HEADINGS)
        browser.close()
    finish(opened, book, headings)
    opened.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)  # half the size
    return f"{len(opened.pages)} pages"


def printed(page):
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    return pikepdf.open(BytesIO(pdf))
