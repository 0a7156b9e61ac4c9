"""What is looked for: a package, of one kind or any, and which of its versions."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from builder.errors import UsageError
from certify.packages import versions
from certify.packages.model import KINDS, LONGEST, NAMES, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from certify.packages.versions import Key

_FORM: Final = re.compile(r"(?:([a-z]+):)?([A-Za-z0-9_][A-Za-z0-9._+-]*?)\s*(?:(<=|>=|==|=|<|>)\s*([A-Za-z0-9.+~^:_!*%-]+))?")
_ALIASES: Final[Mapping[str, Kind]] = {"pypi": "python", "dpkg": "deb", "debian": "deb"}
_OPERATORS: Final[Mapping[str, Callable[[Key, Key], bool]]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
_EPOCH: Final = re.compile(r"[0-9]+[:!]")
_HINT: Final = "write a name alone, or with a version: 'openssl<3.0.11', 'deb:openssl', 'python:numpy>=2'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A package by name; ``kind`` is None for any kind, ``operator`` and ``version`` are empty for any version."""

    name: str
    kind: Kind | None = None
    operator: str = ""
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Read ``[KIND:]NAME[OPERATOR VERSION]``; raises UsageError."""
        found = _FORM.fullmatch(text.strip()) if len(text) <= 2 * LONGEST else None
        if found is None:
            raise UsageError(f"not a package that could be looked for: {text[:LONGEST]!r}", hint=_HINT)
        kind = _ALIASES.get(found[1], found[1])
        if kind is not None and (kind not in KINDS or NAMES[cast("Kind", kind)].fullmatch(found[2]) is None):
            raise UsageError(f"no package has such a kind or name: {text[:LONGEST]!r}", hint=f"kinds are: {', '.join(KINDS)}")
        wanted = cls(name=found[2], kind=cast("Kind | None", kind), operator=found[3] or "", version=found[4] or "")
        if wanted.kind == "python" and wanted.version and not versions.python(wanted.version)[0]:
            raise UsageError(f"no version of a Python package: {wanted.version}", hint="PEP 440 says what one looks like")
        return wanted

    def names(self, kind: Kind, name: str) -> bool:
        """Whether a package of this kind and name is the one; Python's names are compared as PEP 503 normalises them."""
        return self.kind in (None, kind) and _normal(kind, name) == _normal(kind, self.name)

    def allows(self, kind: Kind, version: str) -> bool:
        """Whether a version is one of those that are looked for, by the kind's own rules."""
        if not self.operator:
            return True
        key = versions.KEYS[kind]
        return _OPERATORS[self.operator](key(versions.comparable(kind, version, self.version)), key(self.version))

    def hides(self, version: str) -> bool:
        """Whether a version has an epoch where none was asked for: it counts as later than all without one."""
        return bool(self.operator) and _EPOCH.match(version) is not None and _EPOCH.match(self.version) is None


def _normal(kind: Kind, name: str) -> str:
    if kind == "python":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.lower() if kind == "conda" else name
