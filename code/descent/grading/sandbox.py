"""A process apart for one student's code: bubblewrap without network, limits, and a watch over both."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib
import psutil
from matplotlib import font_manager  # makes the list of fonts where there is none

from descent.grading.wire import Gone, Peer

CODE = Path(__file__).parents[2]  # where the package `descent` is
WATCHED = 0.2  # seconds between two looks at the processes


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    seconds : float
        From the start of the sandbox to its end.
    cell : float
        Seconds for one cell, or for one call of a test.
    memory : int
        Bytes of address space for each process, and of memory for all of them together.
    file : int
        Bytes of one file, and of all files together.
    processes : int
        At the same time, threads not counted.
    """

    seconds: float = 120
    cell: float = 20
    memory: int = 3 * 2**30
    file: int = 64 * 2**20
    processes: int = 32


class NoSandbox(Exception):
    """Bubblewrap is missing or cannot work here. Nothing is ever run without it."""


class Sandbox:
    """A running sandbox; a context manager that leaves no process behind.

    Attributes
    ----------
    run : function of a cell's source; its outputs
    get : function of a name; the value it has in the student's notebook
    heard : list of the names of exceptions that the student's functions have raised
    ended : None, or (status, reason) once the sandbox was ended for cause
    """

    def __init__(self, limits=None):
        self.limits = limits or Limits()
        self.ended = None

    def __enter__(self):
        self.log = tempfile.TemporaryFile()
        command = [*_bubblewrap(self.limits), sys.executable, "-s", "-m", "descent.grading.inside"]
        arguments = json.dumps(asdict(self.limits))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log}
        # Its environment can be read inside (/proc/1/environ), so it has none.
        self.process = subprocess.Popen([*command, arguments], env={}, **pipes)
        self.deadline = time.monotonic() + self.limits.seconds
        self.closing = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        peer = Peer(self.process.stdout, self.process.stdin)
        self.run = lambda source: peer.call(0, source)
        self.heard = peer.heard
        self.get = lambda name: peer.call(1, name)
        try:
            peer.receive()  # it is ready
        except Gone:
            problem = f"The sandbox did not start: {self._said()}"
            self.__exit__()
            raise NoSandbox(problem) from None
        return self

    def __exit__(self, *_):
        self.closing.set()
        end(self.process.pid)
        self.process.wait()
        with contextlib.suppress(OSError):  # what was not read is not written
            self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()

    def why(self):
        """(status, reason) after the sandbox has gone."""
        if self.ended is None:
            with_code = "" if self._exit() is None else f" with code {self._exit()}"
            self.ended = "crashed", f"the process of the student's code ended{with_code}"
        return self.ended

    def _exit(self):
        try:
            return self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return None

    def _said(self):
        self.log.seek(0)
        return self.log.read()[-500:].decode(errors="replace").strip()

    def _watch(self):
        """End the sandbox when it takes too long or too much."""
        while not self.closing.wait(WATCHED):
            if time.monotonic() > self.deadline:
                self.ended = "timeout", f"it took longer than {self.limits.seconds:g} s in all"
            else:
                self.ended = self._excess()
            if self.ended:
                end(self.process.pid)
                return

    def _excess(self):
        count = used = 0
        try:
            for process in psutil.Process(self.process.pid).children(recursive=True):
                count += 1
                used += process.memory_info().rss
        except psutil.NoSuchProcess:
            return None
        if count > self.limits.processes:
            return "processes", f"it started more than {self.limits.processes} processes"
        if used > self.limits.memory:
            return "memory", f"it used more than {self.limits.memory / 2**30:g} GB"
        return None


def end(pid):
    """Kill a process and all its descendants.

    From the outside each of them, and so the first process of a sandbox, with which everything in it ends: what is
    inside can keep that process from ending with bubblewrap.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def check():
    """Raise NoSandbox, with what to do, unless student code can be run in a sandbox on this machine."""
    if sys.platform != "linux":
        raise NoSandbox("Grading runs students' code in bubblewrap, which exists for Linux alone: grade on Linux.")
    if not shutil.which("bwrap"):
        raise NoSandbox(
            "Grading runs students' code in bubblewrap, and it is not installed: on Debian and Ubuntu "
            "`sudo apt install bubblewrap` (0.8 or newer), on Fedora `sudo dnf install bubblewrap`."
        )
    tried = subprocess.run([*_bubblewrap(Limits()), "true"], capture_output=True, text=True)
    if tried.returncode:
        raise NoSandbox(
            f"Bubblewrap is installed but cannot make a sandbox here: {tried.stderr.strip() or 'it gives no reason'}. "
            "It needs version 0.8 or newer and user namespaces (on Ubuntu 24.04 an AppArmor profile for bwrap; in "
            "Docker --security-opt seccomp=unconfined)."
        )


def _bubblewrap(limits):
    """The command that begins a sandbox: the system and this Python to read, an empty folder to write, no network."""
    command = [
        shutil.which("bwrap"),
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
    ]
    command += ["--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--hostname", "student", "--clearenv"]
    for name, value in {
        "PATH": os.path.dirname(sys.executable) + ":/usr/bin:/bin",
        "HOME": "/tmp/student",
        "PYTHONPATH": CODE,
        "PYTHONHASHSEED": 0,
        "PYTHONDONTWRITEBYTECODE": 1,
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        **{f"{library}_NUM_THREADS": 1 for library in ("OMP", "OPENBLAS", "MKL")},
    }.items():
        command += ["--setenv", name, str(value)]
    command += ["--ro-bind", "/usr", "/usr"]
    for folder in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(folder):
            command += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            command += ["--ro-bind", folder, folder]
    for file in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime"):
        command += ["--ro-bind-try", file, file]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        command += ["--size", str(limits.file), "--tmpfs", folder]
    for folder in (sys.base_prefix, sys.prefix, CODE / "descent"):
        if not Path(folder).is_relative_to("/usr"):  # which is there already
            command += ["--ro-bind", str(folder), str(folder)]
    command += ["--dir", "/tmp/student", "--dir", "/tmp/matplotlib"]
    command += ["--ro-bind", _fonts(), f"/tmp/matplotlib/{os.path.basename(_fonts())}"]
    # Bubblewrap's own folders have no limit of their size, and in /proc root could change the kernel's settings.
    for folder in ("/dev", "/proc", "/"):
        command += ["--remount-ro", folder]
    return [*command, "--chdir", "/tmp/student"]


def _fonts():
    """Matplotlib's list of this machine's fonts. Without it every sandbox would look at all of them, for seconds."""
    return os.path.join(matplotlib.get_cachedir(), f"fontlist-v{font_manager.FontManager.__version__}.json")
