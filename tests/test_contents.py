"""Every chapter is in the book's contents and in the README's tables, in the order of its number."""

import runpy
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
CHAPTERS = [name for name in NOTEBOOKS if name[0].isdigit()]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_contents():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = [entry["file"] for part in parts for entry in part["chapters"]]
    listed = [name.removeprefix("chapters/") for name in files if name.startswith("chapters/")]
    assert listed[: len(CHAPTERS)] == CHAPTERS and sorted(listed) == NOTEBOOKS
    pages = {path.stem for path in ROOT.glob("*.md")} - {"README", "CONTRIBUTING", "intro"}
    assert pages == set(files) - set(f"chapters/{name}" for name in NOTEBOOKS)


def test_readme_table():
    missing = [name for name in NOTEBOOKS if f"(chapters/{name}.ipynb)" not in README]
    assert not missing, f"the chapter table of README.md lacks {missing}"


def test_readme_lengths():
    table = runpy.run_path(str(ROOT / "tools" / "table.py"))["table"]()
    assert table in README, "README.md tells other lengths than the pages have: run `make table`"
