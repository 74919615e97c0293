"""The people, channels and user groups of Halden Goods, the sample company."""

from bot.workspace.model import Cast, Channel, ChannelKind, Person, UserGroup

TEAM = "T0HALDEN"
ACME = "T0ACME"

FRONTDESK = Person(
    id="U0FRONTDESK", handle="frontdesk", name="Frontdesk", team=TEAM, bot_id="B0FRONTDESK", app_id="A0FRONTDESK"
)
STATUSBOT = Person(id="U0STATUS", handle="statusbot", name="Statusbot", team=TEAM, bot_id="B0STATUS", app_id="A0STATUS")


def _colleague(handle: str, name: str, title: str, tz: str = "Europe/Oslo") -> Person:
    offset_seconds = {"Europe/Oslo": 3600, "Europe/London": 0, "America/New_York": -18_000}[tz]
    return Person(
        id=f"U0{handle.upper()}",
        handle=handle,
        name=name,
        team=TEAM,
        title=title,
        tz=tz,
        tz_offset_seconds=offset_seconds,
    )


COLLEAGUES = (
    _colleague("maya", "Maya Lindqvist", "Marketing"),
    _colleague("tom", "Tom Adeyemi", "Operations", "Europe/London"),
    _colleague("priya", "Priya Nair", "Payments engineer, on call"),
    _colleague("leo", "Leo Castellan", "Platform engineer, on call"),
    _colleague("ines", "Ines Moreau", "Billing lead"),
    _colleague("viktor", "Viktor Halvorsen", "Head of privileged operations"),
    _colleague("hana", "Hana Sato", "Deputy of privileged operations"),
    _colleague("sam", "Sam Okafor", "Head of IT access", "Europe/London"),
    _colleague("noor", "Noor Rahimi", "Front desk triage lead"),
    _colleague("grace", "Grace Liu", "Security officer", "America/New_York"),
    _colleague("marco", "Marco Bianchi", "Sales lead"),
    _colleague("elena", "Elena Petrova", "CTO"),
)
ROSA = Person(
    id="U0ROSA",
    handle="rosa",
    name="Rosa Peralta",
    team=TEAM,
    title="Contractor",
    tz="Europe/London",
    is_restricted=True,
)
JONAS = Person(
    id="U0JONAS",
    handle="jonas",
    name="Jonas Weber",
    team=ACME,
    title="Head of IT, Acme",
    tz="Europe/Berlin",
    tz_offset_seconds=3600,
    is_stranger=True,
)

PEOPLE = (FRONTDESK, STATUSBOT, *COLLEAGUES, ROSA, JONAS)
_STAFF = " ".join(person.handle for person in COLLEAGUES)
_IDS = {person.handle: person.id for person in PEOPLE}


def _ids(handles: str) -> tuple[str, ...]:
    return tuple(_IDS[handle] for handle in handles.split())


def _channel(id_tail: str, name: str, handles: str, topic: str, kind: ChannelKind = "public") -> Channel:
    prefix = "G0" if kind == "private" else "C0"
    return Channel(id=prefix + id_tail, name=name, kind=kind, members=_ids(handles), topic=topic)


CHANNELS = (
    _channel("HELP", "help", f"frontdesk {_STAFF} rosa", "Ask the front desk for anything"),
    Channel(
        id="C0ACME",
        name="acme-support",
        members=_ids("frontdesk jonas noor ines priya leo marco"),
        topic="Acme and Halden Goods",
        shared_with=(ACME,),
    ),
    _channel("ALERTS", "alerts", "frontdesk statusbot priya leo noor", "What the monitoring says"),
    _channel("BILLING", "billing", "frontdesk ines noor", "Invoices and refunds"),
    _channel("BUGS", "bugs", "frontdesk leo priya noor", "Something is broken"),
    _channel("HOWTO", "howto", "frontdesk noor tom", "How do I …?"),
    _channel("SALES", "sales", "frontdesk marco noor", "Quotes and customers"),
    _channel("PAYONCALL", "payments-oncall", "frontdesk priya leo ines noor", "Payments, day and night"),
    _channel("ITACCESS", "it-access", "frontdesk sam noor viktor", "Accounts and permissions"),
    _channel("PRIVOPS", "privileged-ops", "frontdesk viktor hana grace", "Root and production data", "private"),
    _channel("FRONTDESK", "front-desk", "frontdesk noor ines leo sam viktor", "Triage"),
    _channel("STAKE", "stakeholders", "frontdesk elena ines marco noor viktor", "What is going wrong"),
    _channel("LEADS", "leads", "frontdesk ines marco sam viktor noor elena", "Leads among themselves"),
    _channel("SHOPLEADS", "shop-leads", "frontdesk ines marco priya viktor elena", "Digest: money, sales, payments"),
    _channel("PRODLEADS", "product-leads", "frontdesk leo noor sam elena", "Digest: bugs, questions, access, triage"),
    _channel("OPS", "frontdesk-ops", "frontdesk leo priya noor", "How the front desk itself is doing"),
    _channel("AUDIT", "frontdesk-audit", "frontdesk priya grace", "How far the audit has come, every hour"),
    _channel("RANDOM", "random", f"{_STAFF} rosa", "Anything else"),
)


def _group(id_tail: str, handle: str, name: str, handles: str) -> UserGroup:
    return UserGroup(id=f"S0{id_tail}", handle=handle, name=name, members=_ids(handles))


GROUPS = (
    _group("PRIVHEADS", "privileged-ops-heads", "Privileged operations heads", "viktor"),
    _group("ACCESSHEADS", "it-access-heads", "IT access heads", "sam"),
    _group("PAYONCALL", "payments-oncall", "Payments on call", "priya leo"),
    _group("PLATONCALL", "platform-oncall", "Platform on call", "leo priya"),
    _group("BILLING", "billing-team", "Billing team", "ines"),
    _group("SECURITY", "security-officers", "Security officers", "grace"),
    _group("FRONTDESK", "front-desk-team", "Front desk team", "noor"),
    _group("SALES", "sales-team", "Sales team", "marco"),
)

HALDEN_GOODS = Cast(
    team=TEAM,
    team_name="Halden Goods",
    domain="haldengoods",
    app=FRONTDESK.id,
    people=PEOPLE,
    channels=CHANNELS,
    groups=GROUPS,
)
