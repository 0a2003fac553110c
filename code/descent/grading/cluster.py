"""Many submissions at once, on Dask: the processes of this machine, or any cluster that runs."""

import contextlib
import logging
import os
import tempfile

import dask
import nbformat
from dask.distributed import Client, LocalCluster, as_completed

from descent.grading import sandbox
from descent.grading.run import grade, nothing

RETRIES = 3  # of a submission whose worker was lost
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
            cluster = LocalCluster(
                n_workers=number or os.cpu_count(),
                threads_per_worker=1,
                memory_limit=0,  # the sandbox has limits of its own
                dashboard_address=None,
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
            )
            client = stack.enter_context(Client(stack.enter_context(cluster)))
        for address, problem in client.run(_problem).items():
            if problem:
                raise sandbox.NoSandbox(f"{address}: {problem}" if scheduler else problem)
        yield client


def _problem():
    try:
        sandbox.check()
    except sandbox.NoSandbox as problem:
        return str(problem)


def grade_all(client, jobs, source, limits=None):
    """Grade submissions on a cluster.

    Parameters
    ----------
    client : dask.distributed.Client
    jobs : iterable of (label, bytes)
        Taken as workers become free, so that not all of them are in memory at once.
    source : bytes
        The assignment's notebook with its solutions.
    limits : Limits, optional

    Yields
    ------
    (label, Result)
        In the order in which they are done, each label once. A lost worker costs a repetition.
    """
    jobs, futures = iter(jobs), {}
    pool = as_completed()
    assignment = client.scatter(source, broadcast=True)

    def submit():
        for label, content in jobs:
            future = client.submit(_grade, content, assignment, limits, pure=False, retries=RETRIES)
            futures[future] = label
            pool.add(future)
            return

    for _ in range(AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))):
        submit()
    for future in pool:
        label = futures.pop(future)
        error = future.exception()
        if isinstance(error, sandbox.NoSandbox):
            raise error
        if error is not None:
            text = f"the grader stopped: {type(error).__name__}: {error}"[:300]
            result = nothing(nbformat.reads(source.decode(), as_version=4), "failed", text)
        else:
            result = future.result()
        submit()
        yield label, result


def _grade(content, source, limits):
    return grade(content, nbformat.reads(source.decode(), as_version=4), limits)
