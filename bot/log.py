"""Logs are for us and may be lost; the audit may not. One event per line, never a text or a secret."""

import io
import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from bot.terminal import one_line, tame

_WHO = r"[^\s/@\"']{1,300}(?=@)"
SECRETS = re.compile(
    rf"(?:xox[a-z]|xapp|sk-ant)-[.-]*\w[\w.-]*|(?<=ticket=)[\w.-]+|(?<=:/){_WHO}|(?<=://){_WHO}|(?<=:///){_WHO}"
)
HIDDEN = "…"
STANDARD_ERROR = 2
_SHORTEST_SECRET = 8  # what is shorter stands in too many words
_known: set[str] = set()


class Lossy(io.FileIO):
    """What cannot be written is lost: the log's disk may be full, and whoever read it may be gone."""

    def write(self, line: Any) -> int:
        left = memoryview(line)
        with suppress(OSError):
            while left and (written := super().write(left)):
                left = left[written:]
        return len(line)


def lossy(file: int | Path, encoding: str = "utf-8") -> TextIO:
    raw: Any = Lossy(file, "w", closefd=not isinstance(file, int))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True, write_through=True)


def lose_rather_than_fail() -> None:
    """Nobody's request waits for standard error to be writable. What stands in for it is let be."""
    if sys.stderr is sys.__stderr__:
        sys.stderr = lossy(STANDARD_ERROR, sys.stderr.encoding if sys.stderr else "utf-8")


def set_up(style: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # A traceback that shows local variables would show requests and tokens.
    plain = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    last: list[Processor] = [structlog.processors.format_exc_info, _masked, _tamed, plain]
    if style == "json":
        rendered = structlog.processors.JSONRenderer(serializer=_as_json)
        last = [structlog.processors.format_exc_info, _masked, rendered]
    structlog.configure(
        processors=[*shared, *last, _without_secrets],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    _libraries_too(shared, [*last, _without_secrets], stream)


def hide(secrets: Iterable[str]) -> None:
    """These never stand in a line again, whatever quotes them."""
    _known.update(one for one in secrets if len(one) >= _SHORTEST_SECRET)


def redacted(text: str) -> str:
    for secret in sorted(_known, key=len, reverse=True):
        quoted = repr(secret)[1:-1]
        for written in (json.dumps(quoted)[1:-1], repr(quoted)[1:-1], json.dumps(secret)[1:-1], quoted, secret):
            text = text.replace(written, HIDDEN)
    return SECRETS.sub(HIDDEN, text)


def tell_crashes(stream: Callable[[], TextIO] = lambda: sys.stderr) -> None:
    """What nobody caught is told with its traceback, as a log would tell it."""

    def tell(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        stream().write(tame(redacted(_impersonal("".join(traceback.format_exception(kind, problem, trace))))))

    sys.excepthook = tell


def _libraries_too(shared: list[Processor], last: list[Processor], stream: TextIO) -> None:
    """What Bolt, the SDK and asyncio have to say looks like what we say."""
    kept: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=kept))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Bolt's loggers go by what the root was when they were made, and at debug level they say whatever they are told.
    handler.setLevel(logging.WARNING)
    # Bolt and the SDK repeat whole payloads when asked for more.
    for noisy in ("slack_bolt", "slack_sdk", "apscheduler", "aiohttp.access", "anthropic", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _masked(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Whoever raises an error may quote what people wrote. Our own fields never do."""
    if "exception" in event:
        event["exception"] = _impersonal(str(event["exception"]))
    return event


def _impersonal(trace: str) -> str:
    from routing.masking import TEXT_MAX, MaskingFailed, mask  # noqa: PLC0415 - needed when something broke, not before

    try:
        return mask(trace[-TEXT_MAX:]).text
    except MaskingFailed:
        return "what broke cannot be shown without what is personal in it"


def _tamed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """For people's eyes: no value breaks a line or moves the cursor, and a traceback cannot begin like a line."""
    told = {one_line(str(key)): _tame_value(value) for key, value in event.items() if key != "exception"}
    if "exception" in event:
        told["exception"] = "\n".join(f"    {line}" for line in tame(str(event["exception"])).split("\n"))
    return told


def _tame_value(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else one_line(str(value))


def _as_json(event: EventDict, **options: Any) -> str:
    """One object on one line of ASCII, whatever is in it."""
    try:
        line = json.dumps(event, allow_nan=False, **options)
    except (TypeError, ValueError, RecursionError):
        line = json.dumps({str(key): _shown(value) for key, value in event.items()})
    return line.replace("\x7f", "\\u007f")


def _shown(value: object) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except RecursionError:
        return type(value).__name__


def _without_secrets(_logger: object, _method: str, line: MutableMapping[str, Any] | str) -> str:
    """The last look at a finished line. Nothing of ours puts a token there, but a library may quote its own address."""
    assert isinstance(line, str), "the renderer comes before"
    return redacted(line)
