"""The directive `{claims}`: every myth of the book with its verdict, taken from the chapters' own boxes.

A myth is three cells of a chapter: an admonition of class `myth` with a name, the code that settles it, and an
admonition of class `verdict` (CONTRIBUTING.md).
"""

import re
from pathlib import Path

import nbformat
from sphinx.util.docutils import SphinxDirective

_BOX = re.compile(r"`{3,}\{admonition\} \w+\n((?::.*\n)+)\n(.*?)\n`{3,}", flags=re.S)


def setup(app):
    app.add_directive("claims", Claims)


def boxes(notebook):
    """Yield (name, claim, verdict) of every myth in a notebook, in MyST text."""
    name = claim = None
    for cell in notebook.cells:
        for options, body in _BOX.findall(cell.source) if cell.cell_type == "markdown" else ():
            if ":class: myth" in options:
                name, claim = re.search(r":name: (\S+)", options)[1], body.strip()
            elif ":class: verdict" in options:
                yield name, claim, body.strip()


class Claims(SphinxDirective):
    """Without arguments and content. Lists the myths chapter by chapter, in the order of the book."""

    def run(self):
        text = []
        for docname in sorted(self.env.found_docs):
            path = Path(self.env.doc2path(docname))
            if path.suffix != ".ipynb":
                continue
            self.env.note_dependency(path)
            notebook = nbformat.read(path, as_version=4)
            found = list(boxes(notebook))
            if found:
                text += ["## " + re.search(r"^# (.+)", notebook.cells[0].source, flags=re.M)[1], ""]
            for name, claim, verdict in found:
                text += [":::{admonition} Claim", ":class: myth", "", claim, "", f"**Verdict.** {verdict}", ""]
                text += [f"{{ref}}`The cell that settles it <{name}>`", ":::", ""]
        return self.parse_text_to_nodes("\n".join(text), allow_section_headings=True)
