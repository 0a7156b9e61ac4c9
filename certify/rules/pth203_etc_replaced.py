"""A file is changed that the runtime writes anew.

When an image starts, the runtime puts the site's own passwd, group, hosts, resolv.conf and their like over
those of the image, so that users and hosts have their names. What the image had there is gone. A user that a
package or useradd makes for the build's own needs is no finding, nor is the time zone UTC, which every base has; a
line that the software needs later is.

Bad::

    steps:
      - run: echo '10.0.0.7 licenses' >> /etc/hosts

Good::

    steps:
      - run: echo 'server = licenses.example.org' > /opt/tool/etc/license.conf
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.places import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.places import Place
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PTH203"
NAME = "etc-replaced"
SEVERITY = Severity.WARNING

HELP = "ask the site to add it on its side, or let the software read a file of its own under /opt/<name>"

_LOCALTIME = "/etc/localtime"
_ZONE_HELP = "let the software read its time zone from TZ: env: {TZ: Europe/Zurich}"
_UTC = pattern(r"/zoneinfo/(?:Etc/)?(?:UTC|UCT|Zulu|Universal|GMT)\b")
_REASON = "is written anew by the runtime at each start"
_SED = pattern(r"\b(?:sed|perl)\b.{0,300}?-\w{0,20}i")


def _is_usual(place: Place) -> bool:
    """Whether a step only says again what bases have: the time zone UTC."""
    if place.path != _LOCALTIME or place.script is None or place.within is None:
        return False
    return _UTC.search(place.script.text.split("\n")[place.within.line]) is not None


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Compare every place, and every file that is edited, with what the runtime replaces."""
    for place in places(subject, site.replaced_files):
        if place.path in site.replaced_files and site.owner_of(place.path) is None and not _is_usual(place):
            yield place.hit(subject, _REASON, _ZONE_HELP if place.path == _LOCALTIME else HELP)
    for script in subject.scripts:
        if script.kind != "step":
            continue
        for command in commands(script, _SED):
            edits = command.name in ("sed", "perl") and any(re.match(r"-\w*i|--in-place", word) for word in command.words)
            for number, word in enumerate(command.words if edits else ()):
                if word in site.replaced_files:
                    yield command.hit(f"{command.name} -i: {word} {_REASON}", HELP, word=number)
