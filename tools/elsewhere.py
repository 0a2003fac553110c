"""Runs the notebooks as readers elsewhere do, in Colab for example: the published copies, one by one, from an empty
folder, in a Python that has Jupyter and nothing of the book.

    python tools/elsewhere.py                     all chapters and assignments, and an explorer
    python tools/elsewhere.py 06 hw1              those whose names begin so
    python tools/elsewhere.py --like freeze.txt   with the versions that `pip freeze` has listed there, as far as the
                                                  book asks for them; none of them may be replaced

`make elsewhere` calls it. The wheel that the first cells install comes from a server on this machine.
"""

import argparse
import functools
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import venv
from pathlib import Path

import nbformat
from notebooks import execute

from descent.sphinx_ext import publish

ROOT = Path(__file__).parents[1]
JUPYTER = ["ipykernel", "ipython"]  # what runs a notebook, before the book comes
WIDGET = "application/vnd.jupyter.widget-view+json"


def explorer():
    """A notebook with an explorer in it, which no chapter has."""
    cells = [nbformat.v4.new_code_cell('import descent\n\ndescent.explorer("rmsprop")', id="explorer")]
    return nbformat.v4.new_notebook(cells=cells)


def originals(wanted):
    """{name: notebook} of what begins with one of the wanted names; of everything where none is wanted."""
    paths = [*sorted(ROOT.glob("chapters/*.ipynb")), *sorted(ROOT.glob("homework/release/*/*.ipynb"))]
    found = {path.stem: nbformat.read(path, as_version=4) for path in paths} | {"explorer": explorer()}
    for name in wanted:
        if not any(stem.startswith(name) for stem in found):
            sys.exit(f"there is no notebook {name}…: the notebooks are {', '.join(found)}")
    return {stem: book for stem, book in found.items() if not wanted or stem.startswith(tuple(wanted))}


def versions(freeze):
    """[name==version] of what the package asks for, as a file that `pip freeze` wrote lists it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*JUPYTER, *project["dependencies"], *project["optional-dependencies"]["d2l"]]
    asked = {normal(re.match(r"[\w.-]+", line)[0]) for line in asked}
    lines = (re.match(r"([\w.-]+)==([\w.]+)", line) for line in freeze.splitlines())  # without +cu126 and the like
    return [f"{normal(line[1])}=={line[2]}" for line in lines if line and normal(line[1]) in asked]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


class Place:
    """A Python of its own, as a kernel that `execute` uses in place of this one."""

    def __init__(self, folder):
        venv.create(folder / "python", with_pip=True)
        self.python = folder / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        kernel = {
            "argv": [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3",
            "language": "python",
            "env": {"PYTHONPATH": ""},  # the book's own is not there
        }
        spec = folder / "jupyter" / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps(kernel), encoding="utf-8")
        os.environ["JUPYTER_PATH"] = str(folder / "jupyter")

    def pip(self, *arguments):
        command = [self.python, "-m", "pip", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=""))
        if run.returncode:
            sys.exit(f"`pip {' '.join(arguments)}` failed:\n{run.stderr.strip()}")
        return run.stdout

    def replaced(self, listed):
        """What is no longer there in the version that was listed."""
        now = versions(self.pip("freeze"))
        return [line for line in listed if line not in now]


def serve(folder):
    """The address at which the files of a folder are to be had, as long as this program runs."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.func.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def runs(notebook, path):
    """Whether a notebook runs from top to bottom; says what went wrong."""
    nbformat.write(notebook, path)
    try:
        execute(path)
    except SystemExit as ended:
        print(ended)
        return False
    if path.stem == "explorer":
        (*_, shown) = nbformat.read(path, as_version=4).cells[-1].outputs or [{}]
        if WIDGET not in shown.get("data", {}):
            print("explorer: the cell shows no widget")
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description="Run the notebooks where the book is not installed.")
    parser.add_argument("names", nargs="*", help="such as 06 or hw1; without any, all")
    parser.add_argument("--like", type=Path, metavar="FILE", help="what `pip freeze` says of the place to be imitated")
    arguments = parser.parse_args()
    notebooks = originals(arguments.names)
    listed = versions(arguments.like.read_text("utf-8")) if arguments.like else []
    if arguments.like and not listed:
        sys.exit(f"{arguments.like} lists nothing that the book needs: it should hold lines such as numpy==2.0.2")

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = Path(folder)
        (site := folder / "site").mkdir()
        package = publish.address(serve(site), publish.wheel(site))
        place = Place(folder)
        print("A Python with", ", ".join(listed or JUPYTER), flush=True)
        place.pip("install", "--quiet", *(listed or JUPYTER))
        failed = []
        for name, notebook in notebooks.items():
            start = time.perf_counter()
            place.pip("uninstall", "--quiet", "--yes", "descent", "d2l")  # each installs what it needs by itself
            (empty := folder / name).mkdir()
            if not runs(publish.anywhere(notebook, package), empty / f"{name}.ipynb"):
                failed.append(name)
            print(
                f"{'FAILED' if name in failed else 'ok    '}  {name}  {time.perf_counter() - start:.0f} s", flush=True
            )
        if replaced := place.replaced(listed):
            failed.append(f"these were replaced: {', '.join(replaced)}")
    print(f"\n{len(notebooks)} notebooks, {len(failed)} failed" + "".join(f"\n  {name}" for name in failed))
    sys.exit(bool(failed))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
