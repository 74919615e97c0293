"""One key for everything that may be told twice, and for nothing else."""

from typing import Any

import pytest

from handlers.keys import dedupe_key, gone_key

SAID = {"type": "message", "channel": "C1", "ts": "1.2", "text": "help"}
EDITED = {"ts": "1.2", "text": "please help", "edited": {"user": "U1", "ts": "3.4"}}
REWORDED = {
    "type": "message",
    "subtype": "message_changed",
    "channel": "C1",
    "ts": "5.6",
    "message": EDITED,
    "previous_message": SAID,
}
STONE = {"ts": "1.2", "subtype": "tombstone", "text": "This message was deleted."}
DELETED = {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "5.6", "deleted_ts": "1.2"}
DIGEST = "2533251a617d8e45"
UNFURLED = {**REWORDED, "previous_message": EDITED}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"event_id": "Ev1", "team_id": "T1"}, "event:T1:Ev1"),
        ({"event_id": "Ev1", "team_id": "T1", "event": SAID}, "message:T1:C1:1.2"),
        ({"event_id": "Ev2", "team_id": "T2", "context_team_id": "T1", "event": SAID}, "message:T1:C1:1.2"),
        ({"event_id": "Ev1", "team_id": "T1", "event": {**SAID, "type": "app_mention"}}, "app_mention:T1:C1:1.2"),
        ({"event_id": "Ev1", "team_id": "T1", "event": {**SAID, "subtype": "message_deleted"}}, "event:T1:Ev1"),
        ({"event_id": "Ev1", "team_id": "T1", "event": DELETED}, "gone:T1:C1:1.2"),
        ({"event_id": "Ev2", "team_id": "T1", "event": {**REWORDED, "message": STONE}}, "gone:T1:C1:1.2"),
        ({"event_id": "Ev1", "team_id": "T1", "event": REWORDED}, f"edit:T1:C1:1.2:3.4:{DIGEST}"),
        (
            {"event_id": "Ev1", "team_id": "T1", "event": {**REWORDED, "previous_message": None}},
            f"edit:T1:C1:1.2:3.4:{DIGEST}",
        ),
        ({"event_id": "Ev1", "team_id": "T1", "event": UNFURLED}, "event:T1:Ev1"),
        ({"event_id": "Ev1", "team_id": "T1", "event": "not an event"}, "event:T1:Ev1"),
        ({"trigger_id": "tr1", "team": {"id": "T1"}}, "press:T1:tr1"),
        ({"trigger_id": "tr1", "team": None}, "press::tr1"),
        ({"type": "url_verification"}, ""),
    ],
)
def test_what_may_be_told_twice_has_one_key(body: dict[str, Any], key: str) -> None:
    assert dedupe_key(body) == key


def test_two_wordings_of_one_second_have_two_keys() -> None:
    first, second = ({**EDITED, "text": text} for text in ("please help", "please help at once"))

    one, other = (
        dedupe_key({"event_id": "Ev1", "team_id": "T1", "event": {**REWORDED, "message": wording}})
        for wording in (first, second)
    )

    assert one != other


def test_a_deletion_is_looked_up_under_the_key_it_was_kept_under() -> None:
    assert dedupe_key({"event_id": "Ev1", "team_id": "T1", "event": DELETED}) == gone_key("T1", "C1", "1.2")
