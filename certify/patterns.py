"""Regular expressions that are compiled when they are first used.

The rules have more than a hundred, and most files need few of them: compiling all takes longer than a lint.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    __slots__ = ("_flags", "_found", "_text")

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags
        self._found: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if self._found is None:
            self._found = re.compile(self._text, self._flags)
        return getattr(self._found, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """What ``re.compile`` gives, later. Only its methods work, not ``re.search`` and its like with it."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
