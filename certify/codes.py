"""All codes, of rules and of checks, and what is near to one that does not exist."""

from __future__ import annotations

import functools
from typing import Any

from certify.rules import registry

_LOOKALIKES = str.maketrans("OIL", "011")


def modules(code: str) -> list[Any]:
    """The modules of a code, the rule's before the check's; none for an unknown one."""
    rule = registry.pages().get(code)
    return [*([rule] if rule is not None else []), *(module for module in _checks() if code == module.CODE)]


def table() -> dict[str, list[Any]]:
    """Every code with its modules, in the order of the codes."""
    codes = {*registry.pages(), *(module.CODE for module in _checks())}
    return {code: modules(code) for code in sorted(codes)}


def named(name: str) -> list[Any]:
    """The modules of a name."""
    return [module for found in table().values() for module in found if name == module.NAME]


def is_check(code: str) -> bool:
    """Whether there is a check on images of that code."""
    return any(code == module.CODE for module in _checks())


@functools.lru_cache(maxsize=256)
def close_to(code: str) -> str:
    """A hint for somebody who gave a code that does not exist."""
    import difflib

    known = list(table())
    begin = [one for one in known if one.startswith(code.upper())] if code else []
    if begin:
        return "codes that begin so: " + ", ".join(begin)
    names = {module.NAME: one for one, found in table().items() for module in found}
    digits = code[:3].upper() + code[3:].upper().translate(_LOOKALIKES)
    close = [digits] if digits in known else difflib.get_close_matches(code.upper(), known, 1, 0.6)
    close = close or [names[name] for name in difflib.get_close_matches(code.lower(), names, 1, 0.6)]
    return f"did you mean {close[0]}?" if close else "certify rules lists all of them"


def _checks() -> tuple[Any, ...]:
    from certify.checks.registry import CHECKS

    return CHECKS
