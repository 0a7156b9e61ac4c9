"""Folders that a step may use for what only the build needs."""

from __future__ import annotations

import itertools
import posixpath
from typing import TYPE_CHECKING, Any

from certify.patterns import pattern
from certify.rules.commands import HOME, commands

if TYPE_CHECKING:
    from certify.rules.subject import Script

SCRATCH = ("/tmp", "/var/tmp", "/dev", "/proc", "/sys", "/run", HOME)      # noqa: S108
MAX_REMOVED = 200       # paths that one script takes away

_last: dict[str, Any] = {}
_RM = pattern(r"\brm\b")


def is_below(path: str, *folders: str) -> bool:
    """Whether a path is one of the folders or lies below it, compared by component."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def plain(path: str) -> str:
    """An absolute path without dots, doubled slashes and a slash at its end; ~ is root's."""
    if path == "~" or path.startswith("~/"):
        path = HOME + path[1:]
    return "/" + posixpath.normpath(path).lstrip("/") if path.startswith("/") else path


def is_scratch(path: str) -> bool:
    """Whether nothing that is put here is meant to be used at run time."""
    return is_below(plain(path), *SCRATCH)


def removes(script: Script, path: str) -> bool:
    """Whether a script takes a path away again, by itself or with a folder above."""
    if _last.get("script") is not script:       # asked again and again for one script
        _last.update(script=script, gone=_gone(script))
    return is_below(plain(path), *_last["gone"])


def _gone(script: Script) -> list[str]:
    words = (word for command in commands(script, _RM) if command.name == "rm" for word in command.operands())
    return [plain(word).removesuffix("/*") for word in itertools.islice(words, MAX_REMOVED)]
