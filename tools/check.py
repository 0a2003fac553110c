"""Everything that `make test` runs, one stage after the other, and a summary of how many of each ran.

python tools/check.py                  all stages
python tools/check.py 06               the notebooks that begin with 06, and nothing else
python tools/check.py --portable       the notebooks as on a processor without wide vector instructions
"""

import argparse
import os
import platform
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from build import pages as built_pages
from notebooks import CELL_TIMEOUT, find

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "_build" / "reports"
PYTHON = sys.executable
BUILT = ["test_pages.py", "test_formats.py", "web"]  # tests of the built book
# The machine that the stored figures were drawn on; elsewhere their numbers may differ in the last digit.
ALIKE = (platform.system(), platform.machine()) == ("Linux", "x86_64")
DRAWINGS = ROOT / "tests" / "drawings.cfg"
PARALLEL = ["-n", "2", "--dist", "loadfile"]  # a notebook is one kernel: its cells must stay together


def style():
    commands = [[PYTHON, "-m", "ruff", "check", "--quiet", "."], [PYTHON, "-m", "ruff", "format", "--check", "."]]
    codes = [subprocess.run(command, cwd=ROOT).returncode for command in commands]
    files = subprocess.run([PYTHON, "-m", "ruff", "check", "--show-files"], cwd=ROOT, capture_output=True, text=True)
    return not any(codes), f"{len(files.stdout.split())} files"


def pytest(name, *arguments, environment=None):
    """Run pytest; return whether all passed, and how many did what."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [PYTHON, "-m", "pytest", "-q", "-rs", f"--junitxml={report}", *map(str, arguments)]
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if not report.exists():
        return False, "did not run"
    suite = ElementTree.parse(report).getroot().find("testsuite")
    ran, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    counts = f"{ran - failed - skipped} passed, {failed} failed, {skipped} skipped"
    for counted in {p.get("name") for p in suite.iter("property")}:  # what the tests have counted themselves
        total = sum(int(p.get("value")) for p in suite.iter("property") if p.get("name") == counted)
        counts += f", {total} {counted}"
    return code == 0, counts


def unit_tests():
    return pytest("unit", "tests", "code", *(f"--ignore=tests/{name}" for name in BUILT), *PARALLEL)


def notebooks(chapters=(), environment=None):
    paths = find(chapters, ".ipynb")
    options = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}", *PARALLEL]
    options += [] if ALIKE else ["--nbval-sanitize-with", DRAWINGS]
    passed, counts = pytest("notebooks", *paths, *options, environment=environment)
    return passed, f"{len(paths)} notebooks, cells: {counts}"


def portable(chapters=()):
    """The notebooks as on another machine: NumPy and torch without the vector instructions that they choose here."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    wide = [feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature)]
    plain = dict(os.environ, ATEN_CPU_CAPABILITY="default", NPY_DISABLE_CPU_FEATURES=" ".join(wide))
    passed, counts = notebooks(chapters, plain)
    return passed, f"{counts}; without {', '.join(wide) or 'nothing: this processor has no wide instructions'}"


def conventions(chapters):
    """What strict comparison does not see in the notebooks of these numbers."""
    names = " or ".join(path.stem for path in find(chapters, ".ipynb"))
    return pytest("conventions", "tests/test_notebooks.py", "tests/test_prose.py", "-k", names)


def book():
    code = subprocess.run([PYTHON, "tools/build.py"], cwd=ROOT).returncode
    return code == 0, f"{len(built_pages())} pages"


def pages():
    return pytest("pages", "tests/test_pages.py")


def formats():
    """The PDF and the EPUB, made of the built pages."""
    return pytest("formats", "tests/test_formats.py")


def browser():
    """Explorers and exercises as a reader uses them; without a Chromium on the machine they are skipped."""
    return pytest("browser", "tests/web", "-n", "2", "--dist", "worksteal")


def main():
    parser = argparse.ArgumentParser(description="Check the book.")
    parser.add_argument("chapters", nargs="*", help="numbers of notebooks, such as 06; without any, everything")
    parser.add_argument("--portable", action="store_true", help="notebooks without wide vector instructions")
    arguments = parser.parse_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    if arguments.portable:
        stages = {"portable": lambda: portable(arguments.chapters)}
    elif arguments.chapters:
        stages = {
            "conventions": lambda: conventions(arguments.chapters),
            "notebooks": lambda: notebooks(arguments.chapters),
        }
    else:
        stages = {"style": style, "unit tests": unit_tests, "notebooks": notebooks, "book": book}
        stages.update({"pages": pages, "formats": formats, "browser": browser})

    rows = []
    for name, stage in stages.items():
        print(f"\n── {name} " + "─" * (70 - len(name)), flush=True)
        start = time.perf_counter()
        passed, counts = stage()
        rows.append((passed, name, counts, time.perf_counter() - start))
    print("\n── summary " + "─" * 63)
    for passed, name, counts, seconds in rows:
        print(f"{'ok    ' if passed else 'FAILED'}  {name:<11} {seconds:5.0f} s   {counts}")
    failed = sum(not passed for passed, *_ in rows)
    print(f"\n{len(rows) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
