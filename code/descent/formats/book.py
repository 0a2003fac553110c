"""What the book says of itself, from the files where it says it already."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

from descent.sphinx_ext import publish

ROOT = Path(__file__).parents[3]
LICENCE = '<a class="external" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'


@dataclass
class Book:
    title: str
    subtitle: str
    author: str
    language: str
    rights: str
    colophon: list  # paragraphs, in HTML
    site: str | None  # the address of its pages, with a slash at its end


def read():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    subtitle = re.search(r"^\*\*(.+)\*\*$", (ROOT / "intro.md").read_text(encoding="utf-8"), flags=re.M)[1]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    site, source = publish.site(), publish.source()
    website = f'the website <a class="external" href="{site}">{site}</a>' if site else "a website"
    revision = f", {source[0]} at {source[1][:10]}" if source else ""
    return Book(
        title=config["title"],
        subtitle=subtitle,
        author=config["author"],
        language=config["sphinx"]["config"]["language"],
        rights=f"© {config['copyright']} {config['author']}. Text and figures: CC BY 4.0. Code: MIT.",
        colophon=[
            f"{config['title']}, version {version}{revision}.",
            f"The book is also {website}. There figures move, rules can be edited and run, and exercises are checked.",
            "Every figure and every number comes out of a cell that was executed. Cells that are folded on the "
            "website, which draw or prepare, are left out here; the notebooks have them. Solutions are at the end.",
            f"© {config['copyright']} {config['author']}. Text and figures: {LICENCE}. Code: MIT.",
        ],
        site=site,
    )
