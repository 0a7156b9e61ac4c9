"""Where the commands of a shell text put files: prefixes, and targets of copies and redirections."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certify.shell import prefixes, targets
from certify.shell.folders import joined
from certify.shell.installers import DECIDERS
from certify.shell.items import Assigned, Command, Lines, Program, Redirection, Written
from certify.shell.reader import effects
from certify.shell.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.shell.fold import Values

MAX_LINKS = 50          # links of one text that are followed
MAX_FOUND = 4000        # destinations of one text: a step of 64 KB that installs file by file has half as many

_WRITING = frozenset({">", ">>", ">|", "&>", "&>>"})

# What the files of installers say about their place: the file, and the line.
_FILES = tuple((re.compile(file), re.compile(line, re.MULTILINE)) for file, line in (
    (r"(?:.*/)?spack\.yaml|.*spack.*/config\.yaml", r"^[ \t]*(?:install_tree|root|view)[ \t]*:[ \t]*[\"']?(/[^\s\"'#,}]+)"),
    (r"(?:.*/)?\.?condarc", r"^[ \t]*envs_(?:dirs|path)[ \t]*:[ \t\n]{0,40}[-\[]?[ \t]{0,8}[\"']?(/[^\s\"'#,\]]+)"),
    (r"(?:.*/)?\.?pip\.conf|(?:.*/)?(?:setup|\.?pydistutils)\.cfg", r"^[ \t]*(?:target|prefix|root)[ \t]*=[ \t]*(/\S+)"),
    (r"(?:.*/)?\.?npmrc", r"^[ \t]*prefix[ \t]*=[ \t]*(/\S+)"),
    (r"(?:.*/)?easybuild.*/config\.cfg", r"^[ \t]*(?:installpath|prefix)[ \t]*=[ \t]*(/\S+)"),
))
_R_LIBRARY = re.compile(r"\binstall\w*(?:\.packages)?\b[^\n;]{0,200}?\blib[ \t]*=[ \t]*[\"'](/[^\"'\n]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A path that a command writes to, and where that stands in the text (line and column count from 0).

    ``what`` is the construct, such as ``--prefix`` or ``cp``. ``prefix`` tells an installation's place, which
    the software will look for again, from a mere file; ``scratch`` is one that may as well serve the build alone;
    ``folder`` marks what only makes an empty folder. ``path`` may hold fold.UNKNOWN.
    """

    path: str
    what: str
    prefix: bool
    scratch: bool
    folder: bool
    line: int
    column: int
    length: int


def destinations(text: str, known: Mapping[str, str] | None = None) -> Iterator[Destination]:
    """Every absolute path that a text installs or writes to, in order."""
    lines, seen = Lines(text), set[tuple[str, int, int]]()
    for target in itertools.islice(_targets(text, known), MAX_FOUND):
        for path in target.paths:
            if path.startswith("/") and (path, target.start, target.end) not in seen:
                seen.add((path, target.start, target.end))
                line, column, length = lines.place(target.start, target.end)
                yield Destination(path=path, what=target.what, prefix=target.prefix, scratch=target.scratch,
                                  folder=target.folder, line=line, column=column, length=length)


def _targets(text: str, known: Mapping[str, str] | None) -> Iterator[Target]:
    """The targets as seen from the folder of each command, links that the text makes itself followed."""
    exported: dict[str, Assigned] = {}
    wrapped: list[Assigned] = []
    links: dict[str, str] = {}
    home = (known or {}).get("HOME", "")
    for item in effects(text, known):
        if isinstance(item, Assigned):
            if item.name in DECIDERS and item.how == "export":
                exported[item.name] = item
            elif item.how == "env":
                wrapped.append(item)
            home = item.value if item.name == "HOME" and item.how != "prefix" else home
        elif isinstance(item, Command):
            given, wrapped = replace(item, prefix=(*item.prefix, *wrapped)) if wrapped else item, []
            for target in (*prefixes.of(given, exported), *targets.of(item.words)):
                yield _seen(target, item.folders, home, links)
            links |= _linked(item) if len(links) < MAX_LINKS else {}
        elif isinstance(item, Redirection):
            if item.operator in _WRITING:
                yield _seen(Target.at(item.target, item.target.values, item.operator), item.folders, home, links)
        else:
            yield from _told(item)


def _seen(target: Target, folders: Values, home: str, links: Mapping[str, str]) -> Target:
    """A target with the paths that it has from the root."""
    paths = tuple(home + path[1:] if home and (path == "~" or path.startswith("~/")) else path for path in target.paths)
    paths = joined(folders, paths) if folders else paths
    if links and not target.folder:
        paths = tuple(_followed(path, links) for path in paths)
    if paths == target.paths:
        return target
    return Target(paths=paths, what=target.what, start=target.start, end=target.end, prefix=target.prefix, folder=target.folder,
                  scratch=target.scratch)     # thousands of them: replace() takes three times as long


def _followed(path: str, links: Mapping[str, str]) -> str:
    plain = posixpath.normpath(path)
    above = next((link for link in links if plain == link or plain.startswith(link + "/")), None)
    return links[above] + plain[len(above):] if above is not None else path


def _linked(command: Command) -> dict[str, str]:
    """The link that ``ln -s`` makes, by its name."""
    if command.name != "ln":
        return {}
    options = {letter for word in command.words[1:] if word.value.startswith("-") for letter in word.value}
    names = [word.value for word in command.words[1:] if not word.value.startswith("-")]
    plain = len(names) == 2 and all(name.startswith("/") and "\0" not in name for name in names)
    return {posixpath.normpath(names[1]): names[0].rstrip("/")} if plain and "s" in options and "t" not in options else {}


def _told(item: Written | Program) -> Iterator[Target]:
    """The places that a file of an installer names, or a program in R."""
    if isinstance(item, Written):
        found = [line for path in item.paths for file, line in _FILES if file.fullmatch(path)]
    else:
        found = [_R_LIBRARY] if item.language == "r" else []
    for line in dict.fromkeys(found):
        for match in line.finditer(item.text):
            start, end = (item.start + match.start(1), item.start + match.end(1)) if item.exact else (item.start, item.end)
            what = match[0].partition(match[1])[0].strip(" \t\n:=-[\"'(") if isinstance(item, Written) else "install.packages"
            yield Target(paths=(match[1],), what=what, prefix=True, start=start, end=end)
