"""Software is installed into a home directory.

At the site $HOME is the user's own home, and /root is closed to everybody: software below ~, $HOME or /root
of the build is not found, or cannot be read. ``pip install --user`` and an installer of conda without -p go
there by themselves. What a step puts there for the build and takes away again is fine, and so are caches.
Prefixes below /tmp and below the site's mounts are found by PTH201 and PTH202.

Bad::

    steps:
      - run: ./configure --prefix=$HOME/tool && make install

Good::

    steps:
      - run: ./configure --prefix=/opt/tool && make install
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import HOME, commands
from certify.rules.hit import Hit
from certify.rules.origins import of_put, of_stretch
from certify.rules.places import last_workdir
from certify.rules.scratch import is_below, plain, removes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PTH207"
NAME = "home-or-tmp-prefix"
SEVERITY = Severity.ERROR

HELP = "install under /opt/<name>, which is the same for everybody: --prefix=/opt/<name>, pip --prefix, conda -p"

_LASTING = frozenset({"files", "venv", "workdir", "WORKDIR"})
_TRACE = pattern(r"HOME|~|root|--user|conda\.sh|iniforge|iniconda|naconda|ambaforge")
_INSTALLER = pattern(r"(?:.*/)?(?:Miniconda|Anaconda|Miniforge|Mambaforge)[^/]*\.sh|(?:.*/)?(?:miniconda|miniforge|conda)\.sh")
_PIP = pattern(r"pip[\d.]*")


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Look at the fields that name a place, and at the prefixes in the steps."""
    last = last_workdir(subject)
    for put in subject.puts:
        passing = put.what == "WORKDIR" and put is not last
        if put.what in _LASTING and not passing and _is_home(put.path, site):
            yield Hit(route=put.route, message=f"{put.what}: {put.path} cannot be read by users", help=HELP, shipped=put.shipped,
                      related=of_put(subject, put))
    for script in subject.scripts:
        if script.kind == "step":
            for hit in _in_step(script, site):
                yield hit._replace(related=of_stretch(subject, script, hit.within)) if hit.within is not None else hit


def _in_step(script: Script, site: Site) -> Iterator[Hit]:
    for command in commands(script, _TRACE):
        if _goes_home(command, script):
            yield command.hit(f"{command.name}: installs below the home directory of the build", HELP)
        else:
            yield from _prefixes(command, script, site)


def _prefixes(command: Simple, script: Script, site: Site) -> Iterator[Hit]:
    from certify.rules.commands import at
    from certify.shell import prefixes, targets

    found = [one for one in prefixes.of(command.command, {}) if one.prefix]
    found += [one for one in targets.of(command.command.words) if one.what in ("venv", "virtualenv")]
    if _is_installer(command):
        found += [targets.Target.at(word, word.values, "-p") for before, word in itertools.pairwise(command.command.words)
                  if re.fullmatch(r"-\w*p", before.value)]
    for target in found:
        homes = [path for path in target.paths if _is_home(path, site) and not removes(script, path)]
        if homes:
            yield at(script, command.lines, target.start, target.end,
                     f"{target.what}: {homes[0]} is the home directory of the build, not the user's", HELP)


def _goes_home(command: Simple, script: Script) -> bool:
    """Whether a command installs into the home directory without being told to."""
    if "install" in command.words and "--user" in command.words and _is_pip(command):
        return "PYTHONUSERBASE" not in script.known and "PYTHONUSERBASE" not in script.text
    return _is_installer(command) and any(re.fullmatch(r"-b[fsu]*", word) for word in command.words) and not any(
        re.match(r"-[a-z]*p", word) for word in command.words)


def _is_installer(command: Simple) -> bool:
    return any(map(_INSTALLER.fullmatch, (command.name, *command.words[:1])))


def _is_pip(command: Simple) -> bool:
    module = command.name.startswith("python") and command.words[:2] == ("-m", "pip")
    return module or _PIP.fullmatch(command.name) is not None


def _is_home(path: str, site: Site) -> bool:
    place = plain(path)
    return is_below(place, HOME) and site.owner_of(place) is None and site.mount_over(place) is None
