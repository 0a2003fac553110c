"""The code of *Dive into Deep Learning* (d2l 1.0.3), as the reference that the book is compared with.

    from descent.d2l_reference import d2l

d2l imports torchvision, which it does not declare and which nothing that we use touches:
where torchvision is missing, an empty placeholder stands in for it while d2l is imported.
"""

import importlib.util
import sys
import types


def _import_d2l():
    if importlib.util.find_spec("d2l") is None:
        raise ModuleNotFoundError(
            "d2l is not installed: run `make book`, or `pip install --no-deps -r requirements-d2l.txt`"
        )
    placeholders = []
    if importlib.util.find_spec("torchvision") is None:
        placeholders = ["torchvision", "torchvision.transforms"]
        for name in placeholders:
            sys.modules[name] = types.ModuleType(name)
        sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]
    try:
        from d2l import torch as module
    finally:
        for name in placeholders:  # so that nobody else takes the placeholder for the real thing
            del sys.modules[name]
    return module


d2l = _import_d2l()
