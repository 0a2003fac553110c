"""Builds the HTML: `jupyter-book build` with every warning an error, and only what matters of its output.

The book is made from scratch in a folder of its own and takes the place of the one before when it is whole. So what
lies in _build/html is always one book, and the same sources give the same bytes. Where neither the sources nor the
book have changed since, nothing is done. The whole output is in _build/book.log.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from setup import HELD, LOCK, lock
from sources import flaws, place

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAMP = BUILD / "built"  # of what the book was built, and what came of it
APART = {"_build", "node_modules", "tests", "graded", "__pycache__"}  # folders with nothing that pages are made of
# Started by name, `jupyter-book` would depend on a script of .venv/bin. Collecting garbage takes a quarter of the time.
COMMAND = [sys.executable, "-c", "import gc; gc.disable(); from jupyter_book.cli.main import main; main()"]
OPTIONS = ["build", ".", "-W", "-n", "--keep-going", "--path-output"]

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PROGRESS = re.compile(r"(reading sources|writing output)\.\.\. \[ *(\d+)%\] (.+)")
_TROUBLE = re.compile(r"WARNING:|ERROR:|CRITICAL:|^[\w.]*(Error|Exception)\b: *\S|^Exception occurred")
# What Sphinx says of the settings names no file.
_SETTING = re.compile(r"^(?=WARNING: unknown config value|\S*Error: Could not import extension|CRITICAL: .*invalid: )")
# MyST-NB counts lines as 10000 × the number of the cell, from 1, plus the line in it, from 2.
_NOTEBOOK_LINE = re.compile(r"^(\S+\.ipynb):(\d{5,}):")


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C it ends what was started here
    BUILD.mkdir(exist_ok=True)
    lock()
    for left in BUILD.glob("unfinished-*"):  # by a build that was killed
        shutil.rmtree(left, ignore_errors=True)
    before = inputs()
    if HTML.exists() and STAMP.exists() and STAMP.read_text() == stamp(before):
        print("Nothing has changed. ", end="")
    else:
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=BUILD, ignore_cleanup_errors=True) as folder:
            build(Path(folder))
        STAMP.write_text(stamp(before))
    print(f"The book is in _build/html ({len(pages())} pages). `make serve` shows it in a browser.")


def build(folder):
    """Build in a folder, and put the book where the one before is."""
    if wrong := list(flaws(ROOT)):
        sys.exit("\n".join([*wrong, "\nThe book was not built: mend what is named above."]))
    log, troubles = run(folder)
    if not os.path.exists(LOCK) or not os.path.samestat(os.stat(LOCK), os.fstat(HELD[0])):
        sys.exit("_build was removed while the book was being built: run `make book` again.")
    if troubles is not None:
        print(*(troubles or log[-15:]), sep="\n", file=sys.stderr)
        sys.exit("\nThe book was not built: mend what is named above (everything is in _build/book.log).")
    new = folder / "_build" / "html"
    (new / ".buildinfo").unlink()  # tells Sphinx whether the next build may go on from this one, and none does
    if HTML.exists():
        HTML.rename(folder / "before")
    new.rename(HTML)


def inputs():
    """A hash of all that the book is made of: sources, packages, and what the environment says about publishing."""
    packages = {path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info")}
    modules = ROOT / "node_modules" / ".package-lock.json"  # written by npm, of what it has installed
    addresses = {name: value for name, value in os.environ.items() if name.startswith("DESCENT_")}
    more = [sys.version, sorted(packages), modules.exists() and modules.read_text("utf-8"), sorted(addresses.items())]
    return digest(ROOT, *more)


def stamp(before):
    return f"{before} {digest(HTML)}"


def digest(folder, *more):
    """A hash of the names and contents of all files in a folder, hidden ones left out."""
    whole = hashlib.sha256(repr(more).encode())
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in APART)
        for path in (Path(here, name) for name in sorted(names) if name[0] != "."):
            content = path.read_bytes()
            whole.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


def pages():
    """The pages of the built book; the theme keeps templates in _static."""
    return [path for path in HTML.rglob("*.html") if "_static" not in path.parts]


def run(folder):
    """Build; return the lines of the log, and None or, after a failure, those among them that say why."""
    # Set orders and encodings are the same everywhere. Sphinx would take the copyright's year from the last.
    environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONUTF8="1")
    environment.pop("SOURCE_DATE_EPOCH", None)
    process = subprocess.Popen(
        [*COMMAND, *OPTIONS, str(folder)],
        cwd=ROOT,
        env=environment,
        pass_fds=HELD,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    lines, troubles, begun = [], {}, "none"
    try:
        with open(BUILD / "book.log", "w", encoding="utf-8") as log:
            for line in process.stdout:
                line = _COLOR.sub("", line)
                log.write(line)
                line = line.rstrip().replace(f"{ROOT}/", "")
                lines.append(line)
                if progress := _PROGRESS.match(line):
                    begun = f"{progress[1].split()[0]} {progress[3].strip()}"
                    print(f"  {begun}", flush=True)
                elif _TROUBLE.search(line) and not line.startswith(" "):
                    line = _SETTING.sub("_config.yml: ", _NOTEBOOK_LINE.sub(_cell, line))
                    line = line.replace("Exception occurred:", f"Exception occurred, the last page begun: {begun}")
                    troubles[line] = True  # a dict keeps the order and drops repetitions
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.wait() < 0:
        troubles[f"Sphinx was ended by signal {-process.returncode}: is there too little memory?"] = True
    return lines, None if process.returncode == 0 else list(troubles)


def _cell(match):
    """A place in a notebook, in words that help to find it."""
    number, line = divmod(int(match[2]), 10_000)
    cells = json.loads((ROOT / match[1]).read_text(encoding="utf-8"))["cells"]
    return place(match[1], cells[min(number, len(cells)) - 1]["id"], max(line - 1, 1))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: what was in _build/html is still there.")
    except OSError as error:
        name = os.path.relpath(error.filename, ROOT) if error.filename else "_build"
        sys.exit(f"\nThe book was not built: {name}: {error.strerror}.")
