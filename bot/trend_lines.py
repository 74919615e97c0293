"""The weeks behind the patterns of a week, as a picture: two lines that a lead reads on a phone, by day and by night.

It brings its own background, so that Slack's may be any colour. What is drawn is in the message's text as well.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from PIL import Image, ImageDraw

from bot.charts import Colour, fitting
from routing.digests.patterns import Point

WIDTH, HEIGHT = 1200, 600
_SHARPER = 2  # drawn so much larger and then made smaller: Pillow's lines have rough edges
_PAPER, _EDGE, _RULE = (252, 252, 250), (150, 150, 150), (214, 214, 210)
_INK, _DIM = (28, 28, 30), (84, 84, 88)
_BLUE, _BLUE_SHADE = (21, 87, 160), (222, 232, 244)
_RED, _RED_SHADE = (184, 44, 20), (248, 226, 220)
_LEFT, _RIGHT = 132, 1000
_LABELS_MAX = 4
_COLOURS = 64
# Not the machine's: a picture is the same wherever it is drawn.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL, _THOUSAND, _MILLION = 10_000, 1_000, 1_000_000


Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """One line: where it stands, what it is called, and how it looks."""

    title: str
    top: int
    bottom: int
    line: Colour
    shade: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a text is set: a third of these sizes is what a phone shows."""

    size: int
    anchor: str
    room: int = WIDTH
    is_bold: bool = False


_TITLE = _Style(size=40, anchor="lm", is_bold=True)
_SCALE = _Style(size=34, anchor="rm", room=_LEFT - 24)
_LABEL = _Style(size=34, anchor="mm")
_VALUE = _Style(size=64, anchor="lm", room=WIDTH - _RIGHT - 50, is_bold=True)
_VOLUME = _Panel(title="Requests a week", top=96, bottom=266, line=_BLUE, shade=_BLUE_SHADE)
_BROKEN = _Panel(title="Promises broken", top=358, bottom=528, line=_RED, shade=_RED_SHADE)


def weekly(points: Sequence[Point]) -> bytes:
    """A PNG, the same bytes for the same points."""
    return _Picture(points).drawn()


class _Picture:
    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points
        size = (WIDTH * _SHARPER, HEIGHT * _SHARPER)
        self._image = Image.new("RGB", size, _PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def drawn(self) -> bytes:
        self._draw.rectangle((0, 0, WIDTH * _SHARPER - 1, HEIGHT * _SHARPER - 1), outline=_EDGE, width=_SHARPER)
        self._panel(_VOLUME, [point.volume for point in self._points])
        self._panel(_BROKEN, [point.broken for point in self._points])
        self._axis([point.first_day for point in self._points])
        written = BytesIO()
        small = self._image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        small.quantize(_COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        return written.getvalue()

    def _panel(self, panel: _Panel, counts: Sequence[int]) -> None:
        most = _round_above(max(counts, default=0))
        self._text((40, panel.top - 44), panel.title, _TITLE, _INK)
        for count, y in ((most, panel.top), (0, panel.bottom)):
            self._line([(_LEFT, y), (_RIGHT, y)], _RULE, 2)
            self._text((_LEFT - 14, y), _told(count), _SCALE, _DIM)
        places = [
            (self._x(at), panel.bottom - count / most * (panel.bottom - panel.top)) for at, count in enumerate(counts)
        ]
        if not places:
            self._text(((_LEFT + _RIGHT) / 2, (panel.top + panel.bottom) / 2), "nothing yet", _LABEL, _DIM)
            return
        self._curve(panel, places)
        self._last(panel, places[-1], counts[-1])

    def _curve(self, panel: _Panel, places: Sequence[Place]) -> None:
        if len(places) > 1:
            ground = [(places[-1][0], panel.bottom), (places[0][0], panel.bottom)]
            self._draw.polygon([self._scaled(one) for one in (*places, *ground)], fill=panel.shade)
            self._line([(_LEFT, panel.bottom), (_RIGHT, panel.bottom)], _RULE, 2)
            self._line(places, panel.line, 7)
        for place in places:
            self._dot(place, 14 if place is places[-1] else 8, panel.line)

    def _last(self, panel: _Panel, place: Place, count: int) -> None:
        """The week that is told of, large, beside its point."""
        y = min(max(place[1], panel.top + 8), panel.bottom - 20)
        self._text((_RIGHT + 30, y), _told(count), _VALUE, panel.line)

    def _axis(self, days: Sequence[date]) -> None:
        """The week told of, and as many before it as there is room for, evenly apart."""
        every = -(-len(days) // _LABELS_MAX) or 1
        for at in range(len(days) - 1, -1, -every):
            x = self._x(at)
            self._line([(x, _BROKEN.bottom), (x, _BROKEN.bottom + 10)], _DIM, 3)
            named = f"{days[at].day} {_MONTHS[days[at].month - 1]}"
            told = named if at < len(days) - 1 else f"week of {named}"
            self._text((x, _BROKEN.bottom + 38), told, _LABEL, _DIM)

    def _x(self, at: int) -> float:
        """A single week stands where the last one always does."""
        last = len(self._points) - 1
        return _RIGHT if last == 0 else _LEFT + (_RIGHT - _LEFT) * at / last

    def _scaled(self, place: Place) -> Place:
        return place[0] * _SHARPER, place[1] * _SHARPER

    def _line(self, places: Sequence[Place], colour: Colour, width: int) -> None:
        self._draw.line([self._scaled(one) for one in places], fill=colour, width=width * _SHARPER, joint="curve")

    def _dot(self, place: Place, radius: int, colour: Colour) -> None:
        x, y = self._scaled(place)
        reach = radius * _SHARPER
        self._draw.ellipse(
            (x - reach, y - reach, x + reach, y + reach), fill=colour, outline=_PAPER, width=_SHARPER * 3
        )

    def _text(self, place: Place, text: str, style: _Style, colour: Colour) -> None:
        """Pillow's own font has one weight: a stroke around it makes a bolder one."""
        fits = fitting(text, style.room * _SHARPER, style.size * _SHARPER)
        self._draw.text(
            self._scaled(place), text, fill=colour, font=fits, anchor=style.anchor, stroke_width=int(style.is_bold)
        )


def _round_above(most: int) -> int:
    """A number that is easy to read, not far above: the line never leaves its panel."""
    if most <= 1:
        return 1
    step = 10 ** int(math.log10(most))
    return next(int(step * share) for share in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15) if int(step * share) >= most)


def _told(count: int) -> str:
    """Exact while there is room."""
    if count < _FULL:
        return f"{count:,}"
    if count < _MILLION - _THOUSAND // 2:
        return f"{count / _THOUSAND:.0f}k"
    return f"{count / _MILLION:.1f}M".replace(".0M", "M")
