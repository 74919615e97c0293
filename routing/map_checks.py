"""What must fit together in a routing map, and how to say what does not."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from routing.map import ODD_CHARACTERS, POLICY_CATEGORIES, PRIVILEGED
from routing.map_shapes import WrittenFile
from routing.map_values import listed
from routing.map_yaml import MapError, Path, Tree, shown
from routing.vocabulary import HIGH_RISK

SUGGESTIONS_MAX = 20
SUGGESTED_FROM_MAX = 60
CODES_MAX = 20
# `incident` is known without a gate: it describes, it asks for no approval. Odd characters always do.
CATEGORIES = (*POLICY_CATEGORIES, "incident", ODD_CHARACTERS)


class Outline:
    """The file as written, read without trusting its shape: one mistake must not hide another."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.destinations = _mapping(value.get("destinations"))
        self.gates = _mapping(value.get("gates"))
        self.roles = _mapping(value.get("roles"))
        self.customers = _mapping(value.get("customers"))
        self.calendars = _mapping(value.get("calendars"))
        self.unknown = value.get("unknown")
        self.high_risk = _texts(value["high_risk"]) if "high_risk" in value else list(HIGH_RISK)
        self.rules = _items(value.get("rules"))
        self.intakes = _items(value.get("intake"))
        self.leads = _items(_mapping(value.get("digests")).get("leads"))
        self.operators = value.get("operators")
        self.audit_channel = _mapping(value.get("audit")).get("channel")
        is_terse = all(isinstance(one, str) for one in self.destinations.values())
        self.is_short = is_terse and "gates" not in value and "roles" not in value
        self.triage = self._triage()
        self.claimed = [intent for name in self.destinations for intent in self.intents(name)]

    def address(self, name: str) -> Any:
        written = self.destinations.get(name)
        return written.get("address") if isinstance(written, dict) else written

    def _triage(self) -> str | None:
        """The name of the unknown destination: named, or the one at that address, or a new one."""
        if not isinstance(self.unknown, str) or self.unknown in self.destinations:
            return self.unknown if isinstance(self.unknown, str) else None
        same = [name for name in self.destinations if self.address(name) == self.unknown]
        _, colon, tail = self.unknown.partition(":")
        return same[0] if same else (tail if colon else None)

    def intents(self, name: str) -> list[str]:
        """The intents a destination claims: its own name unless it says otherwise."""
        written = self.destinations.get(name)
        if isinstance(written, dict) and "intents" in written:
            return _texts(written["intents"])
        return [] if name == self.triage else [name]


