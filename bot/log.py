"""Logs are for us and may be lost; the audit may not. One event per line, never a text or a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

SECRETS = re.compile(r"\b(?:xox[a-z]|xapp|sk-ant)-[\w.-]+|(?<=ticket=)[\w.-]+")


def set_up(style: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # A traceback that shows local variables would show requests and tokens.
    plain = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    last: list[Processor] = [plain]
    if style == "json":
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *last, _without_secrets],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    _libraries_too(shared, [*last, _without_secrets], stream)


def _libraries_too(shared: list[Processor], last: list[Processor], stream: TextIO) -> None:
    """What Bolt, the SDK and asyncio have to say looks like what we say."""
    kept: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=kept))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Bolt and the SDK repeat whole payloads when asked for more.
    for noisy in ("slack_bolt", "slack_sdk", "apscheduler", "aiohttp.access", "anthropic", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _without_secrets(_logger: object, _method: str, line: MutableMapping[str, Any] | str) -> str:
    """The last look at a finished line. Nothing of ours puts a token there, but a library may quote its own address."""
    assert isinstance(line, str), "the renderer comes before"
    return SECRETS.sub("…", line)
