"""Every path of the image that a recipe puts something at: its fields, and the destinations in its steps."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.rules.hit import Hit, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Route
    from certify.rules.subject import Script, Subject

_QUOTING = str.maketrans("", "", "\"'\\")
_NO_FILES = re.compile(r"/dev/(?:null|stdout|stderr|stdin|tty|fd)\b")
_UNKNOWN = re.compile("\0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
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

    def hit(self, reason: str, advice: str) -> Hit:
        """A hit here: the path, as far as it can be told, and the reason why it is no good."""
        shown = _UNKNOWN.sub("...", self.path)
        return Hit(route=self.route, message=f"{self.what}: {shown} {reason}", help=advice,
                   within=self.within, shipped=self.shipped)


def places(subject: Subject, owners: Sequence[str]) -> Iterator[Place]:
    """All of them, with paths made plain; a step that names none of the ``owners`` is not read."""
    for put in subject.puts:
        yield Place(path=_plain(put.path), what=put.what, route=put.route, shipped=put.shipped)
    for script in subject.scripts:
        if script.kind == "step" and may_name(script.text, owners):
            yield from _in_step(script)


def may_name(text: str, owners: Sequence[str]) -> bool:
    """Whether a text could name one of the paths: by its last component, as the rest may be in a variable."""
    names = "|".join(re.escape(owner.rpartition("/")[2]) for owner in owners)
    return re.search(rf"[/}}\w](?:{names})\b", _NO_FILES.sub("", text.translate(_QUOTING))) is not None


def _in_step(script: Script) -> Iterator[Place]:
    from certify.shell.destinations import destinations  # the reader, and tree-sitter, only now

    for found in destinations(script.text, script.known):
        within = Stretch(line=found.line, column=found.column, length=found.length)
        yield Place(path=_plain(found.path), what=found.what, route=script.route, lasting=found.prefix,
                    folder=found.folder, within=within, shipped=script.shipped)


def _plain(path: str) -> str:
    return "/" + posixpath.normpath(path).lstrip("/")
