"""A hash-locked requirements file: one exact version a line, each with its sha256, and nothing else.

Pip's own format also takes options, indexes, local paths and environment variables. A recipe is not
trusted, and the fetch runs on the machine itself, so none of those are let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Matched against text whose white space is collapsed: with runs of it, a line of 2 kB would take minutes to refuse.
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?P<extras>\[[A-Za-z0-9._, -]+\])?"
    # PEP 440; pip would take a "version" that ends as an archive for a file of that name. What can be read in two ways
    # ("rc" as r and c) has an end: a version has at most a pre-release, a post-release and a development part. (Possessive
    # repeats would say it shorter, and match wrongly in Python before 3.11.5.)
    r" ?== ?(?P<version>(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*"
    r"(?:[._-]?(?:alpha|beta|preview|pre|post|rev|rc|dev|a|b|c|r)(?:[._-]?[0-9]+)?){0,3}"
    r"(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?)(?<!zip|whl|tar|tgz|tbz|txz|tlz|bz2)(?<!gz|xz|lz)(?<!lzma)"
    r" ?(?:; ?(?P<marker>[A-Za-z0-9_.<>=!'\" ()]+?))?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One requirement: ``text`` is its line for pip, ``line`` where it starts in the file (from 1)."""

    name: str
    version: str
    text: str
    line: int


LOCK = "write it with: pip-compile --generate-hashes, or uv export"
_SOURCE = "take a released version, or name its archive under sources: and install that in a step"
_URL = re.compile(r"(?:^|@ ?)(?:[a-z]+\+)?[a-z]+://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that is not an exact, hashed requirement; ``bare`` if all that it lacks is its hash."""

    line: int
    message: str
    help: str = LOCK
    bare: bool = False


def parse(text: str) -> Iterator[Pin | Refused]:
    """Read a requirements file, line by line."""
    for line, raw in _logical_lines(text):
        joined = " ".join(raw.split())
        match = _PIN.fullmatch(joined)
        if match:
            yield Pin(name=match["name"], version=match["version"], text=joined, line=line)
        elif joined.startswith("-"):
            editable = joined.startswith(("-e", "--editable"))
            yield Refused(line=line, message=f"the option {joined.split()[0]} is not allowed here",
                          help=_SOURCE if editable else LOCK)
        elif _URL.search(joined):
            yield Refused(line=line, message=f"'{joined[:60]}' is no version of an index", help=_SOURCE)
        elif "--hash" not in joined:
            yield Refused(line=line, message=f"'{joined[:60]}' has no --hash=sha256:...", bare=True)
        else:
            yield Refused(line=line, message=f"'{joined[:60]}' is not name==version --hash=sha256:...")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        start = start if parts else number
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            joined = " ".join(part for part in parts if part)
            parts = []
            if joined:
                yield start, joined
    if rest := " ".join(part for part in parts if part):
        yield start, rest
