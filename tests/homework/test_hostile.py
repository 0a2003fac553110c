"""Submissions that are broken or mean harm: one result each with the expected status, and nothing outside is touched.

Every case is bounded, so that it does no harm where a sandbox should fail: the folder that is to be deleted is a
canary's, children are a few hundred and end by themselves, the server that is to be reached listens on this machine.
"""

import socket
import time

import nbformat
import psutil
import pytest

from descent.grading import apart
from descent.grading.run import grade
from descent.grading.sandbox import Limits

pytestmark = pytest.mark.usefixtures("bubblewrap")
QUICK = Limits(seconds=6, cell=2)
RIGHT = "def step(x, grad, lr):\n    return x - lr * grad\n"
IN_FUNCTION = "def step(x, grad, lr):\n    {}\n"
MARK = "3217.25"  # seconds that a surviving child would sleep: it is found by this number

CASES = {
    "endless loop at the top": ("while True:\n    pass", "timeout"),
    "endless loop in a function": (IN_FUNCTION.format("while True: pass"), "timeout"),
    "sleep": ("import time; time.sleep(3600)", "timeout"),
    "interrupts ignored": (
        "import time\nend = time.time() + 60\nwhile time.time() < end:\n    try:\n        time.sleep(0.01)\n"
        "    except BaseException:\n        pass",
        "timeout",
    ),
    "signals blocked": (
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "end = time.time() + 60\nwhile time.time() < end: pass",
        "timeout",
    ),
    "sys.exit": ("import sys; sys.exit(0)", "errors"),
    "os._exit": ("import os; os._exit(0)", "crashed"),
    "os._exit in a function": (IN_FUNCTION.format("import os; os._exit(0)"), "crashed"),
    "every process killed": ("import os, signal; os.kill(-1, signal.SIGKILL)", "errors"),
    "itself killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crashed"),
    "syntax error": ("def step(x, grad, lr:\n    return x", "errors"),
    "recursion": (IN_FUNCTION.format("return step(x, grad, lr)"), "ok"),
    "10 GB": ("x = bytearray(10 * 2**30)", "memory"),
    "10 GB in a function": (IN_FUNCTION.format("return bytearray(10 * 2**30)"), "memory"),
    "memory of many children": (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(b'1') * (300 * 2**20)\n"
        "        time.sleep(20)\n        os._exit(0)\ntime.sleep(20)",
        "memory",
    ),
    "many children": (
        "import os, time\nfor _ in range(200):\n    if os.fork() == 0:\n        time.sleep(20)\n        os._exit(0)\n"
        "time.sleep(20)",
        "processes",
    ),
    "a child that stays": (
        f"import subprocess\nsubprocess.Popen(['sleep', '{MARK}'], start_new_session=True)\n" + RIGHT,
        "ok",
    ),
    "a large file": ("open('large', 'wb').write(bytes(200 * 2**20))", "errors"),
    "many files": ("for n in range(40):\n    open(f'/tmp/{n}', 'wb').write(bytes(20 * 2**20))", "errors"),
    "files in shared memory": (
        "for n in range(40):\n    open(f'/dev/shm/{n}', 'wb').write(bytes(20 * 2**20))",
        "errors",
    ),
    "files in the root": ("open('/work.txt', 'w')", "errors"),
    "50 MB printed": ("print('x' * 50_000_000)\n" + RIGHT, "ok"),
    "50 MB printed below Python": ("import os\nfor _ in range(50): os.write(1, b'x' * 10**6)\n" + RIGHT, "ok"),
    "50 MB shown": ("from IPython.display import display\nfor _ in range(50): display('x' * 10**6)\n" + RIGHT, "ok"),
    "50 MB returned": (IN_FUNCTION.format("return 'x' * 50_000_000"), "ok"),
    "an object that equals everything": (
        "class Any(float):\n    def __eq__(self, other): return True\n    def __sub__(self, other): return Any(0)\n"
        "    __abs__ = __neg__ = __rsub__ = __float__ = lambda self, *_: Any(0)\n"
        + IN_FUNCTION.format("return Any(0)"),
        "ok",
    ),
    "the tests' functions replaced": (
        "import builtins, numpy as np\nfrom descent import homework\n"
        "homework.near = homework.kept = near = kept = score = lambda *_, **__: None\n"
        "homework._same = homework.judged = np.allclose = np.isclose = builtins.all = lambda *_, **__: True\n"
        "rules = None\n" + IN_FUNCTION.format("return 0.0"),
        "ok",
    ),
    "garbage on the wire": (
        "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'{\"result\": 1}\\n[1]\\n')\n"
        "    except OSError: pass",
        "crashed",
    ),
    "IPython broken": ("get_ipython().run_cell = None\n" + RIGHT, "ok"),
    "a wrong kind of answer": ("step = 'gradient descent'", "ok"),
    "None": (IN_FUNCTION.format("pass"), "ok"),
    "NaN": (IN_FUNCTION.format("return float('nan')"), "ok"),
    "a function": (IN_FUNCTION.format("return step"), "ok"),
    "lists in lists": (IN_FUNCTION.format("a = []; a.append(a); return a"), "ok"),
    "a huge whole number": (IN_FUNCTION.format("return 10 ** 100_000"), "ok"),
}
LIMITS = {"memory of many children": Limits(seconds=60, cell=50, memory=2**30)}
EARNING = {"a child that stays", "50 MB printed", "50 MB printed below Python", "50 MB shown", "IPython broken"}


