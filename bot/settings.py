"""Settings: the environment and `.env`, read once, refused with one clear sentence each when wrong."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.log import hide

# A case must never cost more than this, whatever somebody writes into the environment.
COST_MAX_USD = 0.18
SLACK_API = "https://slack.com/api/"
ENV_FILE = Path(".env")
_WHO = re.compile(r"(?<=[/@])[^/@]+(?=@)")


class SettingsError(Exception):
    """One sentence for each setting that is wrong."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Settings(BaseSettings):
    """Names here are the environment variables in lower case; the README's table lists them all."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: SecretStr | None = Field(default=None, description="The bot's token, `xoxb-…`")
    slack_app_token: SecretStr | None = Field(
        default=None, description="The app-level token for Socket Mode, `xapp-…`; without it, HTTP mode"
    )
    slack_signing_secret: SecretStr | None = Field(default=None, description="Proves that HTTP events are Slack's")
    slack_api_url: str = Field(default=SLACK_API, description="The Web API's base; every call goes there")
    frontdesk_routes: Path = Field(default=Path("routes.yml"), description="The routing map")
    frontdesk_database: str = Field(default="sqlite:///frontdesk.db", description="Where cases and the audit live")
    frontdesk_checkpoints: Path | None = Field(
        default=None, description="A file that gets a checkpoint of the audit every hour, to be kept elsewhere"
    )
    frontdesk_host: str = Field(default="127.0.0.1", description="HTTP mode: the address to listen on")
    frontdesk_port: int = Field(default=8080, description="HTTP mode: the port; events arrive at `/slack/events`")
    frontdesk_log: Literal["console", "json"] = Field(default="console", description="How log lines look")
    route_below_confidence: Literal["escalate", "human"] = Field(
        default="escalate", description="Below the routing confidence: one question, else a person; or always a person"
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None, description="Claude's key; without one, rules and classifier decide alone"
    )
    anthropic_base_url: str | None = Field(default=None, description="Where Claude answers, if not at Anthropic")
    route_cost_limit_usd: float = Field(default=0.18, description="What Claude may cost a case, at most, in dollars")
    route_cost_alert_usd: float = Field(default=0.12, description="From here on a case is said to grow dear")
    frontdesk_encoder: Path | None = Field(
        default=None, description="Another sentence encoder than the shipped one: an ONNX file"
    )
    frontdesk_encoder_vocabulary: Path | None = Field(default=None, description="Its WordPiece vocabulary")
    high_risk_requires_approval: bool = Field(
        default=True, description="Only `true` starts: high-risk requests always wait for a named role"
    )
    execute_actions: bool = Field(
        default=False, description="Only `false` starts: the desk dispatches, it never performs a request"
    )

    @field_validator("slack_bot_token")
    @classmethod
    def _is_a_bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _prefixed(token, "xoxb-", "a bot token")

    @field_validator("slack_app_token")
    @classmethod
    def _is_an_app_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _prefixed(token, "xapp-", "an app-level token")

    @field_validator("slack_api_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("must be an http(s) address, such as https://slack.com/api/")
        if "@" in url:
            raise ValueError("must not hold a name or a password: Slack knows the bot by its token")
        return url.rstrip("/") + "/"

    @field_validator("anthropic_base_url")
    @classmethod
    def _is_an_address_too(cls, url: str | None) -> str | None:
        if url is not None and not _has_host(url):
            raise ValueError("must be an http(s) address, such as https://api.anthropic.com")
        return url

    @field_validator("frontdesk_encoder", "frontdesk_encoder_vocabulary")
    @classmethod
    def _is_a_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("must be a file that exists; leave it out for the shipped encoder")
        return path

    @field_validator("anthropic_api_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(r"[!-~]+", key.get_secret_value()):
            raise ValueError("is not a key: it has characters that no key has. Copy it again")
        return key

    @field_validator("route_cost_limit_usd", "route_cost_alert_usd")
    @classmethod
    def _is_an_amount(cls, dollars: float) -> float:
        if not 0 <= dollars <= COST_MAX_USD:
            raise ValueError(f"must be between 0 and {COST_MAX_USD} dollars")
        return dollars

    @field_validator("frontdesk_database")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
            raise ValueError("must look like sqlite:///frontdesk.db")
        return url

    @field_validator("frontdesk_port")
    @classmethod
    def _is_a_port(cls, port: int) -> int:
        if not 0 <= port <= 65535:  # noqa: PLR2004 - what a port is
            raise ValueError("must be a port between 0 and 65535")
        return port

    @field_validator("high_risk_requires_approval")
    @classmethod
    def _must_require(cls, value: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        if not value:
            raise ValueError(
                "cannot be switched off: high-risk requests always wait for the approval of a named role. "
                "Use gates in the routing map to say which role, how many, and how long"
            )
        return value

    @field_validator("execute_actions")
    @classmethod
    def _must_not_execute(cls, value: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        if value:
            raise ValueError("cannot be switched on: the desk dispatches requests, it never performs them")
        return value


def read_settings() -> Settings:
    hide_secrets()
    try:
        return Settings()
    except ValidationError as problem:
        raise SettingsError([_sentence(dict(error)) for error in problem.errors(include_input=False)]) from None
    except UnicodeDecodeError:
        raise SettingsError(["The file .env is not UTF-8 text. Save it as UTF-8."]) from None


def hide_secrets() -> None:
    """Keep what is secret in the settings out of every log and answer from here on, be they right or wrong."""
    hide(secret for name, value in _written() for secret in _secrets_in(name, value))


def _written() -> Iterator[tuple[str, str]]:
    names = {name.upper() for name in Settings.model_fields}
    if ENV_FILE.is_file():
        with suppress(OSError), ENV_FILE.open(encoding="utf-8", errors="replace") as lines:
            yield from ((line.key.upper(), line.value or "") for line in parse_stream(lines) if line.key)
    yield from ((name.upper(), value) for name, value in os.environ.items() if name.upper() in names)


def _secrets_in(name: str, value: str) -> Iterator[str]:
    field = Settings.model_fields.get(name.lower())
    if field is None:
        return
    if field.annotation == SecretStr | None:
        yield value
    # An address may hold a name and a password. Where no address is meant, as in a file's name, it may be one still.
    for known in _WHO.finditer(value):
        yield from filter(None, (known[0], *known[0].split(":", 1)))


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _prefixed(token: SecretStr | None, prefix: str, what: str) -> SecretStr | None:
    if token is not None and not token.get_secret_value().startswith(prefix):
        raise ValueError(f"is not {what}: those begin with {prefix}")
    return token


def _sentence(error: dict[str, object]) -> str:
    """pydantic's own message, without the value: it may be a secret."""
    location = error["loc"]
    assert isinstance(location, tuple), "pydantic names the field that is wrong"
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message.removesuffix(".")
    verb = "" if message.startswith(("must", "cannot", "is not")) else "is not valid: "
    return f"{str(location[0]).upper()} {verb}{message[:1].lower() + message[1:] if verb else message}."
