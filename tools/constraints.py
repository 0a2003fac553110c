"""Resolves requirements.txt anew, in an environment of its own, and writes the full set to constraints.txt."""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """\
# The full resolved set of requirements.txt, written by `make constraints` with Python {version}.
# On other systems pip may need a package more; what is named here is pinned everywhere.
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-r", ROOT / "requirements.txt"], check=True)
        frozen = subprocess.run([*pip, "freeze", "--all"], check=True, capture_output=True, text=True).stdout
    # pip itself is the machine's, and a local build such as torch 2.13.0+cpu is no other version.
    lines = [re.sub(r"\+.*", "", line) for line in frozen.splitlines() if not line.startswith("pip==")]
    version = "{}.{}".format(*sys.version_info)
    (ROOT / "constraints.txt").write_text(HEAD.format(version=version) + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(lines)} packages")


if __name__ == "__main__":
    main()
