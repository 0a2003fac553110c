"""What all tests share: hypothesis draws the same examples in every run, so that a failure is everybody's failure."""

from hypothesis import settings

settings.register_profile("book", derandomize=True, deadline=None, max_examples=20)
settings.load_profile("book")
