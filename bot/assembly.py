"""The middle of the desk, put together: who carries what is owed to Slack, and who decides."""

from collections.abc import Callable

from bot import clock
from bot.minds import Minds, World
from bot.newsroom import Newsroom, Office
from handlers.messenger import SlackMessenger
from handlers.wall import Wall
from routing.courier import Courier
from routing.decide import Unsure
from routing.deliberation import Deliberation
from routing.desk import Desk
from routing.kinds import CaseId
from routing.pace import Pace
from routing.people import People
from routing.ports import Clock
from routing.presses import Presses
from routing.steps import Steps


def courier_for(office: Office, news: Newsroom, wall: Wall, pace: Pace, now: Clock) -> Courier:
    messenger = SlackMessenger(wall, directory=office.directory, sight=news.sight, noticeboard=news.noticeboard)
    store = office.store
    return Courier(outbox=store.outbox, cases=store.cases, messenger=messenger, clock=now, pace=pace)


def desk_for(
    office: Office, world: World, mind: Minds, *, wake: Callable[[], None], undecided: Callable[[CaseId], None]
) -> tuple[Desk, Presses]:
    """Those who act on cases: the desk itself, and whoever follows what people press."""
    cases, people = office.store.cases, People(office.directory, world.map)
    steps = Steps(
        cases=cases,
        people=people,
        routing_map=world.map,
        clock=world.clock,
        ids=clock.new_id,
        wake=wake,
    )
    deliberation = Deliberation(
        cases=cases,
        steps=steps,
        panel=mind.panel,
        people=people,
        experience=world.experience,
        unsure=Unsure(world.settings.route_below_confidence),
    )
    desk = Desk(cases=cases, steps=steps, deliberation=deliberation, people=people, undecided=undecided)
    return desk, Presses(steps=steps, people=people, experience=world.experience)
