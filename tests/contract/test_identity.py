"""Who the bot is in its Slack: asked at the start, and started without what Slack does not say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.checks.bounds import Bounds
from bot.checks.finding import Finding, State
from bot.checks.slack import meet
from bot.clock import now
from bot.problems import Complaint
from bot.slack import identity
from bot.wiring import Options
from bot.workspace.faults import Refused
from tests.office import Office, OfficeClock, a_workspace, at_the_desk, office_settings

ME = {"team_id": "T0HALDEN", "user_id": "U0FRONTDESK", "bot_id": "B0FRONTDESK", "url": "https://halden.slack.com/"}


class _Slack(AsyncWebClient):
    """What Slack would say to these questions, without asking it."""

    def __init__(self, says: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self._says = says

    async def api_call(self, api_method: str, **asked: Any) -> AsyncSlackResponse:
        return AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args=asked,
            data=dict(self._says[api_method]),
            headers={},
            status_code=200,
        )


@pytest.mark.parametrize("why", ["bot_not_found", "missing_scope", "invalid_arguments"])
async def test_a_slack_that_does_not_say_which_app_it_is_starts_the_desk_all_the_same(
    tmp_path: Path, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = OfficeClock()
    async with a_workspace(clock) as slack:
        slack.faults.on_call("bots.info", Refused(code=why), times=None)
        settings = office_settings(tmp_path, slack.api_url, over="socket", routes="")
        async with at_the_desk(slack, settings, Options(clock=clock, patience_seconds=0)) as bot:
            office = Office(slack=slack, bot=bot, clock=clock, settings=settings, patience_seconds=10)
            ts = await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
            await office.receipt(ts)

    assert "the app is not known" in capsys.readouterr().out


async def test_a_token_that_is_no_bots_is_asked_nothing_about_a_bot() -> None:
    me = await identity(_Slack({"auth.test": {**ME, "bot_id": None}}))

    assert (me.team, me.bot_id, me.app) == ("T0HALDEN", "", "")


async def test_the_app_is_known_when_slack_says_it() -> None:
    me = await identity(_Slack({"auth.test": ME, "bots.info": {"bot": {"app_id": "A0FRONTDESK"}}}))

    assert me.app == "A0FRONTDESK"


@pytest.mark.parametrize("told", [{"team_id": None}, {"is_enterprise_install": True}, {"team_id": ""}])
async def test_an_installation_for_a_whole_organization_is_refused_with_one_sentence(told: Mapping[str, Any]) -> None:
    slack = _Slack({"auth.test": {**ME, **told, "enterprise_id": "E0HALDEN"}})
    sentence = "The app is installed for a whole organization, and this desk serves one workspace: install it there."

    with pytest.raises(Complaint) as problem:
        await identity(slack)
    assert str(problem.value) == sentence

    found = await meet(slack, now, Bounds())
    assert isinstance(found, Finding)
    assert (found.state, found.sentence) == (State.FAILURE, sentence)
