"""A library is installed, and ldconfig does not run after it.

The loader finds what is in the folders of /etc/ld.so.conf.d and in /usr/local/lib through its cache, which
only ldconfig writes. Without it the program works in no shell, or only where LD_LIBRARY_PATH is set. Packages
run ldconfig themselves. The check of the image reads the cache itself; this rule says it before the build.

Bad::

    steps:
      - run: echo /opt/tool/lib > /etc/ld.so.conf.d/tool.conf

Good::

    steps:
      - run: |
          echo /opt/tool/lib > /etc/ld.so.conf.d/tool.conf
          ldconfig
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands, destinations_of
from certify.rules.hit import Hit, Stretch
from certify.rules.scratch import is_below, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.rules.subject import Script, Subject
    from certify.shell.destinations import Destination
    from certify.site import Site

CODE = "LNK405"
NAME = "ldcache-stale"
SEVERITY = Severity.WARNING

HELP = "run ldconfig as the last thing, after all libraries are there"

_CONF = "/etc/ld.so.conf.d"
_LDCONFIG = pattern(r"\bldconfig\b")
_LIBRARY = pattern(r"\.so\b")
_FOLDER = pattern(r"(?<![\w./])(/[\w./+-]+)(?=[\"'\s\\]|$)")
_LOCAL = ("/usr/local/lib", "/usr/local/lib64")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look for the last thing that needs ldconfig, and for ldconfig after it."""
    steps = [script for script in subject.scripts if script.kind == "step"]
    listed = _listed(steps)
    for number, script in enumerate(steps):
        if any(_LDCONFIG.search(later.text) for later in steps[number + 1:]):
            continue
        found = list(_needing(script, listed)) if _may_need(script, listed) else []
        if found and not _ldconfig_after(script, found[-1]):
            last = found[-1]
            yield Hit(route=script.route, help=HELP, shipped=script.shipped,
                      message=f"{last.what}: {last.path} is news to the loader, and ldconfig does not run after it",
                      within=Stretch(line=last.line, column=last.column, length=last.length))
            return


def _listed(steps: Sequence[Script]) -> tuple[str, ...]:
    """The folders that steps write into the loader's configuration, as far as a line tells."""
    lines = [line for script in steps if "ld.so.conf" in script.text for line in script.text.splitlines() if "ld.so.conf" in line]
    return tuple({found for line in lines for found in _FOLDER.findall(line) if "ld.so.conf" not in found})


def _may_need(script: Script, listed: tuple[str, ...]) -> bool:
    return "ld.so.conf" in script.text or "/usr/local/lib" in script.text or any(
        folder.rpartition("/")[0] in script.text for folder in listed)


def _needing(script: Script, listed: tuple[str, ...]) -> Iterator[Destination]:
    lines = script.text.splitlines() if _LIBRARY.search(script.text) else []
    for found in destinations_of(script):
        path = plain(found.path)
        copied = not found.folder and not found.prefix and lines and is_below(path, *_LOCAL, *listed)
        installed = found.prefix and any(is_below(folder, path) for folder in listed)
        configured = is_below(path, _CONF) or path == "/etc/ld.so.conf"
        if configured or installed or (copied and _names_library(lines, found)):
            yield found


def _names_library(lines: list[str], found: Destination) -> bool:
    """Whether the command that copies names a shared library."""
    return found.line < len(lines) and _LIBRARY.search(lines[found.line]) is not None and "/python" not in found.path


def _ldconfig_after(script: Script, found: Destination) -> bool:
    for command in commands(script, _LDCONFIG):
        line, column, _ = command.lines.place(command.start, command.start + 1)
        if command.name == "ldconfig" and (line, column) > (found.line, found.column):
            return True
    return False
