"""The workflows of .github: sound for actionlint, pinned, with few permissions; what they call is there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
ACTIONS = sorted(ROOT.glob(".github/actions/*/action.yml"))
LINT = ROOT / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
# An action of GitHub's own, by commit, with the version in words.
PINNED = re.compile(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    return workflow | {"on": workflow.pop(True, None)}  # YAML's `on` is a truth value


def jobs():
    return [(path, name, job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def commands():
    return [line for _, _, job in jobs() for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_actionlint_finds_nothing(node):
    assert len(WORKFLOWS) == 3
    linted = subprocess.run([node, LINT, ".github/workflows/*.yml"], cwd=ROOT, capture_output=True, text=True)
    assert linted.returncode == 0 and "3 workflow" in linted.stdout, linted.stdout + linted.stderr


def test_actionlint_finds_a_mistake(node, tmp_path):
    (tmp_path / "a.yml").write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{ru: make}]\n")
    linted = subprocess.run([node, LINT, "*.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert linted.returncode == 1 and 'unexpected key "ru"' in linted.stdout


@pytest.mark.parametrize("path", WORKFLOWS + ACTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_actions_are_githubs_own_and_pinned(path):
    used = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    for line in used:
        local = re.fullmatch(r"uses: \./(\S+)", line)
        assert (ROOT / local[1] / "action.yml").is_file() if local else PINNED.match(line), line


def test_an_action_has_one_version():
    text = "".join(path.read_text("utf-8") for path in WORKFLOWS + ACTIONS)
    found = set(re.findall(r"uses: (actions/[\w-]+)@(\S+) # (\S+)", text))
    assert len(found) == len({name for name, _, _ in found})


@pytest.mark.parametrize("path, name, job", jobs(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_job_may_do_little_and_ends(path, name, job):
    granted = job.get("permissions", read(path)["permissions"])
    assert "permissions" in read(path) and job["timeout-minutes"] <= 120
    writes = {what for what, how in granted.items() if how == "write"}
    assert writes == {
        "publish.yml/put": {"contents"},
        "publish.yml/remove": {"contents"},
        "weekly.yml/previews": {"contents"},
        "weekly.yml/issue": {"issues"},
    }.get(f"{path.name}/{name}", set())
    if writes:  # nothing that was downloaded runs beside a token that may write
        assert not any(
            re.match(r"make|pip|npm|curl", line) for step in job["steps"] for line in step.get("run", "").splitlines()
        )
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout") and "contents" not in writes:
            assert step["with"]["persist-credentials"] is False


def test_no_workflow_runs_a_forks_code_with_rights():
    assert not any("pull_request_target" in path.read_text("utf-8") for path in WORKFLOWS)


def test_what_a_command_calls_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    called = {match[1] for line in commands() if (match := re.match(r"make (\S+)", line))}
    assert called == {"book", "test", "portable", "latest", "links", "elsewhere"} <= targets
    scripts = {match[1] for line in commands() if (match := re.search(r"python3? ((?:-m pytest -q )?\S+\.py)", line))}
    scripts = {script.removeprefix("-m pytest -q ") for script in scripts}
    assert scripts == {"tools/publish.py", "tools/weekly.py", "tests/test_pages.py"}
    assert all((ROOT / script).is_file() for script in scripts)


def test_dependabot_sees_every_pinned_action():
    """It looks into the folders that it is told, and "/" stands for the workflows."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    (actions,) = (update for update in updates if update["package-ecosystem"] == "github-actions")
    assert set(actions["directories"]) == {"/", *(f"/{path.parent.relative_to(ROOT)}" for path in ACTIONS)}
    (npm,) = (update for update in updates if update["package-ecosystem"] == "npm")
    assert (ROOT / npm["directory"].lstrip("/") / "package-lock.json").is_file() and len(updates) == 2


def test_only_the_book_and_previews_of_this_repository_are_published():
    """A fork's pull request sees no variables; what is started by hand on another branch is not the book."""
    condition = read(ROOT / ".github/workflows/publish.yml")["jobs"]["build"]["if"]
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    assert condition == f"github.event.action != 'closed' && (github.ref == 'refs/heads/main' || {ours})"


def test_the_weekly_issue_hears_of_every_job_and_not_of_a_run_that_was_cancelled():
    jobs = read(ROOT / ".github/workflows/weekly.yml")["jobs"]
    assert set(jobs["issue"]["needs"]) == jobs.keys() - {"issue"}
    assert jobs["issue"]["if"] == "${{ !cancelled() }}"


def test_nothing_that_others_write_gets_into_a_shell():
    """A pull request's title in a command would be run; its number cannot be."""
    for path, _, job in jobs():
        for step in job["steps"]:
            used = set(re.findall(r"\$\{\{ *(.+?) *\}\}", step.get("run", "")))
            assert used <= {"github.event.number"}, f"{path.name}: {used}"


def test_the_versions_of_python_are_the_books():
    pythons = read(ROOT / ".github/workflows/check.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))[1]
    assert pythons[0] == oldest and pythons == sorted(pythons, key=lambda python: int(python.split(".")[1]))
    usual = yaml.safe_load(ACTIONS[0].read_text("utf-8"))["inputs"]["version"]["default"]
    binder = (ROOT / ".binder/runtime.txt").read_text("utf-8").strip()
    docker = re.search(r"^FROM python:([\d.]+)-", (ROOT / "Dockerfile").read_text("utf-8"), re.M)[1]
    assert usual in pythons and binder == f"python-{usual}" and docker == usual


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not on this machine (apt install shellcheck)")
def test_shellcheck_finds_nothing():
    scripts = [step["run"] for _, _, job in jobs() for step in job["steps"] if "run" in step]
    scripts.append((ROOT / ".binder/postBuild").read_text("utf-8"))
    for script in scripts:
        text = re.sub(r"\$\{\{.+?\}\}", "12", script)
        checked = subprocess.run(["shellcheck", "--shell=bash", "-"], input=text, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


@pytest.fixture
def weekly(load_tool, monkeypatch, gh):
    """Runs tools/weekly.py with jobs' results and GitHub's issues; returns the calls of `gh` besides the list."""
    for name, value in ("SERVER_URL", "https://a.org"), ("REPOSITORY", "b/c"), ("RUN_ID", "7"):
        monkeypatch.setenv(f"GITHUB_{name}", value)

    def run(issues, **results):
        calls = gh("issue", issues)
        monkeypatch.setenv("NEEDS", json.dumps({job: {"result": result} for job, result in results.items()}))
        load_tool("weekly").main()
        return calls.read_text() if calls.exists() else ""

    return run


OURS = [{"number": 3, "title": "Another"}, {"number": 5, "title": "The weekly check failed"}]


def test_a_failure_opens_an_issue(weekly):
    called = weekly(OURS[:1], latest="failure", links="success")
    assert called.startswith("issue create --title The weekly check failed --body - latest: failure\n")
    assert called.count("issue ") == 1 and "links" not in called and "https://a.org/b/c/actions/runs/7" in called


def test_another_failure_is_told_in_the_same_issue(weekly):
    assert weekly(OURS, links="failure").startswith("issue comment 5 --body - links: failure")


def test_a_job_that_ran_out_of_time_is_told(weekly):
    assert weekly(OURS, latest="cancelled", links="success").startswith("issue comment 5 --body - latest: cancelled\n")


def test_an_issue_is_closed_when_all_is_well(weekly):
    assert weekly(OURS, links="success").startswith("issue close 5 --comment All is well again")


def test_nothing_is_said_when_all_is_well(weekly):
    assert weekly(OURS[:1], links="success") == ""
