"""One thing that is wrong with a profile, and where in it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

Route = tuple[str | int, ...]


class Weight(enum.StrEnum):
    """Whether a profile can be used with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``route`` leads to the value, or to the mapping that a key is missing in; with ``key`` its key is meant."""

    route: Route
    message: str
    help: str | None = None
    weight: Weight = Weight.ERROR
    key: bool = False


def named(route: Route) -> str:
    """A route as a reader writes it: ``modules.mpich.environment_unset[2]``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route).lstrip(".")
    return f"'{shown}'" if shown else "the profile"
