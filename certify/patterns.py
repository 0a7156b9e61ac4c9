"""Regular expressions that are compiled when they are first used.

The rules have more than a hundred, and most files need few of them: compiling all takes longer than a lint.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == "_found":
            self._found = re.compile(self._text, self._flags)
            return self._found
        found = getattr(self._found, name)
        setattr(self, name, found)      # the next time it is an attribute like others, and this method is not asked
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """What ``re.compile`` gives, later. Only its methods work, not ``re.search`` and its like with it."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
