"""Many submissions at once, on Dask: the processes of this machine, or any cluster that runs."""

import contextlib
import logging
import os
import re
import signal
import tempfile
import threading
from concurrent.futures import CancelledError

import dask
import nbformat
from dask.distributed import Client, LocalCluster, as_completed

from descent.grading import sandbox
from descent.grading.apart import grade_apart
from descent.grading.feedback import feedback
from descent.grading.run import nothing

TRIES = 3  # of a submission that Dask has given up, after its workers were lost again and again
AHEAD = 4  # submissions for each worker that are read and waiting


@contextlib.contextmanager
def workers(scheduler=None, number=None):
    """A Dask client whose workers can all make a sandbox.

    Parameters
    ----------
    scheduler : str, optional
        Address of a scheduler that runs, such as tcp://10.0.0.1:8786. Without one, processes of this machine.
    number : int, optional
        How many processes of this machine. Default: one for each core.

    Raises
    ------
    NoSandbox
        Bubblewrap is missing or cannot work on some worker.
    OSError
        The scheduler does not answer, or has no worker.
    """
    with contextlib.ExitStack() as stack:
        if scheduler:
            if not re.fullmatch(r"\w+://\S+:\d+", scheduler):
                raise OSError(f"SCHEDULER= should be an address such as tcp://10.0.0.1:8786, not {scheduler}")
            client = stack.enter_context(Client(scheduler, timeout="15s"))
            try:
                client.wait_for_workers(1, timeout=30)
            except TimeoutError:
                raise OSError(f"the scheduler at {scheduler} has no workers") from None
        else:
            sandbox.check()
            # Its profiler looks at running code from another thread; nobody looks at what it finds.
            stack.enter_context(dask.config.set({"distributed.worker.profile.enabled": False}))
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="descent-dask-"))
            with _deaf_to_interrupts():
                cluster = LocalCluster(
                    n_workers=number or os.cpu_count(),
                    threads_per_worker=1,
                    memory_limit=0,  # the sandbox has limits of its own
                    dashboard_address="127.0.0.1:0",
                    local_directory=scratch,
                    silence_logs=logging.CRITICAL,
                )
            client = stack.enter_context(Client(stack.enter_context(cluster)))
        for address, problem in client.run(_problem, on_error="ignore").items():
            if problem:
                raise sandbox.NoSandbox(f"{address}: {problem}" if scheduler else problem)
        yield client


@contextlib.contextmanager
def _deaf_to_interrupts():
    """Processes that begin now do not hear Ctrl-C: this one does, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _problem():
    try:
        sandbox.check()
    except sandbox.NoSandbox as problem:
        return str(problem)


def grade_all(client, jobs, source, limits=None, titles=lambda label: ("", str(label))):
    """Grade submissions on a cluster.

    Parameters
    ----------
    client : dask.distributed.Client
    jobs : iterable of (label, bytes)
        Taken as workers become free, so that not all of them are in memory at once.
    source : bytes
        The assignment's notebook with its solutions.
    limits : Limits, optional
    titles : callable
        From a label to the titles of the student's page, (assignment, student).

    Yields
    ------
    (label, Result, page)
        In the order in which they are done, each label once. A lost worker costs a repetition.
    """
    jobs, running = iter(jobs), {}
    pool = as_completed()

    def submit(label, content, tries):
        future = client.submit(grade_apart, content, source, limits, titles(label), pure=False)
        running[future] = label, content, tries
        pool.add(future)

    def ahead():
        for label, content in jobs:
            return submit(label, content, TRIES)

    for _ in range(AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))):
        ahead()
    for future in pool:
        label, content, tries = running.pop(future)
        try:
            result, page = future.result()
        except sandbox.NoSandbox:
            raise
        except (Exception, CancelledError) as error:
            if tries > 1:
                submit(label, content, tries - 1)
                continue
            text = f"its workers were lost {TRIES} times: {type(error).__name__}"
            result = nothing(nbformat.reads(source.decode(), as_version=4), "failed", text)
            page = feedback(*titles(label), result)
        ahead()
        yield label, result, page
