"""What a check yields, and how many hits of one cause become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from certify.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One problem at a path of the image; ``severity`` only where it differs from the check's own."""

    path: str
    message: str
    severity: Severity | None = None


def by_folder(paths: Iterable[str], message: Callable[[str], str]) -> Iterator[Hit]:
    """One hit for each folder: what happened to a hundred files of a folder has one cause."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(path.rpartition("/")[0] or "/", []).append(path)
    for found in groups.values():
        more = f" (and {len(found) - 1} more in this folder)" if len(found) > 1 else ""
        yield Hit(path=found[0], message=message(found[0]) + more)
