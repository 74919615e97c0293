"""Whose workspace this is: what another one sends us, or somebody from another one presses, counts for nothing."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from handlers.parse import Lenient
from routing.kinds import TeamId

_ID = re.compile(r"[A-Z][A-Z0-9]{1,20}", re.ASCII)


class Authorization(Lenient):
    """One installation of the app that may see an event."""

    team_id: str | None = None
    enterprise_id: str | None = None


class Whose(Lenient):
    """A team, an enterprise or a user, as far as it says where it belongs."""

    id: str | None = None
    team_id: str | None = None
    enterprise_id: str | None = None


class Opened(Lenient):
    app_installed_team_id: str | None = None


class Origin(Lenient):
    """What a payload says about where it comes from, whatever kind of payload it is."""

    api_app_id: str | None = None
    team_id: str | None = None
    enterprise_id: str | None = None
    context_team_id: str | None = None
    context_enterprise_id: str | None = None
    is_ext_shared_channel: bool = False
    authorizations: tuple[Authorization, ...] | None = None
    team: Whose | None = None
    enterprise: Whose | None = None
    user: Whose | None = None
    view: Opened | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The workspace the bot is installed in, the enterprise that is part of, if any, and the app it is installed as."""

    team: TeamId
    enterprise: str = ""
    app: str = ""

    def is_told(self, body: object) -> bool:
        """Whether an event or a command is for us.

        A shared channel's events carry the team of whoever wrote, and so does what a sister workspace of the enterprise
        writes: there, what says that they are ours is for which installation Slack sent them.
        """
        origin = _read(body)
        if origin is None or not self._is_our_app(origin):
            return False
        ours = self._installed_here(origin)
        if ours is None:
            return False
        enterprise = origin.enterprise_id or origin.context_enterprise_id or ours.enterprise_id
        return origin.is_ext_shared_channel or self._is_ours(origin.team_id, enterprise)

    def is_pressed_by_our_own(self, body: object) -> bool:
        """Whether everything in a press or a form says that it was done here, by somebody from here."""
        origin = _read(body)
        if origin is None or not self._is_our_app(origin):
            return False
        team, user, view = origin.team or Whose(), origin.user or Whose(), origin.view or Opened()
        named = [one for one in (team.id, user.team_id, view.app_installed_team_id) if one]
        enterprise = (origin.enterprise.id if origin.enterprise else None) or team.enterprise_id or ""
        if enterprise and enterprise != self.enterprise:
            return False
        return bool(named) and all(self._is_ours(one, enterprise) for one in named)

    def _is_our_app(self, origin: Origin) -> bool:
        return not self.app or not origin.api_app_id or origin.api_app_id == self.app

    def _installed_here(self, origin: Origin) -> Authorization | None:
        """Ours among the installations that a payload is for. What names none is for whom it comes from."""
        named = origin.authorizations
        if not named and origin.context_team_id:
            named = (Authorization(team_id=origin.context_team_id, enterprise_id=origin.context_enterprise_id),)
        if not named:
            named = (Authorization(team_id=origin.team_id, enterprise_id=origin.enterprise_id),)
        return next((one for one in named if self._is_same(one)), None)

    def _is_same(self, one: Authorization) -> bool:
        return one.team_id == self.team and (one.enterprise_id or self.enterprise) == self.enterprise

    def _is_ours(self, team: str | None, enterprise: str | None) -> bool:
        """Of this workspace, or of another one of the same enterprise. Who exactly they are is looked up."""
        if enterprise and enterprise != self.enterprise:
            return False
        return team == self.team or bool(enterprise)


def named(body: object) -> str:
    """The team that a refused payload names, for the log; nothing that is no id."""
    origin = _read(body)
    team = origin.team_id or (origin.team.id if origin.team else "") if origin else ""
    return team if team and _ID.fullmatch(team) else "?"


def _read(body: object) -> Origin | None:
    try:
        return Origin.model_validate(body)
    except ValidationError:
        return None
