"""tools/publish.py against a repository on this disk: the site, previews, removals, and what it refuses."""

import json
import subprocess

import pytest


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def remote(tmp_path):
    git(tmp_path, "init", "--quiet", "--bare", "remote")
    return tmp_path / "remote"


@pytest.fixture
def checkout(tmp_path, remote):
    """A clone with one commit, in which Git is told to ignore what is built, and notebooks besides."""
    git(tmp_path, "clone", "--quiet", "remote", "checkout")
    folder = tmp_path / "checkout"
    (folder / ".gitignore").write_text("_build/\n")
    (folder / ".git" / "info" / "exclude").write_text("*.ipynb\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


@pytest.fixture
def tool(checkout, monkeypatch, load_tool):
    module = load_tool("publish")
    monkeypatch.setattr(module, "ROOT", checkout)
    monkeypatch.setattr(module, "HTML", checkout / "_build" / "html")
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    return module


@pytest.fixture
def build(tool, checkout):
    def build(text, pages="gh-pages", **changes):
        (tool.HTML / "_sources").mkdir(parents=True, exist_ok=True)
        (tool.HTML / "index.html").write_text(text)
        (tool.HTML / "_sources" / "a.ipynb").write_text("{}")
        record = {"site": "https://a.org/", "revision": git(checkout, "rev-parse", "HEAD"), "pages": pages}
        (tool.HTML / "published.json").write_text(json.dumps(record | changes))

    return build


@pytest.fixture
def command(tool, monkeypatch):
    def command(*words):
        monkeypatch.setattr("sys.argv", ["publish.py", *words])
        tool.main()

    return command


def served(remote):
    """{path: text} of the branch; every test sees that it holds one commit."""
    assert git(remote, "rev-list", "--count", "gh-pages") == "1"
    names = git(remote, "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    return {name: git(remote, "show", f"gh-pages:{name}") for name in names}


def pages(remote):
    return {name: text for name, text in served(remote).items() if name.endswith(".html")}


def test_the_first_publication_makes_the_branch(build, command, remote, capsys):
    build("one")
    command("put")
    assert set(served(remote)) == {".nojekyll", "index.html", "_sources/a.ipynb", "published.json"}
    assert "https://a.org/ shows the book" in capsys.readouterr().out


def test_site_and_previews_leave_each_other_alone(build, command, tool, remote):
    build("preview", "gh-pages/preview/12")
    command("put", "12")
    assert pages(remote) == {"preview/12/index.html": "preview"} and ".nojekyll" in served(remote)
    build("one")
    (tool.HTML / "old.html").write_text("old")
    command("put")
    build("other", "gh-pages/preview/1")
    (tool.HTML / "old.html").unlink()
    command("put", "1")
    build("two")
    command("put")
    previews = {"preview/1/index.html": "other", "preview/12/index.html": "preview"}
    assert pages(remote) == {"index.html": "two"} | previews
    command("remove", "1")
    command("remove", "1")
    assert pages(remote) == {"index.html": "two", "preview/12/index.html": "preview"}
    command("remove", "12")
    assert pages(remote) == {"index.html": "two"}


def test_a_preview_cannot_take_the_place_of_the_book(build, command, remote):
    build("evil", "gh-pages")
    with pytest.raises(SystemExit, match="is to be put on gh-pages/preview/12"):
        command("put", "12")
    assert git(remote, "branch", "--list") == ""


def test_what_is_published_is_not_asked_for_settings(build, command, tool, checkout, tmp_path):
    """A folder that looks like a repository could name commands for Git to run."""
    build("one")
    ran = tmp_path / "ran"
    git(tool.HTML, "init", "--quiet")
    git(tool.HTML, "config", "core.fsmonitor", f"touch {ran}; false")
    command("put")
    assert not ran.exists()


@pytest.fixture
def domain(build, command, tool):
    """A branch that GitHub has told to be served at a.org."""
    build("one")
    (tool.HTML / "CNAME").write_text("a.org\n")
    command("put")
    (tool.HTML / "CNAME").unlink()


def test_a_domain_of_ones_own_stays(domain, build, command, remote):
    build("two")
    command("put")
    assert served(remote)["CNAME"] == "a.org" and pages(remote) == {"index.html": "two"}


@pytest.mark.parametrize("place, words", [("gh-pages", []), ("gh-pages/preview/12", ["12"])])
def test_a_book_for_another_domain_is_refused(domain, build, command, remote, place, words):
    """Where the variable with the address is not seen, or the branch came with a copy of the repository."""
    build("two", place, site="https://reader.github.io/descent/")
    with pytest.raises(SystemExit, match=r"built for reader.github.io, and gh-pages is served at a.org.*DESCENT_SITE"):
        command("put", *words)
    assert pages(remote) == {"index.html": "one"}


def test_a_sweep_takes_away_what_is_not_open(build, command, remote, gh):
    for number in "1", "12", "3":
        build(number, f"gh-pages/preview/{number}")
        command("put", number)
    build("book")
    command("put")
    gh("pr", [{"number": 12}, {"number": 7}])
    command("sweep")
    assert pages(remote) == {"index.html": "book", "preview/12/index.html": "12"}
    gh("pr", [])
    command("sweep")
    assert pages(remote) == {"index.html": "book"}
    command("sweep")


def test_nothing_is_swept_where_github_does_not_answer(build, command, remote, gh):
    build("one", "gh-pages/preview/1")
    command("put", "1")
    gh("pr", None)
    with pytest.raises(SystemExit, match="`gh pr list` failed: no answer"):
        command("sweep")
    assert pages(remote) == {"preview/1/index.html": "one"}


def test_nothing_to_remove_makes_no_branch(command, remote):
    command("remove", "3")
    command("sweep")
    assert git(remote, "branch", "--list") == ""


def test_the_checkout_is_left_as_it_was(build, command, checkout):
    build("one")
    command("put")
    assert git(checkout, "status", "--porcelain") == "" and git(checkout, "branch", "--list", "gh-pages") == ""


def test_nothing_is_pushed_where_nothing_has_changed(build, command, remote):
    build("one")
    command("put")
    before = git(remote, "rev-parse", "gh-pages")
    command("put")
    command("remove", "3")
    assert git(remote, "rev-parse", "gh-pages") == before


@pytest.mark.parametrize("published", [False, True])
def test_another_push_in_between_is_not_lost(build, command, tool, remote, monkeypatch, published):
    if published:
        build("zero")
        command("put")
    join, raced = tool.join, []

    def meanwhile(old, place, new):
        if not raced:  # others publish a preview between our look at the branch and our push
            raced.append(True)
            tool.publish("preview/7", tool.tree(tool.HTML), "theirs")
        return join(old, place, new)

    build("one")
    monkeypatch.setattr(tool, "join", meanwhile)
    command("put")
    assert raced and pages(remote) == {"index.html": "one", "preview/7/index.html": "one"}


def test_a_remote_that_refuses_is_named(build, command, remote):
    (remote / "hooks" / "pre-receive").write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    (remote / "hooks" / "pre-receive").chmod(0o755)
    build("one")
    with pytest.raises(SystemExit, match=r"(?s)gh-pages could not be pushed, 5 times: .*not today"):
        command("put")


def test_without_a_book_nothing_is_published(command):
    with pytest.raises(SystemExit, match="There is no book to publish in _build/html"):
        command("put")


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"pages": None}, "built with DESCENT_PAGES=, and is to be put on gh-pages"),
        ({"pages": "main"}, "built with DESCENT_PAGES=main, and is to be put on gh-pages"),
        ({"revision": "0a1b2c3"}, "made of 0a1b2c3, and the checkout is at"),
    ],
)
def test_a_book_made_for_something_else_is_refused(build, command, remote, changes, told):
    build("one", **changes)
    with pytest.raises(SystemExit, match=told):
        command("put")
    assert git(remote, "branch", "--list") == ""


@pytest.mark.parametrize(
    "repository, given, words, site, place",
    [
        ("Reader/descent", "", [], "https://reader.github.io/descent/", "gh-pages"),
        ("Reader/descent", "", ["12"], "https://reader.github.io/descent/preview/12/", "gh-pages/preview/12"),
        ("reader/reader.github.io", "", [], "https://reader.github.io/", "gh-pages"),
        ("reader/descent", "https://a.org", ["3"], "https://a.org/preview/3/", "gh-pages/preview/3"),
    ],
)
def test_addresses(command, checkout, monkeypatch, capsys, repository, given, words, site, place):
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    monkeypatch.setenv("DESCENT_SITE", given)
    command("addresses", *words)
    assert capsys.readouterr().out.splitlines() == [
        f"DESCENT_SITE={site}",
        f"DESCENT_REPOSITORY={repository}",
        f"DESCENT_REVISION={git(checkout, 'rev-parse', 'HEAD')}",
        f"DESCENT_PAGES={place}",
    ]


def test_addresses_need_a_repository(command, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "descent")
    with pytest.raises(SystemExit, match="GITHUB_REPOSITORY should be owner/name, not 'descent'"):
        command("addresses")
