"""Every path of the image that a subject puts something at: its fields, and the destinations in its steps."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import destinations_of
from certify.rules.hit import Hit, Stretch
from certify.rules.origins import of_put, of_stretch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Route
    from certify.rules.hit import Second
    from certify.rules.subject import Put, Script, Subject

_QUOTING = str.maketrans("", "", "\"'\\")
_NO_FILES = pattern(r"/dev/(?:null|stdout|stderr|stdin|tty|fd)\b")
_UNKNOWN = pattern("\0+")

# Variables that installers read from their environment, and whether the software looks there later.
_VARIABLES = {"PREFIX": True, "INSTALL_PREFIX": True, "CMAKE_INSTALL_PREFIX": True, "PIP_PREFIX": True, "PIP_TARGET": True,
              "PYTHONUSERBASE": True, "DESTDIR": False, "INSTALL_ROOT": False}

# In a Containerfile these bring files that a later RUN may only need for the build.
_STAGING = frozenset({"COPY", "ADD"})


class Place(NamedTuple):
    """An absolute path, how the recipe comes to it, and where.

    ``lasting`` is false for what a step may use as scratch; ``folder`` marks a mere empty folder.
    """

    path: str
    what: str
    route: Route
    lasting: bool = True
    folder: bool = False
    within: Stretch | None = None
    shipped: bool = True
    put: Put | None = None
    script: Script | None = None

    def hit(self, subject: Subject, reason: str, advice: str) -> Hit:
        """A hit here: the path, as far as it can be told, the reason why it is no good, and what decides the path."""
        shown = _UNKNOWN.sub("...", self.path)
        return Hit(route=self.route, message=f"{self.what}: {shown} {reason}", help=advice, within=self.within,
                   shipped=self.shipped, related=self._related(subject))

    def _related(self, subject: Subject) -> tuple[Second, ...]:
        if self.put is not None:
            return of_put(subject, self.put)
        return of_stretch(subject, self.script, self.within) if self.script is not None and self.within is not None else ()


def places(subject: Subject, owners: Sequence[str]) -> Iterator[Place]:
    """All of them, with paths made plain; a step that names none of the ``owners`` is not read."""
    last = last_workdir(subject)
    for put in subject.puts:
        passing = put.what in _STAGING or (put.what == "WORKDIR" and put is not last)
        yield Place(path=_plain(put.path), what=put.what, route=put.route, shipped=put.shipped, lasting=not passing,
                    folder=put.what in ("VOLUME", "WORKDIR"), put=put)
    for written in subject.written:
        yield Place(path=_plain(written.path), what="a file", route=written.route, shipped=written.shipped)
    yield from _in_variables(subject)
    for script in subject.scripts:
        if script.kind == "step" and _may_reach(script, owners):
            yield from _in_step(script)


def last_workdir(subject: Subject) -> Put | None:
    """Where the image starts; those before it only serve the build."""
    return next((put for put in reversed(subject.puts) if put.what == "WORKDIR"), None)


def may_name(text: str, owners: Sequence[str]) -> bool:
    """Whether a text could name one of the paths: by its last component, as the rest may be in a variable."""
    names = "|".join(re.escape(owner.rpartition("/")[2]) for owner in owners)
    return re.search(rf"[/}}\w](?:{names})\b", _NO_FILES.sub("", text.translate(_QUOTING))) is not None


def _may_reach(script: Script, owners: Sequence[str]) -> bool:
    """Whether the text names one of the paths, by itself or through a variable that it starts with."""
    text, known = script.text, script.known
    return may_name(text, owners) or any(name in text and may_name(value, owners) for name, value in known.items())


def _in_variables(subject: Subject) -> Iterator[Place]:
    """Prefixes in the environment of the steps that install something."""
    for variable in subject.variables:
        if variable.name in _VARIABLES and variable.value.startswith("/") and any(
                script.kind == "step" and script.known.get(variable.name) == variable.value and "install" in script.text
                for script in subject.scripts):
            yield Place(path=_plain(variable.value), what=variable.name, route=variable.route,
                        lasting=_VARIABLES[variable.name], shipped=variable.shipped)


def _in_step(script: Script) -> Iterator[Place]:
    for found in destinations_of(script):
        within = Stretch(line=found.line, column=found.column, length=found.length)
        yield Place(path=_plain(found.path), what=found.what, route=script.route, lasting=found.prefix,
                    folder=found.folder, within=within, shipped=script.shipped, script=script)


def _plain(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")
