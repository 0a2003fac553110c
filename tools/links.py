"""Asks for every external link on the book's pages, and lists those that do not answer. `make links` calls it.

Sphinx's linkcheck does the asking. A server that turns robots away is listed, but is no failure: a person's browser
may find the page there.
"""

import collections
import json
import re
import shutil
import subprocess
import sys

from build import BUILD, COMMAND, ROOT

OUT = BUILD / "links"
TURNED_AWAY = ("401", "403", "406", "429", "503")
WORDS = {
    "working": "answer",
    "redirected": "answer from another address",
    "turned away": "turn robots away: look at these in a browser",
    "broken": "are broken",
}


def status(row):
    """What became of a link: a key of WORDS."""
    if row["status"] in ("working", "redirected"):
        return row["status"]
    return "turned away" if row["info"].startswith(TURNED_AWAY) else "broken"


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with open(BUILD / "links.log", "w", encoding="utf-8") as log:
        command = [*COMMAND, "build", ".", "--builder", "linkcheck", "--path-output", OUT]
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    report = OUT / "_build" / "html" / "output.json"
    # Sphinx writes the report as it goes: after a crash it is there too, without what was still to be asked.
    ended = re.search("build (succeeded|finished)", (BUILD / "links.log").read_text(encoding="utf-8"))
    if not report.exists() or not ended:
        sys.exit("Not all links were asked: _build/links.log says why.")
    sys.exit(told(map(json.loads, report.read_text(encoding="utf-8").splitlines())))


def told(rows):
    """Print what became of the links; return whether any is broken."""
    found = collections.defaultdict(dict)
    for row in rows:
        if row["status"] not in ("local", "unchecked"):  # within the book, which tests check; mailto and the like
            found[status(row)].setdefault(row["uri"], row)
    for kind, words in WORDS.items():
        print(f"{len(found[kind])} links {words}")
        for uri, row in sorted(found[kind].items()) if kind != "working" else ():
            print(f"  {uri}\n    in {row['filename']}: {row['info']}")
    return bool(found["broken"])


if __name__ == "__main__":
    main()
