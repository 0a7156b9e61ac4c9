"""A mode that shuts users out of what is installed.

The image is made by root and used by somebody who can never be root: what only its owner may read or enter is
lost. Scratch, what is removed in the same step, what the same step opens again, and files that nobody but the
system reads (/etc/shadow, keys of the machine) are no finding.

Bad::

    steps:
      - run: chmod -R 700 /opt/tool

Good::

    steps:
      - run: chmod -R u=rwX,go=rX /opt/tool
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.hit import Hit
from certify.rules.scratch import is_below, is_scratch, plain, removes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PRM303"
NAME = "restrictive-mode-step"
SEVERITY = Severity.WARNING

HELP = "let everybody read it: 0755 for folders and programs, 0644 for the rest, or chmod -R a+rX"

MAX_OPENED = 50         # places that open something again, of one script; and paths, of one of them
SYSTEM = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssl/private", "/etc/ssh", "/etc/pki/tls/private",
          "/var/lib", "/var/log", "/var/cache", "/etc/cron.d", "/boot", "/usr/bin/crontab")

_TRACE = pattern(r"\b(?:chmod|umask)\b|\b(?:install|mkdir)\b[^\n]{0,300}\s(?:-\w{0,20}m|--mode)")
_SHUT = pattern(r"[0-7]{0,3}0")
_MASKED = pattern(r"[0-7]{0,3}[4-7]")
_SHUT_IN_LETTERS = pattern(r"(?:g?o|og)-[rwxX]*[rx][rwxX]*|(?:g?o|og)=")
_OPENING = pattern(r"\bchmod\b[^\n;&|]{0,300}\s(?:[ugo]*[oa][ugo]*[+=]|\+)r|\bchmod\b[^\n;&|]{0,300}\s[0-7]?[0-7]{2}[4-7]\s"
                      r"|\bchmod\b[^\n;&|]{0,300}\bo=(?:g|u|r)|\bo=u\b|go=u|go=rX")
_FIND = pattern(r"\bfind\s+(?:-[HLP]\s+)?[\"']?(/[^\s;&|\"']+)[^;&|\n]{0,300}-exec(?:dir)?\s+\Z")
_DOWN = pattern(r"-\w*R\w*|--recursive")
_SEVERAL = pattern(r"[*?\[{$\0]")
_MODE_OPTION = pattern(r"(?:-m|--mode)(?:=|$)|-m(?=[0-7])")


class _Opened(NamedTuple):
    """Where a text lets everybody read something again; ``deep`` if also what is below."""

    start: int
    paths: tuple[str, ...]
    deep: bool = False

    def may_reach(self, path: str) -> bool:
        """Whether a path is opened, as far as can be told; in doubt it is."""
        return any(self._may_be(one, path) for one in self.paths[:MAX_OPENED]) or len(self.paths) > MAX_OPENED

    def _may_be(self, one: str, path: str) -> bool:
        if not one.startswith("/"):
            return True
        above, below = _fixed(one), _fixed(path)
        if _SEVERAL.search(one) or _SEVERAL.search(path):
            return is_below(below, above) or is_below(above, below)
        return above == below or (self.deep and is_below(below, above))


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Look at the modes of files, and at chmod, umask, install and mkdir in the steps."""
    for put in subject.puts:
        if put.mode is not None and _shuts(put.mode) and not _is_system(put.path) and not is_scratch(put.path):
            yield Hit(route=put.route, message=f"{put.what}: {put.path} gets mode {put.mode}: users cannot read it", help=HELP,
                      shipped=put.shipped)
    for script in subject.scripts:
        if script.kind == "step":
            found = list(commands(script, _TRACE))
            opened = list(itertools.islice(_opened(script, found), MAX_OPENED)) if found else []
            if len(opened) == MAX_OPENED:       # too many to look at: it may be among the others
                opened = [_Opened(len(script.text), ("",))]
            masks = [command for command in found if command.name == "umask"]
            for command in found:
                if command.name != "umask" or command is masks[0]:
                    later = [one for one in opened if one.start > command.start]    # what is opened again later is not shut
                    yield from _in_command(command, script, site, later)


def _in_command(command: Simple, script: Script, site: Site, later: list[_Opened]) -> Iterator[Hit]:
    mode, paths = _meant(command)
    if mode is None or not _shuts(mode, mask=command.name == "umask"):
        return
    lost = [path for path in paths if path.startswith("/") and not is_scratch(path) and not _is_system(path)
            and site.owner_of(path) is None and site.mount_over(path) is None and not removes(script, path)
            and not any(one.may_reach(path) for one in later)]
    if command.name == "umask":
        if _makes_something(script) and not later:
            yield command.hit(f"umask {mode}: users cannot read what is installed after it", HELP)
    elif lost:
        yield command.hit(f"{command.name} {mode}: users cannot read {lost[0]}".replace("\0", "."), HELP)


def _opened(script: Script, found: list[Simple]) -> Iterator[_Opened]:
    """The places where a mode lets everybody read again."""
    read = {command.start: command for command in found if command.name == "chmod"}
    for match in _OPENING.finditer(script.text):
        command = read.get(match.start())
        if command is None:     # text for another shell, or for nobody
            yield _Opened(match.start(), ("",))
            continue
        paths = _meant(command)[1]
        searches = _FIND.search(command.before) is not None
        yield _Opened(match.start(), tuple(paths) or ("",), searches or any(map(_DOWN.fullmatch, command.words)))


def _fixed(path: str) -> str:
    """A path up to what stands for several, or for something unknown."""
    found = _SEVERAL.search(path)
    return plain(path[:found.start()].rpartition("/")[0] or "/" if found else path)


def _meant(command: Simple) -> tuple[str | None, list[str]]:
    """The mode that a command gives, and the paths that get it."""
    words = list(command.words)
    if command.name in ("chmod", "umask"):
        plain = [word for word in words if not re.fullmatch(r"-[a-zA-Z]|-[cfvR]+|--\w+(?:-\w+)*", word)]
        return (plain[0], _found(command, plain[1:])) if plain else (None, [])
    if command.name not in ("install", "mkdir"):
        return None, []
    mode, paths = None, []
    while words:
        word = words.pop(0)
        option = _MODE_OPTION.match(word)
        if option:
            mode = word[option.end():] or (words.pop(0) if words else None)
        elif not word.startswith("-"):
            paths.append(word)
    return mode, paths if command.name == "mkdir" else paths[-1:]


def _found(command: Simple, paths: list[str]) -> list[str]:
    """The paths; where find gives them (find FOLDER ... -exec chmod MODE {} +), the folder that it looks through."""
    searched = _FIND.search(command.before) if "{}" in paths else None
    return [searched[1]] if searched else paths


def _shuts(mode: str, *, mask: bool = False) -> bool:
    """Whether a mode (or the mask of umask), in octal or in letters, leaves others nothing to read."""
    if mode.isdigit():
        return (_MASKED if mask else _SHUT).fullmatch(mode) is not None
    return any(_SHUT_IN_LETTERS.fullmatch(part) for part in mode.split(","))


def _makes_something(script: Script) -> bool:
    return re.search(r"\b(?:install|cp|mkdir|tar|cmake|make|pip|unzip|tee)\b|>", script.text) is not None


def _is_system(path: str) -> bool:
    return is_below(path, *SYSTEM)
