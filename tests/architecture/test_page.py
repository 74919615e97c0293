"""The page of the pretend workspace: small, plain, talking to nobody, and unable to turn words into markup."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "bot" / "workspace" / "page"
MODULES = sorted(PAGE.glob("*.js"))
WRITTEN = sorted(one for one in PAGE.iterdir() if one.suffix in {".html", ".css", ".js"})


def test_the_whole_page_is_under_a_hundred_kilobytes() -> None:
    assert sum(one.stat().st_size for one in WRITTEN) < 100_000


def test_its_picture_is_under_a_hundred_and_fifty() -> None:
    pictures = [one for one in PAGE.iterdir() if one.suffix in {".png", ".webp"}]

    assert pictures
    assert all(one.stat().st_size < 150_000 for one in pictures)


@pytest.mark.parametrize("written", WRITTEN, ids=lambda one: one.name)
def test_it_names_no_address_but_its_own(written: Path) -> None:
    addresses = set(re.findall(r"(?:https?|wss?)://[\w.-]+", written.read_text()))

    assert addresses <= {"http://www.w3.org"}  # the name of SVG's namespace, which nobody fetches


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_no_module_can_turn_words_into_markup(module: Path) -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment"

    assert re.findall(ways, module.read_text()) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_every_module_opens_with_a_sentence_that_says_what_it_is(module: Path) -> None:
    first = module.read_text().splitlines()[0]

    assert re.match(r"(?://|/\*\*?) \S.+", first), first


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_every_module_it_imports_is_there(module: Path) -> None:
    imported = re.findall(r"from \"\./([\w.]+)\"|from '\./([\w.]+)'", module.read_text())

    assert all((PAGE / (one or other)).exists() for one, other in imported)
