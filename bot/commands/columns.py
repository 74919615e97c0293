"""Rows under a head, as a terminal shows them."""

from collections.abc import Sequence


def in_columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> str:
    """The first columns are words and start left; the rest are figures and end right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(line, widths, words) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], words: int) -> str:
    placed = [
        cell.ljust(width) if column < words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed).rstrip()
