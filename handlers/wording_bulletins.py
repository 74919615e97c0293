"""What the desk's own messages are called."""

from routing.bulletins import BulletinKind

_TITLES = {
    BulletinKind.DAILY: "Daily digest",
    BulletinKind.PATTERNS: "Patterns of the week",
    BulletinKind.REVIEW: "Was this decision right?",
    BulletinKind.ALERT: "The desk needs a look",
}


def title(kind: BulletinKind, page: int, pages: int) -> str:
    return f"{_TITLES[kind]} ({page + 1} of {pages})" if pages > 1 else _TITLES[kind]
