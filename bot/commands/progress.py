"""How far a command has come, for somebody who watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(length: int) -> "Iterator[click._termui_impl.ProgressBar[int]]":
    """On standard error, and only in a terminal."""
    steps = max(1, length // 200)
    is_watched = sys.stderr.isatty()
    with click.progressbar(length=length, file=sys.stderr, update_min_steps=steps, hidden=not is_watched) as bar:
        yield bar
