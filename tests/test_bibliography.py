"""Every entry of the bibliography is cited, and has what a reader needs to find the work."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
BIBLIOGRAPHY = (ROOT / "references.bib").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", BIBLIOGRAPHY, flags=re.M | re.S))


def cited():
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("*.md")]
    for path in (ROOT / "chapters").glob("*.ipynb"):
        texts += [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    return {
        key.strip() for text in texts for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", text) for key in keys.split(",")
    }


def test_entries_and_citations_agree():
    keys = cited() - {"key"}  # CONTRIBUTING.md shows how to cite with this one
    assert len(ENTRIES) == BIBLIOGRAPHY.count("\n@")
    assert keys == set(ENTRIES), f"uncited: {set(ENTRIES) - keys}; not in references.bib: {keys - set(ENTRIES)}"


def test_entries_are_complete():
    for key, entry in ENTRIES.items():
        fields = set(re.findall(r"^\s+(\w+) = ", entry, flags=re.M))
        assert {"author", "title", "year"} <= fields, f"{key} lacks { ({'author', 'title', 'year'} - fields) }"
        venues = {"journal", "booktitle", "publisher", "howpublished", "eprint"}
        assert venues & fields, f"{key} does not say where it appeared"
        year = re.search(r"year = \{(\d{4})\}", entry)
        assert year and key.endswith(year[1]), f"{key} is not named after its year"
