"""What git ignores, read from .gitignore as gitignore(5) has it; git itself need not be here.

In a repository alone, as with git: its .git/info/exclude, and the .gitignore of each folder from its top down. What a user
ignores everywhere is left out: the same repository is to be judged alike on every machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from certify.lint.globs import bracket, fits, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME: Final = ".gitignore"
MAX_RULES: Final = 2000     # in force at once: each folder is held against all of them
_MAX_BYTES: Final = 262_144     # of one file
_MAX_LINE: Final = 4096     # Linux knows no longer paths
_ANY_FOLDERS: Final = "**"


class Rule(NamedTuple):
    """One line of a file that lies ``depth`` folders below the top."""

    parts: tuple[str, ...]      # of a path below that file's folder; where it is not anchored, of a name at any depth
    depth: int
    anchored: bool
    folders: bool
    ignores: bool

    def fits(self, names: Sequence[str], *, folder: bool) -> bool:
        """Whether it is for a path, given by its names from the top on."""
        if self.folders and not folder:
            return False
        return _fit(self.parts, names[self.depth:]) if self.anchored else fits(self.parts[0], names[-1])


def ignored(rules: Sequence[Rule], names: Sequence[str], *, folder: bool) -> bool:
    """Whether a path is ignored, where no folder above it is: the last rule that fits has the word."""
    bare = [plain(name) for name in names]
    return next((rule.ignores for rule in reversed(rules) if rule.fits(bare, folder=folder)), False)


def read(path: str, depth: int) -> tuple[Rule, ...]:
    """The rules of a file; none where it cannot be read, or is a link, which git does not follow either."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as stream:
            data = stream.read(_MAX_BYTES) or b""
    except OSError:
        return ()
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")
    return tuple(rule for line in lines if len(line) <= _MAX_LINE for rule in _rules(line.removesuffix("\r"), depth))


def _rules(line: str, depth: int) -> Iterator[Rule]:
    """The rule of a line; none for a comment, and for what can fit nothing."""
    text = line.rstrip(" ")
    if text != line and (len(text) - len(text.rstrip("\\"))) % 2:
        text += " "     # this one is behind a backslash
    if not text or text.startswith("#"):
        return
    ignores = not text.startswith("!")
    text = text[not ignores:]
    folders = text.endswith("/")
    text = text[:len(text) - folders]
    anchored = "/" in text
    try:
        parts = _split(text.removeprefix("/"))
    except ValueError:
        return
    if anchored:
        parts = [_ANY_FOLDERS if len(part) > 1 and not part.strip("*") else part for part in parts]
        parts += ["*"] * (parts[-1] == _ANY_FOLDERS)        # what is inside, not the folder itself
    yield Rule(tuple(parts), depth, anchored, folders, ignores)


def _split(text: str) -> list[str]:
    """The parts of a path; a slash in brackets parts nothing. Raises ValueError for what has no end."""
    parts, start, at = [], 0, 0
    while at < len(text):
        slash = 2 if text.startswith("\\/", at) else int(text[at] == "/")
        if slash:
            parts.append(text[start:at])
            start = at = at + slash
        elif text[at] == "[":
            at = bracket(text, at)[1]
        elif text[at] == "\\" and at + 1 == len(text):
            raise ValueError(text)
        else:
            at += 1 + (text[at] == "\\")
    return [*parts, text[start:]]


def _fit(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether parts fit names one by one. ``**`` stands for any number of them: to stretch the last of these is enough."""
    part = name = 0
    back: tuple[int, int] | None = None
    while name < len(names):
        if part < len(parts) and parts[part] == _ANY_FOLDERS:
            part, back = part + 1, (part + 1, name)
        elif part < len(parts) and fits(parts[part], names[name]):
            part, name = part + 1, name + 1
        elif back is None:
            return False
        else:
            part, name = back[0], back[1] + 1
            back = part, name
    return part == len(parts)
