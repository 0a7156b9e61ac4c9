"""Owners that are not kept.

In the packed image every file belongs to root, and the site's own passwd replaces the image's: chown, COPY --chown,
USER and the accounts that useradd makes mean nothing at run time. They do no harm; let modes say what matters
instead. An account that the build itself needs, because a tool refuses to be root, is fine, and so is all that a stage
does for itself: COPY --from takes no owners along.

Bad::

    steps:
      - run: chown -R tool:tool /opt/tool

Good::

    steps:
      - run: chmod -R a+rX /opt/tool
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.hit import Hit
from certify.rules.scratch import is_scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PRM307"
NAME = "owner-matters"
SEVERITY = Severity.INFO

HELP = "let modes say who may read and run it: chmod -R a+rX; everybody uses the image as an ordinary user"

_REASON = "every file of the image is root's, and the site has its own accounts"
_TRACE = pattern(r"\b(?:chown|chgrp|useradd|adduser)\b")
_SWITCH = pattern(r"(?<![\w./-])(?:su|sudo\s+(?:-\S{1,50}\s+){0,9}-u|runuser|gosu|su-exec|setpriv)\s+-*\w")
_ROOT = pattern(r"(?:root|0)?(?:[:.](?:root|0|wheel)?)?")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the user of the image and at the owners that steps give."""
    for route, user in subject.users[-1:]:
        if _ROOT.fullmatch(user) is None and "$" not in user:
            yield Hit(route=route, message=f"USER {user} means nothing at run time: everybody is who he is", help=HELP)
    switches = bool(subject.users) or any(_SWITCH.search(script.text) for script in subject.scripts if script.kind == "step")
    if not switches:
        yield from _given(subject)
    for script in subject.scripts:
        if script.kind == "step" and script.shipped:
            for command in commands(script, _TRACE):
                if _is_lost(command, switches=switches):
                    yield command.hit(f"{command.name}: {_REASON}", HELP)


def _given(subject: Subject) -> Iterator[Hit]:
    """The owners of what COPY and ADD put where it stays, each once."""
    owners = dict.fromkeys(put.owner for put in subject.puts if put.owner and put.shipped and not is_scratch(put.path))
    for route, owner in filter(None, owners):
        if _ROOT.fullmatch(owner) is None and "$" not in owner:
            yield Hit(route=route, message=f"--chown={owner}: {_REASON}", help=HELP)


def _is_lost(command: Simple, *, switches: bool) -> bool:
    if command.name in ("useradd", "adduser"):
        return not switches
    if command.name not in ("chown", "chgrp") or command.has("--reference"):
        return False
    owner, *paths = command.operands() or [""]
    shipped = [path for path in paths if path.startswith("/") and not is_scratch(path)]
    return bool(shipped) and not switches and _ROOT.fullmatch(owner) is None and "\0" not in owner
