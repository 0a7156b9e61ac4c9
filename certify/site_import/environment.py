"""``siteEnv`` and its like: what a site or a module does to the environment, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from certify.site_import.conf import Left, Setting, left

# By the end of the key: what is done with the variables.
OPERATIONS: Final = {"siteEnv": "set", "siteEnvAppend": "append", "siteEnvPrepend": "prepend", "siteEnvUnset": "unset"}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True, kw_only=True)
class Environment:
    """The operations of one layer. What is appended or prepended twice is joined, in the order that the runtime makes."""

    set: dict[str, str] = field(default_factory=dict)
    append: dict[str, str] = field(default_factory=dict)
    prepend: dict[str, str] = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)

    def take(self, setting: Setting, operation: str) -> list[Left]:
        """Add what a setting says; gives what of it means nothing."""
        words = filter(None, setting.value.split(" "))
        return [left(setting, why, value=word) for word in words if (why := self._add(word, operation))]

    def clear(self, operation: str) -> None:
        """Forget an operation: of two lines of a module the later one counts."""
        getattr(self, operation).clear()

    @property
    def plain(self) -> dict[str, Any]:
        """The fields of a profile, or of a module in it."""
        return {"environment": dict(self.set), "environment_append": dict(self.append),
                "environment_prepend": dict(self.prepend), "environment_unset": list(self.unset)}

    def _add(self, word: str, operation: str) -> str | None:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            return "it is no name of a variable"
        if operation == "unset":
            if equals:
                return "what is unset is a name alone"
            if name not in self.unset:
                self.unset.append(name)
            return None
        if not equals:
            return "it has no '=': values cannot hold spaces, and quotes do not help"
        if not value.isprintable():         # also what is no UTF-8
            return "its value holds characters that cannot be shown"
        if not value:
            return "an empty value counts as none"
        self._join(name, value, operation)
        return None

    def _join(self, name: str, value: str, operation: str) -> None:
        if operation == "set":
            self.set[name] = value
        elif operation == "append":
            self.append[name] = f"{self.append[name]}:{value}" if name in self.append else value
        else:
            self.prepend[name] = f"{value}:{self.prepend[name]}" if name in self.prepend else value
