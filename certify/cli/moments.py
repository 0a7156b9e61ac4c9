"""Times as people give them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from builder.errors import UsageError

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def span(text: str) -> timedelta:
    """A length of time such as 30m, 12h, 7d or 2w; raises UsageError."""
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if match is None:
        raise UsageError(f"not a length of time: {text[:40]!r}", hint="30m, 12h, 7d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def moment(text: str, now: datetime) -> datetime:
    """A date (its beginning in UTC), a time with its zone, or a length of time from now; raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return now + span(text)
    if len(text) == len("2026-11-30"):
        return found.replace(tzinfo=UTC)
    if found.tzinfo is None:
        raise UsageError(f"of which zone is {text[:40]!r}?", hint="2026-12-24T12:00:00Z")
    return found
