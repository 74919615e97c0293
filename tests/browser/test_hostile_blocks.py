"""What nobody can make the page do: run their words, break on their blocks, or hang on their text."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.board import Board
from tests.browser.kit import (
    FORM,
    MESSAGE,
    Block,
    actions,
    asked,
    button,
    control,
    mrkdwn,
    option,
    plain,
    rich,
    section,
    words,
)

SCRIPT = "<script>alert(1)</script>"
PICTURE = '"><img src=x onerror=alert(1)>'
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    "blob:null/1",
    "file:///etc/passwd",
)
# Whatever runs, or is sent somewhere: none of it may ever become an element.
HARMFUL = (
    "script, iframe, object, embed, form, base, meta, link, style, svg, img:not([src^='data:image/']), [style*='url'],"
    " a[href]:not([href^='https:'], [href^='http:'], [href^='mailto:'])"
)
LISTENING = (
    "[...document.querySelectorAll('#stage *')].some(it => [...it.attributes].some(one => /^on/.test(one.name)))"
)
MANY = 40_000


async def _is_harmless(board: Board) -> bool:
    harmful = await board.stage.locator(HARMFUL).count()
    return harmful == 0 and not await board.page.evaluate(LISTENING)


@pytest.mark.parametrize("attack", [SCRIPT, PICTURE])
async def test_words_stay_words_wherever_they_stand(board: Board, attack: str) -> None:
    await board.page.evaluate("(name) => board.people = {...board.people, U0EVIL: {name, handle: name}}", attack)
    label = attack[:75]
    await board.draw(
        section(
            attack,
            fields=[plain(attack)],
            accessory=button(label, confirm={"title": plain(attack), "text": plain(attack)}),
        ),
        {"type": "header", "text": plain(attack)},
        {
            "type": "context",
            "elements": [plain(attack), mrkdwn(f"`{attack}` *{attack}* <@U0EVIL> :{attack}: <#C0X|{label}>")],
        },
        {"type": "image", "image_url": attack, "alt_text": attack, "title": plain(attack)},
        rich(
            words(attack),
            {"type": "emoji", "name": attack},
            {"type": "user", "user_id": attack},
            {"type": "color", "value": attack},
        ),
        {
            "type": "markdown",
            "text": f"# {attack}\n\n{attack}\n- {attack}\n\n|{label}|b|\n|-|-|\n|x|{label}|\n\n```{attack}\n{attack}",
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": attack}]]},
        actions(
            control("static_select", options=[option(label, attack, label)]),
            control("overflow", options=[option(label, attack)]),
        ),
        asked("radio_buttons", label=attack, options=[option(label, attack)], block={"hint": plain(attack)}),
        asked("plain_text_input", block_id=attack, initial_value=attack, placeholder=plain(attack)),
        asked("multi_users_select", block_id="users", initial_users=["U0EVIL"]),
        {"type": attack},
        errors={"field": attack},
        given={"section": attack},
    )
    await board.page.get_by_role("button", name=label).first.click()

    assert await _is_harmless(board)
    shown = await board.page.locator("body").inner_text()
    assert shown.count(attack) > 15
    await expect(board.page.get_by_role("dialog", name=attack)).to_be_visible()


async def test_only_web_and_mail_addresses_become_links(board: Board) -> None:
    parts: list[Block] = []
    for address in ADDRESSES:
        parts += [
            section(f"<{address}|click> <{address}> {address}"),
            rich({"type": "link", "url": address, "text": "rich"}, {"type": "link", "url": address}),
            rich({"type": "date", "timestamp": 1, "format": "{date}", "url": address, "fallback": "x"}),
            {"type": "markdown", "text": f"[mark]({address}) ![pic]({address}) <{address}>"},
            actions(
                button("Press", url=address), control("overflow", options=[{**option("Over", "o"), "url": address}])
            ),
            {"type": "video", "title": plain("Film"), "title_url": address, "alt_text": "a"},
            {"type": "image", "image_url": address, "alt_text": "picture"},
            section(f"<!date^1763712000^{{date_num}}^{address}|x>"),
        ]
    await board.draw(*parts)

    await expect(board.stage.get_by_role("link")).to_have_count(0)
    assert await _is_harmless(board)
    shown = await board.words()
    assert "<javascript:alert(1)|click>" in shown
    assert "[mark](javascript:alert(1))" in shown


async def test_the_page_would_not_even_run_what_slipped_through(board: Board) -> None:
    board.tab.expected.append("Content Security Policy")

    slipped = '<img src="data:image/png,x" onerror="window.ran = 1">'
    await board.page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", slipped)
    await board.page.wait_for_function("() => document.querySelector('body > img').complete")

    assert await board.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in it for it in board.tab.problems)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everywhere something can be changed: the holder and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _spoiled(chance: random.Random) -> list[Block]:
    block = copy.deepcopy(chance.choice([*MESSAGE, *FORM]))
    junk: list[Any] = [
        None,
        0,
        -1,
        True,
        "",
        "x",
        "\ud800",
        [],
        {},
        [None],
        {"type": "mrkdwn"},
        [[{}]],
        1e308,
        "__proto__",
        {"text": 5},
    ]
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(_places(block)))
        if isinstance(holder, dict) and chance.random() < 0.3:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(junk))
    return [block, section("still here")]


async def test_no_malformed_block_takes_the_others_along(board: Board) -> None:
    chance = random.Random(20251121)  # noqa: S311 - the same mess every time, not a secret
    sets = json.dumps([_spoiled(chance) for _ in range(600)])

    assert await board.page.evaluate("(sets) => board.survives(JSON.parse(sets))", sets) == []
    await expect(board.page.get_by_text("still here")).to_be_visible()


async def test_what_is_no_list_of_blocks_is_survived(board: Board) -> None:
    survives = "(sets) => board.survives(sets)"

    assert await board.page.evaluate(survives, [None, 5, "blocks", {}, [[]], [5], [True], [{"type": {}}], [{}]]) == []


async def test_malformed_answers_are_survived(board: Board) -> None:
    for typed in (
        {"i1": None},
        {"i1": 5},
        {"i8": {"act": {"selected_option": None}}},
        {"i9": {"act": {"selected_users": 5}}},
    ):
        await board.draw(*FORM, typed=typed, given={"i2": 5, "i3": None})

    assert await board.page.locator(".b-input").count() == len(FORM)


HEAVY = [
    *(mark * MANY for mark in ("*", "<", "_", "`", "~", ">", ":", "[", "(", "\\", "|", "-", "#", "!", "&", "\n", " ")),
    *(
        part * (MANY // len(part))
        for part in (
            "```",
            "*a ",
            "*a _b ~c ",
            "<a",
            "<@",
            "[a](",
            "![",
            "**a ",
            "`a",
            "``a ",
            "> ",
            ">>>",
            "- ",
            "1. ",
        )
    ),
    *(
        part * (MANY // len(part))
        for part in (
            "https://%",
            "https://",
            ":a",
            "<!date^1^{",
            "&amp;",
            "~~~\n",
            "|-",
            "| a\n",
            "a\n|-",
            "\n- a\n > b",
        )
    ),
    " " * MANY + "x",
    "|" + "\n" + " " * MANY + "-x",
    "".join(" " * at + "- a\n" for at in range(250)),
    "[](a" + " " * MANY,
]


async def test_no_text_is_slow_to_draw(board: Board) -> None:
    slow = {}
    for text in HEAVY:
        for name, block in (
            ("mrkdwn", {"type": "context", "elements": [mrkdwn(text)]}),
            ("markdown", {"type": "markdown", "text": text}),
            ("rich", rich(words(text))),
            ("plain", {"type": "header", "text": plain(text, emoji=True)}),
        ):
            milliseconds = await board.page.evaluate("(blocks) => board.timed(blocks)", [block])
            if milliseconds > 200:
                slow[f"{name} {text[:20]!r}"] = milliseconds

    assert slow == {}
