"""The explorers of the pages in a live notebook: the same module, through anywidget."""

import tempfile
from functools import cache
from pathlib import Path

import anywidget
import traitlets

from descent.interactive import markup, web
from descent.interactive.settings import TITLES, settings

FILES = ["worker.mjs", "editor.mjs", "micropython.mjs", "micropython.wasm"]
MODULE = "jupyter.mjs"
_DEFAULTS = {
    "gradient_descent": ("lr=0.4", "lr 0.01 0.6"),
    "momentum": ("lr=0.6, beta=0.5", "lr 0.01 1; beta 0 0.99"),
    "nesterov": ("lr=0.2, beta=0.5", "lr 0.01 0.5; beta 0 0.99"),
    "nesterov_lookahead": ("lr=0.2, beta=0.5", "lr 0.01 0.5; beta 0 0.99"),
    "adagrad": ("lr=0.4", "lr 0.01 10 log"),
    "rmsprop": ("lr=0.4, decay=0.9", "lr 0.01 1 log; decay 0 0.99"),
    "rmsprop_centered": ("lr=0.4, decay=0.9", "lr 0.01 1 log; decay 0 0.99"),
    "rmsprop_momentum": ("lr=0.05, decay=0.9, beta=0.5", "lr 0.001 1 log; decay 0 0.99; beta 0 0.99"),
    "adadelta": ("decay=0.9, eps=0.01", "decay 0 0.99; eps 1e-8 1 log"),
    "adam": ("lr=0.4", "lr 0.01 1 log; beta1 0 0.99; beta2 0.5 0.9999"),
}


def explorer(rule="rmsprop", **options):
    """An explorer in a notebook cell.

    Parameters
    ----------
    rule : str, default ``"rmsprop"``
        A rule of `descent.rules` by name, with the book's values: ``explorer("adam")``.
        Or calls as in the book's pages: ``explorer("gradient_descent(lr=0.4); adagrad(lr=2)", sliders=…)``.
    **options
        problem, sliders, steps, views, start, window, noise, batch: as in
        `descent.interactive.settings.settings`.

    Returns
    -------
    Widget
        Shows itself as the last line of a cell. Its `state` is a dict of what the reader has set and where it led:
        the sliders by name, start, steps, and ends, a list of {label, step, x, f, diverged}.

    Raises
    ------
    ValueError
        For a rule or an option that does not exist, with a sentence that says so.
    FileNotFoundError
        Where `make setup` has not installed what the pages need.
    """
    if "(" not in rule:
        if rule not in _DEFAULTS:
            raise ValueError(f"there is no rule {rule!r}: the rules are {', '.join(TITLES)}")
        arguments, sliders = _DEFAULTS[rule]
        options = {"sliders": sliders, "steps": "20 of 200", **options}
        rule = f"{rule}({arguments})"
    return _widget_class()(settings(rules=rule, **options))


class Widget(anywidget.AnyWidget):
    """An explorer; made by `explorer`."""

    html = traitlets.Unicode().tag(sync=True)
    files = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, config):
        name = f"explorer-{id(self)}"
        # In JupyterLab a bare key is a command; not while the reader is in here.
        root = f'<div class="explorer" data-name="{name}" data-lm-suppress-shortcuts="true">'
        super().__init__(
            html=f'{root}<figure><div class="stage"></div></figure>{markup.controls(config, name)}</div>',
            files={file: _modules()[file] for file in FILES},
        )


@cache
def _widget_class():
    """The widget with its module and style sheet, which anywidget takes from the class. Bundled at the first need."""
    source, style = (_modules()[name].decode() for name in (MODULE, web.STYLE.name))
    return type("Explorer", (Widget,), {"_esm": source, "_css": style})


@cache
def _modules():
    """The bundled modules, by name."""
    with tempfile.TemporaryDirectory() as folder:
        if web.BUNDLED.is_dir():
            folder = web.BUNDLED
        else:
            web.bundle(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}
