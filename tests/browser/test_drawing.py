"""Block Kit in a real browser: what a person sees of it."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.board import Board
from tests.browser.kit import (
    FORM,
    MESSAGE,
    actions,
    asked,
    button,
    control,
    item,
    mrkdwn,
    option,
    plain,
    rich,
    section,
    words,
)

NOON = 1_763_712_000  # 2025-11-21 08:00 UTC
DOT = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
MRKDWN = {
    "*bold* _italic_ ~strike~ `a*b*`": "<strong>bold</strong> <em>italic</em> <s>strike</s> <code>a*b*</code>",
    "*_both_* (*here*), *#1* · x": "<strong><em>both</em></strong> (<strong>here</strong>), <strong>#1</strong> · x",
    "2*3*4 snake_case_name * a * _ b_ ~c ~": "2*3*4 snake_case_name * a * _ b_ ~c ~",
    "*open\nand* **two** _x": "*open<br>and* **two** _x",
    "*a _b* c_": "<strong>a _b</strong> c_",
    "`open and ``": "`open and ``",
    "&lt;b&gt; &amp;lt; &amp;amp; &quot;": "&lt;b&gt; &amp;lt; &amp;amp; &amp;quot;",
    "> one\n&gt; two\nthree": "<blockquote>one<br>two</blockquote>three",
    "a\n>>> b\nc": "a<blockquote>b<br>c</blockquote>",
    "a ```b *c*\n&amp;``` d": "a <pre>b *c*<br>&amp;</pre> d",
    "- one\n- two": "- one<br>- two",
    ":eyes: :nobody: 10:30:15 :wave::skin-tone-3:": "👀 :nobody: 10:30:15 👋🏼",
    "<foo> <> < a": "&lt;foo&gt; &lt;&gt; &lt; a",
    "<!unknown|label>": "label",
}
DATES = {
    "{date_num} {date_short}": "2025-11-21 Nov 21, 2025",
    "{date}": "November 21st, 2025",
    "{date_long} at {time}": "Friday, November 21st, 2025 at 8:00 AM",
    "{date_pretty} {time_secs}": "November 21st, 2025 8:00:00 AM",
    "{date_short_pretty}, {what}": "Nov 21, 2025, {what}",
    "{date_long_pretty}": "Friday, November 21st, 2025",
}
DOCUMENT = """# Title #
Some **bold**, *italic*, ***both***, ~~gone~~, `co*de*`, wi*th*in, \\*plain\\* &amp; <@U0TOM>
second line

- one
  more
  - nested
    1. deep
- [x] done
- [ ] open

7. seven
8. eight

> quote
> > inner

---
~~~py
if a < b:
  *x*
