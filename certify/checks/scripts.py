"""The texts of an image that set variables for whoever reads or starts them, read once for all checks.

What a text sets is told by the reader that the rules on recipes use. An image may hold any number of any texts: what is
read and what is understood of it has a limit, and what is beyond the limit is counted, not forgotten.
"""

from __future__ import annotations

import functools
import itertools
import re
import stat
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from certify.checks.folders import Role, folder_of, role_of
from certify.rules.env1_texts import LOADER, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.folders import Folder
    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.shell.settings import Setting

MAX_TEXT: Final = 1 << 20           # bytes of one file
MAX_READ: Final = 128 << 20         # bytes of all such texts: a stack of everything has some 20 MB of scripts
MAX_LINKS: Final = 10_000           # to programs and start-up files; a loop costs 40 steps each
MAX_PARSED: Final = 500_000         # characters of shell, some 3 seconds; more than any image that means well has
MAX_HITS: Final = 20
_LEAST: Final = 500                 # characters that even the shortest text counts for
_HEAD: Final = 4096

_POLYGLOT: Final = re.compile(r"#![^\n]*\n'''exec'|#![^\n]*\n\"exec\"")     # a shell starts Python on the file itself
_PLAIN: Final = re.compile(rf"(?<![\w$])({VARIABLE}|{'|'.join(LOADER)})=[\"']?([^\s\"'#;)&|])")

# A value that was there before: what a script saved, and what PyInstaller keeps for programs that are not its own.
_RESTORED: Final = re.compile(rf"[\"']?\$\{{?\w*(?:{VARIABLE}\w+|\w+{VARIABLE}|(?i:orig|old|save|backup))\w*\}}?[\"']?;?\s*"
                              r"|[^\n/]{0,200}(?i:_ORIG|\b_?(?:old|saved?|backup|orig(?:inal)?)(?:_\w{1,60})?)[\"'\]);\s]{0,9}")


