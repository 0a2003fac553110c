"""Grades a folder of submissions: `make grade HW=hw1 SUBMISSIONS=folder`.

python tools/grade.py hw1 folder                                 on the cores of this machine
python tools/grade.py hw1 folder --scheduler tcp://host:8786     on a Dask cluster
python tools/grade.py hw1 folder --out elsewhere --seconds 300
"""

import argparse
import contextlib
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from descent.grading.cluster import grade_all, workers
from descent.grading.course import Course, Mistake, submissions
from descent.grading.sandbox import Limits, NoSandbox

ROOT = Path(__file__).parents[1]
HOMEWORK = ROOT / "homework"


def main():
    arguments = parse()
    path = HOMEWORK / "source" / arguments.assignment / f"{arguments.assignment}.ipynb"
    if not arguments.submissions:
        sys.exit("Say where the submissions are: make grade HW=hw1 SUBMISSIONS=folder")
    if not path.exists():
        known = ", ".join(sorted(folder.name for folder in (HOMEWORK / "source").iterdir()))
        sys.exit(f"There is no assignment {arguments.assignment or '(HW= is empty)'}: give one of {known}.")
    out = arguments.out or HOMEWORK / "graded" / arguments.assignment
    source = path.read_bytes()
    try:
        handed_in = submissions(Path(arguments.submissions), path.name)
        limits = replace(Limits(), seconds=arguments.seconds)
        results = grade(Course(out, arguments.assignment, source, limits), source, handed_in, limits, arguments)
    except (Mistake, NoSandbox, OSError) as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: what was graded is kept, and the same command goes on from there.")
    counts = Counter(result.status for result in results.values())
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()))
    print(f"The table is in {shown(out / 'grades.csv')}, the pages for the students in {shown(out / 'feedback')}.")
    if any(result.waiting for result in results.values()):
        print(f"Read {shown(out / 'answers.html')}, fill in {shown(out / 'by_hand.csv')}, and run the same again.")


def grade(course, source, handed_in, limits, arguments):
    """Grade what is not graded yet, and write everything; {student: Result} in the order of the names."""
    results, keys, waiting = {}, {}, []
    for one in handed_in:
        if one.unfit:
            results[one.student] = course.nothing(*one.unfit)
            continue
        keys[one.student] = course.key(one.read())
        known = course.known(one.student, keys[one.student])
        if known:
            results[one.student] = known
        else:
            waiting.append(one)
    done = len(handed_in) - len(waiting)
    bar = tqdm(total=len(handed_in), initial=done, desc=course.assignment, unit="student", file=sys.stdout)
    with contextlib.closing(bar), contextlib.ExitStack() as stack:
        if waiting:
            client = stack.enter_context(workers(arguments.scheduler, arguments.workers))
            prove(client, source, limits)
            jobs = ((one.student, one.read()) for one in waiting)
            titles = partial(titled, course.assignment)
            for student, result, page in grade_all(client, jobs, source, limits, titles):
                course.keep(student, keys[student], result, page)
                results[student] = result
                bar.update()
    results = {one.student: results[one.student] for one in handed_in}
    course.write(results)
    return results


def prove(client, source, limits):
    """Raise Mistake unless the assignment's own solution earns every point: a test that is wrong stops here."""
    [(_, result, _)] = grade_all(client, [("", source)], source, limits)
    lost = [
        f"{mark.title}: {mark.hint or 'lost'}" for mark in result.marks.values() if mark.points not in (None, mark.of)
    ]
    if lost or result.status != "ok":
        why = "; ".join(lost) or result.reason
        raise Mistake(
            f"The assignment's own solution does not earn all points ({result.status}: {why}). Mend that first."
        )


def titled(assignment, student):
    return assignment, student


def shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def parse():
    parser = argparse.ArgumentParser(description="Grade a folder of submissions.")
    parser.add_argument("assignment", help="such as hw1")
    parser.add_argument("submissions", help="the folder that holds what was handed in")
    parser.add_argument("--out", type=Path, help="where results go (homework/graded/hw1)")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, such as tcp://host:8786")
    parser.add_argument("--workers", type=int, help="processes on this machine (one for each core)")
    parser.add_argument("--seconds", type=float, default=Limits().seconds, help="for one submission (%(default)g)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