def names_in(value: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    outline = Outline(value)
    gated = frozenset(outline.gates) - {"default"}
    risks = frozenset(outline.high_risk) | (gated - {*POLICY_CATEGORIES, PRIVILEGED})
    tiers = (customer.get("tier", "standard") for customer in map(_mapping, outline.customers.values()))
    return {
        "destinations": frozenset(outline.destinations) | ({outline.triage or ""} - {""}),
        "roles": frozenset(outline.roles),
        "customers": frozenset(outline.customers),
        "calendars": frozenset(outline.calendars),
        "tiers": frozenset(tier for tier in tiers if isinstance(tier, str)),
        "risks": risks,
        "categories": frozenset(CATEGORIES) | (gated - frozenset(outline.high_risk) - {PRIVILEGED}),
        "intents": frozenset(outline.claimed) | risks,
    }


def contradictions(tree: Tree) -> Iterator[MapError]:
    outline = Outline(tree.value)
    found = [
        *_claims(outline),
        *_triage_problems(outline),
        *_twins(outline),
        *_gate_problems(outline),
        *_digest_problems(outline),
    ]
    for path, sentence in found:
        if not tree.is_broken(path):
            yield MapError(tree.line(path), sentence)


Finding = tuple[Path, str]


def _claims(outline: Outline) -> Iterator[Finding]:
    takers: dict[str, str] = {}
    for name in outline.destinations:
        for intent in outline.intents(name):
            taker = takers.setdefault(intent, name)
            if taker != name:
                place: Path = ("destinations", name, "intents")
                yield place, f"The intent {shown(intent)} is claimed by both {shown(taker)} and {shown(name)}."


def _triage_problems(outline: Outline) -> Iterator[Finding]:
    if not isinstance(outline.unknown, str) or outline.unknown in outline.destinations:
        return
    form = r"(queue|agent|team|handler):[a-z0-9_]{1,48}"
    if not re.fullmatch(form, outline.unknown):
        hint = _suggestion(outline.unknown, outline.destinations)
        yield ("unknown",), f"`unknown` must be a destination or an address, not {shown(outline.unknown)}{hint}"
    elif outline.triage in outline.destinations and outline.address(str(outline.triage)) != outline.unknown:
        yield (
            ("unknown",),
            f"`unknown` needs a name of its own: {shown(outline.triage)} is another destination already.",
        )


def _twins(outline: Outline) -> Iterator[Finding]:
    for key, items, noun in (("name", outline.rules, "rules"), ("channel", outline.intakes, "intake")):
        seen: set[str] = set()
        for index, item in enumerate(items):
            value = item.get(key) if isinstance(item, dict) else item
            if isinstance(value, str) and value in seen:
                yield (noun, index, key), f"{shown(value)} appears twice under `{noun}`."
            seen.add(str(value))


def _gate_problems(outline: Outline) -> Iterator[Finding]:
    known = {*outline.high_risk, *outline.claimed, *CATEGORIES, PRIVILEGED, "default"}
    known |= {
        rule["category"] for rule in outline.rules if isinstance(rule, dict) and isinstance(rule.get("category"), str)
    }
    for index, (key, gate) in enumerate(outline.gates.items()):
        if key not in known:
            hint = _suggestion(key, known) if index < SUGGESTIONS_MAX else "."
            yield ("gates", key), f"The gate {shown(key)} is for no known intent or category{hint}"
        yield from _too_few(outline, key, gate)
    if outline.is_short:
        return
    for index, intent in enumerate(outline.high_risk):
        if intent not in outline.gates:
            yield ("high_risk", index), f"The high-risk intent {shown(intent)} has no gate: add it under `gates`."
    lacking = [key for key in (*POLICY_CATEGORIES, PRIVILEGED) if key not in outline.gates]
    if lacking and "default" not in outline.gates:
        yield ("gates",), f"`gates` lacks {', '.join(lacking)}: add them, or a `default`."


def _digest_problems(outline: Outline) -> Iterator[Finding]:
    """Whoever reads the same twice mutes both, and what goes wrong is not for those who ask."""
    told_in: dict[str, int] = {}
    channels: list[str] = []
    for index, one in enumerate(map(_mapping, outline.leads)):
        place: Path = ("digests", "leads", index)
        channel = one.get("channel")
        if channel in channels:
            yield (*place, "channel"), f"{shown(channel)} appears twice under `digests.leads`."
        channels += _texts(channel)
        yield from _overheard(outline, channel, (*place, "channel"))
        for at, name in enumerate(_texts(one.get("destinations"))):
            if name in told_in:
                where = "twice in one group" if told_in[name] == index else "in two groups"
                said = f"The destination {shown(name)} is {where} of `digests.leads`; its leads are told once."
                yield (*place, "destinations", at), said
            told_in[name] = index
    yield from _overheard(outline, outline.operators, ("operators",))
    yield from _overheard(outline, outline.audit_channel, ("audit", "channel"))


def _overheard(outline: Outline, channel: Any, place: Path) -> Iterator[Finding]:
    intakes = [one.get("channel") if isinstance(one, dict) else one for one in outline.intakes]
    if channel in intakes:
        yield place, f"{shown(channel)} is an intake channel, where people ask; this needs a channel of its own."


def _too_few(outline: Outline, key: str, gate: Any) -> Iterator[Finding]:
    if not isinstance(gate, dict) or not isinstance(gate.get("approvals"), int):
        return
    role = _mapping(outline.roles.get(gate["role"]) if isinstance(gate.get("role"), str) else None)
    holders = len({*_texts(role.get("people")), *(str(one) for one in _items(role.get("deputies")))})
    if role and "group" not in role and holders and gate["approvals"] > holders:
        said = f"wants {gate['approvals']} approvals, but only {holders} can hold {shown(gate['role'])}"
        yield ("gates", key, "approvals"), f"The gate {shown(key)} {said}."


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _items(listed(value)) if isinstance(item, str)]


