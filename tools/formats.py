"""Makes _build/descent.pdf or _build/descent.epub of the built pages: `make pdf`, `make epub`.

python tools/formats.py pdf
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path

from descent.formats import book, epub, parts, pdf

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "_build"
HTML = BUILD / "html"
WORK = BUILD / "formats"  # what they are made of, and what is known of those that are made
WRITERS = {"pdf": pdf.write, "epub": epub.write}


def main():
    kind = sys.argv[1]
    if not (HTML / "index.html").exists():
        sys.exit("The book is not built: run `make book` first.")
    WORK.mkdir(exist_ok=True)
    made, record = BUILD / f"descent.{kind}", WORK / f"{kind}.json"
    about, inputs = book.read(), fingerprint()
    known = json.loads(record.read_text(encoding="utf-8")) if record.exists() and made.exists() else {}
    if known.get("inputs") != inputs:
        start = time.perf_counter()
        draft = WORK / made.name
        try:
            said = WRITERS[kind](parts.parts(HTML, about.site), HTML, about, draft)
        except (RuntimeError, ValueError) as error:
            sys.exit(f"The {kind.upper()} was not made. {error}")
        draft.replace(made)
        size = f"{made.stat().st_size / 1e6:.1f} MB"
        known = {"inputs": inputs, "said": f"{said}, {size}, made in {time.perf_counter() - start:.0f} seconds"}
        record.write_text(json.dumps(known), encoding="utf-8")
    print(f"The book is in _build/{made.name}: {known['said']}.")


def fingerprint():
    """Of the pages and their pictures, of the code that makes something else of them, and of the addresses in it."""
    sources = [path for path in HTML.rglob("*.html") if "_static" not in path.parts]
    sources += [*(HTML / "_images").iterdir(), HTML / "_static" / "pygments.css", ROOT / "package-lock.json"]
    sources += [*(ROOT / "code/descent/formats").glob("*.*"), *(ROOT / "images").glob("*.py"), ROOT / "_config.yml"]
    digest = hashlib.sha256(repr([(n, v) for n, v in os.environ.items() if n.startswith("DESCENT_")]).encode())
    for path in sorted(sources):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