class Text:
    """A text of the image: where it lies, its role, and the path that leads to it, which may be a link's."""

    def __init__(self, path: str, text: str, role: Role, via: str, effort: Effort) -> None:
        self.path, self.text, self.role, self.via, self._effort = path, text, role, via, effort

    @functools.cached_property
    def kind(self) -> str:
        """The language, as ``certify.shell.kinds`` names it."""
        from certify.shell import kinds

        if self.via.endswith(".json") or self.via.endswith("/conda-meta/state"):
            return "markup"
        if _POLYGLOT.match(self.text):
            return "python"
        told = kinds.kind_of(self.path, self.text)
        return kinds.kind_of(self.via, self.text) if told in (kinds.NOTHING, kinds.UNKNOWN) else told

    @functools.cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The variables that it gives a value, in its order."""
        from certify.shell import settings

        parsed = max(_LEAST, min(len(self.text), settings.MAX_SHELL)) if self.kind in ("sh", "unknown") else 0
        if not self._effort.may_parse(parsed):
            return tuple(settings.Setting(name=one[1], value=one[2], start=one.start(), end=one.end(), how="")
                         for one in _PLAIN.finditer(self.text) if not self._is_remark(one.start()))
        return tuple(settings.settings(self.text, self.kind, VARIABLE, *LOADER))

    def sets(self, *names: str) -> Setting | None:
        """The first of these variables that it sets, and not only while software is built; None if it sets none."""
        from certify.checks.guards import is_guarded

        if not any(name in self.text for name in (*names, "LD_", "LIBRARY")):
            return None
        found = (one for one in self.settings if one.name in names and not self._is_restored(one))
        return next((one for one in found if not is_guarded(self, one.start)), None)

    def line(self, start: int) -> int:
        """The line, from 1, of a place in the text."""
        return self.text.count("\n", 0, start) + 1

    def _is_restored(self, setting: Setting) -> bool:
        """Whether a variable gets back what it had; not if what that is can be told."""
        if self.kind in ("sh", "unknown"):
            value = self.text[setting.start:setting.end].partition("=")[2] if not setting.value.strip("\0") else ""
        else:
            value = setting.value
        return _RESTORED.fullmatch(value) is not None

    def _is_remark(self, start: int) -> bool:
        return self.text[self.text.rfind("\n", 0, start) + 1:start].lstrip().startswith(("#", "--"))


class Effort:
    """What may still be read (bytes), followed (links) and parsed (characters) of one image, and how much was left."""

    def __init__(self) -> None:
        self.bytes, self.characters, self.links, self.unread = MAX_READ, MAX_PARSED, MAX_LINKS, 0

    def may_read(self, size: int) -> bool:
        """Whether a file is still read."""
        self.bytes -= size
        self.unread += self.bytes < 0
        return self.bytes >= 0

    def may_follow(self) -> bool:
        """Whether a link is still followed."""
        self.links -= 1
        self.unread += self.links < 0
        return self.links >= 0

    def may_parse(self, size: int) -> bool:
        """Whether a text is still parsed."""
        self.characters -= size
        return not size or self.characters >= 0


class Texts:
    """All texts of an image that can set variables; ``unread`` is how many more there are, beyond the limit."""

    def __init__(self, texts: tuple[Text, ...], unread: int) -> None:
        self.all, self.unread = texts, unread

    def of(self, role: Role) -> Iterator[Text]:
        """Those of a role."""
        return (one for one in self.all if one.role is role)


class _Reader:
    """One reading of an image. Links come first: what they lead to has its role from them."""

    def __init__(self, image: ImageTree) -> None:
        self._image, self.effort = image, Effort()
        self._path = {place for one in image.config.environment.get("PATH", "").split(":")
                      if one.startswith("/") and (place := image.resolve(one))}
        self._seen = set[str]()

    def read(self) -> Iterator[Text]:
        entry = self._image.config.entrypoint
        if entry and entry[0].startswith("/") and (place := self._image.resolve(entry[0])) and self._image.is_file(place):
            yield from self._one(place, Role.PROGRAM, entry[0])
        for path, status in self._image.entries.items():
            if stat.S_ISLNK(status.st_mode):
                yield from self._linked(path)
        for path, status in self._image.entries.items():
            told = stat.S_ISREG(status.st_mode) and status.st_size
            if told and (role := self._role(path, executable=bool(status.st_mode & 0o111))):
                yield from self._one(path, role, path)

    def _role(self, path: str, *, executable: bool) -> Role | None:
        above, _, name = path.rpartition("/")
        return role_of(self._folder(above), name, executable=executable)

    def _folder(self, path: str) -> Folder:
        told = folder_of(path)
        return told._replace(programs=True, idle=False) if path in self._path else told

    def _linked(self, path: str) -> Iterator[Text]:
        """A start-up file or a program that is a link to a text elsewhere, which would be neither by its own place."""
        role = self._role(path, executable=True)
        if role not in (Role.STARTUP, Role.PROGRAM) or not self.effort.may_follow():
            return
        if (place := self._image.resolve(path)) and self._image.is_file(place):
            mode = self._image.entries[place].st_mode
            own = self._role(place, executable=bool(mode & 0o111))
            if own not in (Role.STARTUP, Role.PROGRAM) and (role is Role.STARTUP or mode & 0o111):
                yield from self._one(place, role, path)

    def _one(self, path: str, role: Role, via: str) -> Iterator[Text]:
        if path in self._seen or (role is Role.SOURCED and self._image.owner(path)):
            return
        head = self._image.head(path, _HEAD)
        if not _is_wanted(head, path, role):
            return
        size = min(self._image.entries[path].st_size, MAX_TEXT)
        if self.effort.may_read(size):
            self._seen.add(path)
            data = head if size <= len(head) else self._image.head(path, size)
            yield Text(path, data.decode("utf-8", "replace"), role, via, self.effort)


def _is_wanted(head: bytes, path: str, role: Role) -> bool:
    """Whether a file is what its place promises, by its first bytes."""
    if role is Role.STARTUP:
        return b"\0" not in head
    if role is Role.MODULE:
        return head.startswith(b"#%Module") or (path.endswith(".lua") and b"\0" not in head)
    return head.startswith(b"#!") or (role is Role.SOURCED and b"\0" not in head and not head.startswith(b"\x7fELF"))


def bounded(hits: Iterator[Hit]) -> Iterator[Hit]:
    """The first hits, and one for all others: each file is a cause of its own, but nobody reads a thousand."""
    yield from itertools.islice(hits, MAX_HITS)
    if (one := next(hits, None)) is not None:
        more = sum(1 for _ in hits)
        yield replace(one, message=f"{one.message} (and {more} more)" if more else one.message)


def texts_of(image: ImageTree) -> Texts:
    """The texts of an image, read when the first check asks."""
    if (found := _kept.get(image)) is None:
        reader = _Reader(image)
        texts = tuple(reader.read())
        found = _kept[image] = Texts(texts, reader.effort.unread)
    return found


_kept: Final[weakref.WeakKeyDictionary[ImageTree, Texts]] = weakref.WeakKeyDictionary()
