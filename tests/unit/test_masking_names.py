"""Names of the list as they are written in sentences: in the genitive, without their accents, in one word."""

import pytest

from routing.masking import mask, unmask
from routing.names import Names

LISTED = Names.of(
    [
        "Viktor Berg", "Marco Rossi", "Petra Müller", "Leo Fischer", "Øyvind Ødegård", "Łukasz Groß", "Mark Reed",
        "Help Desk", "John Doe", "Bo Ng", "Eva Grace", "Joerg Baecker",
    ]
)  # fmt: skip  # one name an entry


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Viktors Laptop, Viktor Bergs Laptop", "[NAME_1]s Laptop, [NAME_2]s Laptop"),
        ("marcos Zugang", "[NAME_1]s Zugang"),
        ("Müllers und muellers, Großs", "[NAME_1]s und [NAME_2]s, [NAME_3]s"),
        ("Leos Rechner, Leo ist krank", "[NAME_1]s Rechner, [NAME_1] ist krank"),
        ("Odegard, odegaard, Oedegaard, Oyvind ØDEGÅRD", "[NAME_1], [NAME_2], [NAME_3], [NAME_4]"),
        ("Jörg Bäckers Konto", "[NAME_1]s Konto"),
        ("lukasz, Lukasz Gross", "[NAME_1], [NAME_2]"),
        ("LeoFischer, leofischer and FischerLeo", "[NAME_1], [NAME_2] and [NAME_3]"),
        ("EvaGraces Konto", "[NAME_1]s Konto"),
    ],
)
def test_a_listed_name_is_found_as_it_is_written(text: str, masked: str) -> None:
    told = mask(text, names=LISTED)

    assert told.text == masked
    assert unmask(told.text, told.vault) == text


@pytest.mark.parametrize(
    "text",
    [
        "Does anyone know? it does", "the marks are wrong, reeds", "our helpdesk and HelpDesk", "BOS, bos and Ngs",
        "leos", "bergs.", "graces",
    ],
)  # fmt: skip  # one message an entry
def test_an_ordinary_word_with_an_s_is_no_name(text: str) -> None:
    listed = Names.of(["John Doe", "Mark Reed", "Help Desk", "Bo Ng", "Leo Ray", "Eva Grace"])

    assert mask(text, names=listed).text == text
