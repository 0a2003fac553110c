"""The book for reading devices, EPUB 3: a file for each part, formulas in MathML.

Readers set their own fonts and sizes, and MathML follows them; it can also be read aloud. KaTeX's HTML would need
its style sheet and fonts untouched, which readers do not promise, and would be ten times the size.
"""

import mimetypes
import re
import runpy
import uuid
import zipfile
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path

from lxml.html import fragment_fromstring

from descent.formats.parts import SOLUTIONS
from descent.sphinx_ext.search import spoken

HERE = Path(__file__).parent
COVER = HERE.parents[2] / "images" / "cover.py"
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
ACCESSIBILITY = {
    "accessMode": ["textual", "visual"],
    "accessModeSufficient": ["textual"],
    "accessibilityFeature": ["alternativeText", "MathML", "structuralNavigation", "tableOfContents", "index"],
    "accessibilityHazard": ["none"],
    "accessibilitySummary": ["Figures have alternative texts, formulas are MathML."],
}


def write(parts, html, book, path):
    """Write the book to `path`; return what to say of it. Pictures are those of the folder `html`."""
    for part in parts:
        for_reader(part)
    files = {place["id"]: f"{part.name}.xhtml" for part in parts for place in [part.body, *part.body.select("[id]")]}
    pictures = {}
    for part in parts:
        for link in part.body.select('a[href^="#"]'):
            place = link["href"][1:]
            link["href"] = files[place] if place == Path(files[place]).stem else f"{files[place]}#{place}"
        for image in part.body.select("img"):
            pictures[Path(image["src"]).name] = html / image["src"]
            image["src"] = "images/" + Path(image["src"]).name
    drawn = path.with_name("cover.png")
    runpy.run_path(str(COVER))["draw"](drawn, book)
    pictures[drawn.name] = drawn

    light = re.findall(r'^html\[data-theme="light"\] (\.highlight \.\w+ .+)$', pygments(html), flags=re.M)
    contents = {"style.css": (HERE / "epub.css").read_text(encoding="utf-8") + "\n".join(light)}
    cover = f'<div class="cover"><img src="images/{drawn.name}" alt="{escape(book.title)}"/></div>'
    contents["cover.xhtml"] = document(book, book.title, cover)
    colophon = "".join(f"<p>{paragraph}</p>" for paragraph in book.colophon)
    contents["colophon.xhtml"] = document(book, "About this book", colophon)
    contents["nav.xhtml"] = document(book, "Contents", navigation(parts, files))
    for part in parts:
        contents[f"{part.name}.xhtml"] = document(book, part.title, str(part.body))
    contents["package.opf"] = package(contents, pictures, book)

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)  # first, and as it is
        archive.writestr("META-INF/container.xml", CONTAINER)
        for name, text in contents.items():
            archive.writestr(f"book/{name}", text)
        for name, source in pictures.items():
            archive.writestr(f"book/images/{name}", picture(source))
    return f"{len(parts)} parts"


def picture(path):
    """A picture's bytes. EPUB allows no document type in an SVG, and no path without a form, as Matplotlib's blanks."""
    if path.suffix != ".svg":
        return path.read_bytes()
    text = re.sub(r"<!DOCTYPE[^>]*>", "", path.read_text(encoding="utf-8"))
    return re.sub(r'<path (?![^>]*\bd=")', '<path d="" ', text)


def pygments(html):
    return (html / "_static" / "pygments.css").read_text(encoding="utf-8")


def for_reader(part):
    for formula in part.body.select(".katex"):
        math = formula.math
        math["alttext"] = spoken(fragment_fromstring(str(math)))
        if formula.find_parent(class_="katex-display"):
            math["display"] = "block"
        formula.replace_with(math.extract())


def document(book, title, body):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
lang="{book.language}" xml:lang="{book.language}">
<head><title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>{body}</body>
</html>"""


def navigation(parts, files):
    lists = []
    for group, members in groupby(parts, key=lambda part: part.group):
        entries = "".join(navigation_entry(part, files) for part in members)
        lists.append(f"<li><span>{escape(group)}</span><ol>{entries}</ol></li>" if group else entries)
    first = f"{parts[0].name}.xhtml"
    return f"""<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(lists)}</ol></nav>
<nav epub:type="landmarks" hidden=""><ol><li><a epub:type="cover" href="cover.xhtml">Cover</a></li>
<li><a epub:type="toc" href="#toc">Contents</a></li>
<li><a epub:type="bodymatter" href="{first}">Start</a></li></ol></nav>"""


def navigation_entry(part, files):
    sections = "".join(
        f'<li><a href="{files[place]}#{place}">{escape(title)}</a></li>'
        for place, title in (part.sections if part.group != SOLUTIONS else ())
    )
    inner = f"<ol>{sections}</ol>" if sections else ""
    return f'<li><a href="{part.name}.xhtml">{escape(part.title)}</a>{inner}</li>'


def package(contents, pictures, book):
    items, spine = [], []
    for n, (name, text) in enumerate(contents.items()):
        properties = ["nav"] if name == "nav.xhtml" else []
        properties += ["mathml"] if "<math" in text and name.endswith(".xhtml") else []
        media = "text/css" if name.endswith(".css") else "application/xhtml+xml"
        items.append(item(f"file{n}", name, media, properties))
        if name.endswith(".xhtml"):
            spine.append(f'<itemref idref="file{n}"/>')
    for n, name in enumerate(pictures):
        properties = ["cover-image"] if name == "cover.png" else []
        items.append(item(f"picture{n}", f"images/{name}", mimetypes.guess_type(name)[0], properties))
    about = "".join(
        f'<meta property="schema:{name}">{value}</meta>' for name, values in ACCESSIBILITY.items() for value in values
    )
    modified = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{book.language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, book.site or book.title)}</dc:identifier>
<dc:title>{escape(book.title)}</dc:title><dc:description>{escape(book.subtitle)}</dc:description>
<dc:creator>{escape(book.author)}</dc:creator><dc:language>{book.language}</dc:language>
<dc:rights>{escape(book.rights)}</dc:rights><meta property="dcterms:modified">{modified}</meta>{about}
</metadata>
<manifest>{"".join(items)}</manifest>
<spine>{"".join(spine)}</spine>
</package>"""


def item(place, name, media, properties):
    said = f' properties="{" ".join(properties)}"' if properties else ""
    return f'<item id="{place}" href="{name}" media-type="{media}"{said}/>\n'