_NOUNS = {
    "destinations": "a destination",
    "roles": "a role",
    "customers": "a customer",
    "calendars": "a calendar",
    "tiers": "a tier of any customer",
    "countries": "a country with known holidays",
    "regions": "a region of that country",
    "risks": "a high-risk intent",
    "categories": "a category",
    "intents": "an intent of any destination",
}
_CLAUSES = {
    "string_type": "must be text; put it in quotes if it looks like something else",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "has more than {max_length} entries",
    "enum": "must be one of {expected}",
}


def complaints(problems: list[ErrorDetails], tree: Tree) -> Iterator[MapError]:
    names = names_in(tree.value)
    placed = [(tree.line(problem["loc"]), problem) for problem in problems if not tree.is_broken(problem["loc"])]
    placed.sort(key=lambda each: each[0])
    for index, (line, problem) in enumerate(placed):
        yield MapError(line, _said(problem, names if index < SUGGESTIONS_MAX else {}))


def _said(problem: ErrorDetails, names: Mapping[str, frozenset[str]]) -> str:
    *above, last = problem["loc"] or ("",)
    details = problem.get("ctx", {})
    where = _place(problem["loc"])
    if problem["type"] == "missing":
        return f"{_place(tuple(above))} needs {shown(last)}."
    if problem["type"] == "extra_forbidden":
        known = _keys_at(tuple(above)) if names else ()
        return f"{shown(last)} is not a key of {_place(tuple(above))}{_suggestion(str(last), known)}"
    if problem["type"] == "dangling":
        known = details.get("known", names.get(details["kind"], ())) if names else ()
        hint = _code(details["name"], known) if isinstance(known, dict) else _suggestion(details["name"], known)
        return f"{where} names {shown(details['name'])}, which is not {_NOUNS[details['kind']]}{hint}"
    if problem["type"] == "value_error":
        return f"{where} {details['error']}."
    clause = _CLAUSES.get(problem["type"])
    return f"{where} {clause.format(**details)}." if clause else f"{where} is wrong: {problem['msg']}."


def _place(path: Path) -> str:
    parts = [str(part) for part in path if isinstance(part, str) and part != "[key]"]
    return shown(".".join(parts)) if parts else "the routing map"


def _keys_at(path: Path) -> list[str]:
    """The keys that are allowed in this place of the file."""
    shape: type[BaseModel] = WrittenFile
    for part in path:
        entry = shape.model_fields.get(str(part))
        shape = (_shape_in(entry.annotation) if entry else None) or shape
    return [entry.alias or name for name, entry in shape.model_fields.items()]


def _shape_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((shape for each in get_args(annotation) if (shape := _shape_in(each))), None)


def _suggestion(name: str, known: Any) -> str:
    likely = sorted(one for one in known if len(one) <= len(name) + 4)[:SUGGESTED_FROM_MAX]
    close = get_close_matches(name[:48], likely, n=1)
    return f"; did you mean {shown(close[0])}?" if close else "."


def _code(name: str, known: Mapping[str, str]) -> str:
    """The code that was meant, whatever it was spelled like; else the codes there are, if they are few."""
    spelled = {one.casefold(): code for one, code in known.items()}
    written = name[:48].casefold()
    close = [written] if written in spelled else get_close_matches(written, spelled, n=3)
    near = list(dict.fromkeys(spelled[one] for one in close))
    if near:
        return f"; did you mean {' or '.join(map(shown, near))}?"
    codes = sorted(set(known.values()))
    return f"; it has {', '.join(codes)}." if 0 < len(codes) <= CODES_MAX else "."
