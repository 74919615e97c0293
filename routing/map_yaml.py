"""Strict YAML with line numbers. It knows nothing of routing maps, and refuses what YAML is better off without."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

SIZE_MAX_BYTES = 256 * 1024
NODES_MAX = 10_000
DEPTH_MAX = 32
ERRORS_SHOWN_MAX = 100
SHOWN_MAX = 60

Path = tuple[str | int, ...]

# libyaml is in every wheel; the fallback is the same language, ten times slower.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Only these plain words are anything but text: no `on`, no `12:30` that turns into 750, no dates.
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,15}\.[0-9]{0,15}|\.[0-9]{1,15})")


@dataclass(frozen=True, slots=True, order=True)
class MapError:
    """One thing to mend. Line 0 stands for the file as a whole."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


class MapErrors(Exception):
    """Everything that is wrong with the file, in the order of its lines."""

    def __init__(self, errors: list[MapError]) -> None:
        self.errors = sorted(set(errors))
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [str(error) for error in self.errors[:ERRORS_SHOWN_MAX]]
        unseen = len(self.errors) - len(lines)
        return "\n".join([*lines, f"… and {unseen} more."] if unseen else lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What the file says, where it says it, and what is wrong with it as YAML.

    `broken` holds the places whose value could not be read: complaints about them have been made already.
    """

    value: dict[str, Any]
    lines: Mapping[Path, int]
    broken: frozenset[Path]
    errors: tuple[MapError, ...]

    def line(self, path: Path) -> int:
        """The line of the nearest thing the file really contains."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def is_broken(self, path: Path) -> bool:
        return any(path[:length] in self.broken for length in range(len(path) + 1))


def read_tree(text: str) -> Tree:
    """Raises MapErrors when the file as a whole cannot be understood; smaller things are in `errors`."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as problem:
        raise MapErrors([MapError(0, "The routing map is not valid UTF-8.")]) from problem
    if size > SIZE_MAX_BYTES:
        raise MapErrors([MapError(0, f"The routing map is larger than {SIZE_MAX_BYTES // 1024} kB.")])
    return _Reading(text).tree()


def shown(value: object) -> str:
    """A value as an error may print it: short, on one line, nothing a terminal would obey."""
    plain = "".join(mark if mark.isprintable() else "�" for mark in str(value)[: SHOWN_MAX + 1])
    return f"`{plain}`" if len(plain) <= SHOWN_MAX else f"`{plain[:SHOWN_MAX]}…`"


@dataclass(slots=True)
class _Reading:
    """One pass over the file's events: no aliases, no tags, no second document, and never more than its limits."""

    text: str
    lines: dict[Path, int] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    errors: list[MapError] = field(default_factory=list)
    nodes: int = 0

    def tree(self) -> Tree:
        try:
            events = _events(self.text)
            root = self._document(events)
        except yaml.YAMLError as problem:
            raise MapErrors([*self.errors, _syntax_error(problem, self.text)]) from problem
        if not isinstance(root, dict):
            self._fail((), "The routing map must be a mapping that starts with keys such as `destinations:`.")
        return Tree(value=root, lines=self.lines, broken=frozenset(self.broken), errors=tuple(self.errors))

    def _document(self, events: Iterator[Any]) -> Any:
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            self._fail((), "The routing map is empty.")
        start = next(events)
        if isinstance(start, yaml.ScalarEvent) and start.implicit[0] and _NULL.fullmatch(start.value):
            self._fail((), "The routing map is empty.")
        root = self._node(start, events, ())
        next(events)
        more = next(events)
        if isinstance(more, yaml.DocumentStartEvent):
            self._complain(more, "A second YAML document starts here; the routing map is one document.")
        return root

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        self.nodes += 1
        if self.nodes > NODES_MAX:
            self._fail(path, f"The routing map has more than {NODES_MAX} entries.")
        if isinstance(event, yaml.AliasEvent):
            self._complain(event, "YAML aliases (`*name`) are not allowed here; write the value out.")
            return self._lost(path)
        if event.anchor:
            self._complain(event, "YAML anchors (`&name`) are not allowed here; remove it.")
        if event.tag:
            self._complain(event, "YAML tags (`!name`) are not allowed here; remove it.")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if len(path) >= DEPTH_MAX:
            self._fail(path, f"This is nested more than {DEPTH_MAX} levels deep.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            inside = (*path, len(items))
            item = self._node(event, events, inside)
            items.append(self._present(event, item, inside))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, path)
            inside = (*path, key)
            is_twice = key in found
            if is_twice:
                self._complain(
                    event, f"The key {shown(key)} is written twice; the first is on line {self.line(inside)}."
                )
            self.lines.setdefault(inside, event.start_mark.line + 1)
            value = self._node(next(events), events, inside)
            if not is_twice:
                found[key] = self._present(event, value, inside)
        return found

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        key = self._node(event, events, (*path, "?"))
        if isinstance(key, str) and key:
            return key
        self._complain(event, "A key must be text; put it in quotes if it is a number or a word like `true`.")
        self.broken.add((*path, str(key)))
        return str(key)

    def _present(self, event: Any, value: Any, path: Path) -> Any:
        """Nothing in a routing map may be empty: it is nearly always `#channel` without its quotes."""
        if value is None and path not in self.broken:
            name = shown(path[-1]) if isinstance(path[-1], str) else "This item"
            self._complain(event, f'{name} is empty; a value that starts with # or @ needs quotes, as in "#help".')
            return self._lost(path)
        return value

    def line(self, path: Path) -> int:
        return self.lines.get(path, 1)

    def _lost(self, path: Path) -> None:
        self.broken.add(path)

    def _complain(self, event: Any, sentence: str) -> None:
        self.errors.append(MapError(event.start_mark.line + 1, sentence))

    def _fail(self, path: Path, sentence: str) -> None:
        raise MapErrors([*self.errors, MapError(self.line(path), sentence)])


def _events(text: str) -> Iterator[Any]:
    events = iter(yaml.parse(text, Loader=_LOADER))
    next(events)
    return events


def _scalar(event: Any) -> str | int | float | bool | None:
    written: str = event.value
    if not event.implicit[0]:
        return written
    if _NULL.fullmatch(written):
        return None
    if written in _TRUTH:
        return _TRUTH[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    return float(written) if _FLOAT.fullmatch(written) else written


def _syntax_error(problem: yaml.YAMLError, text: str) -> MapError:
    if isinstance(problem, yaml.reader.ReaderError):
        line = text.encode()[: problem.position].count(b"\n") + 1
        return MapError(line, "There is a character here that a text file should not contain.")
    mark = problem.problem_mark if isinstance(problem, yaml.MarkedYAMLError) else None
    if mark is None:
        return MapError(1, "This is not valid YAML.")
    written = text.splitlines()[mark.line : mark.line + 1]
    offender = written[0][mark.column : mark.column + 1] if written else ""
    if offender == "\t" or (written and written[0].lstrip(" ").startswith("\t")):
        return MapError(mark.line + 1, "A tab indents this line; YAML wants spaces.")
    if offender in {"@", "`", "%"} and offender:
        return MapError(mark.line + 1, f'A value that starts with {offender} needs quotes, as in "@ines".')
    return MapError(mark.line + 1, f"This is not valid YAML: {getattr(problem, 'problem', '')}.")
