"""What may be written to a terminal or a log: every character with a shape, and nothing that a terminal obeys."""

import re

# Controls but for the tab and the new line, separators that some take for new lines, marks that turn a line around,
# tags, and halves of characters.
_UNRULY = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ASTRAL = 0x10000


def tame(text: str) -> str:
    """The same text, with what is unruly spelled out. Inside of JSON it still means the same."""
    return _UNRULY.sub(lambda mark: _spelled(ord(mark[0])), text)


def one_line(text: str) -> str:
    return tame(text).replace("\n", "\\n").replace("\t", "\\t")


def _spelled(code: int) -> str:
    if code < _ASTRAL:
        return f"\\u{code:04x}"
    high, low = divmod(code - _ASTRAL, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
