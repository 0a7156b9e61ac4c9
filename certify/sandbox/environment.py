"""The variables of a program in the simulated site, each with where its value comes from. A pure function.

The runtime's order: host, image, the caller's own options, the active modules, the site. An empty value counts as none in
every layer but the host's, so an empty one in an image lets the host's through. What a layer changes it sets, appends,
prepends and unsets, in this order; between the parts stands a colon (shifter_setupenv in the runtime's source).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The runtime is a setuid program, and the loader takes these from such a program's environment: ld.so(8), "secure-execution
# mode"; observed with glibc 2.36. LD_BIND_NOW it leaves, which the site's own wrapper takes with the other LD_*.
STRIPPED: Final = re.compile(
    r"LD_.*|TMPDIR|GCONV_PATH|GETCONF_DIR|GLIBC_TUNABLES|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_TRACE|MALLOC_CHECK_|NIS_PATH"
    r"|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TZDIR", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable's value, and why it has this one."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one layer does to the environment: ``who`` is the layer, as a reader knows it."""

    who: str
    set: Mapping[str, str] = field(default_factory=dict)
    append: Mapping[str, str] = field(default_factory=dict)
    prepend: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()


def compose(host: Mapping[str, str], layers: Iterable[Changes], *, login: Mapping[str, str]) -> dict[str, Variable]:
    """The variables after all layers, by name. ``login`` is what the user has where the host's environment says nothing."""
    found = {name: Variable(value=value, why="of the caller's account") for name, value in login.items()}
    found |= {name: Variable(value=value, why="of the caller's environment") for name, value in host.items()
              if name and not STRIPPED.fullmatch(name)}
    for layer in layers:
        _apply(found, layer)
    return found


def missing(host: Iterable[str]) -> dict[str, str]:
    """The caller's variables that do not enter, by name, and why."""
    return {name: "the runtime is a setuid program, and the loader strips it" for name in host if STRIPPED.fullmatch(name)}


def _apply(found: dict[str, Variable], layer: Changes) -> None:
    for name, value in layer.set.items():
        if value:
            found[name] = Variable(value=value, why=_set(layer.who, found.get(name)))
    for name, value in layer.append.items():
        _join(found, name, value, layer.who, last=True)
    for name, value in layer.prepend.items():
        _join(found, name, value, layer.who, last=False)
    for name in layer.unset:
        found.pop(name, None)


def _set(who: str, before: Variable | None) -> str:
    return f"set by {who}" if before is None else f"set by {who}, over what was {before.why}"


def _join(found: dict[str, Variable], name: str, value: str, who: str, *, last: bool) -> None:
    before = found.get(name)
    if not value:
        return
    if before is None or not before.value:
        found[name] = Variable(value=value, why=_set(who, before))
        return
    parts = (before.value, value) if last else (value, before.value)
    found[name] = Variable(value=":".join(parts), why=f"{'appended' if last else 'prepended'} by {who} to what was {before.why}")
