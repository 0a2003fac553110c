"""Writes the students' versions of the assignments: homework/source/hw1/hw1.ipynb → homework/release/hw1/hw1.ipynb."""

from pathlib import Path

import nbformat
from notebooks import save

from descent.grading.release import release

ROOT = Path(__file__).parents[1]
SOURCE, RELEASE = ROOT / "homework" / "source", ROOT / "homework" / "release"


def main():
    for path in sorted(SOURCE.glob("*/*.ipynb")):
        target = RELEASE / path.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        save(target, nbformat.writes(release(nbformat.read(path, as_version=4))) + "\n")
        print("wrote", target.relative_to(ROOT))


if __name__ == "__main__":
    main()
