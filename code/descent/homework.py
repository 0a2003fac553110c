"""What homework notebooks check with: `near`, `kept`, `score`, `tally`.

A task's test is a function without arguments that raises AssertionError with a sentence about the idea that was
missed; `score` runs it and says what it found. The same functions run in the student's notebook and in grading, where
the student's own functions are called in a process apart (`descent.grading`).
"""

import contextlib
import copy
import warnings

import numpy as np

watching = False  # whether `kept` wants to know of changes that a function in another process has made (grading.wire)
_scores = {}  # of this notebook: task → (points, of how many)


def near(got, expected, *mistakes, otherwise=None, rtol=1e-7, atol=1e-10):
    """Refuse a value that is not the expected one, if possible with the sentence that belongs to the mistake.

    Parameters
    ----------
    got : number, str, array, or a sequence of these
        What the student's code returned.
    expected : the same
    *mistakes : pair of (value, str)
        What comes out of a known mistake, and the sentence that helps with it. The first that fits is taken.
    otherwise : str, optional
        The sentence for every other wrong value. Without it: what was expected, and what came.
    rtol, atol : float
        Tolerances for each number, relative to the expected one and absolute.

    Raises
    ------
    AssertionError
        With the sentence.

    Examples
    --------
    >>> near(0.6, 0.6)
    >>> near(1.4, 0.6, (1.4, "This step goes uphill: which sign does the gradient have in it?"))
    Traceback (most recent call last):
    AssertionError: This step goes uphill: which sign does the gradient have in it?
    >>> near(None, 0.6)
    Traceback (most recent call last):
    AssertionError: Nothing came back: is the return missing?
    """
    if _same(got, expected, rtol, atol):
        return
    if got is None:
        raise AssertionError("Nothing came back: is the return missing?")
    for value, sentence in mistakes:
        if _same(got, value, rtol, atol):
            raise AssertionError(sentence)
    if (form := _form(got)) != (wanted := _form(expected)):
        raise AssertionError(f"{wanted} should come back, not {form}.")
    raise AssertionError(otherwise or f"{_shown(expected)} should come back, not {_shown(got)}.")


def kept(function, *arguments):
    """Call a function with copies of the arguments; refuse it if it has changed the arrays or lists among them.

    Returns what the function returns.

    >>> kept(sum, [1, 2])
    3
    """
    global watching
    given = copy.deepcopy(arguments)
    watching = True
    try:
        result = function(*given)
    finally:
        watching = False
    for number, (before, after) in enumerate(zip(arguments, given, strict=True), 1):
        if not _same(after, before, 0, 0):
            raise AssertionError(
                f"Argument {number} of your function is another after the call: make a new one and leave what you are "
                "given as it was (x = x - …, for example, not x -= …)."
            )
    return result


def score(task, points, test):
    """Run a task's test, say what it found, and return the points: all of them, or 0.

    Parameters
    ----------
    task : str
        Its name, for the line that is printed and for the tally.
    points : int
    test : callable
        Without arguments; raises AssertionError with a hint.

    Examples
    --------
    >>> score("the sign", 2, lambda: near(0.6, 0.6))
    ✓ the sign: 2 of 2 points
    2
    """
    earned, hint = judged(points, test)
    _scores[task] = earned, points
    print(f"{'✗' if hint else '✓'} {task}: {earned} of {points} points" + (f"\n  {hint}" if hint else ""))
    return earned


def judged(points, test):
    """The points that a test gives, all or 0, and its hint, None where there is nothing to say."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            test()
    except NotImplementedError:
        return 0, "Not written yet."
    except AssertionError as error:
        return 0, str(error) or "This is not right yet."
    except NameError as error:
        name = getattr(error, "name", None)
        return 0, f"There is no {name} here: write it, or run the cell in which you did." if name else f"{error}."
    except Exception as error:
        return 0, f"The test stopped with {type(error).__name__}: {error}"
    return points, None


def tally(points, by_hand=0):
    """Print the points of every task that has run, and their sum.

    Parameters
    ----------
    points : int
        What the tasks with a test are worth together.
    by_hand : int
        What is graded by a reader.
    """
    width = max(map(len, [*_scores, "all tasks"]))
    for task, (earned, of) in _scores.items():
        print(f"{'✓' if earned else '✗'} {task:{width}} {earned:3} of {of}")
    earned = sum(earned for earned, _ in _scores.values())
    run = sum(of for _, of in _scores.values())
    print(f"  {'all tasks':{width}} {earned:3} of {points}")
    if run < points:
        print(f"\nTests worth {points - run} points have not run: run the notebook from the top (Run → Run All Cells).")
    if by_hand:
        print(f"\nAnother {by_hand} points are given by hand.")
    print("\nGrading also tries your functions on numbers that are not in this notebook.")


def forget():
    """Begin a new tally."""
    _scores.clear()


def _same(a, b, rtol, atol):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key], rtol, atol) for key in b)
    if a is None or b is None:
        return a is b
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    if callable(a) or callable(b):
        return a is b
    if isinstance(a, list) and isinstance(b, np.ndarray):
        with contextlib.suppress(ValueError):
            a = np.asarray(a)
    if _several(a) and _several(b):
        return len(a) == len(b) and all(_same(p, q, rtol, atol) for p, q in zip(a, b, strict=True))
    if isinstance(a, dict) or isinstance(b, dict) or _several(a) or _several(b):
        return False
    with contextlib.suppress(TypeError, ValueError):
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
    return False


def _several(value):
    """Whether it is compared part by part: a tuple, or a list that is no plain list of numbers."""
    if isinstance(value, list):
        return any(isinstance(part, list | tuple | np.ndarray) or callable(part) for part in value)
    return isinstance(value, tuple)


def _form(value):
    if isinstance(value, dict):
        return "a dictionary with " + (", ".join(map(repr, value)) or "nothing in it")
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, str):
        return "a text"
    if value is None:
        return "None"
    if callable(value):
        return "a function"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    try:
        array = np.asarray(value)
        return "a number" if array.shape == () and array.dtype.kind in "biufc" else f"an array of shape {array.shape}"
    except ValueError:
        return "a list of lists of different lengths"


def _shown(value):
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_shown, value)) + ")"
    if isinstance(value, str | bool | np.bool_ | dict):
        return repr(value)
    text = np.array2string(np.asarray(value), precision=6, separator=", ", threshold=8)
    return text if len(text) < 200 else text[:200] + " …"
