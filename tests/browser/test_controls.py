"""Every control: what it tells the workspace, what it holds, and that a keyboard is enough."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.board import Board
from tests.browser.kit import (
    FORM,
    PLACES,
    SURE,
    Block,
    actions,
    asked,
    button,
    control,
    option,
    plain,
    rich,
    section,
    words,
)

GROUPED = [{"label": plain("Places"), "options": PLACES}]


def when_used(kind: str, **more: Any) -> Block:
    return asked(kind, block={"dispatch_action": True}, **more)


async def test_a_button_tells_its_value_and_waits_for_the_answer(board: Board) -> None:
    await board.draw(actions(button("Take", style="primary"), button("Deny", action_id="deny", style="danger")))
    await board.page.evaluate("board.isHeld = true")
    take = board.page.get_by_role("button", name="Take")

    await take.click()
    await expect(take).to_be_disabled()
    await expect(take).to_have_attribute("aria-busy", "true")
    await board.page.evaluate("board.release()")

    await expect(take).to_be_enabled()
    await expect(take).to_be_focused()
    assert await board.told() == [{"block_id": "actions", "action_id": "act", "value": "v1"}]


async def test_a_button_with_an_address_opens_it_and_tells(board: Board) -> None:
    await board.tab.context.route("https://a.example/*", lambda route: route.fulfill(body="there"))
    board.tab.expected.append("left this machine: https://a.example/")
    await board.draw(
        actions(button("Look", url="https://a.example/"), button("Sure", url="https://a.example/2", confirm=SURE))
    )

    async with board.tab.context.expect_page():
        await board.page.get_by_role("link", name="Look").click()
    await board.page.get_by_role("button", name="Sure").click()
    await board.page.get_by_role("button", name="Keep it").click()
    await board.page.get_by_role("button", name="Sure").click()
    async with board.tab.context.expect_page():
        await board.page.get_by_role("button", name="Withdraw").click()

    assert len(await board.told()) == 2


async def test_a_workflow_button_is_there_but_cannot_be_pressed(board: Board) -> None:
    await board.draw(actions(control("workflow_button", text=plain("Onboard"))))

    await expect(board.page.get_by_role("button", name="Onboard")).to_be_disabled()


async def test_a_confirmed_press_goes_out_only_after_yes_and_the_focus_comes_back(board: Board) -> None:
    await board.draw(actions(button("Withdraw it", confirm=SURE)))
    press = board.page.get_by_role("button", name="Withdraw it")
    dialog = board.page.get_by_role("dialog", name="Withdraw it?")

    await press.click()
    await expect(dialog).to_contain_text("Nobody works on it then.")
    await dialog.get_by_role("button", name="Keep it").click()
    await expect(dialog).to_have_count(0)
    await press.press("Enter")
    await board.page.keyboard.press("Escape")
    await expect(press).to_be_focused()
    assert await board.told() == []

    await press.click()
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(press).to_be_focused()
    assert await board.last() == "v1"


async def test_no_takes_a_choice_back(board: Board) -> None:
    await board.draw(
        actions(control("static_select", options=PLACES, initial_option=PLACES[0], confirm=SURE)),
        section("tick", accessory=control("checkboxes", action_id="ticks", options=PLACES, confirm=SURE)),
    )
    menu, tick = board.page.get_by_role("combobox"), board.page.get_by_role("checkbox", name="IT access")

    await menu.select_option("it_access")
    await board.page.get_by_role("button", name="Keep it").click()
    await expect(menu).to_have_value("billing")
    await tick.click()
    await board.page.get_by_role("button", name="Keep it").click()

    await expect(tick).not_to_be_checked()
    assert await board.told() == []


async def test_the_overflow_menu_needs_no_mouse(board: Board) -> None:
    items = [option("Details", "d"), option("Snooze", "s"), option("Resolve", "r")]
    await board.draw(actions(button("Take"), control("overflow", options=items), button("After", action_id="after")))
    keys, menu = board.page.keyboard, board.page.get_by_role("menu")
    more = board.page.get_by_role("button", name="More actions")

    await keys.press("Tab")
    await keys.press("Tab")
    await expect(more).to_be_focused()
    await keys.press("Enter")
    await expect(menu).to_be_visible()
    await expect(more).to_have_attribute("aria-expanded", "true")
    await expect(board.page.get_by_role("menuitem", name="Details")).to_be_focused()
    await keys.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(more).to_be_focused()
    await keys.press("ArrowDown")
    await expect(board.page.get_by_role("menuitem", name="Details")).to_be_focused()
    for key in ("ArrowUp", "Home", "End", "ArrowUp"):
        await keys.press(key)
    await expect(board.page.get_by_role("menuitem", name="Snooze")).to_be_focused()
    await keys.press("Enter")

    await expect(menu).to_be_hidden()
    await expect(more).to_be_focused()
    assert await board.told() == [{"block_id": "actions", "action_id": "act", "option": "s"}]


async def test_in_a_form_escape_closes_the_menu_or_the_question_and_not_the_form(board: Board) -> None:
    await board.page.evaluate("board.inForm()")
    await board.draw(actions(control("overflow", options=PLACES, confirm=SURE)))
    more, form = board.page.get_by_role("button", name="More actions"), board.page.locator("#form")

    await more.click()
    await expect(board.page.get_by_role("menuitem", name="Billing")).to_be_focused()
    await board.page.keyboard.press("Escape")
    await expect(board.page.get_by_role("menu")).to_be_hidden()
    await more.click()
    await board.page.get_by_role("menuitem", name="Billing").click()
    await expect(board.page.get_by_role("dialog", name="Withdraw it?")).to_be_visible()
    await board.page.keyboard.press("Escape")

    await expect(more).to_be_focused()
    await expect(form).to_have_attribute("open", "")
    assert await board.told() == []


async def test_the_overflow_menu_asks_before_it_acts_and_stays_on_the_page(board: Board) -> None:
    await board.page.set_viewport_size({"width": 400, "height": 300})
    await board.draw(*[section("x")] * 7, actions(control("overflow", options=PLACES, confirm=SURE)))

    await board.page.get_by_role("button", name="More actions").click()
    box = await board.page.get_by_role("menu").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 300
    await board.page.get_by_role("menuitem", name="Billing").click()
    await board.page.get_by_role("button", name="Withdraw").click()

    assert await board.last() == "billing"


@pytest.mark.parametrize(
    ("element", "chosen", "told"),
    [
        (control("static_select", option_groups=GROUPED, placeholder=plain("Where?")), "IT access", "it_access"),
        (control("users_select", initial_user="U0MAYA"), "Tom Adeyemi", "U0TOM"),
        (control("channels_select"), "#billing", "C0BILLING"),
        (control("conversations_select"), "#help", "C0HELP"),
    ],
)
async def test_a_menu_tells_what_was_chosen(board: Board, element: Block, chosen: str, told: str) -> None:
    await board.draw(section("Pick", accessory=element))

    await board.page.get_by_role("combobox").select_option(label=chosen)

    assert await board.told() == [{"block_id": "section", "action_id": "act", "option": told}]
    assert await board.values() == {"section": told}


async def test_a_menu_shows_its_groups_and_what_its_options_mean(board: Board) -> None:
    await board.draw(actions(control("static_select", option_groups=GROUPED, placeholder=plain("Where?"))))

    menu = board.page.get_by_role("combobox", name="Where?")
    assert await menu.evaluate("it => it.selectedOptions[0].text") == "Where?"
    await expect(menu.locator("optgroup")).to_have_attribute("label", "Places")
    await expect(menu.locator("optgroup option")).to_have_text(["Billing — Invoices and refunds", "IT access"])


async def test_an_external_menu_takes_a_typed_value(board: Board) -> None:
    await board.draw(actions(control("external_select", placeholder=plain("Which order?"))))

    field = board.page.get_by_role("textbox", name="Which order?")
    await field.fill("4711")
    await field.press("Enter")

    assert await board.last() == "4711"


@pytest.mark.parametrize(
    ("kind", "first", "second", "told"),
    [
        ("multi_static_select", "Billing", "IT access", ["billing", "it_access"]),
        ("multi_users_select", "Maya Lindqvist", "Tom Adeyemi", ["U0MAYA", "U0TOM"]),
        ("multi_channels_select", "#help", "#billing", ["C0HELP", "C0BILLING"]),
        ("multi_conversations_select", "#help", "#billing", ["C0HELP", "C0BILLING"]),
    ],
)
async def test_several_can_be_chosen_and_taken_away(
    board: Board, kind: str, first: str, second: str, told: list[str]
) -> None:
    await board.draw(section("Pick", accessory=control(kind, options=PLACES, placeholder=plain("Which?"))))

    await board.page.get_by_text("Which?").press("Enter")
    await board.page.get_by_role("checkbox", name=first).press("Space")
    await board.page.get_by_role("checkbox", name=second).check()
    assert await board.last() == told
    await expect(board.stage.locator("summary")).to_contain_text(f"{second}")
    await board.page.get_by_role("checkbox", name=first).uncheck()

    assert await board.last() == told[1:]
    assert await board.values() == {"section": told[1:]}


async def test_no_more_can_be_chosen_than_allowed(board: Board) -> None:
    groups = [
        {"label": plain("Places"), "options": PLACES},
        {"label": plain("More"), "options": [option("Any", "any")]},
    ]
    await board.draw(asked("multi_static_select", label="Where", option_groups=groups, max_selected_items=1))
    await board.page.get_by_role("group", name="Where").get_by_text("Choose").click()
    await expect(board.page.get_by_text("Places")).to_be_visible()

    await board.page.get_by_role("checkbox", name="Billing").check()

    await expect(board.page.get_by_role("checkbox", name="Any")).to_be_disabled()
    await board.page.get_by_role("checkbox", name="Billing").uncheck()
    await expect(board.page.get_by_role("checkbox", name="Any")).to_be_enabled()
    assert await board.values() == {}


async def test_several_values_are_typed_with_commas_between(board: Board) -> None:
    await board.draw(
        asked("multi_external_select", label="Orders", initial_options=[option("One", "1"), option("Two", "2")])
    )
    field = board.page.get_by_role("textbox", name="Orders")

    await expect(field).to_have_value("1, 2")
    await field.fill("4711, 4712,")

    assert await board.values() == {"field": ["4711", "4712"]}
    assert await board.told() == []


async def test_boxes_and_radios_tell_and_hold_their_options(board: Board) -> None:
    await board.draw(
        section("Tick", accessory=control("checkboxes", options=PLACES, initial_options=PLACES[1:])),
        {**actions(control("radio_buttons", options=PLACES)), "block_id": "radios"},
    )

    await board.page.get_by_role("checkbox", name="Billing Invoices and refunds").press("Space")
    assert await board.last() == ["billing", "it_access"]
    await board.page.get_by_role("radio", name="IT access").check()

    assert await board.last() == "it_access"
    assert await board.values() == {"section": ["billing", "it_access"], "radios": "it_access"}


async def test_pickers_tell_dates_times_and_moments(board: Board) -> None:
    pickers = [control(kind, action_id=kind) for kind in ("datepicker", "timepicker", "datetimepicker")]
    await board.draw(actions(*pickers))

    await board.page.get_by_label("Date", exact=True).fill("2026-02-03")
    await board.page.get_by_label("Time", exact=True).fill("10:30")
    await board.page.get_by_label("Date and time").fill("2025-11-21T08:00")

    assert [it["option"] for it in await board.told()] == ["2026-02-03", "10:30", "1763712000"]


async def test_a_date_typed_by_hand_is_told_once_when_it_is_complete(board: Board) -> None:
    await board.draw(actions(control("datepicker")))
    field = board.page.get_by_label("Date", exact=True)

    await field.focus()
    await board.page.keyboard.type("02032026")
    assert await board.told() == []
    await field.press("Enter")

    assert [it["option"] for it in await board.told()] == ["2026-02-03"]


async def test_feedback_and_the_bin_tell_their_values(board: Board) -> None:
    both = {
        "positive_button": {"text": plain("Good"), "value": "yes"},
        "negative_button": {"text": plain("Bad"), "value": "no"},
    }
    trash = {"icon": "trash", "value": "bin", "confirm": SURE}
    await board.draw(
        {
            "type": "context_actions",
            "block_id": "feedback",
            "elements": [
                control("feedback_buttons", **both),
                control("icon_button", text=plain("Delete"), **trash),
                control("icon_button", text=plain("Not mine"), visible_to_user_ids=["U0TOM"], **trash),
            ],
        }
    )

    await board.page.get_by_role("button", name="Bad").click()
    await expect(board.page.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    await board.page.get_by_role("button", name="Delete").click()
    await board.page.get_by_role("button", name="Withdraw").click()

    assert [it["value"] for it in await board.told()] == ["no", "bin"]
    await expect(board.page.get_by_role("button", name="Not mine")).to_have_count(0)


async def test_a_form_holds_what_it_began_with_and_tells_nothing_while_it_is_filled_in(board: Board) -> None:
    await board.draw(*[it for it in FORM if not it.get("dispatch_action")], surface="modal")

    began = {"i1": "said", "i6": "rich words", "i8": "billing", "i9": ["U0TOM"], "i11": ["C0HELP"], "i12": ["billing"]}
    assert await board.values() == began
    for block_id, value in {"i1": "", "i2": "two\nlines", "i3": "2.5", "i4": "a@b.example", "i6": "other"}.items():
        await board.page.locator(f"[data-block-id={block_id}] [data-action-id]").fill(value)
    await board.page.locator("[data-block-id=i10] summary").click()
    await board.page.locator("[data-block-id=i10]").get_by_label("#help").check()

    typed = {"i1": "", "i2": "two\nlines", "i3": "2.5", "i4": "a@b.example", "i6": "other", "i10": ["C0HELP"]}
    assert await board.values() == {**began, **typed}
    assert await board.told() == []


async def test_what_was_typed_wins_over_what_it_began_with_and_what_stands_there_over_both(board: Board) -> None:
    fields = [
        asked("plain_text_input", block_id="a", initial_value="first"),
        asked("plain_text_input", block_id="b", initial_value="first"),
        asked("static_select", block_id="c", options=PLACES, initial_option=PLACES[0]),
        asked("rich_text_input", block_id="d"),
        asked("plain_text_input", block_id="e", initial_value="first"),
        asked("datetimepicker", block_id="f"),
    ]
    held = {
        "a": {"act": {"type": "plain_text_input", "value": "typed"}},
        "b": {"act": {"type": "plain_text_input", "value": "typed"}},
        "c": {"act": {"type": "static_select", "selected_option": PLACES[1]}},
        "d": {"act": {"type": "rich_text_input", "rich_text_value": rich(words("rich"))}},
        "e": {"act": {"type": "plain_text_input", "value": None}},
        "f": {"act": {"type": "datetimepicker", "selected_date_time": 1_763_712_000}},
    }

    await board.draw(*fields, typed=held, given={"b": "given"})

    values = {"a": "typed", "b": "given", "c": "it_access", "d": "rich", "f": "1763712000"}
    assert await board.values() == values


async def test_drawing_again_keeps_what_was_typed(board: Board) -> None:
    fields = [asked("plain_text_input", initial_value="first"), asked("checkboxes", block_id="ticks", options=PLACES)]
    await board.draw(*fields)
    await board.page.get_by_role("textbox").fill("second")
    await board.page.get_by_role("checkbox", name="IT access").check()

    await board.redraw(*fields, errors={"field": "Not enough"})

    await expect(board.page.get_by_role("textbox")).to_have_value("second")
    await expect(board.page.get_by_role("checkbox", name="IT access")).to_be_checked()
    await expect(board.page.get_by_role("alert")).to_have_text("Not enough")


async def test_a_field_that_tells_does_so_on_enter_and_a_menu_at_once(board: Board) -> None:
    await board.draw(when_used("plain_text_input", label="Enter"))
    field = board.page.get_by_role("textbox", name="Enter")
    await field.press_sequentially("ab")
    assert await board.told() == []
    await field.press("Enter")
    assert await board.last() == "ab"

    await board.draw(when_used("static_select", label="Where", options=PLACES))
    await board.page.get_by_label("Where").select_option("billing")
    assert await board.last() == "billing"


async def test_a_field_counts_when_too_little_or_nearly_too_much_is_typed(board: Board) -> None:
    await board.draw(asked("plain_text_input", min_length=3, max_length=10))
    field = board.page.get_by_role("textbox")

    await field.fill("x")
    await expect(board.page.get_by_text("Characters: 1 (3 to 10)")).to_be_visible()
    await field.fill("x" * 12)
    await expect(board.page.get_by_text("Characters: 12 (3 to 10)")).to_be_visible()
    await field.fill("x" * 5)

    assert (await board.words()).strip() == "Field"


async def test_an_optional_choice_can_be_taken_back_and_a_required_one_cannot(board: Board) -> None:
    await board.draw(
        asked("static_select", label="Maybe", options=PLACES, block={"optional": True}),
        asked("static_select", block_id="must", label="Must", options=PLACES),
    )

    await expect(board.page.get_by_label("Maybe").locator("option").first).to_have_js_property("hidden", value=False)
    await expect(board.page.get_by_label("Must").locator("option").first).to_have_js_property("hidden", value=True)


async def test_the_first_field_can_ask_for_the_focus(board: Board) -> None:
    await board.draw(
        asked("plain_text_input", block_id="a"), asked("plain_text_input", label="Here", focus_on_load=True)
    )

    await expect(board.page.get_by_role("textbox", name="Here")).to_have_attribute("autofocus", "")
