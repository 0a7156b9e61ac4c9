"""A library is installed, and ldconfig does not run after it.

The loader finds what is in the folders of /etc/ld.so.conf.d and in /usr/local/lib through its cache, which
only ldconfig writes. Without it the program works in no shell, or only where LD_LIBRARY_PATH is set. Packages
run ldconfig themselves. The check of the image reads the cache itself; this rule says it before the build. It speaks
of what is plainly a library or a folder of libraries: copied by name, built as shared (BUILD_SHARED_LIBS=ON,
--enable-shared) for /usr/local without a run path, or the contents of a folder that the configuration lists. The
loader looks into /usr/lib without a cache, and that of musl (Alpine) has none. What a stage that does not become the
image does to its own cache stays behind, and is left out.

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

import itertools
import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands, destinations_of
from certify.rules.hit import Hit, Stretch
from certify.rules.scratch import is_below, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Route
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
_SHARED = pattern(r"BUILD_SHARED_LIBS(?::BOOL)?=(?:ON|1|TRUE|YES)\b|--enable-shared\b")
_RUN_PATH = pattern(r"rpath", re.IGNORECASE)
_MUSL = pattern(r"alpine|busybox|musl", re.IGNORECASE)
_NAMED = pattern(r".*\.so(?:[.*][\w.*]*)?")
_COPIED = frozenset({"COPY", "ADD", "files", "copy"})
_NEVER = -2
_LOCAL = ("/usr/local/lib", "/usr/local/lib64")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look for the last thing that needs ldconfig, and for ldconfig after it."""
    steps = [script for script in subject.scripts if script.kind == "step" and script.shipped]
    listed = _listed(steps)
    images = [base.reference or "" for base in subject.bases if base.shipped and not base.copied]
    if any(map(_MUSL.search, images)):
        return
    told = max((number for number, script in enumerate(steps) if _LDCONFIG.search(script.text)), default=0)
    for script in reversed(steps[told:]):       # what stands before has ldconfig after it
        found = list(_needing(script, listed)) if _may_need(script, listed) else []
        if found and not _ldconfig_after(script, found[-1]):
            last = found[-1]
            yield Hit(route=script.route, help=HELP, shipped=script.shipped,
                      message=f"{last.what}: {last.path} is news to the loader, and ldconfig does not run after it",
                      within=Stretch(line=last.line, column=last.column, length=last.length))
            return
    if "scratch" not in images:     # it has no loader of its own
        yield from itertools.islice(_put(subject, steps, listed), 1)


def _put(subject: Subject, steps: Sequence[Script], listed: tuple[str, ...]) -> Iterator[Hit]:
    """Libraries that are copied into the image after the last ldconfig; in a recipe files come before the steps."""
    runs = [_place(script.route) for script in steps if _LDCONFIG.search(script.text)]
    last, filled = max(runs, default=_NEVER), set[str]()
    for put in subject.puts:
        path = plain(put.path)
        if not put.shipped or put.what not in _COPIED:
            continue
        named = any(map(_NAMED.fullmatch, (put.source or "", path))) and "/python" not in path
        library = named and is_below(path, *_LOCAL, *listed)
        folders = {folder for folder in listed if is_below(folder, path) and path != "/"}
        first = {folder for folder in folders if not any(is_below(folder, one) for one in filled) and not _made(folder, steps)}
        filled.add(path)
        if (library or first) and _place(put.route) > last:
            yield Hit(route=put.route, help=HELP,
                      message=f"{put.what}: {path} is news to the loader, and ldconfig does not run after it")


def _made(folder: str, steps: Sequence[Script]) -> bool:
    """Whether a step has put something there: then what is copied need not be libraries."""
    parent = folder.rpartition("/")[0]
    found = (plain(one.path) for script in steps if parent in script.text for one in destinations_of(script))
    return any(path != "/" and (is_below(folder, path) or is_below(path, folder)) for path in found)


def _place(route: Route) -> int:
    """The number of the instruction; what a recipe copies is there before its steps."""
    number = route[1] if len(route) > 1 and route[0] not in ("files", "copy", "steps", "stages") else -1
    return number if isinstance(number, int) else -1


def _listed(steps: Sequence[Script]) -> tuple[str, ...]:
    """The folders that steps write into the loader's configuration, as far as a line tells."""
    lines = [line for script in steps if "ld.so.conf" in script.text for line in script.text.splitlines() if "ld.so.conf" in line]
    return tuple({found for line in lines for found in _FOLDER.findall(line) if "ld.so.conf" not in found})


def _may_need(script: Script, listed: tuple[str, ...]) -> bool:
    return "ld.so.conf" in script.text or "/usr/local/lib" in script.text or _builds_shared(script) or any(
        folder.rpartition("/")[0] in script.text for folder in listed)


def _builds_shared(script: Script) -> bool:
    return "/usr/local" in script.text and bool(_SHARED.search(script.text)) and not _RUN_PATH.search(script.text)


def _needing(script: Script, listed: tuple[str, ...]) -> Iterator[Destination]:
    lines = script.text.splitlines() if _LIBRARY.search(script.text) else []
    shared = _builds_shared(script)
    for found in destinations_of(script):
        path = plain(found.path)
        copied = not found.folder and not found.prefix and lines and is_below(path, *_LOCAL, *listed)
        installed = found.prefix and (any(is_below(folder, path) for folder in listed) or (path == "/usr/local" and shared))
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
