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


def test_the_order_of_the_race_is_that_bowls(race):
    """The caption says: turn the bowl, and other rules lead."""
    leaders = []
    for angle in (0, 45):
        bowl = race["problems"].quadratic(angle=angle)
        losses = {name: bowl.value(*path[-1]) for name, path in race["run"](bowl).items()}
        leaders.append(min(losses, key=losses.get))
    assert leaders[0] != leaders[1]
