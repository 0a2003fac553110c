"""Resolves requirements.txt and homework/requirements.txt anew and writes the full set to constraints.txt.

uv resolves for every system and every Python from 3.11.0 on at once, which pip cannot; it is used for this alone.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
OLDEST = "3.11.0"
HEAD = f"""\
# The full resolved set of requirements.txt and homework/requirements.txt, for every system and Python {OLDEST} or
# newer: `make constraints` wrote it.
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        command = [programs / "uv", "pip", "compile", "--quiet", "--universal", f"--python-version={OLDEST}"]
        options = ["--no-annotate", "--no-header", "requirements.txt", "homework/requirements.txt"]
        resolved = subprocess.run([*command, *options], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (ROOT / "constraints.txt").write_text(HEAD + resolved, encoding="utf-8")
    print(f"constraints.txt: {len(resolved.splitlines())} packages")


if __name__ == "__main__":
    main()
