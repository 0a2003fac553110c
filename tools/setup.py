# -*- coding: utf-8 -*-
"""Makes .venv with everything that the book needs. `make` calls it before anything else; when nothing has changed
it ends at once. With the argument `homework` it also installs what making and grading homework needs; with `here` it
makes no .venv and installs into the Python that runs it, for a machine that serves nothing else (.binder).

It runs on whatever `python3` the machine has, so that an old one gets a sentence and not a syntax error.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "installed")  # written last: what was interrupted is done again
HOMEWORK_STAMP = os.path.join(VENV, "installed-homework")
PLACE = os.path.join(VENV, "place")  # where .venv was made: its scripts and links hold that path
LOG = os.path.join(ROOT, "_build", "setup.log")
LOCK = os.path.join(ROOT, "_build", "lock")
HELD = []  # the open lock; children inherit it, and keep others out even when this process is killed
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
HOMEWORK = "homework/requirements.txt"
INPUTS = ["requirements.txt", "constraints.txt", "requirements-d2l.txt", "pyproject.toml", "package-lock.json"]


def main():
    os.chdir(ROOT)
    if "here" in sys.argv[1:]:
        return install_here()
    install_book()
    if "homework" in sys.argv[1:]:
        install_homework()


def install_here():
    global PYTHON
    PYTHON = sys.executable
    check_python()
    begin_log()
    install_packages()


def install_homework():
    wanted = read(STAMP) + read(HOMEWORK)
    if read(HOMEWORK_STAMP) != wanted:
        lock()
        say("Installing what homework needs besides (%s) …" % HOMEWORK)
        pip("-r", HOMEWORK, "-c", "constraints.txt")
        write_file(HOMEWORK_STAMP, wanted)


def install_book():
    wanted = fingerprint()
    if installed(wanted):
        return
    check_python()
    lock()
    if installed(wanted):
        return  # another `make` has done it meanwhile
    if os.path.exists(STAMP):
        os.remove(STAMP)
    begin_log()
    if usable(PYTHON):
        remove_half_installed()
    else:
        make_environment()
    install_packages()
    write_file(STAMP, wanted)
    say("Everything is installed.")


def begin_log():
    if not os.path.isdir("_build"):
        os.makedirs("_build")
    open(LOG, "w").close()


def install_packages():
    total = sum(1 for line in read("constraints.txt").splitlines() if "==" in line and ";" not in line)
    say("Installing about %d Python packages (a few minutes, once) …" % total)
    pip("-r", "requirements.txt", "-c", "constraints.txt", total=total)
    say("Installing d2l without its pins, this package, and the pages' npm packages …")
    pip("--no-deps", "-r", "requirements-d2l.txt")
    pip("--no-deps", "--no-build-isolation", "-e", ".")
    npm = os.path.join(os.path.dirname(PYTHON), "npm")
    environment = dict(os.environ, PATH=os.path.dirname(PYTHON) + os.pathsep + os.environ.get("PATH", ""))
    # The certificates of the system, as pip may use: behind a proxy Node's own lead to minutes of retries.
    environment["NODE_OPTIONS"] = (environment.get("NODE_OPTIONS", "") + " --use-system-ca").strip()
    run([npm, "ci", "--no-audit", "--no-fund"], env=environment)


def installed(wanted):
    return read(STAMP) == wanted and usable(PYTHON) and node_modules()


def node_modules():
    """Whether everything from npm is there."""
    asked = json.loads(read("package.json"))
    names = list(asked["dependencies"]) + list(asked["devDependencies"])
    return all(os.path.isdir(os.path.join("node_modules", name)) for name in names)


def lock():
    """Wait until nothing else installs or builds in this folder, and keep it so until this process and `run`'s end."""
    if not os.path.isdir(os.path.dirname(LOCK)):
        os.makedirs(os.path.dirname(LOCK))
    if HELD or os.name == "nt":
        return
    import fcntl  # which Windows has not

    HELD.append(os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o666))
    try:
        fcntl.flock(HELD[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("Another `make` is installing or building in this folder: waiting until it has ended …")
        fcntl.flock(HELD[0], fcntl.LOCK_EX)


def fingerprint():
    """Of what is to be installed, and of where: an environment does not survive being moved."""
    text = ROOT + "".join(read(name) for name in INPUTS)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_python():
    version = "%d.%d" % sys.version_info[:2]
    if sys.version_info < OLDEST:
        newer = [name for name in ("python3.13", "python3.12", "python3.11") if which(name)]
        then = "run `make book PYTHON=%s`" % newer[0] if newer else "install one and run `make book PYTHON=…`"
        stop("The book needs Python %d.%d or newer and %s is %s: %s." % (OLDEST + (sys.executable, version, then)))
    try:
        import ensurepip
        import venv

        assert venv and ensurepip
    except ImportError:
        stop(
            "Python %s has no module venv: install it (on Debian and Ubuntu `sudo apt install python%s-venv`) "
            "and run make again." % (version, version)
        )


def which(name):
    return any(
        os.access(os.path.join(folder, name), os.X_OK) for folder in os.environ.get("PATH", "").split(os.pathsep)
    )


def usable(python):
    """Whether .venv holds a Python that is new enough, has pip, and was made at this very place."""
    if not os.path.exists(python) or read(PLACE) != ROOT:
        return False
    question = "import pip, sys; assert sys.version_info >= %r" % (OLDEST,)
    return subprocess.call([python, "-c", question], stderr=subprocess.DEVNULL) == 0


def remove_half_installed():
    """pip writes a package's INSTALLER last: what has none was interrupted, and pip would take it for installed."""
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([PYTHON, "-c", question]).decode("utf-8").strip()
    for name in os.listdir(packages):
        folder = os.path.join(packages, name)
        if name.endswith(".dist-info") and not os.path.exists(os.path.join(folder, "INSTALLER")):
            shutil.rmtree(folder)


def make_environment():
    # Where .venv is activated, `python3` is its own, which is about to go.
    python = getattr(sys, "_base_executable", None) or sys.executable
    say("Making .venv with %s …" % python)
    shutil.rmtree(VENV, ignore_errors=True)
    run([python, "-m", "venv", VENV])
    write_file(PLACE, ROOT)


def pip(*arguments, **options):
    run([PYTHON, "-m", "pip", "install", "--disable-pip-version-check"] + list(arguments), **options)


def run(command, total=0, env=None):
    """Run a command, its output into the log; with `total`, count the packages that pip has found."""
    found = 0
    terminal = sys.stdout.isatty()
    with open(LOG, "ab") as log:
        log.write(("$ " + " ".join(command) + "\n").encode("utf-8"))
        try:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, pass_fds=HELD
            )
        except OSError as error:
            stop("%s could not be started (%s): remove .venv and run make again." % (command[0], error))
        for line in process.stdout:
            log.write(line)
            log.flush()
            name = re.match(rb"(?:Collecting |Processing .*/)([a-zA-Z0-9_.]+)", line)
            if total and name:
                found += 1
                if terminal or found % 25 == 0:
                    message = "  found %3d of about %d: %s" % (found, max(found, total), name.group(1).decode())
                    write("\r%-60s" % message if terminal else message + "\n")
            elif total and line.startswith(b"Installing collected"):
                write(("\r%-60s\n" if terminal else "%s\n") % "  all found; unpacking them …")
        if process.wait() == 0:
            return
    tail = [line for line in read(LOG).splitlines() if line.strip()][-8:]
    write("\n" + "\n".join("  | " + line for line in tail) + "\n")
    stop(
        "`%s` failed: see the lines above (all of them are in _build/setup.log), check the network and the space on "
        "the disk, and run make again; what was installed stays." % " ".join(os.path.basename(c) for c in command[:4])
    )


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def write_file(path, text):
    with open(path, "wb") as file:
        file.write(text.encode("utf-8"))


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def say(text):
    write(text + "\n")


def stop(sentence):
    sys.stderr.write("\n" + sentence + "\n")
    sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("Interrupted: run make again, and it goes on with what is missing.")
