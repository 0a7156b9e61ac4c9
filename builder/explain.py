"""Why an image is built again, or not: the difference between the inputs of the last build and those of now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder import key, workspace
from builder.errors import Error
from builder.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.outside import Outside
    from builder.recipe import Recipe

# What of the inputs decides which layer first, in the order of the layers.
_ORDER: Final = ("builder", "tools", "base", "lock", "env", "apt", "dnf", "wheels", "sources", "files", "copy", "stages", "steps",
                 "image")
_FROM: Final = {"builder": "the base", "tools": "the base", "base": "the base", "lock": "the base", "env": "the first layer",
                "apt": "the packages", "dnf": "the packages", "wheels": "the wheels", "sources": "the sources",
                "files": "the files", "copy": "what stages give", "stages": "the stages", "image": "the last layer alone"}
_SHOWN: Final = 60      # characters of a value


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the place in the inputs, such as ``steps[2]``, and the two values as short texts."""

    place: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``last`` is the last build, or None; ``start`` says what is made again first, or is empty if nothing is."""

    last: Record | None
    changes: tuple[Change, ...]
    start: str


def why(recipe: Recipe, cache: Path, outside: Outside | None = None) -> Explanation:
    """Compare a recipe, as it is now, with the last build of its name in this cache."""
    now = key.inputs(recipe, outside)
    last = _last(recipe, workspace.prepare(cache) / "records")
    if last is None:
        return Explanation(last=None, changes=(), start="the base")
    changes = tuple(_changes("", last.inputs, now))
    return Explanation(last=last, changes=changes, start=_start(changes))


def names(recipe: Recipe) -> tuple[str, ...]:
    """The files of the last build's record: that of the same tag, else that of the same name."""
    return f"{recipe.name}:{recipe.tag}.last.json", f"{recipe.name}.last.json"


def _last(recipe: Recipe, records: Path) -> Record | None:
    for name in names(recipe):
        try:
            return Record.read(records, name)
        except Error:
            continue
    return None


def _start(changes: tuple[Change, ...]) -> str:
    changed = {change.place.partition(".")[0].partition("[")[0] for change in changes}
    first = next((name for name in _ORDER if name in changed), "")
    if first == "steps":
        places = [change.place.split("[") for change in changes]
        return f"step {min(int(place[1].partition(']')[0]) for place in places if place[0] == 'steps') + 1}"
    return _FROM.get(first, "")


def _changes(place: str, before: Any, now: Any) -> Iterator[Change]:  # noqa: ANN401
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*before, *now]):
            yield from _changes(f"{place}.{name}" if place else name, before.get(name), now.get(name))
    elif isinstance(before, list | tuple) and isinstance(now, list | tuple):
        for number in range(max(len(before), len(now))):
            pair = [one[number] if number < len(one) else None for one in (before, now)]
            yield from _changes(f"{place}[{number}]", *pair)
    elif before != now:
        yield Change(place, _short(before), _short(now))


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split()) or "nothing"
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
