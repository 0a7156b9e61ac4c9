"""The texts of a recipe that become files of the image: written by steps, given in place, or taken from its folder.

Shared by the rules about what such files set.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import known_of
from certify.rules.hit import Hit, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.recipe import Route
    from certify.rules.subject import Put, Script, Subject
    from certify.shell.settings import Setting

MAX_FILE = 1024 * 1024
MAX_CONTENT = 2 * MAX_FILE      # of all files beside one recipe: each put counts, as each is read
MAX_HITS = 100          # of one rule in one file: more than anybody reads

VARIABLE = "LD_LIBRARY_PATH"
LOADER = ("LD_PRELOAD", "LD_AUDIT", "LD_ORIGIN_PATH", "GLIBC_TUNABLES")

# A text without any of these, quotes aside, cannot name the variable, and needs no parser.
_QUOTING = str.maketrans("", "", "\"'\\\n")
_TRACE = pattern(r"LD_|LIBRARY|ld_library")
_UNKNOWN = pattern("\0+")

_last: list[tuple[Subject, tuple[str, ...]]] = []


class Text(NamedTuple):
    """A text that becomes a file, and where the recipe has it.

    ``start`` is where it stands in the shell text ``source`` (``exact``: each character of it), if it is of a step.
    """

    path: str
    text: str
    how: str
    route: Route
    shipped: bool
    source: str = ""
    start: int = 0
    end: int = 0
    exact: bool = False
    whole: bool = False

    @property
    def kind(self) -> str:
        """What reads it."""
        from certify.shell.kinds import kind_of

        return kind_of(self.path, self.text)

    @property
    def code(self) -> str:
        """The rule that a value for LD_LIBRARY_PATH in it is a case of."""
        from certify.shell.kinds import is_module

        if self.kind != "sh" and is_module(self.path, self.text):
            return "ENV107"
        return "ENV106" if self.is_program else "ENV104"

    @property
    def is_program(self) -> bool:
        """Whether it is run by itself, and not read by a shell that starts."""
        from certify.shell.kinds import is_wrapper

        return is_wrapper(self.path, self.text)

    def settings(self) -> tuple[Setting, ...]:
        """What it sets, read once for all rules."""
        from certify.shell.settings import all_settings

        return all_settings(self.text, self.kind, (VARIABLE, *LOADER))

    def hit(self, setting: Setting, said: str, advice: str) -> Hit:
        """A hit on one setting in it."""
        where = _UNKNOWN.sub("...", self.path) or "a file"
        line = f", line {self.text.count(chr(10), 0, setting.start) + 1}" if self.whole else ""
        return Hit(route=self.route, message=f"{said} {where}{line} ({self.how})", help=advice, shipped=self.shipped,
                   within=self._stretch(setting))

    def _stretch(self, setting: Setting) -> Stretch | None:
        from certify.shell.writings import lines_of

        if self.source == "":
            return None
        start, end = (self.start + setting.start, self.start + setting.end) if self.exact else self._found(setting)
        line, column, length = lines_of(self.source).place(start, end)
        return Stretch(line=line, column=column, length=length)

    def _found(self, setting: Setting) -> tuple[int, int]:
        """Where a setting stands in a here-document in which expansions moved the text; else the place of all of it."""
        source = self.source[self.start:self.end]
        if self.how != "heredoc" or not setting.name:
            return self.start, self.end
        named = re.compile(rf"(?<![\w$])(?<!\$\{{){re.escape(setting.name)}(?!\w)")
        here, there = [one.start() for one in named.finditer(self.text)], [one.start() for one in named.finditer(source)]
        if len(here) != len(there) or setting.start not in here:
            return self.start, self.end
        start = there[here.index(setting.start)]
        rest, line = self.text[setting.end:].partition("\n")[0], source[start:].partition("\n")[0]
        length = len(line) - len(rest) if line.endswith(rest) else 0
        return self.start + start, self.start + start + max(length, len(setting.name))


@functools.lru_cache(maxsize=2048)      # a file's variables are known to all of its scripts
def may_name_it(text: str) -> bool:
    """Whether a text could name LD_LIBRARY_PATH or its like: quick, and never wrongly no for what the reader finds."""
    return "$'" in text or "^^}" in text or "\\x" in text or _TRACE.search(text.translate(_QUOTING)) is not None


def texts(subject: Subject, trace: re.Pattern[str] | None = None) -> Iterator[Text]:
    """All of them that could be about the rule's matter, by a quick look for LD_LIBRARY_PATH or for a ``trace``."""

    def may(text: str) -> bool:
        return may_name_it(text) if trace is None else trace.search(text) is not None

    for script in subject.scripts:
        if script.kind == "step" and any(map(may, (script.text, *script.known.values()))):
            yield from _of_step(script)
    for given in subject.written:
        if may(given.text) or may(given.path):
            yield Text(path=given.path, text=given.text, how="in place", route=given.route, shipped=given.shipped,
                       source=given.text, end=len(given.text), exact=True)
    for put, text in zip(subject.puts, _contents(subject), strict=True):
        if text and may(text):
            yield Text(path=_target(put), text=text, how=f"from {put.source}", route=put.route, shipped=put.shipped, whole=True)


def hits(subject: Subject, code: str, advice: str) -> Iterator[Hit]:
    """Where a text of the kind that a code is about sets LD_LIBRARY_PATH."""
    for text in texts(subject):
        if text.code == code:
            settings = (found for found in text.settings() if found.name == VARIABLE)
            for found in itertools.islice(settings, MAX_HITS):
                yield text.hit(found, f"{VARIABLE} is set in", advice)


def _of_step(script: Script) -> Iterator[Text]:
    from certify.shell.writings import writings

    for found in writings(script.text, known_of(script)):
        yield Text(path=found.path, text=found.text, how=found.how, route=script.route, shipped=script.shipped,
                   source=script.text, start=found.start, end=found.end, exact=found.exact)


def _target(put: Put) -> str:
    return put.path + (put.source or "").rpartition("/")[2] if put.path.endswith("/") else put.path


def _contents(subject: Subject) -> tuple[str, ...]:
    """The texts of the files that a subject puts into the image, read once for all rules, up to MAX_CONTENT of them together."""
    if not _last or _last[0][0] is not subject:
        left, found = MAX_CONTENT, []
        for put in subject.puts:
            text = _content(subject.folder, put) if left > 0 else ""
            left -= len(text)
            found.append(text if left >= 0 else "")
        _last[:] = [(subject, tuple(found))]
    return _last[0][1]


def _content(folder: Path | None, put: Put) -> str:
    """The text of a file of the recipe; nothing for a folder, for what is missing, big, binary or outside."""
    if folder is None or put.source is None or put.what not in ("files", "COPY", "ADD"):
        return ""
    try:
        path = (folder / put.source.lstrip("/")).resolve()
        status = path.stat()
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or status.st_size > MAX_FILE:
            return ""
        return _read(path, status.st_mtime_ns)
    except (OSError, RuntimeError, ValueError):     # RuntimeError: links in a circle
        return ""


@functools.lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data[:8192] else data.decode("utf-8", errors="replace")