def processes():
    """This process's descendants, and the child that wants to stay, wherever it is."""
    staying = {process.pid for process in psutil.process_iter(["cmdline"]) if MARK in (process.info["cmdline"] or [])}
    return staying | {process.pid for process in psutil.Process().children(recursive=True)}


@pytest.mark.parametrize("case", CASES)
def test_the_result_of_a_hostile_submission(case, trial, submit):
    answer, status = CASES[case]
    before = processes()
    result = grade(submit(answer), trial, LIMITS.get(case, QUICK))
    assert (result.status, bool(result.reason)) == (status, status != "ok"), result
    assert result.marks["trial-step-test"].points == (2 if case in EARNING else 0), result
    assert bool(result.marks["trial-step-test"].hint) != (case in EARNING)
    assert len(nbformat.writes(result.notebook)) < 5 * 2**20
    deadline = time.monotonic() + 5
    while left := (processes() - before):
        assert time.monotonic() < deadline, f"processes {left} remain"
        time.sleep(0.05)


def test_files_outside_survive_and_are_not_seen(trial, submit, tmp_path):
    canary = tmp_path / "canary.txt"
    canary.write_text("alive")
    answer = (
        "import os, shutil, pathlib\n"
        f"shutil.rmtree({str(tmp_path)!r}, ignore_errors=True)\n"
        f"print('seen', [p for p in {[str(canary), __file__, '/etc/passwd', '/home']!r} if os.path.exists(p)])\n"
        f"os.makedirs({str(tmp_path)!r}, exist_ok=True)\n"
        f"pathlib.Path({str(canary)!r}).write_text('dead')\n"
    )
    result = grade(submit(answer), trial, QUICK)
    assert canary.read_text() == "alive"
    assert "seen []" in str(result.notebook)


def test_the_package_cannot_be_changed(trial, submit):
    answer = "import descent.rules, pathlib\npathlib.Path(descent.rules.__file__).write_text('')"
    result = grade(submit(answer), trial, QUICK)
    assert (result.status, result.reason) == ("errors", "trial-step: OSError")


def test_there_is_no_network(trial, submit):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        answer = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
        result = grade(submit(answer), trial, QUICK)
        with pytest.raises(TimeoutError):
            server.accept()
    assert result.status == "errors"


