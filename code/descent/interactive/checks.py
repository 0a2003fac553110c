"""Runs and checks what a reader has written. Runs in MicroPython on the page, and in the book's tests.

Plain Python, without an import that MicroPython lacks.
"""

import io
import sys

ASIDE = ". The check got something else than it expected: is a return missing, or has a function another name?"


def close(a, b, tolerance=1e-9):
    """Whether two numbers, or two sequences of numbers, agree to a tolerance, relative where they are above 1."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(close(p, q, tolerance) for p, q in zip(a, b))
    return abs(a - b) <= tolerance * max(1, abs(b))


def run(source, scope=None):
    """Execute a program.

    Returns
    -------
    scope : dict of its names, or None if it failed
    error : None, or {"line": number or None, "message": "NameError: …"}
    """
    scope = {"__name__": "__main__"} if scope is None else scope
    try:
        exec(compile(source, "yours.py", "exec"), scope)
    except Exception as error:
        return None, describe(error)
    return scope, None


def check(source, checks):
    """Execute a program and then the checks, each in a scope of its own, up to the first that fails.

    Parameters
    ----------
    source : str
        What the reader has written.
    checks : list of str
        Programs that see the reader's names and `close`. A failing one raises AssertionError.

    Returns
    -------
    dict
        passed: how many checks passed before the first that did not.
        error: None, or what went wrong other than a failed assertion, as in `run`.
    """
    scope, error = run(source)
    passed = 0
    while error is None and passed < len(checks):
        names = dict(scope)
        names["close"] = close
        try:
            exec(compile(checks[passed], "check.py", "exec"), names)
        except AssertionError:
            break
        except Exception as problem:
            error = describe(problem)
            if error["line"] is None:  # it is the check that stumbled over what it was given
                error["message"] += ASIDE
        else:
            passed += 1
    return {"passed": passed, "error": error}


def describe(error):
    """The line of the reader's program that raised, if there is one, and the message."""
    return {"line": line_of(error, "yours.py"), "message": message_of(error)}


def message_of(error):
    text = "%s: %s" % (type(error).__name__, error)
    return text if str(error) else type(error).__name__


def line_of(error, filename):
    """The last line of a file in an error's traceback, or None. MicroPython has no traceback objects, only text."""
    if isinstance(error, SyntaxError) and getattr(error, "lineno", None):
        return error.lineno
    text = io.StringIO()
    if hasattr(sys, "print_exception"):
        sys.print_exception(error, text)
    else:
        import traceback

        traceback.print_exception(error, file=text)
    line = None
    for part in text.getvalue().split('File "%s", line ' % filename)[1:]:
        digits = part.split("\n")[0].split(",")[0]
        line = int(digits)
    return line
