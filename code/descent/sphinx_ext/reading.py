"""A line under a chapter's title: how long it takes to read, and its exercises to do."""

import re

from docutils import nodes

WORDS = 150  # a minute: prose that argues, with formulas in its lines
DISPLAYED = 0.25  # minutes for a figure, a formula on a line of its own or a piece of code
APART = nodes.image, nodes.math_block, nodes.literal_block
TIME = re.compile(r"(\d+) minutes|(an evening)")


def setup(app):
    app.connect("html-page-context", note)


def note(app, pagename, templatename, context, doctree):
    if doctree is not None and pagename.startswith("chapters/"):
        context["body"] = context["body"].replace("</h1>", f'</h1>\n<p class="reading-time">{line(doctree)}</p>', 1)


def line(doctree):
    """Such as "About 35 minutes to read. 14 exercises: 4 hours, and an evening."."""
    text = f"About {max(1, round(minutes(doctree) / 5)) * 5} minutes to read."
    titles = [node[0].astext() for node in doctree.findall(nodes.Element) if "exercise" in node["classes"]]
    if not titles:
        return text
    times = [found for title in titles if (found := TIME.search(title))]
    hours = sum(int(found[1] or 0) for found in times) / 60
    evenings = sum(bool(found[2]) for found in times)
    text += f" {len(titles)} exercises: about {_halves(hours)}"
    return text + {0: ".", 1: ", and one for an evening."}.get(evenings, f", and {evenings} for an evening each.")


def _halves(hours):
    whole, half = divmod(round(2 * hours), 2)
    if not whole:
        return "half an hour"
    return f"{whole}{'½' if half else ''} hour{'s' if whole + half > 1 else ''}"


def minutes(doctree):
    """To read a page without its exercises and solutions."""
    taken, words, displayed = set(), 0, 0
    for node in doctree.findall():
        classes = node["classes"] if isinstance(node, nodes.Element) else ()
        if node.parent in taken or "exercise" in classes or "solution" in classes:
            taken.add(node)
        elif isinstance(node, APART):
            displayed += 1
            taken.add(node)
        elif isinstance(node, nodes.Text):
            words += len(node.split())
    return words / WORDS + DISPLAYED * displayed
