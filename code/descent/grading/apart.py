"""A submission is graded in a process of its own, which is ended when it takes too long or too much.

The sandbox limits the student's code. What the grader itself does with what comes out of it, reading, comparing,
rendering, has limits here: a text can be made so that to render it takes hours.
"""

import contextlib
import json
import multiprocessing
import resource
import sys
from dataclasses import asdict
from types import ModuleType

import nbformat

from descent.grading.feedback import feedback
from descent.grading.run import Mark, Result, grade, nothing
from descent.grading.sandbox import Limits, NoSandbox, end

SLACK = 30  # seconds that the grader may take besides the student's code
MEMORY = 4 * 2**30  # bytes of the grader's address space
FORKS = multiprocessing.get_context("forkserver")
# What every grading needs is imported once, before the processes part.
FORKS.set_forkserver_preload([__name__, "descent.plots", "descent.datasets", "descent.problems", "descent.rules"])


def grade_apart(submission, source, limits=None, titles=("", "")):
    """Grade one submission and render its page, in a process of its own.

    Parameters
    ----------
    submission, source : bytes
        What was handed in, and the assignment's notebook with its solutions.
    limits : Limits, optional
    titles : (str, str)
        Of the page: the assignment and the student.

    Returns
    -------
    result : Result
    page : str
        What the student gets back, as long as no reader's points are in it.

    Raises
    ------
    NoSandbox
    """
    limits = limits or Limits()
    here, there = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_work, args=(there, submission, source, limits, titles))
    with _plain():
        process.start()
    there.close()
    told = None
    try:
        if here.poll(limits.seconds + SLACK):
            with contextlib.suppress(EOFError, OSError):
                told = json.loads(here.recv_bytes())
            said = "the grader's process ended"
        else:
            said = f"grading it took longer than {limits.seconds + SLACK:g} s"
    finally:
        end(process.pid)
        process.join()
    if told and "no sandbox" in told:
        raise NoSandbox(told["no sandbox"])
    if told:
        return result_of(told["result"]), told["page"]
    result = nothing(nbformat.reads(source.decode(), as_version=4), "timeout" if "longer" in said else "memory", said)
    return result, feedback(*titles, result)


def _work(pipe, submission, source, limits, titles):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source = nbformat.reads(source.decode(), as_version=4)
    try:
        result = grade(submission, source, limits)
    except NoSandbox as problem:
        told = {"no sandbox": str(problem)}
    except MemoryError:
        raise SystemExit(1) from None
    except Exception as error:
        told = nothing(source, "failed", f"the grader stopped with {type(error).__name__}: {str(error)[:200]}")
        told = {"result": asdict(told), "page": feedback(*titles, told)}
    else:
        told = {"result": asdict(result), "page": feedback(*titles, result)}
    pipe.send_bytes(json.dumps(told).encode())


def result_of(told):
    """A Result of what `dataclasses.asdict` made of one."""
    marks = {task: Mark(**mark) for task, mark in told["marks"].items()}
    notebook = told["notebook"] and nbformat.from_dict(told["notebook"])
    return Result(told["status"], told["reason"], marks, notebook)


@contextlib.contextmanager
def _plain():
    """A process that begins here has nothing to do with the program that runs.

    multiprocessing would import that program's main module into it, and Dask's workers, which are daemons, may have no
    children; ours end with every submission.
    """
    settings, main = multiprocessing.current_process()._config, sys.modules["__main__"]
    daemon = settings.pop("daemon", False)
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        settings["daemon"] = daemon
