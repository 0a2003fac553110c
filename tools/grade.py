"""Grades a folder of submissions: `make grade HW=hw1 SUBMISSIONS=folder`.

python tools/grade.py hw1 folder                                 on the cores of this machine
python tools/grade.py hw1 folder --scheduler tcp://host:8786     on a Dask cluster
python tools/grade.py hw1 folder --out elsewhere --seconds 300
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
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
        results = grade(Course(out, arguments.assignment, source), source, handed_in, arguments)
    except (Mistake, NoSandbox, OSError) as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: what was graded is kept, and the same command goes on from there.")
    counts = Counter(result.status for result in results.values())
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()))
    print(f"The table is in {shown(out / 'grades.csv')}, the pages for the students in {shown(out / 'feedback')}.")
    if any(result.waiting for result in results.values()):
        print(f"Read {shown(out / 'answers.html')}, fill in {shown(out / 'by_hand.csv')}, and run the same again.")


def grade(course, source, handed_in, arguments):
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
    if waiting:
        limits = replace(Limits(), seconds=arguments.seconds)
        with workers(arguments.scheduler, arguments.workers) as client:
            jobs = ((one.student, one.read()) for one in waiting)
            for student, result in grade_all(client, jobs, source, limits):
                course.keep(student, keys[student], result)
                results[student] = result
                bar.update()
    bar.close()
    results = {one.student: results[one.student] for one in handed_in}
    course.write(results)
    return results


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
