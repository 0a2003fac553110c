"""Bundles the modules of code/web with esbuild, for the book's pages and for notebooks."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
PACKAGE = Path(__file__).parents[1]
NODE_MODULES = Path(__file__).parents[3] / "node_modules"
MICROPYTHON = NODE_MODULES / "@micropython" / "micropython-webassembly-pyscript"
ENTRIES = [f"{name}.mjs" for name in "page search explorer tryit worker editor jupyter".split()]
STYLE = WEB / "interactive.css"
# What notebooks need, bundled beforehand, in a wheel: it is installed where there is no Node (sphinx_ext/publish.py).
BUNDLED = Path(__file__).with_name("bundled")
NOT_INSTALLED = "What explorers need is not installed (%s): run `make setup` in the book's folder."


def node():
    """Node's path; the wheel puts it beside this Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("node", path=path)
    if not found or not (NODE_MODULES / "esbuild").is_dir() or not MICROPYTHON.is_dir():
        raise FileNotFoundError(NOT_INSTALLED % ("no node" if not found else "no node_modules"))
    return found


def bundle(folder):
    """Write the bundled modules, the interpreter and the style sheet into a folder.

    Parameters
    ----------
    folder : path
        Made where it is missing.

    Raises
    ------
    FileNotFoundError
        Where Node or the npm packages are not installed.
    RuntimeError
        With esbuild's message, which names file and line.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    python = {str(path): without_comments(path) for path in PACKAGE.rglob("*.py")}
    task = json.dumps({"entries": ENTRIES, "python": python, "out": str(folder)})
    run = subprocess.run([node(), WEB / "build.mjs"], input=task, capture_output=True, text=True, encoding="utf-8")
    if run.returncode:
        raise RuntimeError(f"esbuild: {run.stderr.strip()}")
    for name in ("micropython.mjs", "micropython.wasm"):
        shutil.copyfile(MICROPYTHON / name, folder / name)
    shutil.copyfile(STYLE, folder / STYLE.name)


@cache
def without_comments(path):
    """A Python source with the same syntax tree but for its docstrings: what a page has to load is half as long.

    Indentation becomes tabs; no string reaches over several lines once the docstrings are gone.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for part in ast.walk(tree):
        if isinstance(part, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part) is not None:
            part.body = part.body[1:] or [ast.Pass()]
    return re.sub(r"^(?: {4})+", lambda indent: "\t" * (len(indent[0]) // 4), ast.unparse(tree), flags=re.M)
