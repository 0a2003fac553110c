"""What the page asks of its interpreter (code/web/worker.mjs): text in, text out.

JSON is the safe way out of MicroPython. The many numbers of paths and contours go beside it, as an array of doubles:
as text they would take as long as the runs themselves.
"""

import json
from array import array

from descent.interactive import checks, explore


def explored(text):
    """Run a job (`explore.run`); with job["grid"] = [window, columns, rows] also the values that contours need.

    Returns
    -------
    reply : str
        JSON: {"runs": [{"points": how many, "diverged": …}], "views": […]}, or {"failed": {message, rule, line}}.
    numbers : array of doubles
        For each run its x₁, its x₂ and its losses; the y of each timed line of a view, in whose place their number
        stands; then the grid.
    """
    job = json.loads(text)
    numbers = array("d")
    try:
        result = explore.run(job)
    except explore.Failed as error:
        failed = {"message": str(error), "rule": error.rule, "line": error.line}
        return json.dumps({"failed": failed}), numbers
    runs = []
    for run in result["runs"]:
        for column in (run["path"][0], run["path"][1], run["loss"]):
            numbers.extend(array("d", column))
        runs.append({"points": len(run["loss"]), "diverged": run["diverged"]})
    for view in result["views"]:
        for line in view.get("panel", {}).get("lines", []):
            if line.get("timed"):
                numbers.extend(array("d", line["y"]))
                line["y"] = len(line["y"])
    if job.get("grid"):
        numbers.extend(array("d", explore.grid(result["problem"], *job["grid"])))
    return json.dumps({"runs": runs, "views": result["views"]}), numbers


def basins(text):
    """One row of the map of basins (`explore.basins`): JSON of [job, window, columns, row, rows] in, numbers out."""
    return json.dumps(explore.basins(*json.loads(text)))


def ran(text):
    """Run the program of a tryit: {"error": None or {line, message}}."""
    _, error = checks.run(json.loads(text))
    return json.dumps({"error": error})


def checked(text):
    """Check the program of a tryit: JSON of [source, programs] in, `checks.check` out."""
    return json.dumps(checks.check(*json.loads(text)))
