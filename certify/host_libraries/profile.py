"""Puts a library's description into the file of a site profile, and leaves all else in it as it is."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.errors import Error, UsageError
from certify import site as sites
from certify.host_libraries.decode import plain

if TYPE_CHECKING:
    from certify.host_libraries.model import HostLibrary


def merged(library: HostLibrary, profile: str, *, summary: str = "") -> HostLibrary:
    """The library with what only people know, from the profile's description of it if there is one: how runtimes bring it in.

    Where its files are is the folder in which they were read. The summary is kept as well, unless another is given, or it is
    the one that every copy of the built-in profile has.
    """
    known = sites.load(profile).libraries.get(library.name)
    if known is None:
        return library
    example = sites.load().libraries.get(library.name)
    kept = "" if example is not None and example.summary == known.summary else known.summary
    [source] = {way.source for way in library.runtimes.values()}
    ways = {runtime: replace(way, source=source) for runtime, way in known.runtimes.items()}
    return replace(library, runtimes=ways, summary=summary or kept or library.summary)


def write(library: HostLibrary, profile: str) -> None:
    """Describe the library in the profile of that file, which is replaced as a whole or not at all. Raises Error, UsageError."""
    if not (Path(profile).suffix or "/" in profile):
        raise UsageError(f"the profile {profile} is built in and cannot be written to",
                         hint="certify site show > site.json makes a profile of your own: give it with --site site.json")
    file = Path(profile).resolve()
    sites.load(profile)
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    described = {**values.get("host_libraries", {}), library.name: plain(library)}
    _replace(file, json.dumps({**values, "host_libraries": described}, indent=2) + "\n")


def _replace(file: Path, text: str) -> None:
    try:
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", encoding="utf-8", delete=False) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(file, new.name)
        Path(new.name).replace(file)
    except OSError as error:
        raise Error(f"{file}: {error.strerror}", hint="may you write into its folder?") from error
