"""What all tests share: hypothesis draws the same examples in every run, so that a failure is everybody's failure;
the pages' Python, MicroPython, under Node; and what is in tools/ as modules.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

import descent

ROOT = Path(__file__).parents[1]
MICROPYTHON = ROOT / "node_modules" / "@micropython" / "micropython-webassembly-pyscript"
NODE = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
MODULES = ["rules", "problems", "schedules"] + [f"interactive/{n}" for n in ("answers", "checks", "explore", "views")]

settings.register_profile("book", derandomize=True, deadline=None, max_examples=20)
settings.load_profile("book")


@pytest.fixture
def load_tool(monkeypatch):
    """A function of a name: a new module from tools/, whose neighbours it may import."""
    monkeypatch.syspath_prepend(ROOT / "tools")

    def load(name):
        spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def gh(monkeypatch, tmp_path):
    """A function that puts GitHub's command `gh` on the path, which lists what it is told to and fails for None. It
    returns the file that all its other calls are written to.
    """
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def answer(kind, listed):
        (folder / "listed").write_text(json.dumps(listed))
        list_ = "echo no answer >&2; exit 1" if listed is None else f"cat {folder}/listed"
        (folder / "gh").write_text(
            f'#!/bin/sh\nif [ "$1 $2" = "{kind} list" ]; then {list_}; else printf "%s\\n" "$*" >> {folder}/calls; fi\n'
        )
        (folder / "gh").chmod(0o755)
        return folder / "calls"

    return answer


@pytest.fixture(scope="session")
def node():
    if NODE is None:
        pytest.skip("Node is not installed: `make setup` installs it")
    return NODE


@pytest.fixture(scope="session")
def in_micropython():
    """A function of a program and a job: runs it with the job, as JSON, in `job`; returns the JSON that it prints."""
    if NODE is None or not MICROPYTHON.exists():
        pytest.skip("Node or MicroPython is not installed: `make setup` installs them")

    def run(program, job):
        package = Path(descent.__file__).parent
        files = {f"/lib/descent/{name}.py": (package / f"{name}.py").read_text("utf-8") for name in MODULES}
        files |= {f"/lib/descent/{folder}__init__.py": "" for folder in ("", "interactive/")}
        task = json.dumps({"files": files, "program": program, "job": job})
        runner = Path(__file__).with_name("micropython_runner.mjs")
        command = [NODE, runner]
        ended = subprocess.run(command, input=task, capture_output=True, text=True, encoding="utf-8", timeout=120)
        assert ended.returncode == 0, ended.stderr[-2000:]
        return json.loads(ended.stdout.rpartition("answer: ")[2])

    return run
