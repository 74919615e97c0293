"""The picture of eight weeks: every size of desk fits, and it reads by day and by night."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.trend_lines import weekly
from routing.digests.patterns import Point

BLUE, RED = (21, 87, 160), (184, 44, 20)
LIGHT, DARK = (255, 255, 255), (26, 29, 33)
TYPICAL = (412, 398, 430, 441, 405, 420, 415, 533)
HUGE = (1_250_000, 998_000, 2_430_000, 1_441_000, 105_000, 3_420_000, 2_999_999, 99_999_999)


def points(volumes: Sequence[int], broken: Sequence[int] = ()) -> list[Point]:
    broken = broken or [one // 40 for one in volumes]
    first = date(2026, 9, 28)
    return [
        Point(first_day=first + timedelta(weeks=at), volume=volume, broken=late)
        for at, (volume, late) in enumerate(zip(volumes, broken, strict=True))
    ]


def seen(drawn: Sequence[Point]) -> Image.Image:
    return Image.open(BytesIO(weekly(drawn))).convert("RGB")


def colours(image: Image.Image) -> list[tuple[int, int, int]]:
    """What it is drawn in, the most used first."""
    counted = image.getcolors(maxcolors=2**24) or ()
    return [colour for _, colour in sorted(counted, reverse=True) if isinstance(colour, tuple)]


def highest(image: Image.Image, colour: tuple[int, int, int], left: int, right: int) -> int:
    """The first row in which this colour shows, in these columns."""
    column = image.crop((left, 0, right, image.height))
    pixels = column.load()
    assert pixels is not None, "a picture has pixels"
    return next(
        y
        for y in range(column.height)
        for x in range(column.width)
        if all(abs(one - other) < 12 for one, other in zip(pixels[x, y], colour, strict=True))  # type: ignore[arg-type] # RGB
    )


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """As WCAG counts it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("volumes", [(), (7,), (0,), (3, 9), (0,) * 8, TYPICAL, HUGE])
def test_any_number_of_weeks_and_of_requests_fits(volumes: tuple[int, ...]) -> None:
    image = seen(points(volumes))

    assert image.size == (1200, 600)
    paper = colours(image)[0]
    for edge in ((2, 2, 1198, 12), (2, 588, 1198, 598), (2, 2, 12, 598), (1188, 2, 1198, 598)):
        assert colours(image.crop(edge)) == [paper], f"something is drawn over the edge {edge}"


@pytest.mark.parametrize("volumes", [TYPICAL, HUGE])
def test_a_phone_on_the_move_loads_it_quickly(volumes: tuple[int, ...]) -> None:
    assert len(weekly(points(volumes))) < 30_000


def test_the_same_weeks_make_the_same_bytes() -> None:
    assert weekly(points(TYPICAL)) == weekly(points(TYPICAL))
    assert weekly(points(TYPICAL)) != weekly(points((*TYPICAL[:-1], 534)))


def test_it_brings_a_background_on_which_everything_can_be_told_apart() -> None:
    image = seen(points(TYPICAL))

    (paper, *_) = colours(image)
    assert Image.open(BytesIO(weekly(points(TYPICAL)))).info.get("transparency") is None
    assert contrast(paper, BLUE) > 4.5
    assert contrast(paper, RED) > 4.5
    assert image.getpixel((0, 0)) != paper, "a line sets it off from a page as white as itself"
    assert contrast(paper, DARK) > 4.5


def test_the_two_lines_are_also_told_apart_by_their_places() -> None:
    image = seen(points(TYPICAL, [1, 2, 3, 4, 5, 6, 7, 8]))

    assert highest(image, BLUE, 140, 990) < 300 < highest(image, RED, 140, 990)


def test_a_line_rises_with_what_it_counts() -> None:
    image = seen(points((10, 20, 30, 40, 50, 60, 70, 80)))

    assert highest(image, BLUE, 980, 1000) < highest(image, BLUE, 560, 600) < highest(image, BLUE, 140, 180)


def test_on_a_phone_the_number_of_the_week_still_stands_out() -> None:
    small = seen(points(TYPICAL)).resize((360, 180), Image.Resampling.LANCZOS)

    beside_the_line = small.crop((306, 20, 356, 50))

    greys = beside_the_line.convert("L").histogram()
    assert sum(greys[:110]) > 10


def _luminance(colour: tuple[int, int, int]) -> float:
    linear = [(one / 255 + 0.055) ** 2.4 / 1.055**2.4 if one > 10 else one / 255 / 12.92 for one in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
