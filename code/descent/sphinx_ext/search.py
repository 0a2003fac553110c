"""What the pages' search reads: `_static/search.json`, with every section and every entry of the glossary on its own.

Sphinx's search answers with whole chapters and loads each of them to show a line of it, and of formulas it knows their
LaTeX alone. code/web/search.mjs finds sections, in this one file, with MiniSearch.
"""

import json
from pathlib import Path

import lxml.html
from lxml import etree

FILE = "_static/search.json"
# Not for those who search: signs of the frame, folded code that draws, what cells print, an empty editor.
IGNORED = [
    "self::a[contains(@class, 'headerlink')]",
    "contains(@class, 'cell_output')",
    "contains(@class, 'tryit-live')",
    "contains(@class, 'explorer-try')",
    "contains(@class, 'cell_input') and ancestor::*[contains(@class, 'tag_hide-input')]",
    "self::summary",
    "contains(@class, 'reading-time')",
    "self::script",
]
HEADINGS = "./*[self::h1 or self::h2 or self::h3 or self::h4]"
PARTS = f".//section[@id and {HEADINGS}] | .//dt[starts-with(@id, 'term-')]"
BLOCKS = {"div", "p", "li", "tr", "th", "td", "dt", "dd", "h1", "h2", "h3", "h4", "pre", "figcaption", "summary"}
# In these the parts stand close together.
SCRIPTS = {"msub", "msup", "msubsup", "mover", "munder", "munderover"}


def setup(app):
    app.connect("builder-inited", without_sphinx)
    app.connect("html-collect-pages", lambda app: [("search", {"title": "Search", "sourcename": ""}, "search.html")])
    app.connect("build-finished", index)


def without_sphinx(app):
    if app.builder.format == "html":
        app.builder.search = False


def index(app, exception):
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    found = [record for page in sorted(app.env.found_docs) for record in records(out / f"{page}.html", page)]
    (out / FILE).write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def records(path, page):
    """The sections and definitions of a page: [{url, title, page, text}], in their order."""
    parser = lxml.html.HTMLParser(encoding="utf-8")
    body = lxml.html.parse(str(path), parser).getroot().xpath("//article")[0]
    for formula in body.xpath(".//*[@class='katex']"):
        replace(formula, spoken(formula.find(".//math")))
    for part in body.xpath(".//*[" + " or ".join(IGNORED) + "]"):
        part.drop_tree()
    for block in body.iter(*BLOCKS):
        block.tail = " " + (block.tail or "")
    name, found = words(body.xpath(".//h1")[0]), []
    # Inner ones first: what has been taken is gone from those around it.
    for part in reversed(body.xpath(PARTS)):
        if part.tag == "dt":
            title, text = words(part), words(part.getnext())
            part.getnext().drop_tree()
        else:
            heading = part.xpath(HEADINGS)[0]
            title = words(heading)
            heading.drop_tree()
            text = words(part)
        found.append({"url": f"{page}.html#{part.get('id')}", "title": title, "page": name, "text": text})
        part.drop_tree()
    return found[::-1]


def words(element):
    return " ".join("".join(element.itertext()).split())


def replace(element, text):
    """Put a text in an element's place."""
    new = etree.Element("span")
    new.text, new.tail = text, element.tail
    element.getparent().replace(element, new)


def spoken(math):
    """The signs of a formula in a line, such as "ηt = 0.4" or "10^6"."""
    parts = [part for part in map(spoken, math) if part]
    if math.tag in ("msup", "msubsup") and parts[-1][0] not in "′∗⋆⊤":
        parts[-1] = f"^{parts[-1]}"
    if math.tag == "mfrac" and len(parts) == 2:
        return "/".join(f"({part})" if " " in part else part for part in parts)
    if math.tag == "msqrt":
        return f"√({' '.join(parts)})"
    return ("" if math.tag in SCRIPTS else " ").join(parts) or math.text or ""
