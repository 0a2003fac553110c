"""Every chapter is in the book's contents and in the README's table, in the order of its number."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))


def test_contents():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = [entry["file"] for part in parts for entry in part["chapters"]]
    assert [name.removeprefix("chapters/") for name in files if name.startswith("chapters/")] == CHAPTERS


def test_readme_table():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in CHAPTERS if f"(chapters/{name}.ipynb)" not in readme]
    assert not missing, f"the chapter table of README.md lacks {missing}"
