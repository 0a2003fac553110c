"""What runs in the sandbox: it executes the student's cells and lends their functions to the grader.

    python -m descent.grading.inside '{"memory": …, "file": …, "processes": …, "cell": …}'

Nothing here is trusted: whatever the student's code does to this process, it can only change its own answers.
"""

import io
import json
import os
import resource
import signal
import sys
import traceback

from descent.grading.wire import Peer

PRINTED = 20_000  # characters of one cell that are kept
SHOWN = 2 * 2**20  # characters of the pictures of one cell
KINDS = ("image/png", "image/svg+xml", "text/plain")


class TooLong(BaseException):
    """A cell or a call has used up its seconds."""


class Printed(io.TextIOBase):
    """Keeps the beginning of what is printed, and counts the rest."""

    def __init__(self):
        self.text, self.lost = "", 0

    def writable(self):
        return True

    def write(self, text):
        free = PRINTED - len(self.text)
        self.text += text[:free]
        self.lost += max(0, len(text) - free)
        return len(text)

    def outputs(self):
        note = f"\n… and {self.lost} more characters" if self.lost else ""
        return [{"output_type": "stream", "name": "stdout", "text": self.text + note}] if self.text else []


class Cells:
    """The student's notebook while it runs."""

    def __init__(self, seconds):
        from IPython.core.interactiveshell import InteractiveShell

        self.seconds = seconds
        self.shell = InteractiveShell.instance()
        self.shell.history_manager.enabled = False
        self.shell.run_line_magic("colors", "nocolor")
        self.shell.displayhook.write_output_prompt = lambda: None
        self.shell._showtraceback = lambda kind, error, lines: None

    def run(self, source):
        """Execute a cell; return its outputs as a notebook stores them."""
        from IPython.utils.capture import capture_output

        printed = Printed()
        with capture_output(stdout=False, stderr=False, display=True) as shown, Standard(printed):
            result = self.shell.run_cell(source)
        outputs = printed.outputs()
        for output in shown.outputs:
            outputs.append({"output_type": "display_data", "data": _data(output.data), "metadata": {}})
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            kind = type(error).__name__
            if isinstance(error, SyntaxError):  # of its traceback only the last lines are the student's
                lines = traceback.format_exception_only(error)
            else:
                lines = self.shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
            lines = "\n".join(lines)[-4000:].split("\n")
            outputs.append({"output_type": "error", "ename": kind, "evalue": str(error)[:500], "traceback": lines})
        return _few(outputs)

    def get(self, name):
        """A value of the notebook, by its name; KeyError if there is none."""
        return self.shell.user_ns[name]


class Inside(Peer):
    """The sandbox's end of the wire: what is called here is limited in time, and prints into the void."""

    def __init__(self, reader, writer, cells):
        self.cells = cells
        super().__init__(reader, writer, [self.lend(cells.run), cells.get], stopped=(BaseException,))

    def lend(self, function):
        def ring(*_):
            raise TooLong(f"this took longer than {self.cells.seconds:g} seconds")

        def call(*arguments, **named):
            signal.signal(signal.SIGALRM, ring)
            before, _ = signal.setitimer(signal.ITIMER_REAL, self.cells.seconds)
            try:
                return function(*arguments, **named)
            finally:
                signal.setitimer(signal.ITIMER_REAL, before)  # of the call that led to this one, or 0

        return call

    def serve(self, message):
        with Standard(Printed()):
            super().serve(message)


class Standard:
    """Standard output and standard error go into a file of ours."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        self.before = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self.file

    def __exit__(self, *_):
        sys.stdout, sys.stderr = self.before


def _data(data):
    return {kind: data[kind] for kind in KINDS if isinstance(data.get(kind), str)}


def _few(outputs):
    """As many of the outputs as fit into a message."""
    kept, size = [], 0
    for output in outputs:
        size += len(json.dumps(output))
        if size > SHOWN:
            kept.append({"output_type": "stream", "name": "stdout", "text": "… and more, which is left out\n"})
            break
        kept.append(output)
    return kept


def limit(memory, file, processes):
    """Limits of the system on this process and its children."""
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_NPROC, processes),  # not obeyed where the grader is root: the sandbox counts them too
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def main():
    limits = json.loads(sys.argv[1])
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    limit(limits["memory"], limits["file"], limits["processes"])
    peer = Inside(reader, writer, Cells(limits["cell"]))
    peer.send({"result": "ready"})
    while True:
        peer.serve(peer.receive())


if __name__ == "__main__":
    main()
