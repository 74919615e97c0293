"""Files a person names on the command line."""

from pathlib import Path

from bot.problems import Complaint
from bot.settings import read_settings
from routing.kinds import CaseId
from routing.map import RoutingMap
from routing.map_file import MapErrors, read_map
from routing.prompting import PROMPT, NoSheet, which_version

MOST_BYTES = 1_000_000
_HERE = Path(__file__).parent


def shipped(name: str) -> Path:
    """A file that comes with the product: beside the packages in a clone, inside this one once installed."""
    inside = _HERE / "shipped" / name
    return inside if inside.exists() else _HERE.parent / name


def map_at(path: Path | None) -> RoutingMap:
    path = path or read_settings().frontdesk_routes
    try:
        routing_map = read_map(path)
        which_version(PROMPT, routing_map.claude.prompts, CaseId(""))
    except NoSheet as problem:
        raise Complaint(f"{path} cannot be used: its claude.prompts cannot be served. {problem}") from None
    except MapErrors as problem:
        raise Complaint(f"{path} cannot be used:\n{problem}") from None
    except OSError as problem:
        raise Complaint(f"Cannot read the routing map {path}: {problem.strerror}.") from None
    return routing_map


def text_at(path: Path, most_bytes: int = MOST_BYTES) -> str:
    try:
        if path.exists() and not path.is_file():
            raise Complaint(f"{path} is not a file.")
        with path.open("rb") as file:
            read = file.read(most_bytes + 1)
        if len(read) > most_bytes:
            raise Complaint(f"{path} is larger than {most_bytes:,} bytes.")
        return read.decode("utf-8")
    except OSError as problem:
        raise Complaint(f"Cannot read {path}: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise Complaint(f"{path} is not UTF-8 text.") from None
