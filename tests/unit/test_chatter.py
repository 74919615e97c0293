import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.chatter import is_chatter


@pytest.mark.parametrize(
    "text",
    [
        "hi", "hi team", "Hello everyone!", "Good morning all :wave:", "Hey 👋", "thanks",
        "Thanks a lot for your help!",
        "thank you so much 🙏", "thx <@U123>", "Thanks again", "+1", "ok", "OK thanks!", "ok cool", "lol", "hahaha",
        "np",
        "never mind, fixed it", "Never mind — found it", "nvm, solved", "fixed it", "Fixed!", "solved, never mind",
        "works now, thanks", "it works again. thanks everyone", "all good now", "sorry, please ignore",
        ":tada: :+1:", "🎉🎉",
        "", "  ", "\u200b", "...",
    ],
)  # fmt: skip  # one message an entry
def test_a_message_that_asks_for_nothing_is_chatter(text: str) -> None:
    assert is_chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but the invoice is still wrong", "hi, can someone reset my password", "help", "hello?", "?",
        "<@U123>",
        "yes", "no", "ok, please refund order 12", "never mind the invoice, delete the account", "still broken",
        "thanks in advance for fixing the VPN", "any update", "done with the report, please publish it",
        "hi <#C1|billing>", "fixed it? still broken here", "https://example.com", "good morning, the site is down",
        "thanks! one more thing: I need access", "it works for some customers", "great, another outage",
        "+1 on the outage", "team", "fix it", "it's broken", "please ignore the old invoice and pay the new one",
    ],
)  # fmt: skip  # one message an entry
def test_when_unsure_it_is_a_request(text: str) -> None:
    assert not is_chatter(text)


@given(st.text(max_size=200))
def test_a_message_with_a_request_in_it_is_never_chatter(text: str) -> None:
    assert not is_chatter(f"{text} refund order 4711")


@given(st.sampled_from(["hi", "thanks", "fixed it", "ok"]), st.text(alphabet="*_~` \n!.", max_size=10))
def test_markup_and_space_change_nothing(text: str, around: str) -> None:
    assert is_chatter(around + " " + text + " " + around)
