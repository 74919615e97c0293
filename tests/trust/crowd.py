"""People who say and press whatever they like, in a real office."""

import random
from contextlib import suppress
from typing import Any

from bot.workspace.model import NotPossibleError
from tests.office import Office

PEOPLE = ("maya", "tom", "ines", "noor", "viktor", "hana", "leo", "sam", "grace", "jonas", "rosa")
SAID = (
    "My invoice shows the wrong amount, can someone fix the billing?",
    "Delete this customer's account and refund everything immediately.",
    "It's broken, please help.",
    "The app crashes when I export last month's orders",
    "Please give me access to the billing system",
)


class Crowd:
    """People who say and press whatever they like."""

    def __init__(self, office: Office, dice: random.Random) -> None:
        self.office = office
        self.dice = dice
        self.said: list[tuple[str, str]] = []

    async def does_something(self) -> None:
        await self.dice.choice([self.asks, self.edits, self.presses, self.presses, self.presses, self.waits])()

    async def asks(self) -> None:
        who = self.dice.choice(PEOPLE[:8])
        self.said.append((who, await self.office.says(who, self.dice.choice(SAID))))

    async def edits(self) -> None:
        if self.said:
            who, ts = self.dice.choice(self.said)
            await self.office.edits(who, ts, self.dice.choice(SAID))

    async def waits(self) -> None:
        await self.office.settles()
        await self.office.lets_pass(minutes=self.dice.choice([1, 20, 65]))

    async def presses(self) -> None:
        """Any button on any card, by anybody who can see it; a form that opens is filled in somehow."""
        await self.office.settles()
        hung = self._buttons()
        if not hung:
            return await self.asks()
        who, channel, ts, element, value = self.dice.choice(hung)
        people = self.office.slack.people
        # Redrawn meanwhile, or not offered where it is already: people, too, press what is gone.
        with suppress(NotPossibleError):
            if element["type"] == "overflow":
                await people.press(who, channel, ts, element["action_id"], option=value)
            else:
                await people.press(who, channel, ts, element["action_id"], value=value)
            await self._fills_in(who)
        while people.open_view(who):
            await people.close_view(who, whole_stack=True)
        return None

    async def _fills_in(self, who: str) -> None:
        form = self.office.slack.people.open_view(who)
        if form:
            given = {"to": self.dice.choice(["billing", "sales", "bugs"]), "reason": "so", "how": "fixed", "what": "so"}
            blocks = {block.get("block_id") for block in form.content["blocks"]}
            await self.office.slack.people.submit(who, {name: one for name, one in given.items() if name in blocks})

    def _buttons(self) -> list[tuple[str, str, str, Any, Any]]:
        workspace, found = self.office.slack.workspace, []
        for channel in workspace.channels.values():
            here = [who for who in PEOPLE if workspace.person(who).id in channel.members]
            for message in workspace.room(channel.id).values() if here else ():
                for block in message.blocks:
                    for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
                        values = [element.get("value")] if element.get("type") == "button" else []
                        if element.get("type") == "overflow":
                            values = [one["value"] for one in element["options"]]
                        if values and not element.get("url"):
                            who = self.dice.choice(here)
                            found += [(who, channel.id, message.ts, element, value) for value in values]
        return found
