"""The pictures of an evaluation: they hold what they should, and every size of company fits."""

import pytest
from PIL import Image

from bot.charts import confusion_matrix, reliability
from routing.evaluation.certainty import Certainty, Claim, bins
from routing.evaluation.places import Confusion
from routing.kinds import DestinationName

WHITE = (255, 255, 255)


def a_confusion(size: int, count: int = 7, name: str = "destination") -> Confusion:
    names = tuple(DestinationName(f"{name}_{at}") for at in range(size))
    counts = tuple(tuple(count if row == column else row % 3 for column in range(size)) for row in range(size))
    return Confusion(names=names, counts=counts)


def a_certainty(*claims: Claim) -> Certainty:
    return Certainty(
        claims=len(claims), coverage=(), aurc=None, augrc=None, ece=0.1, ece_in_scope=None, bins=bins(claims)
    )


def inked(image: Image.Image) -> int:
    return sum(count for count, colour in image.getcolors(maxcolors=2**24) or () if colour != WHITE)


@pytest.mark.parametrize("size", [1, 4, 8, 40])
def test_any_number_of_destinations_fits(size: int) -> None:
    image = confusion_matrix(a_confusion(size))

    width, height = image.size
    assert 30 * size < width < 1700
    assert 30 * size < height < 1700
    assert inked(image) > 1000


@pytest.mark.parametrize("found", [a_confusion(40, count=9_999_999), a_confusion(4, name="a" * 90)])
def test_nothing_is_drawn_over_the_edge(found: Confusion) -> None:
    image = confusion_matrix(found)

    width, height = image.size
    edges = [(0, 0, width, 8), (0, height - 8, width, height), (0, 0, 8, height), (width - 8, 0, width, height)]
    assert [edge for edge in edges if inked(image.crop(edge))] == []


def test_shares_can_be_told_apart_without_colour() -> None:
    names = (DestinationName("a"), DestinationName("b"))
    image = confusion_matrix(Confusion(names=names, counts=((9, 1), (5, 5))))

    areas = image.convert("L").histogram()
    darkest, middle, lightest = (grey for grey, count in enumerate(areas) if count > 2_000 and grey < 250)
    assert middle - darkest > 40
    assert lightest - middle > 40


def test_reliability_is_drawn_with_claims_and_without() -> None:
    claims = [Claim(score=at / 50, is_right=at % 3 > 0) for at in range(51)]

    full, empty = reliability(a_certainty(*claims)), reliability(a_certainty())

    assert full.size == empty.size
    assert inked(full) > inked(empty) > 1000


def test_the_same_figures_make_the_same_picture() -> None:
    one, other = (confusion_matrix(a_confusion(5)).tobytes() for _ in range(2))

    assert one == other