~~~
[link](https://a.example/ "t") ![pic](https://a.example/p.png)

| Name | Sum |
|:--|--:|
| a \\| b | **3** |
"""


async def test_a_header_is_a_heading_and_its_emoji_shows_only_when_asked_for(board: Board) -> None:
    await board.draw(
        {"type": "header", "text": plain("One :eyes: *x*", emoji=True)}, {"type": "header", "text": plain(":eyes:")}
    )

    await expect(board.page.get_by_role("heading", name="One 👀 *x*")).to_be_visible()
    await expect(board.page.get_by_role("heading", name=":eyes:")).to_be_visible()


async def test_a_section_shows_its_text_its_fields_in_two_columns_and_what_stands_beside(board: Board) -> None:
    fields = [mrkdwn("*Left*"), plain("right"), plain("below")]
    await board.draw({**section("Text", fields=fields), "accessory": button("Take")})

    left, right, below = [await board.page.get_by_text(it).bounding_box() for it in ("Left", "right", "below")]
    beside = await board.page.get_by_role("button", name="Take").bounding_box()
    assert left
    assert right
    assert below
    assert beside
    assert right["x"] > left["x"] + 100
    assert below["y"] > left["y"]
    assert beside["x"] > right["x"]


async def test_fields_stand_in_one_column_on_a_narrow_screen(board: Board) -> None:
    await board.page.set_viewport_size({"width": 380, "height": 700})
    await board.draw({"type": "section", "fields": [plain("left"), plain("right")]})

    left, right = [await board.page.get_by_text(it).bounding_box() for it in ("left", "right")]
    assert left
    assert right
    assert left["x"] == right["x"]


async def test_context_is_smaller_than_a_section(board: Board) -> None:
    await board.draw(section("loud"), {"type": "context", "elements": [mrkdwn("soft"), plain(":x:")]})

    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert await board.page.get_by_text("soft").evaluate(size) < await board.page.get_by_text("loud").evaluate(size)
    await expect(board.page.get_by_text(":x:")).to_be_visible()


async def test_a_picture_from_elsewhere_is_a_frame_with_its_description(board: Board) -> None:
    await board.draw(
        {"type": "image", "image_url": "https://a.example/c.png", "alt_text": "a chart", "title": plain("May")}
    )

    await expect(board.page.get_by_role("img", name="a chart")).to_be_visible()
    assert await board.words() == "May\n🖼️ a chart"
    assert not [it for it in board.tab.requests if "example" in it]


async def test_a_picture_inside_the_message_is_shown(board: Board) -> None:
    await board.draw({"type": "image", "image_url": DOT, "alt_text": "a dot"})

    picture = board.page.get_by_role("img", name="a dot")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("node => node.decode().then(() => node.naturalWidth)") == 9


async def test_a_divider_a_video_and_a_file_have_their_mark(board: Board) -> None:
    await board.draw(
        {"type": "divider"},
        {"type": "video", "title": plain("Film"), "title_url": "https://a.example/f", "alt_text": "how to"},
        {"type": "file", "external_id": "F1", "source": "remote"},
    )

    await expect(board.page.get_by_role("separator")).to_be_visible()
    await expect(board.page.get_by_role("link", name="Film")).to_have_attribute("href", "https://a.example/f")
    assert "how to" in await board.words()
    assert "File: F1" in await board.words()


async def test_mrkdwn_reads_as_in_slack(board: Board) -> None:
    drawn = {}
    for written in MRKDWN:
        await board.mrkdwn(written)
        drawn[written] = await board.markup()

    assert drawn == MRKDWN


async def test_links_open_elsewhere_and_tell_nobody_where_from(board: Board) -> None:
    await board.mrkdwn("<https://a.example/?q=1&amp;r=2|a &lt;label&gt;> <mailto:a@b.example> see https://c.example/x.")

    for name, href in (
        ("a <label>", "https://a.example/?q=1&r=2"),
        ("a@b.example", "mailto:a@b.example"),
        ("https://c.example/x", "https://c.example/x"),
    ):
        link = board.page.get_by_role("link", name=name)
        await expect(link).to_have_attribute("href", href)
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(link).to_have_attribute("target", "_blank")


async def test_verbatim_text_has_only_the_links_that_were_marked(board: Board) -> None:
    await board.mrkdwn("https://a.example/ <https://b.example/>", verbatim=True)

    await expect(board.page.get_by_role("link")).to_have_text(["https://b.example/"])


async def test_people_groups_and_channels_go_by_their_names_and_i_stand_out(board: Board) -> None:
    await board.mrkdwn("<@U0MAYA> <@U0TOM> <@U0GONE|gone> <!subteam^S0BILLING|@x> <!here> <#C0HELP> <#C0X|secret>")

    assert await board.words() == "@Maya Lindqvist @Tom Adeyemi @gone @billing-team @here #help #secret"
    await expect(board.page.locator(".mention.me")).to_have_text(["@Maya Lindqvist"])
    await board.page.get_by_role("button", name="#help").click()
    assert await board.page.evaluate("board.opened") == ["C0HELP"]


async def test_dates_are_told_in_the_browsers_own_zone(board: Board) -> None:
    drawn = {}
    for form in DATES:
        await board.mrkdwn(f"<!date^{NOON}^{form}|fallback>")
        drawn[form] = await board.words()

    assert drawn == DATES


async def test_near_dates_are_called_by_their_names(board: Board) -> None:
    tell = "([days, form]) => board.when(Date.now() / 1000 + days * 86400, form, '')"

    assert await board.page.evaluate(tell, [0, "{date_pretty}"]) == "today"
    assert await board.page.evaluate(tell, [-1, "since {date_short_pretty}"]) == "since yesterday"
    assert await board.page.evaluate(tell, [1, "{date_long_pretty}"]) == "tomorrow"
    assert await board.page.evaluate(tell, [-3, "{ago}"]) == "3 days ago"


async def test_a_date_that_opens_a_line_begins_with_a_capital(board: Board) -> None:
    seconds = int(await board.page.evaluate("Date.now() / 1000"))

    await board.mrkdwn(f"<!date^{seconds}^{{date_pretty}}|x>, until <!date^{seconds}^{{date_pretty}}|x>")

    assert await board.words() == "Today, until today"


async def test_a_date_nobody_can_tell_falls_back(board: Board) -> None:
    await board.mrkdwn(
        f"<!date^9999999999999^{{date}}|one> <!date^x^{{date}}|two> <!date^{NOON}^on {{date_num}}^https://a.example/|three>"
    )

    assert await board.words() == "one two on 2025-11-21"
    await expect(board.page.get_by_role("link", name="on 2025")).to_have_attribute("href", "https://a.example/")


async def test_rich_text_shows_every_kind_of_phrase(board: Board) -> None:
    styled = {"bold": True, "italic": True, "strike": True, "code": True}
    await board.draw(
        rich(
            words("all\n", style=styled),
            {"type": "link", "url": "https://a.example/", "text": "link"},
            {"type": "user", "user_id": "U0MAYA"},
            {"type": "usergroup", "usergroup_id": "S0BILLING"},
            {"type": "channel", "channel_id": "C0HELP"},
            {"type": "broadcast", "range": "channel"},
            {"type": "emoji", "name": "eyes"},
            {"type": "emoji", "name": "ours", "unicode": "1f468-200d-1f4bb"},
            {"type": "emoji", "name": "unknown"},
            {"type": "date", "timestamp": NOON, "format": "{date_num}", "fallback": "then"},
            {"type": "color", "value": "#ff8800"},
        )
    )

    told = "link@Maya Lindqvist@billing-team#help@channel👀👨‍💻:unknown:2025-11-21#ff8800"
    assert (await board.words()).replace("\n", "") == f"all{told}"
    for tag in ("strong", "em", "s", "code"):
        await expect(board.stage.locator(tag)).to_have_text("all")
    assert (
        await board.page.locator(".colour").evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(255, 136, 0)"
    )


async def test_rich_text_lists_indent_and_go_on_counting(board: Board) -> None:
    await board.draw(
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [item("one"), item("two")]},
                {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [item("three")]},
                {"type": "rich_text_quote", "elements": [words("said")]},
                {"type": "rich_text_preformatted", "elements": [words("a\n  b")]},
            ],
        }
    )

    await expect(board.page.get_by_role("listitem")).to_have_text(["one", "two", "three"])
    ordered = board.stage.locator("ol")
    await expect(ordered).to_have_attribute("start", "3")
    assert await ordered.evaluate("it => [it.style.listStyleType, it.offsetLeft > it.previousSibling.offsetLeft]") == [
        "lower-alpha",
        True,
    ]
    await expect(board.stage.locator("blockquote")).to_have_text("said")
    assert await board.stage.locator("pre").inner_text() == "a\n  b"


async def test_markdown_is_drawn_as_a_document(board: Board) -> None:
    await board.draw({"type": "markdown", "text": DOCUMENT})

    page = board.page
    await expect(page.get_by_role("heading", name="Title")).to_be_visible()
    first = await board.stage.locator("p").first.inner_html()
    assert first.startswith(
        "Some <strong>bold</strong>, <em>italic</em>, <strong><em>both</em></strong>, <s>gone</s>,"
        " <code>co*de*</code>, wi<em>th</em>in, *plain* &amp; "
    )
    assert first.endswith("<br>second line")
    await expect(board.stage.locator("ul ul ol > li")).to_have_text("deep")
    await expect(page.get_by_role("checkbox", name="done")).to_be_checked()
    await expect(page.get_by_role("checkbox", name="to do")).not_to_be_checked()
    await expect(board.stage.locator("ol[start='7'] > li")).to_have_text(["seven", "eight"])
    await expect(board.stage.locator("blockquote blockquote")).to_have_text("inner")
    await expect(page.get_by_role("separator")).to_be_visible()
    assert await board.stage.locator("pre").inner_text() == "if a < b:\n  *x*"
    await expect(page.get_by_role("link")).to_have_text(["link", "🖼 pic"])
    await expect(page.get_by_role("row")).to_have_text(["NameSum", "a | b3"])
    await expect(page.get_by_role("cell", name="3")).to_have_css("text-align", "right")


async def test_a_table_has_cells_of_every_kind_and_scrolls_inside_itself(board: Board) -> None:
    long: list[Any] = [{"type": "raw_text", "text": "x" * 60}] * 12
    rows = [[{"type": "raw_text", "text": "Team"}, {"type": "raw_number", "value": 3}], [rich(words("Billing")), *long]]
    await board.draw({"type": "table", "rows": rows, "column_settings": [{"align": "center"}]})

    await expect(board.page.get_by_role("columnheader")).to_have_text(["Team", "3"])
    await expect(board.page.get_by_role("cell", name="Billing")).to_have_css("text-align", "center")
    assert await board.page.get_by_role("region", name="Table").evaluate("it => it.scrollWidth > it.clientWidth")
    assert await _page_stays_put(board)


async def test_each_part_can_be_found_by_its_names(board: Board) -> None:
    await board.draw(
        actions(button(), control("overflow", options=[option("a", "a")])), {"type": "divider", "block_id": "d"}
    )

    await expect(board.stage.locator(".b.b-actions[data-block-id=actions] [data-action-id=act]")).to_have_count(2)
    await expect(board.stage.locator(".b.b-divider[data-block-id=d]")).to_have_count(1)


async def test_an_input_has_its_label_its_hint_its_mark_and_its_error(board: Board) -> None:
    await board.draw(
        asked("plain_text_input", label="Why?", block={"hint": plain("One line"), "optional": True}),
        asked("plain_text_input", block_id="other", label="How?"),
        surface="modal",
        errors={"other": "Say a little more"},
    )

    why = board.page.get_by_role("textbox", name="Why? (optional)")
    await expect(why).to_have_accessible_description("One line")
    how = board.page.get_by_role("textbox", name="How?")
    await expect(how).to_have_attribute("aria-invalid", "true")
    await expect(how).to_have_accessible_description("Say a little more")
    await expect(board.page.get_by_role("alert")).to_have_text("Say a little more")


async def test_an_error_is_shown_beneath_any_block(board: Board) -> None:
    await board.draw(section("text"), errors={"section": "That is gone"})

    await expect(board.page.get_by_role("alert")).to_have_text("That is gone")


async def test_what_is_unknown_leaves_a_marker_and_its_neighbours_alone(board: Board) -> None:
    await board.draw(
        {"type": "hologram"},
        actions(control("lever"), button("Take")),
        {"type": "header"},
        None,
        {"type": "context", "elements": [{"type": "smell"}, plain("here")]},
        section("end", accessory=control("static_select")),
    )

    marker = "This part cannot be shown here: "
    told = [f"{marker}{it}" for it in ("hologram", "lever", "header", "unknown", "smell", "static_select")]
    await expect(board.page.locator(".marker")).to_have_text(told)
    await expect(board.page.get_by_role("button", name="Take")).to_be_visible()
    await expect(board.page.get_by_text("here", exact=True)).to_be_visible()
    await expect(board.page.get_by_text("end", exact=True)).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1000, "light"), (400, "dark"), (320, "light")])
async def test_everything_fits_its_window(board: Board, width: int, scheme: Any) -> None:
    await board.page.emulate_media(color_scheme=scheme)
    await board.page.set_viewport_size({"width": width, "height": 800})
    long = "x" * 400
    wide = [
        section(f"{long} *{long}* `{long}` <https://a.example/{long}>", accessory=button(long[:75])),
        {"type": "header", "text": plain(long)},
        rich({"type": "rich_text_section", "elements": []}, kind="rich_text_list", style="bullet", indent=8),
        {"type": "markdown", "text": f"# {long}\n- {long}\n\n```\n{long}\n```\n|a|b|\n|-|-|\n|{long}|{long}|"},
        actions(control("static_select", options=[option(long[:75], "v", long[:75])])),
        {"type": "image", "image_url": "https://a.example/", "alt_text": long},
        {"type": "context", "elements": [plain(long)]},
        asked("plain_text_input", block_id="long", label=long, initial_value=long),
    ]
    await board.draw(*MESSAGE, *FORM, *wide)

    await expect(board.page.locator(".marker")).to_have_count(0)
    await board.tab.shot(f"everything-{width}-{scheme}")
    assert await _page_stays_put(board)


async def _page_stays_put(board: Board) -> bool:
    return bool(await board.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
