"""Where what decides a path stands: the assignment of a variable that is named there, or the WORKDIR that it starts from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import reading_of
from certify.rules.hit import Second, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Route
    from certify.rules.subject import Put, Script, Subject, Variable

MAX_CANDIDATES = 50     # settings of one variable that are looked at, the nearest first

_NAMED = pattern(r"\$\{?([A-Za-z_]\w*)")


class _Origins(NamedTuple):
    """Of one subject: its variables by name, and its WORKDIRs, each in the order of the file."""

    subject: Subject
    variables: dict[str, list[Variable]]
    workdirs: list[Put]


class _Lines(NamedTuple):
    """Of one script: its lines, and the places of its assignments by name, in order."""

    script: Script
    lines: list[str]
    assigned: dict[str, list[Stretch]]


_origins: list[_Origins] = []       # the last one: rules ask for one file, and for one script, again and again
_lines: list[_Lines] = []


def of_stretch(subject: Subject, script: Script, within: Stretch) -> tuple[Second, ...]:
    """What the variables in a stretch of shell text have their values from."""
    lines = _of_script(script)
    line = lines.lines[within.line] if within.line < len(lines.lines) else ""
    names = dict.fromkeys(_NAMED.findall(line, within.column, within.column + within.length))
    return tuple(found for name in names for found in _of_name(subject, script, within, name))


def of_put(subject: Subject, put: Put) -> tuple[Second, ...]:
    """What the path of an instruction has its start from."""
    names = dict.fromkeys(_NAMED.findall(put.given))
    if not names and put.given and not put.given.startswith(("/", "$", '"', "'")):
        return tuple(_of_workdir(subject, put))
    found = (one for name in names for one in _before(subject, name, put.route) if one.value and one.value in put.path)
    return tuple({one.name: _second(one) for one in found}.values())


def _of_name(subject: Subject, script: Script, within: Stretch, name: str) -> Iterator[Second]:
    places = _of_script(script).assigned.get(name, [])
    number = bisect_left(places, (within.line, within.column))
    if number:
        yield Second(route=script.route, within=places[number - 1], message=f"{name} gets its value here")
        return
    known = script.known.get(name)
    found = (one for one in _before(subject, name, script.route) if one.value == known and _reaches(one, script))
    yield from (_second(one) for one in list(found)[:1])


def _reaches(variable: Variable, script: Script) -> bool:
    """The environment of one step is none of another's."""
    return variable.route[0] != "steps" or variable.route[:2] == script.route[:2]


def _of_workdir(subject: Subject, put: Put) -> Iterator[Second]:
    workdirs = _of_subject(subject).workdirs
    number = bisect_left(workdirs, _number(put.route), key=lambda one: _number(one.route))
    if number and put.path.startswith(workdirs[number - 1].path):
        yield Second(route=workdirs[number - 1].route, message="relative to this WORKDIR")


def _before(subject: Subject, name: str, route: Route) -> list[Variable]:
    """What sets a variable before a place outside shell text, the nearest first."""
    found = _of_subject(subject).variables.get(name, [])
    number = bisect_right(found, _number(route), key=lambda one: _number(one.route))
    return found[max(0, number - MAX_CANDIDATES):number][::-1]


def _second(variable: Variable) -> Second:
    return Second(route=variable.route, message=f"{variable.name} gets its value here")


def _number(route: Route) -> int:
    number = route[1] if len(route) > 1 else -1
    return number if isinstance(number, int) else -1


def _of_subject(subject: Subject) -> _Origins:
    if not _origins or _origins[0].subject is not subject:
        variables: dict[str, list[Variable]] = {}
        for one in subject.variables:
            variables.setdefault(one.name, []).append(one)
        _origins[:] = [_Origins(subject, variables, [put for put in subject.puts if put.what == "WORKDIR"])]
    return _origins[0]


def _of_script(script: Script) -> _Lines:
    if not _lines or _lines[0].script is not script:
        from certify.shell.items import Assigned  # a finding in shell text: it is loaded already

        reading, places = reading_of(script), dict[str, list[Stretch]]()
        for item in reading.items:
            if isinstance(item, Assigned):
                line, column, length = reading.lines.place(item.start, item.end)
                places.setdefault(item.name, []).append(Stretch(line=line, column=column, length=length))
        _lines[:] = [_Lines(script, script.text.splitlines(), {name: sorted(found) for name, found in places.items()})]
    return _lines[0]
