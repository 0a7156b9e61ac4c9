"""What a word on the command line names: an image made elsewhere, opened to be examined."""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault, UsageError
from certify.files import open_regular
from certify.foreign import layout, merging, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from builder.image import ImageConfig

OCI: Final = "oci:"
ARCHIVE: Final = "docker-archive:"

_SQUASHFS: Final = b"hsqs"      # linux/magic.h, as it stands on the disk
_FORMS: Final = "an image is FILE.squashfs, oci:DIR[:TAG], docker-archive:FILE[:NAME:TAG] or a folder with its tree"
_PINNED: Final = re.compile(r"(.+)@(sha256:[0-9a-f]{64})")
# What else people have: the first bytes, and the way to an image of one of our kinds.
_OTHERS: Final = ((b"\x1f\x8b", 0, "it is compressed; gunzip it, and name it as docker-archive:FILE if it is an archive"),
                  (b"\x28\xb5\x2f\xfd", 0, "it is compressed; unpack it with zstd -d"),
                  (b"ustar", 257, "it is a tar; an archive of docker save is named as docker-archive:FILE"),
                  (b"SIF_MAGIC", 32, "it is Apptainer's; apptainer sif dump takes the squashfs out of it"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """An image that is open: ``handle`` is that of a squashfs, or with ``is_tree`` that of a folder.

    ``config`` and ``labels`` are what an OCI layout or a docker archive says of the image; None where nothing does.
    """

    handle: int
    is_tree: bool
    config: ImageConfig | None
    labels: Mapping[str, str] | None
    name: str


def is_foreign(word: str) -> bool:
    """Whether a word names an OCI layout or a docker archive, and no path."""
    return word.startswith((OCI, ARCHIVE))


@contextmanager
def opened(word: str, work: Path) -> Iterator[Foreign]:
    """Open the image of a word. Layers become a squashfs in the folder ``work``, merged by a process that is nobody.

    Raises UsageError where the word names nothing, Fault for an image that is broken or is not what its digests say, and
    Error where a tool or the machine fails.
    """
    found = _open(word, work)
    try:
        yield found
    finally:
        os.close(found.handle)


def _open(word: str, work: Path) -> Foreign:
    if word.startswith(OCI):
        return _layout(word, work)
    if word.startswith(ARCHIVE):
        return _archive(word, work)
    path = Path(word)
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        return _tree(path, word)
    if stat.S_ISREG(mode):
        return _squashfs(path, word)
    if not mode:
        raise Error(f"{word}: is not there", hint=_FORMS)
    raise UsageError(f"{word}: is neither a file nor a folder", hint=_FORMS)


def _layout(word: str, work: Path) -> Foreign:
    folder, tag = _divided(word.removeprefix(OCI), stat.S_ISDIR)
    if folder is None:
        raise UsageError(f"{word}: there is no such folder", hint="write it as oci:DIR or oci:DIR:TAG")
    with layout.opened(folder, tag) as (config, found):
        said = settings.read(config, word, folder.name)     # before the work: it may be for another machine
        handle = merging.layers(word, found, work)
    return Foreign(handle=handle, is_tree=False, config=said.config, labels=said.labels, name=word)


def _archive(word: str, work: Path) -> Foreign:
    path, tag = _divided(word.removeprefix(ARCHIVE), stat.S_ISREG)
    if path is None:
        raise UsageError(f"{word}: there is no such file", hint="write it as docker-archive:FILE or docker-archive:FILE:NAME:TAG")
    source = open_regular(path.resolve())
    try:
        handle, config = merging.archive(word, source, tag, work)
    finally:
        os.close(source)
    try:
        said = settings.read(config.encode(), word, tag.rpartition(":")[0] if tag else path.stem)
    except Fault:
        os.close(handle)
        raise
    return Foreign(handle=handle, is_tree=False, config=said.config, labels=said.labels, name=word)


def _tree(path: Path, word: str) -> Foreign:
    if (path / "oci-layout").is_file():
        raise UsageError(f"{word}: is an OCI layout", hint=f"write it as {OCI}{word}")
    if not any((path / name).is_dir() for name in ("bin", "usr", "etc", "opt")):
        raise UsageError(f"{word}: is not the tree of an image: it has no bin, usr, etc or opt", hint=_FORMS)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Error(f"{word}: {error.strerror}", hint="is it there, and may you read it?") from error
    return Foreign(handle=handle, is_tree=True, config=None, labels=None, name=word)


def _squashfs(path: Path, word: str) -> Foreign:
    handle = open_regular(path.resolve())
    head = os.pread(handle, 512, 0)
    if not head.startswith(_SQUASHFS):
        os.close(handle)
        why = next((why for magic, place, why in _OTHERS if head[place:].startswith(magic)), _FORMS)
        raise Fault(f"{word}: is not a squashfs", hint=why)
    return Foreign(handle=handle, is_tree=False, config=None, labels=None, name=word)


def _divided(text: str, wanted: Callable[[int], bool]) -> tuple[Path | None, str | None]:
    """A path and what stands behind a colon or an @ after it. The longest path that is there is meant: names may have colons."""
    if pinned := _PINNED.fullmatch(text):
        return (Path(pinned[1]) if wanted(_mode(Path(pinned[1]))) else None), pinned[2]
    ends = [len(text), *(place for place in range(len(text) - 1, 0, -1) if text[place] == ":")]
    for end in ends:
        if end and wanted(_mode(Path(text[:end]))):
            return Path(text[:end]), text[end + 1:] or None
    return None, None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0
