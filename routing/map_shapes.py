"""What may be written where: the routing map as its author spells it."""

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from routing.kinds import (
    Audience,
    Autonomy,
    Priority,
)
from routing.map import CASCADE, GATE_EXPIRES_MINUTES, Span
from routing.map_pattern import few_enough, safe_pattern
from routing.map_values import (
    Address,
    CalendarRef,
    CategoryRef,
    ChannelRef,
    Country,
    CustomerRef,
    Day,
    DestinationRef,
    Dollars,
    Duration,
    GroupRef,
    IntentRef,
    Label,
    ModelRef,
    Name,
    Names,
    OneOf,
    Openings,
    OwnerRef,
    Owners,
    People,
    PersonRef,
    PromptRef,
    RiskRef,
    RoleRef,
    Senders,
    Text,
    Texts,
    TierRef,
    Time,
    Title,
    Wait,
    Weekdays,
    WeekTime,
    Zone,
    days_of,
    few,
    listed,
)
from routing.public_holidays import public_holidays, regions
from routing.vocabulary import HIGH_RISK

WHOLE = 100  # percent
CALENDARS_MAX = 50
OPEN_MAX = 50
LEADS_MAX = 50
LEAST_MAX = 1_000
REQUESTS_MAX = 100_000


class Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WrittenShort(Written):
    """A shape that may be written as its most important value alone."""

    @model_validator(mode="before")
    @classmethod
    def spelled_out(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {next(iter(cls.model_fields)): value}


class WrittenStep(WrittenShort):
    who: OwnerRef
    on_call: bool = False


class WrittenPromise(WrittenShort):
    first_response: Duration
    resolution: Duration | None = None


WrittenPromises = dict[Annotated[Priority, OneOf], WrittenPromise]


class WrittenDestination(WrittenShort):
    address: Address
    channel: ChannelRef | None = None
    description: Title = ""
    examples: Texts = []
    intents: Names | None = None
    keywords: Texts = []
    owners: Owners = []
    chain: Annotated[list[WrittenStep], BeforeValidator(listed)] = []
    stakeholders: ChannelRef | None = None
    task_template: Text | None = None
    tags: Texts = []
    senders: Senders = []
    privileged: bool = False
    autonomy: Annotated[Autonomy, OneOf] = Autonomy.SUGGEST
    # What the desk may never route at stands below: see `routing.choose`.
    threshold: Annotated[float, Field(ge=0.7, le=1)] = 0.80
    hours: CalendarRef | None = None
    promises: WrittenPromises = {}


class WrittenDeputy(WrittenShort):
    who: PersonRef
    stands_for: PersonRef | None = None
    starts: Day | None = Field(None, alias="from")
    ends: Day | None = Field(None, alias="to")

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> "WrittenDeputy":
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends before it starts")
        return self


class WrittenRole(Written):
    title: Text | None = None
    group: GroupRef | None = None
    people: People = []
    deputies: Annotated[list[WrittenDeputy], BeforeValidator(listed)] = []

    @model_validator(mode="after")
    def can_be_held(self) -> "WrittenRole":
        if not self.group and not self.people:
            raise ValueError("can be held by nobody: give it a `group`, or `people`")
        return self


class WrittenGate(WrittenShort):
    role: RoleRef
    approvals: Annotated[int, Field(ge=1, le=20)] = 1
    expires: Wait = Span(minutes=GATE_EXPIRES_MINUTES)
    backup: RoleRef | None = None
    channel: ChannelRef | None = None
    reason_required: bool = False

    @model_validator(mode="after")
    def has_another_backup(self) -> "WrittenGate":
        if self.backup == self.role:
            raise ValueError("has its own role as backup; name another one")
        return self


class WrittenRule(Written):
    name: Text
    pattern: Annotated[re.Pattern[str], BeforeValidator(safe_pattern)]
    destination: DestinationRef | None = None
    tags: Texts = []
    at_least: Annotated[Priority, OneOf] | None = None
    risk: RiskRef | None = None
    category: CategoryRef | None = None

    @model_validator(mode="after")
    def does_something(self) -> "WrittenRule":
        if not (self.destination or self.tags or self.at_least or self.risk or self.category):
            raise ValueError("does nothing: give it `destination`, `tags`, `at_least`, `risk` or `category`")
        return self


class WrittenCustomer(Written):
    account: Text
    tier: Text = "standard"
    revenue_at_risk: Annotated[int, Field(ge=0)] = 0


class WrittenRaise(Written):
    """A customer of one of these tiers, or with this much revenue at risk, is one priority more urgent."""

    tiers: Texts = []
    revenue_at_risk: Annotated[int, Field(ge=1)] | None = None


class WrittenTier(Written):
    promises: WrittenPromises


class WrittenHolidays(WrittenShort):
    country: Country
    region: Text | None = None

    @field_validator("region")
    @classmethod
    def is_in_the_country(cls, region: str | None, info: ValidationInfo) -> str | None:
        if region is None or "country" not in info.data:
            return region
        known = regions(info.data["country"])
        if region not in known:
            raise PydanticCustomError("dangling", "unknown", {"name": region, "kind": "regions", "known": known})
        return known[region]


class WrittenHours(Written):
    time_zone: Zone
    days: dict[Weekdays, Openings]
    holidays: WrittenHolidays | None = None
    closed: Annotated[list[Day], BeforeValidator(listed)] = []
    open: Annotated[list[Day], BeforeValidator(listed), Field(max_length=OPEN_MAX)] = []

    @field_validator("open")
    @classmethod
    def lifts_holidays(cls, days: list[date], info: ValidationInfo) -> list[date]:
        """A day that is no holiday is a slip of the pen, and the holiday that was meant would stay closed."""
        if "holidays" not in info.data or "closed" not in info.data:
            return days
        there: WrittenHolidays | None = info.data["holidays"]
        for day in days:
            if day in info.data["closed"]:
                raise ValueError(f"has {day}, which is `closed` as well")
            if there is None or day not in public_holidays(there.country, there.region or "", day.year):
                raise ValueError(f"has {day}, which is no public holiday there")
        return days

    @model_validator(mode="after")
    def opens_each_day_once(self) -> "WrittenHours":
        days = [day for written in self.days for day in days_of(written)]
        if len(days) > len(set(days)):
            raise ValueError("names a weekday twice")
        return self


class WrittenIntake(WrittenShort):
    channel: ChannelRef
    audience: Annotated[Audience, OneOf] | None = None
    customer: CustomerRef | None = None
    bots: bool | None = None

    @model_validator(mode="after")
    def keeps_customers_apart(self) -> "WrittenIntake":
        if self.customer and self.audience not in {None, Audience.CUSTOMERS}:
            raise ValueError("names a customer, so its audience must be customers")
        return self


class WrittenIntent(Written):
    words: Texts


class WrittenClaude(Written):
    """Dollars are written as such: 3, or 0.50."""

    models: Annotated[list[ModelRef], BeforeValidator(listed), Field(min_length=1, max_length=3)] = list(CASCADE)
    prompts: dict[PromptRef, Annotated[int, Field(ge=0, le=100)]] = {}
    per_hour: Dollars = 3.0
    per_day: Dollars = 20.0
    calls_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    keep: Wait = Span(minutes=30 * 24 * 60)

    @model_validator(mode="after")
    def serves_every_case_once(self) -> "WrittenClaude":
        if sum(self.prompts.values()) > WHOLE:
            raise ValueError("serves more than 100 % of the cases: lower the percentages of `prompts`")
        return self


class WrittenLeads(Written):
    channel: ChannelRef
    destinations: Annotated[list[DestinationRef], BeforeValidator(listed), Field(min_length=1)]


class WrittenDigests(Written):
    at: Time = time(9)
    patterns: WeekTime = (0, time(9))
    all_quiet: bool = False
    leads: Annotated[list[WrittenLeads], Field(min_length=1, max_length=LEADS_MAX)]


class WrittenReview(Written):
    share: Annotated[int, Field(ge=0, le=WHOLE)] = 7
    least: Annotated[int, Field(ge=0, le=LEAST_MAX)] = 5


class WrittenAudit(Written):
    channel: ChannelRef | None = None


class WrittenLimits(Written):
    requests: Annotated[int, Field(ge=1, le=REQUESTS_MAX)] = 20
    within: Wait = Span(minutes=10)
    bots: Annotated[int, Field(ge=1, le=REQUESTS_MAX)] = 200


class WrittenFile(Written):
    destinations: Annotated[dict[Name, WrittenDestination], Field(min_length=1)]
    unknown: str
    high_risk: Names = list(HIGH_RISK)
    gates: dict[str, WrittenGate] = {}
    roles: dict[Name, WrittenRole] = {}
    intents: dict[IntentRef, WrittenIntent] = {}
    rules: Annotated[list[WrittenRule], BeforeValidator(few)] = []
    customers: dict[Text, WrittenCustomer] = {}
    raise_priority: WrittenRaise = WrittenRaise()
    tiers: dict[TierRef, WrittenTier] = {}
    priorities: WrittenPromises = {}
    warn_at: Annotated[int, Field(ge=1, le=WHOLE - 1)] = 75
    ask_owner_after: Duration = Span(minutes=8 * 60, is_business=True)
    release_after: Duration = Span(minutes=2 * 60, is_business=True)
    business_hours: WrittenHours | None = None
    calendars: Annotated[dict[Name, WrittenHours], Field(max_length=CALENDARS_MAX)] = {}
    intake: Annotated[list[WrittenIntake], BeforeValidator(listed)] = []
    max_hops: Annotated[int, Field(ge=1, le=20)] = 3
    clarification_wait: Wait = Span(minutes=30)
    p0_role: RoleRef | None = None
    personal: Annotated[
        dict[Label, Annotated[re.Pattern[str], BeforeValidator(safe_pattern)]], AfterValidator(few_enough)
    ] = {}
    claude: WrittenClaude = WrittenClaude()
    digests: WrittenDigests | None = None
    operators: ChannelRef | None = None
    audit: WrittenAudit = WrittenAudit()
    review: WrittenReview = WrittenReview()
    limits: WrittenLimits = WrittenLimits()
