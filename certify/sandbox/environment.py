"""The variables of a program in the simulated site, each with where its value comes from. A pure function.

The runtime's order: host, image, the caller's own options, the active modules, the site. An empty value counts as none in
every layer but the host's, so an empty one in an image lets the host's through. What a layer changes it sets, appends,
prepends and unsets, in this order; between the parts stands a colon (shifter_setupenv in the runtime's source). That is
Shifter; where other runtimes differ, the site's profile says so: see certify.site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from certify.site import STRIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SETUID: Final = "the runtime is a setuid program, and the loader strips it"
_OTHERS: Final = "the runtime does not pass it on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Which of the host's variables enter: those that match nothing ``dropped``, or something ``kept``."""

    dropped: tuple[str, ...] = STRIPPED
    kept: tuple[str, ...] = ()

    def passes(self, name: str) -> bool:
        """Whether a variable of that name enters."""
        return bool(name) and (not _matches(name, self.dropped) or _matches(name, self.kept))


SHIFTER: Final = Host()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable's value, and why it has this one."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one layer does to the environment: ``who`` is the layer, as a reader knows it.

    ``empty`` says whether an empty value is one; ``default`` are those set only where nothing is, ``completed`` are folders
    that PATH has in the end.
    """

    who: str
    set: Mapping[str, str] = field(default_factory=dict)
    append: Mapping[str, str] = field(default_factory=dict)
    prepend: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    empty: bool = False
    default: Mapping[str, str] = field(default_factory=dict)
    completed: tuple[str, ...] = ()


def compose(host: Mapping[str, str], layers: Iterable[Changes], *, login: Mapping[str, str],
            rule: Host = SHIFTER) -> dict[str, Variable]:
    """The variables after all layers, by name. ``login`` is what the user has where the host's environment says nothing."""
    found = {name: Variable(value=value, why="of the caller's account") for name, value in login.items() if rule.passes(name)}
    found |= {name: Variable(value=value, why="of the caller's environment") for name, value in host.items() if rule.passes(name)}
    for layer in layers:
        _apply(found, layer)
    return found


def missing(host: Iterable[str], rule: Host = SHIFTER) -> dict[str, str]:
    """The caller's variables that do not enter, by name, and why."""
    why = _SETUID if rule == SHIFTER else _OTHERS
    return {name: why for name in host if name and not rule.passes(name)}


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _apply(found: dict[str, Variable], layer: Changes) -> None:
    for name, value in layer.set.items():
        if value or layer.empty:
            found[name] = Variable(value=value, why=_set(layer.who, found.get(name)))
    for name, value in layer.append.items():
        _join(found, name, value, layer.who, last=True)
    for name, value in layer.prepend.items():
        _join(found, name, value, layer.who, last=False)
    for name in layer.unset:
        found.pop(name, None)
    for name, value in layer.default.items():
        found.setdefault(name, Variable(value=value, why=_set(layer.who, None)))
    if layer.completed and "PATH" in found:
        _complete(found, layer)


def _complete(found: dict[str, Variable], layer: Changes) -> None:
    before = found["PATH"]
    has = {part.rstrip("/") for part in before.value.split(":")}
    if lacking := [folder for folder in layer.completed if folder not in has]:
        found["PATH"] = Variable(value=":".join((before.value, *lacking)), why=f"completed by {layer.who}, what was {before.why}")


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
