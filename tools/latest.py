"""Raises every pin to the newest version: requirements.txt, homework/requirements.txt, constraints.txt, package.json
and package-lock.json. `make latest` calls it; what it wrote is for `make test` to judge, and for Git to take back.

requirements-d2l.txt stays: it names the version that the book is compared with.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import constraints

ROOT = Path(__file__).parents[1]
FILES = ["requirements.txt", "homework/requirements.txt"]
CEILINGS = {"jupyter-book": "<2"}  # 2.x is another program
# All lines of a package, which has one for each Python where these differ.
PIN = re.compile(r"^([\w.-]+)==([\w.]+)(?: *;[^#\n]*[^#\s])?(?:\n\1==.*)*", re.M)


def main():
    path = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")])
    if not (npm := shutil.which("npm", path=path)):
        sys.exit("There is no npm: run `make setup`, which installs one.")
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
    for name, text in before.items():
        (ROOT / name).write_text(loosened(text), encoding="utf-8")
    try:
        constraints.main()
        newest = resolved((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    finally:
        for name, text in before.items():
            (ROOT / name).write_text(text, encoding="utf-8")
    for name, text in before.items():
        (ROOT / name).write_text(raised(text, newest), encoding="utf-8")
        for package, old in PIN.findall(text):
            said(package, old, ", ".join(newest[package.lower()]))

    old = wanted()
    command = [npm, "install", "--package-lock-only", "--save-exact", "--no-audit", "--no-fund"]
    command += [f"{name}@latest" for name in old]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, PATH=path))
    for name, version in wanted().items():
        said(name, old[name], version)


def wanted():
    """{name: version} of the npm packages that package.json names."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return package["dependencies"] | package["devDependencies"]


def loosened(text):
    """Requirements without their pins, but below what must not be passed."""
    return PIN.sub(lambda pin: pin[1] + CEILINGS.get(pin[1], ""), text)


def resolved(text):
    """{name in small letters: [version]} of constraints; there are several where Pythons differ, with markers."""
    found = {}
    for name, version in re.findall(r"^([\w.-]+)==(.+)$", text, re.M):
        found.setdefault(name.lower(), []).append(version)
    return found


def raised(text, newest):
    """Requirements pinned to the newest versions, as `resolved` returns them."""
    return PIN.sub(lambda pin: "\n".join(f"{pin[1]}=={version}" for version in newest[pin[1].lower()]), text)


def said(name, old, new):
    if old != new:
        print(f"{name} {old} → {new}")


if __name__ == "__main__":
    main()