def test_the_hidden_tests_are_not_where_the_student_is(trial, submit):
    """All that the process knows is searched for a word of the hidden tests, in the middle of a test."""
    word = "hiddenly"
    source = next(cell.source for cell in trial.cells if cell.id == "trial-step-test")
    assert word in source
    answer = (
        "import gc\nfound = []\n"
        "def step(x, grad, lr):\n"
        "    word = ''.join(['hidden', 'ly'])\n"
        "    texts = [o for o in gc.get_objects() if isinstance(o, (str, dict, list, tuple))]\n"
        "    found.extend(repr(o)[:100] for o in texts if word in repr(o)[:10**6])\n"
        "    return x - lr * grad\n"
    )
    notebook = nbformat.reads(submit(answer).decode(), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print('found', found, 'in', len(gc.get_objects()))"))
    result = grade(nbformat.writes(notebook).encode(), trial, Limits(seconds=60))
    assert "found [] in" in str(result.notebook), result
    assert result.marks["trial-step-test"].points == 2


def test_tests_that_a_student_has_changed_are_the_assignments_own_again(trial, submit):
    notebook = nbformat.reads(submit("def step(x, grad, lr):\n    return x").decode(), as_version=4)
    for cell in notebook.cells:
        if cell.id == "trial-step-test":
            cell.source = "2"
            cell.metadata.nbgrader.points = 1000
    result = grade(nbformat.writes(notebook).encode(), trial, QUICK)
    assert (result.marks["trial-step-test"].points, result.marks["trial-step-test"].of) == (0, 2)


def test_tests_that_a_student_has_deleted_still_run(trial, submit):
    notebook = nbformat.reads(submit().decode(), as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in ("trial-step", "trial-writing")]
    assert grade(nbformat.writes(notebook).encode(), trial, QUICK).marks["trial-step-test"].points == 2


def test_a_student_cannot_write_into_a_tests_arrays(trial, submit):
    """Where a test computes what it expects after the call, from the array that it has handed over."""
    source = nbformat.from_dict(trial)
    test = next(cell for cell in source.cells if cell.id == "trial-step-test")
    test.source = (
        "def one_step():\n    x = np.ones(2)\n    got = step(x, 2.0, 0.1)\n    near(got, x - 0.2)\n\n"
        'score("one step", 2, one_step)'
    )
    answer = "def step(x, grad, lr):\n    x[:] = 0.2\n    return x * 0\n"
    assert grade(submit(answer), source, QUICK).marks["trial-step-test"].points == 0
    test.source = test.source.replace("step(x, 2.0", "kept(step, x, 2.0")
    assert "is another after the call" in grade(submit(answer), source, QUICK).marks["trial-step-test"].hint


def test_nothing_of_the_graders_surroundings_is_inside(trial, submit, monkeypatch):
    monkeypatch.setenv("CANARY", "in a coal mine")
    answer = (
        "import glob, os\n"
        "texts = [open(p, 'rb').read() for p in glob.glob('/proc/[0-9]*/environ')]\n"
        "print('leaks', [t for t in texts if b'CANARY' in t], 'of', len(texts) > 0)\n"
        "print('settings', [p for p in glob.glob('/proc/sys/kernel/*') if os.access(p, os.W_OK)])\n"
        "print('processes', len(glob.glob('/proc/[0-9]*')) < 5)\n"
    )
    result = grade(submit(answer), trial, QUICK)
    outputs = [output for cell in result.notebook.cells for output in cell.get("outputs", [])]
    [printed] = [output.text for output in outputs if "leaks" in str(output)]
    assert printed == "leaks [] of True\nsettings []\nprocesses True\n"


SURVIVE = """
import ctypes, subprocess
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 2 + [ctypes.c_void_p] * 2
SEIZE, INTERRUPT = 0x4206, 0x4207
libc.ptrace(SEIZE, 1, None, None)
libc.ptrace(INTERRUPT, 1, None, None)  # the first process of the sandbox stands still
subprocess.Popen(["sleep", MARK], start_new_session=True)
"""


def test_a_sandbox_whose_first_process_is_held_ends_all_the_same(trial, submit):
    before = processes()
    grade(submit(SURVIVE.replace("MARK", repr(MARK)) + RIGHT), trial, QUICK)
    deadline = time.monotonic() + 5
    while left := (processes() - before):
        assert time.monotonic() < deadline, f"processes {left} remain"
        time.sleep(0.05)


SLOW = {
    "Markdown that is slow to render": lambda notebook: notebook.cells.insert(
        0, nbformat.v4.new_markdown_cell("\\\\(" * 40_000)
    ),
    "code that is slow to highlight": lambda notebook: notebook.cells.insert(
        0, nbformat.v4.new_code_cell("  \n\t" * 40_000)
    ),
    "metadata that needs memory": lambda notebook: notebook.metadata.update(x=[{}] * 2_000_000),
    "20 000 cells": lambda notebook: notebook.cells.extend(nbformat.v4.new_markdown_cell("x") for _ in range(20_000)),
    "a dictionary that is slow to build": lambda notebook: notebook.cells.insert(
        4,
        nbformat.v4.new_code_cell("def step(x, grad, lr):\n    return {n * (2**61 - 1): 0 for n in range(40_000)}"),
    ),
    "an array of many dimensions": lambda notebook: notebook.cells.insert(
        4,
        nbformat.v4.new_code_cell(
            "from descent.grading.wire import Peer\n"
            "encode = Peer.encode\n"
            "many = {'array': '', 'type': '<f8', 'shape': [10**18] * 10**5, 'scalar': False}\n"
            "Peer.encode = lambda self, value: many if value == 'many' else encode(self, value)\n"
            "def step(x, grad, lr):\n    return 'many'"
        ),
    ),
}


@pytest.mark.parametrize("case", SLOW)
def test_what_is_slow_for_the_grader_ends_too(case, trial, submit, monkeypatch):
    """Such a submission costs a bounded time, and is one row with a page."""
    monkeypatch.setattr(apart, "SLACK", 5)
    notebook = nbformat.reads(submit(RIGHT).decode(), as_version=4)
    SLOW[case](notebook)
    started = time.monotonic()
    result, page = apart.grade_apart(nbformat.writes(notebook).encode(), nbformat.writes(trial).encode(), QUICK)
    assert result.status and page.startswith("<!doctype html>")
    assert time.monotonic() - started < 60  # far more than the limits, far less than without them


UNFIT = {
    "empty": (b"", "unreadable", "empty"),
    "text": (b"Dear teacher", "unreadable", "not JSON"),
    "noise": (bytes(range(256)) * 9, "unreadable", "not JSON"),
    "deep": (b"[" * 200_000, "unreadable", "not JSON"),
    "list": (b"[]", "unreadable", "no notebook"),
    "number": (b"1", "unreadable", "no notebook"),
    "no cells": (b'{"cells": 3}', "unreadable", "no notebook"),
    "cells of numbers": (b'{"cells": [1, 2]}', "unreadable", "no notebook"),
    "half": (b'{"cells": [{"cell_type": "code", "sour', "unreadable", "not JSON"),
    "other": (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "wrong", "another assignment"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_file_that_is_no_submission(case, trial):
    content, status, words = UNFIT[case]
    result = grade(content, trial, QUICK)
    assert result.status == status and words in result.reason
    assert result.total == result.waiting == 0


def test_the_notebook_of_another_assignment_is_named(trial, submit):
    other = submit().replace(b'"trial-', b'"hw2-')
    result = grade(other, trial, QUICK)
    assert result.status == "wrong" and "hw2" in result.reason


def test_a_file_with_50_MB_of_outputs(trial, submit):
    notebook = nbformat.reads(submit().decode(), as_version=4)
    output = nbformat.v4.new_output("stream", text="x" * 50_000_000)
    next(cell for cell in notebook.cells if cell.cell_type == "code").outputs = [output]
    assert grade(nbformat.writes(notebook).encode(), trial, QUICK).marks["trial-step-test"].points == 2
