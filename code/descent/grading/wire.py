"""Calls between two processes that do not trust each other: lines of JSON over a pipe, in both directions.

What travels: None, bool, int, float, str, NumPy arrays of numbers, lists, tuples and dictionaries of these, and
functions. A function stays where it is, and the other side gets one that calls it. While a side waits for an answer
it serves the calls that come back. What the called function changes in place is changed in its own copy; the caller
hears of it while `homework.kept` watches, and not else: a student's function must not write into a test's arrays.

Nothing that arrives is executed or unpickled, so the worst that a hostile side can do is to send a wrong value.
"""

import base64
import builtins
import contextlib
import json
import math

import numpy as np

from descent import homework

LONGEST = 8 * 2**20  # bytes of one message
DIMENSIONS = 32


class Gone(BaseException):
    """The other side has ended, or speaks nonsense. Not an Exception, so that no test mistakes it for an answer."""


class Peer:
    """One end of the wire.

    Parameters
    ----------
    reader, writer : binary files
    functions : sequence of callable
        What the other side may call from the beginning, by number. More are added when functions travel.
    stopped : BaseException subclasses
        What a called function may raise besides Exception, to be told to the caller.
    """

    def __init__(self, reader, writer, functions=(), stopped=()):
        self.reader, self.writer = reader, writer
        self.functions = list(functions)
        self.stopped = (Exception, *stopped)
        self.heard = []  # the names of the exceptions that the other side has told

    def call(self, number, *arguments, **named):
        """Call function `number` of the other side; return its result, or raise what it raised, as `raised` does."""
        self.send({"call": number, "arguments": self.encode(list(arguments)), "named": self.encode(named)})
        while "call" in (message := self.receive()):
            self.serve(message)
        if "raised" in message:
            kind, text = message["raised"]
            self.heard.append(kind)
            raise raised(kind, text)
        if "changed" in message and homework.watching:
            _restore(list(arguments), self.decode(message["changed"]))
        return self.decode(message["result"])

    def serve(self, message):
        """Answer one call of the other side."""
        try:
            arguments = self.decode(message["arguments"])
            result = self.functions[message["call"]](*arguments, **self.decode(message["named"]))
            answer = {"result": self.encode(result)}
            after = self.encode(arguments)
            if after != message["arguments"]:
                answer["changed"] = after
        except self.stopped as error:
            answer = {"raised": [type(error).__name__, _text(error)]}
        self.send(answer)

    def lend(self, function):
        """What the other side calls when it calls a function that has travelled."""
        return function

    def send(self, message):
        line = json.dumps(message).encode() + b"\n"
        if len(line) > LONGEST:
            line = b'{"raised": ["ValueError", "what comes back is too large"]}\n'
        try:
            self.writer.write(line)
            self.writer.flush()
        except OSError as error:
            raise Gone("the pipe is closed") from error

    def receive(self):
        line = self.reader.readline(LONGEST + 1)
        if not line.endswith(b"\n"):
            raise Gone("a message is too long" if line else "the pipe is closed")
        try:
            message = json.loads(line)
            known = isinstance(message, dict) and message.keys() & {"call", "result", "raised"}
            if "raised" in message:
                kind, text = message["raised"]
                message["raised"] = str(kind)[:40], str(text)[:300]
        except (ValueError, TypeError, RecursionError):
            known = False
        if not known:
            raise Gone("a message makes no sense")
        return message

    def encode(self, value):
        if value is None or isinstance(value, bool | str):
            return value
        if type(value) is int and value.bit_length() > 1000:
            raise ValueError("a whole number has more than 300 digits")
        if type(value) in (int, float):
            return value
        if isinstance(value, list):
            return [self.encode(part) for part in value]
        if isinstance(value, tuple):
            return {"tuple": [self.encode(part) for part in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(key), self.encode(part)] for key, part in value.items()]}
        if isinstance(value, Remote) and value.peer is self:
            return {"yours": value.number}
        if callable(value):
            self.functions.append(self.lend(value))
            return {"function": len(self.functions) - 1}
        if not isinstance(value, np.ndarray | np.generic) and not hasattr(value, "__array__"):
            raise TypeError(f"a {type(value).__name__} should be a number, an array, or a list or tuple of these")
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            return self.encode(array.tolist())
        array = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        data = base64.b64encode(array.tobytes()).decode()
        return {"array": data, "type": array.dtype.str, "shape": list(array.shape), "scalar": np.isscalar(value)}

    def decode(self, value):
        try:
            return self._decode(value)
        except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
            raise Gone("a value makes no sense") from error

    def _decode(self, value):
        if isinstance(value, list):
            return [self._decode(part) for part in value]
        if not isinstance(value, dict):
            return value
        if "tuple" in value:
            return tuple(self._decode(part) for part in value["tuple"])
        if "dict" in value:
            return {self._decode(key): self._decode(part) for key, part in value["dict"]}
        if "yours" in value:
            return self.functions[value["yours"]]
        if "function" in value:
            return Remote(self, int(value["function"]))
        if len(value["shape"]) > DIMENSIONS:
            raise ValueError("this is no array")
        kind = np.dtype(value["type"])
        data, shape = base64.b64decode(value["array"]), [int(length) for length in value["shape"]]
        if kind.kind not in "biufc" or kind.itemsize * math.prod(shape) != len(data) or min(shape, default=0) < 0:
            raise ValueError("this is no array")
        array = np.frombuffer(data, kind).reshape(shape).copy()
        return array[()] if value["scalar"] else array


class Remote:
    """A function of the other side."""

    def __init__(self, peer, number):
        self.peer, self.number = peer, number

    def __call__(self, *arguments, **named):
        return self.peer.call(self.number, *arguments, **named)

    def __deepcopy__(self, memo):
        return self


def raised(kind, message):
    """An exception for what the other side has raised: Python's own of that name, or a new one.

    An AssertionError is always a new one: the student's must not look like one of the test's.
    """
    known = vars(builtins).get(kind)
    if isinstance(known, type) and issubclass(known, Exception) and known is not AssertionError:
        with contextlib.suppress(TypeError):  # some want more than a message
            return known(message)
    return type(kind if kind.isidentifier() else "Exception", (Exception,), {})(message)


def _text(error):
    try:
        return str(error)[:300]
    except Exception:
        return ""


def _restore(old, new):
    """Carry changes in place over to the caller's own lists, dictionaries and arrays."""
    for before, after in zip(old, new, strict=False):
        if isinstance(before, np.ndarray) and isinstance(after, np.ndarray) and before.shape == after.shape:
            before[...] = after
        elif isinstance(before, list) and isinstance(after, list):
            before[:] = after
        elif isinstance(before, dict) and isinstance(after, dict):
            before.clear()
            before.update(after)
        elif isinstance(before, tuple) and isinstance(after, tuple):
            _restore(before, after)
