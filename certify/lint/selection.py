"""Which codes are wanted: by the start of a code, of which the longest decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = "ALL"


class Selection:
    """Tells whether a code is wanted. Nothing selected means everything; an ignore wins over an equal select."""

    __slots__ = ("_ignore", "_known", "_never", "_select")

    def __init__(self, select: Iterable[str] = (), ignore: Iterable[str] = (), never: Iterable[str] = ()) -> None:
        self._select = tuple(select) or (ALL,)
        self._ignore = tuple(ignore)
        self._never = tuple(never)
        self._known: dict[str, bool] = {}

    def __call__(self, code: str) -> bool:
        """Whether findings of a code are wanted."""
        if code not in self._known:
            self._known[code] = (_longest(self._select, code) > _longest(self._ignore, code)
                                 and _longest(self._never, code) < 0)
        return self._known[code]

    def but(self, never: Iterable[str]) -> Selection:
        """The same, without what is never wanted, however exactly it is selected."""
        return Selection(self._select, self._ignore, (*self._never, *never))


def split(values: Iterable[str], where: str) -> tuple[str, ...]:
    """Codes or starts of codes from text with commas; raises UsageError for what no code begins with."""
    found = tuple(part.strip() for value in values for part in value.split(",") if part.strip())
    for one in found:
        if one != ALL and not _is_known(one):
            raise UsageError(f"{where}: {one}: no rule has this code, and none begins so", hint=_meant(one))
    return found


def _meant(start: str) -> str:
    from certify.codes import close_to, table

    if _is_known(start.upper()):
        return f"did you mean {start.upper()}?"
    if not start.isalpha():
        return close_to(start)
    import difflib

    close = difflib.get_close_matches(start.upper(), sorted({code.rstrip("0123456789") for code in table()}), 1)
    return f"did you mean {close[0]}?" if close else close_to(start)


def _is_known(start: str) -> bool:
    from certify.rules import registry

    if any(code.startswith(start) for code in registry.pages()):
        return True
    from certify.codes import table

    return any(code.startswith(start) for code in table())


def _longest(starts: Iterable[str], code: str) -> int:
    """The length of the longest start that fits; 0 for ALL, and -1 if none fits."""
    return max((0 if one == ALL else len(one) for one in starts if one == ALL or code.startswith(one)), default=-1)
