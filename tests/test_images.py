"""Static figures are what their scripts draw."""

import re
import runpy
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from nbval.plugin import get_sanitize_patterns

from descent import plots
from descent.interactive.settings import settings

ROOT = Path(__file__).parents[1]


def script(name):
    return runpy.run_path(str(ROOT / "images" / f"{name}.py"))


@pytest.fixture(scope="module")
def race():
    return script("race")


@pytest.fixture
def without_numbers(load_tool):
    """A drawing's text as machines compare it that have not drawn it; as it is on the one that has, if told so."""
    check = load_tool("check")

    def without(text, unless_alike=False):
        if not (unless_alike and check.ALIKE):
            for regex, replace in get_sanitize_patterns(check.DRAWINGS.read_text("utf-8")):
                text = re.sub(regex, replace, text)
        return text

    return without


@pytest.mark.parametrize("name", ["race", "timeline"])
def test_a_figure_is_what_its_script_draws(name, tmp_path, without_numbers):
    script(name)["draw"](tmp_path / "drawn.svg")
    drawn = without_numbers((tmp_path / "drawn.svg").read_text(encoding="utf-8"), unless_alike=True)
    stored = without_numbers((ROOT / "images" / f"{name}.svg").read_text(encoding="utf-8"), unless_alike=True)
    differing = [n for n, (a, b) in enumerate(zip(drawn.splitlines(), stored.splitlines(), strict=False), 1) if a != b]
    assert drawn == stored, f"images/{name}.svg differs in lines {differing[:5]}: run `python images/{name}.py`"


def test_on_another_machine_last_digits_may_differ_and_nothing_else(tmp_path, without_numbers):
    def drawn(scale=1.0, label="x₁", color="tab:blue", lines=1):
        with plt.style.context(Path(plots.__file__).with_name("book.mplstyle")):
            figure, ax = plt.subplots()
            ax.set_position([0.1 * scale, 0.1, 0.8, 0.8])
            for line in range(lines):
                ax.plot([0, 1, 2], [line, 1.0 / 3, 2], "o-", color=color)
            ax.set_xlabel(label)
            figure.savefig(tmp_path / "drawn.svg", metadata={"Date": None})
            plt.close(figure)
        return (tmp_path / "drawn.svg").read_text(encoding="utf-8")

    assert drawn() != drawn(1 + 1e-15) and without_numbers(drawn()) == without_numbers(drawn(1 + 1e-15))
    for other in drawn(label="x₂"), drawn(color="tab:red"), drawn(lines=2):
        assert without_numbers(drawn()) != without_numbers(other)


def test_the_card_is_what_its_script_draws(tmp_path):
    card = script("card")
    card["draw"](tmp_path / "card.png")
    drawn, stored = (plt.imread(path) for path in (tmp_path / "card.png", ROOT / "images" / "card.png"))
    assert stored.shape[1::-1] == card["SIZE"]
    assert abs(drawn - stored).mean() < 1e-3, "run `python images/card.py`"


def test_the_order_of_the_race_is_that_bowls(race):
    """The caption says: turn the bowl, and other rules lead."""
    leaders = []
    for angle in (0, 45):
        bowl = race["problems"].quadratic(angle=angle)
        losses = {name: bowl.value(*path[-1]) for name, path in race["run"](bowl).items()}
        leaders.append(min(losses, key=losses.get))
    assert leaders[0] != leaders[1]


def test_the_explorer_of_the_landing_page_begins_as_the_figure(race):
    """The learning rates written there are those that the race finds, to five digits; problem, window and steps too."""
    page = (ROOT / "intro.md").read_text(encoding="utf-8")
    text = re.search(r"\{explorer\} fig-race\n(.*?)\n````", page, flags=re.S)[1]
    options = dict(re.findall(r"^:(\w+): (.*)$", text, flags=re.M))
    written = {run["rule"]: run["arguments"] for run in settings(**options)["runs"]}
    bowl = race["problems"].quadratic()
    found = race["tuned"](bowl)
    assert {name: arguments["lr"] for name, arguments in written.items()} == {
        name: float(f"{rate:.5g}") for name, (rate, _) in found.items()
    }
    for name, (_, path) in found.items():  # the other hyperparameters
        own = race["trajectories"].train_2d(getattr(race["rules"], name)(**written[name]), bowl, steps=race["STEPS"])
        assert abs(own - path).max() < 1e-4, name
    assert options["problem"] == "quadratic()"
    assert options["window"] == " ".join(f"{end:g}" for pair in race["WINDOW"] for end in pair)
    assert options["steps"].split()[0] == str(race["STEPS"])


def test_the_timeline_is_in_order_and_as_its_caption_says():
    years = [year for year, _, _ in script("timeline")["WORKS"]]
    assert years == sorted(years)
    assert [b - a for a, b in pairwise(years) if b - a >= 10] == [104, 13, 19, 11]
    early = [year for year in years if year < 2000]
    assert (len(years), len(early), len(years) - len(early)) == (27, 8, 19)
    assert (early[-1] - early[0], years[-1] - years[len(early)]) == (152, 15)


def test_the_timeline_gives_the_years_of_the_page():
    """Every year of the figure is the year of a work that the page cites."""
    page = (ROOT / "history.md").read_text(encoding="utf-8")
    cited = {int(key[-4:]) for key in re.findall(r"\{cite:[tp]\}`(\w+)`", page)}
    assert {year for year, _, _ in script("timeline")["WORKS"]} <= cited


def test_the_momentum_of_nesterov_1983():
    """The page History says: it begins at 0 and grows towards 1."""
    a, shares = 1.0, []
    for _ in range(1000):
        a_next = (1 + (4 * a**2 + 1) ** 0.5) / 2
        shares.append((a - 1) / a_next)
        a = a_next
    assert shares[0] == 0 and all(x < y for x, y in pairwise(shares)) and 0.99 < shares[-1] < 1
