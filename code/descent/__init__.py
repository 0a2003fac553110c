"""The code of *Descent*: update rules, problems to run them on, and the book's figures."""


def explorer(rule="rmsprop", **options):
    """An explorer of the book in a notebook: see `descent.interactive.widget.explorer`."""
    from descent.interactive import widget

    return widget.explorer(rule, **options)
