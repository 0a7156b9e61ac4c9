"""``siteFs``: which folders of the machine the runtime mounts where, and how (parseVolumeMapSiteFs in Shifter's source)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PATH: Final = 4095      # characters: Linux's PATH_MAX, less its NUL
_DROPPED: Final = re.compile(r"[^A-Za-z0-9_:.+/-]")     # the runtime leaves such characters out of every path
_BETWEEN: Final = re.compile(r"(?<![:\s])\s+(?=/)")     # spaces before a path that does not belong to the one before
_REFUSED: Final = ("/", "/opt", "/etc", "/var", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf")
_FLAGS: Final = ("ro", "rec", "slave", "private")
_CACHE: Final = "pernodecache"
_SPACES: Final = "the present runtime wants ';' between paths, and leaves spaces out; in the profile each path counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """The machine's ``source`` stands at ``target``; both are absolute. ``notes`` are what a reader should know of it."""

    source: str
    target: str
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def split(value: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The entries of a value, each with notes: between two stands a semicolon.

    The runtime's documentation says spaces, which its present version leaves out of the paths, so that two become one. A
    file that is in use and has spaces is from a version that took them: each path counts.
    """
    for entry in value.split(";"):
        parts = _BETWEEN.split(entry.strip())
        notes = (_SPACES,) if len(parts) > 1 else ()
        for part in parts:
            if part:
                yield part, notes


def parse(entry: str) -> Mount:
    """One entry, ``from[:to[:flag]...]``. Raises Fault with the reason where the runtime would refuse it."""
    plain = entry[1:-1] if len(entry) > 1 and entry.startswith('"') and entry.endswith('"') else entry
    words = plain.split(":")
    if len(words) > 1 and not words[-1]:
        words.pop()                             # a colon at the end
    source, changed = _path(words[0])
    target, also_changed = _path(words[1]) if len(words) > 1 else (source, False)
    if target in _REFUSED:
        raise Fault(f"the runtime refuses to mount over {target}")
    flags, notes = _flags(words[2:])
    if changed or also_changed:
        notes.insert(0, f"the runtime leaves characters out, and mounts {source} at {target}")
    return Mount(source=source, target=target, flags=flags, notes=tuple(notes))


def _path(text: str) -> tuple[str, bool]:
    """The path that the runtime sees, and whether it left characters out."""
    kept = _DROPPED.sub("", text)
    if not kept.startswith("/"):
        raise Fault(f"{text or 'an empty path'} is no absolute path, and the runtime refuses it")
    if len(kept) > MAX_PATH:
        raise Fault("no path is that long")
    if ".." in kept:
        raise Fault("the runtime refuses a path with '..'")
    return "/" + posixpath.normpath(kept).lstrip("/"), kept != text


def _flags(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    found: list[str] = []
    notes: list[str] = []
    for word in words:
        name = word.partition("=")[0].strip().lower()
        if name == _CACHE:
            notes.append("its content is a file system of each node's own, which is not simulated")
        elif name not in _FLAGS or name != word.strip().lower() or name in found:
            raise Fault(f"the runtime does not take the flag '{word}'")
        else:
            found.append(name)
    if {"slave", "private"} <= set(found):
        raise Fault("the runtime does not take slave and private together")
    return tuple(found), notes
