"""Static figures are what their scripts draw."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def race():
    return runpy.run_path(str(ROOT / "images" / "race.py"))


def test_the_race_is_what_its_script_draws(race, tmp_path):
    race["draw"](tmp_path / "race.svg")
    drawn = (tmp_path / "race.svg").read_text(encoding="utf-8")
    stored = (ROOT / "images" / "race.svg").read_text(encoding="utf-8")
    differing = [n for n, (a, b) in enumerate(zip(drawn.splitlines(), stored.splitlines(), strict=False), 1) if a != b]
    assert drawn == stored, f"images/race.svg differs in lines {differing[:5]}: run `python images/race.py`"
