"""Puts the built book on the branch that GitHub Pages serves, and takes previews away again.

    python tools/publish.py addresses 12     the variables for building preview 12; without a number, the site's
   python tools/publish.py put 12           puts _build/html there; it has to be built for it
    python tools/publish.py remove 12        takes the preview of pull request 12 away
    python tools/publish.py sweep            takes the previews of all pull requests away that are not open

The branch holds one commit without a past, so that a clone of the repository does not grow with every publication.
The book is at its root and previews are in preview/; each is put there without touching the others. The workflows
call this; it needs Git and nothing else, but for `sweep`, which asks GitHub with its command `gh`.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from weekly import gh

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
BRANCH = "gh-pages"
PREVIEWS = "preview"
TRIES = 5  # others publish too
BOT = {"NAME": "github-actions[bot]", "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com"}


def main():
    parser = argparse.ArgumentParser(description="Publish the built book, or take a preview away.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("addresses").add_argument("number", type=int, nargs="?", help="of a pull request")
    commands.add_parser("put").add_argument("number", type=int, nargs="?", help="of a pull request")
    commands.add_parser("remove").add_argument("number", type=int, help="of a pull request")
    commands.add_parser("sweep")
    arguments = parser.parse_args()
    if arguments.command == "addresses":
        print(*addresses(arguments.number), sep="\n")
    elif arguments.command == "put":
        address, revision = built(arguments.number)
        check_domain(address)
        publish(folder(arguments.number), tree(HTML), f"The book at {revision}")
        print(f"In a minute or two {address} shows the book at {revision}.")
    elif arguments.command == "remove":
        remove(arguments.number)
    else:
        for number in closed():
            remove(number)


def folder(number):
    return f"{PREVIEWS}/{number}" if number else ""


def addresses(number):
    """Lines NAME=value, from what a GitHub workflow has in its environment; DESCENT_SITE is kept where it is given."""
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        sys.exit(f"GITHUB_REPOSITORY should be owner/name, not {repository!r}.")
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    own = f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
    at = (os.environ.get("DESCENT_SITE") or own).rstrip("/")
    yield f"DESCENT_SITE={'/'.join(filter(None, [at, folder(number)]))}/"
    yield f"DESCENT_REPOSITORY={repository}"
    yield f"DESCENT_REVISION={git('rev-parse', 'HEAD')}"
    yield f"DESCENT_PAGES={'/'.join(filter(None, [BRANCH, folder(number)]))}"


def built(number):
    """(address, revision) of the built book; refuses one that was made for another place, or is out of date."""
    try:
        record = json.loads((HTML / "published.json").read_text(encoding="utf-8"))
    except OSError:
        sys.exit(
            "There is no book to publish in _build/html: build it with the variables that "
            "`python tools/publish.py addresses` prints."
        )
    place = "/".join(filter(None, [BRANCH, folder(number)]))
    if record["pages"] != place:
        sys.exit(f"The book was built with DESCENT_PAGES={record['pages'] or ''}, and is to be put on {place}.")
    if record["revision"] != (here := git("rev-parse", "HEAD")):
        sys.exit(f"The book was made of {record['revision']}, and the checkout is at {here}: run `make book` again.")
    return record["site"], record["revision"]


def check_domain(address):
    """Refuse a book with other addresses than the branch's domain: the variable DESCENT_SITE is missing, or a copy of
    the repository has got the domain of the original with the branch.
    """
    old = fetched()
    domain = git("show", f"{old}:CNAME") if old and git("ls-tree", old, "CNAME") else ""
    if domain and domain != (host := urlsplit(address).hostname):
        sys.exit(
            f"The book was built for {host}, and {BRANCH} is served at {domain}, which its file CNAME says: set the "
            f"repository's variable DESCENT_SITE to https://{domain}/, or remove the file."
        )


def remove(number):
    publish(folder(number), None, f"Without the preview of pull request {number}")
    print(f"The preview of pull request {number} is gone.")


def closed():
    """Numbers of the pull requests that have a preview and are not open."""
    old = fetched()
    if not old or not git("ls-tree", old, PREVIEWS):
        return []
    there = [int(name) for name in git("ls-tree", "--name-only", f"{old}:{PREVIEWS}").split() if name.isdigit()]
    # Asked after the branch was read: whatever has a preview there was open then, or is closed by now.
    listed = json.loads(gh("pr", "list", "--state", "open", "--limit", "1000", "--json", "number"))
    return sorted(set(there) - {one["number"] for one in listed})


def publish(place, new, message):
    """Put a tree into a folder of the branch ("" is its root); take the folder away where the tree is None."""
    for pause in range(TRIES):
        time.sleep(pause)
        old = fetched()
        if not old and not new:
            return
        joined = join(old, place, new)
        if old and joined == git("rev-parse", f"{old}^{{tree}}"):
            return
        identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in BOT.items()}
        commit = git("commit-tree", joined, "-m", message, **identity)
        lease = f"--force-with-lease=refs/heads/{BRANCH}:{old}"  # refused where somebody has pushed since
        pushed = run("push", "--quiet", lease, "origin", f"{commit}:refs/heads/{BRANCH}")
        if pushed.returncode == 0:
            return
    sys.exit(f"{BRANCH} could not be pushed, {TRIES} times: {pushed.stderr.strip()}")


def fetched():
    """The branch's commit in the remote repository; "" where there is no such branch."""
    if not git("ls-remote", "origin", f"refs/heads/{BRANCH}"):
        return ""
    git("fetch", "--quiet", "--no-tags", "origin", f"refs/heads/{BRANCH}")
    return git("rev-parse", "FETCH_HEAD")


def tree(path):
    """A folder's files as a tree of this repository."""
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        # Whatever the folder holds, it is not asked for settings of its own.
        places = [f"--git-dir={git('rev-parse', '--absolute-git-dir')}", f"--work-tree={path}"]
        git(*places, "-c", "core.autocrlf=false", "add", "--force", "--all", cwd=path, **index)
        return git("write-tree", **index)


def join(old, place, new):
    """The branch's tree with another tree, or None, in a place; the root leaves previews as they are."""
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        if place:
            git("read-tree", old or "--empty", **index)
            git("rm", "-r", "--cached", "--force", "--quiet", "--ignore-unmatch", "--", place, **index)
            if new:
                git("read-tree", f"--prefix={place}/", new, **index)
        else:
            git("read-tree", new, **index)
            if old and git("ls-tree", old, PREVIEWS):
                git("read-tree", f"--prefix={PREVIEWS}/", f"{old}:{PREVIEWS}", **index)
            if old and (domain := git("ls-tree", old, "CNAME")):  # which GitHub has put there
                git("update-index", "--add", "--cacheinfo", f"100644,{domain.split()[2]},CNAME", **index)
        empty = git("hash-object", "-w", "--stdin")
        # Otherwise GitHub leaves out what begins with an underscore.
        git("update-index", "--add", "--cacheinfo", f"100644,{empty},.nojekyll", **index)
        return git("write-tree", **index)


def git(*arguments, **options):
    """What a Git command prints; ends with its message where it fails."""
    ended = run(*arguments, **options)
    if ended.returncode:
        sys.exit(f"`git {' '.join(arguments)}` failed: {ended.stderr.strip()}")
    return ended.stdout.strip()


def run(*arguments, cwd=None, **environment):
    return subprocess.run(
        ["git", *arguments],
        cwd=cwd or ROOT,
        env=os.environ | environment,
        input="",
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
