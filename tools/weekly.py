"""Keeps one issue about the weekly check: opens it when a job has failed, adds to it as long as one does, closes it
when all is well again. The workflow weekly.yml calls it, with GitHub's command `gh` and the jobs' results, as JSON, in
NEEDS.
"""

import json
import os
import subprocess
import sys

TITLE = "The weekly check failed"


def main():
    results = {job: needed["result"] for job, needed in json.loads(os.environ["NEEDS"]).items()}
    failed = [f"- {job}: {result}" for job, result in results.items() if result != "success"]
    run = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format(**os.environ)
    listed = gh("issue", "list", "--state", "open", "--limit", "1000", "--json", "number,title")
    issue = next((str(one["number"]) for one in json.loads(listed) if one["title"] == TITLE), None)
    if failed:
        text = "\n".join([*failed, "", f"What was said: {run}"])
        gh(*(["issue", "comment", issue] if issue else ["issue", "create", "--title", TITLE]), "--body", text)
    elif issue:
        gh("issue", "close", issue, "--comment", f"All is well again: {run}")


def gh(*arguments):
    ended = subprocess.run(["gh", *arguments], capture_output=True, text=True, encoding="utf-8")
    if ended.returncode:
        sys.exit(f"`gh {' '.join(arguments[:2])}` failed: {ended.stderr.strip()}")
    return ended.stdout


if __name__ == "__main__":
    main()
