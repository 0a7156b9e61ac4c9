"""Software is installed into a home directory.

At the site $HOME is the user's own home, and /root is closed to everybody: software below ~, $HOME or /root
of the build is not found, or cannot be read. ``pip install --user`` and an installer of conda without -p go
there by themselves. What a step puts there for the build and takes away again is fine, and so are caches. That
the image's PATH or a variable such as CONDA_DIR or PYTHONPATH leads there weighs one degree less, and so does a file
that a step puts into a folder such as ~/bin, ~/lib or ~/sw.
Prefixes below /tmp and below the site's mounts are found by PTH201 and PTH202.

Bad::

    steps:
      - run: ./configure --prefix=$HOME/tool && make install

Good::

    steps:
      - run: ./configure --prefix=/opt/tool && make install
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import HOME, commands
from certify.rules.hit import Hit
from certify.rules.origins import of_put, of_stretch
from certify.rules.places import in_step, in_variables, last_workdir
from certify.rules.scratch import is_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.places import Place
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PTH207"
NAME = "home-or-tmp-prefix"
SEVERITY = Severity.ERROR

HELP = "install under /opt/<name>, which is the same for everybody: --prefix=/opt/<name>, pip --prefix, conda -p"

_SOFTWARE = frozenset({"bin", "sbin", "lib", "lib64", "libexec", "sw", "software", "opt", "apps"})
_LASTING = frozenset({"files", "venv", "workdir", "WORKDIR"})
_NAMES = pattern(r"HOME|~|root\b|--root|\bcd\s*(?:[;&\n]|$)")
_TRACE = pattern(r"--user|pipx|conda\.sh|iniforge|iniconda|naconda|ambaforge")
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
    for variable in subject.variables:
        lasting = variable.lasting and variable.name == "PATH"
        homes = [path for path in variable.value.split(":") if is_below(path, HOME, "~")] if lasting else []
        if homes:
            reason = "is not what a shell would make of it" if homes[0].startswith("~") else "cannot be read by users"
            yield Hit(route=variable.route, message=f"PATH: {homes[0]} {reason}", help=HELP,
                      shipped=variable.shipped, weaker=True)
    for place in (*in_variables(subject, (HOME,)), *_in_steps(subject)):
        if _is_home(place.path, site) and (place.prefix or _is_software(place)):
            yield place._replace(weaker=place.weaker or not place.prefix).hit(
                subject, "is in the home directory of the build, not the user's", HELP)
    for script in subject.scripts:
        if script.kind == "step":
            for hit in _at_home(script):
                yield hit._replace(related=of_stretch(subject, script, hit.within)) if hit.within is not None else hit


def _in_steps(subject: Subject) -> Iterator[Place]:
    for script in subject.scripts:
        if script.kind == "step" and any(map(_NAMES.search, (script.text, script.folder, *script.known.values()))):
            yield from in_step(script, (HOME,))


def _is_software(place: Place) -> bool:
    """Whether a file is put where programs and libraries are looked for: not sources, settings and caches."""
    names = place.path.removeprefix(f"{HOME}/").split("/")
    hidden = names[0].startswith(".") and names[0] != ".local"
    return place.shipped and place.script is not None and not place.folder and not hidden and not _SOFTWARE.isdisjoint(names)


def _at_home(script: Script) -> Iterator[Hit]:
    for command in commands(script, _TRACE):
        if _goes_home(command, script):
            yield command.hit(f"{command.name}: installs below the home directory of the build", HELP)


def _goes_home(command: Simple, script: Script) -> bool:
    """Whether a command installs into the home directory without being told to."""
    if "install" in command.words and "--user" in command.words and _is_pip(command):
        return "PYTHONUSERBASE" not in script.known and "PYTHONUSERBASE" not in script.text
    if command.name == "pipx" and command.words[:1] == ("install",):
        return not command.has("--global") and "PIPX_HOME" not in script.known and "PIPX_HOME" not in script.text
    return _is_installer(command) and any(re.fullmatch(r"-b[fsu]*", word) for word in command.words) and not any(
        re.match(r"-[a-z]*p", word) for word in command.words)


def _is_installer(command: Simple) -> bool:
    return any(map(_INSTALLER.fullmatch, (command.name, *command.words[:1])))


def _is_pip(command: Simple) -> bool:
    module = command.name.startswith("python") and command.words[:2] == ("-m", "pip")
    script = command.name.startswith("python") and command.words[:1] == ("setup.py",)
    return module or script or _PIP.fullmatch(command.name) is not None


def _is_home(path: str, site: Site) -> bool:
    return is_below(path, HOME) and site.owner_of(path) is None and site.mount_over(path) is None
