"""Garbage in commands that run long; short ones are over before it is worth looking for."""

import gc

_SELDOM = 100_000
"""Things made between two looks: pages of rows are as many, and hold no cycles."""


def collect_garbage() -> None:
    """Collect garbage from here on, but seldom, and never look at what was loaded so far: it stays."""
    gc.freeze()
    gc.set_threshold(_SELDOM)
    gc.enable()
