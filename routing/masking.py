"""What may go to a language model: a text with nothing personal in it. Pure, and it fails closed.

`mask` puts placeholders such as `[EMAIL_1]` where something personal stood; `unmask` puts it back, for people's eyes.
Secrets go one way. What stands behind a placeholder is in the vault, and only a vault that issued it can open it.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from routing.addresses import emails, ip_addresses
from routing.check_digits import cards, ibans, national_ids
from routing.credentials import SECRET, secrets
from routing.folding import fold
from routing.names import NAME, NOBODY, Names, names_in
from routing.phones import REGIONS, ordinary, phones
from routing.spans import BLANK, KEEP, KINDS, Find, Seen, in_order, is_word, see

TEXT_MAX = 40_000
# What someone typed that looks like a placeholder: it is masked itself, so that it can never be opened.
TYPED = "TYPED"

_PLACEHOLDER = re.compile(r"\[([A-Z][A-Z0-9_]{0,40})_(\d{1,6})\]")
_LIKE_A_PLACEHOLDER = re.compile(r"\[[\s*_`~]{0,3}([^\W\d_]\w{0,40})[_ \-]\s?\d{1,9}[\s*_`~]{0,3}\]")
_MENTION = re.compile(r"<(?:[@#][A-Z0-9]{2,20}|!(?:subteam\^[A-Z0-9]{2,20}|here|channel|everyone))(?=[|>])")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]{0,30}")
# A value this long is found again even inside other words; a shorter one only as a word.
_LONG = 8
_READINGS_MAX = 6

Finder = Callable[[str], Iterator[Find]]


class MaskingFailed(Exception):
    """Nothing may be sent. It never carries the text, nor an error that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyPattern:
    """What the company calls personal besides, such as its employee numbers: the label becomes the placeholder."""

    label: str
    pattern: re.Pattern[str]

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label) or self.label in KINDS:
            raise ValueError("a label has capital letters, digits and _, and is none of the desk's own kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """`vault` is everything that can be put back, what was known before included; a secret is never in it.

    `counts` says in how many places each kind was masked, `secrets` how many different secrets there were.
    """

    text: str
    vault: Mapping[str, str] = field(default_factory=dict, repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)
    secrets: int = 0


_NO_VAULT: Mapping[str, str] = {}


def mask(
    text: str,
    *,
    names: Names = NOBODY,
    patterns: Sequence[CompanyPattern] = (),
    known: Mapping[str, str] = _NO_VAULT,
    regions: Sequence[str] = REGIONS,
) -> Masked:
    """Mask a text of a case whose vault so far is `known`. Raises MaskingFailed: then no model is called."""
    if len(text) > TEXT_MAX:
        raise MaskingFailed(f"the text is longer than {TEXT_MAX} characters")
    try:
        finders = _finders(names, patterns, known, regions)
        return _replaced(text, _found(text, finders, known), known)
    except Exception as problem:  # noqa: BLE001 - fail closed: whatever went wrong, the text must not be sent
        failure = type(problem).__name__
    # Raised out here, the failure does not drag along an error whose words or frames hold the text.
    raise MaskingFailed(failure)


def unmask(text: str, vault: Mapping[str, str], *, allowed: Collection[str] | None = None) -> str:
    """Put back what this vault holds, of the allowed kinds; `None` allows all. What comes back is not read again."""

    def opened(placeholder: re.Match[str]) -> str:
        may = allowed is None or placeholder[1] == TYPED or placeholder[1] in allowed
        return vault.get(placeholder[0], placeholder[0]) if may else placeholder[0]

    return _PLACEHOLDER.sub(opened, text)


def _finders(
    names: Names, patterns: Sequence[CompanyPattern], known: Mapping[str, str], regions: Sequence[str]
) -> tuple[Finder, ...]:
    """Who looks first, wins: each sees only what those before have left."""
    labels = KINDS | {one.label for one in patterns} | {_kind(placeholder) for placeholder in known}
    return (
        partial(_typed, labels=labels),
        _mentions,
        secrets,
        ibans,
        cards,
        emails,
        national_ids,
        ip_addresses,
        ordinary,
        partial(phones, regions=regions),
        partial(_company, patterns=patterns),
        partial(names_in, names=names),
    )


def _found(text: str, finders: Sequence[Finder], known: Mapping[str, str]) -> list[Find]:
    """What was found, where it was written, from first to last.

    What is blank can no longer hide what it was glued to, so the text is read until a reading finds nothing.
    """
    views = [see(text)]
    if views[0].hides:
        views.append(see(text, unseen=" "))
    values = {see(value).text: _kind(placeholder) for placeholder, value in known.items()}
    found: list[Find] = []
    for _ in range(_READINGS_MAX):
        before = len(found)
        for view in views:
            blanked = view.without(in_order(map(view.located, found)))
            found = in_order([*found, *_reading(blanked, finders, values)])
        if len(found) == before:
            return found
    raise MaskingFailed("readings without end")


def _reading(seen: Seen, finders: Sequence[Finder], values: dict[str, str]) -> list[Find]:
    """One reading by all finders; what they found is added to `values`, to be found again without its introduction."""
    written: list[Find] = []

    def take(finds: Iterator[Find]) -> None:
        nonlocal seen
        taken = in_order(map(seen.whole, finds))
        personal = [find for find in taken if find.kind != KEEP]
        values.update({seen.text[find.start : find.end]: find.kind for find in personal})
        written.extend(map(seen.written, personal))
        seen = seen.without(taken)

    for finder in finders:
        if finder is ordinary:
            take(_again(seen.text, {value: kind for value, kind in values.items() if kind != NAME}))
        take(finder(seen.text))
        if finder is secrets:
            # At once, or one that is also part of an e-mail address would get into the vault with it.
            take(_again(seen.text, {value: kind for value, kind in values.items() if kind == SECRET}))
    take(_again(seen.text, values))
    return written


def _replaced(text: str, finds: Sequence[Find], known: Mapping[str, str]) -> Masked:
    vault, hidden = dict(known), dict[str, str]()
    issued = {value: placeholder for placeholder, value in known.items()}
    numbers = Counter[str]()
    for placeholder in known:
        numbers[_kind(placeholder)] = max(numbers[_kind(placeholder)], int(placeholder.rpartition("_")[2].rstrip("]")))
    parts, at = [], 0
    for start, end, kind in finds:
        value = text[start:end]
        book = hidden if kind == SECRET else issued
        if value not in book:
            numbers[kind] += 1
            book[value] = f"[{kind}_{numbers[kind]}]"
        if kind != SECRET:
            vault[book[value]] = value
        parts += [text[at:start], book[value]]
        at = end
    counts = Counter(find.kind for find in finds if find.kind != SECRET)
    return Masked(text="".join([*parts, text[at:]]), vault=vault, counts=dict(counts), secrets=len(hidden))


def _kind(placeholder: str) -> str:
    parts = _PLACEHOLDER.fullmatch(placeholder)
    if parts is None:
        raise ValueError("a vault has placeholders only")
    return parts[1]


def _typed(text: str, *, labels: Collection[str]) -> Iterator[Find]:
    folded = {fold(label) for label in labels}
    for match in _LIKE_A_PLACEHOLDER.finditer(text):
        if _PLACEHOLDER.fullmatch(match[0]) or fold(match[1]).replace(" ", "_") in folded:
            yield Find(*match.span(), TYPED)


def _mentions(text: str) -> Iterator[Find]:
    return (Find(*match.span(), KEEP) for match in _MENTION.finditer(text))


def _company(text: str, *, patterns: Sequence[CompanyPattern]) -> Iterator[Find]:
    for one in patterns:
        for match in one.pattern.finditer(text):
            # Around what was found already, or a secret would get into the vault.
            for part in re.finditer(f"[^{BLANK}]+", match[0]):
                yield Find(match.start() + part.start(), match.start() + part.end(), one.label)


def _again(text: str, values: Mapping[str, str]) -> Iterator[Find]:
    """Further places where the same is written, without the words that gave it away the first time."""
    for value, kind in values.items():
        at = text.find(value)
        while at >= 0 and value:
            end = at + len(value)
            if is_word(text, at, end) or (kind == SECRET and len(value) >= _LONG):
                yield Find(at, end, kind)
            at = text.find(value, end)
