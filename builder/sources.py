"""Archives as plain tars: what the image's own tar can unpack, inside the container.

Nothing is unpacked on the machine: an archive's names and links are only ever believed in the container,
where a step could have made them as well.
"""

from __future__ import annotations

import lzma
import stat
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final, cast

from builder import process
from builder.errors import Fault

_MAX_MEMORY: Final = 1 << 30    # bytes: a header may claim a name of any length, and it is read whole
_MAX_BYTES: Final = 64 << 30
_BROKEN: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError,
                  MemoryError)


def convert(archive: Path, tar: Path, url: str) -> int:
    """Do what ``to_tar`` does, in a process of its own that may take only so much memory."""
    argv = ("prlimit", f"--as={_MAX_MEMORY}", "--", sys.executable, "-sP", "-m", "builder.sources", str(archive), str(tar), url)
    env = {**process.CLEAN, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    done = process.run(argv, env=env, check=False)
    if done.code or not done.stdout.strip().isdigit():
        said = done.stderr.strip().splitlines() or ["it takes too much memory"]
        raise Fault(said[-1] if done.code == 1 else f"{url}: cannot be unpacked: {said[-1]}",
                    hint="a source to unpack is a tar (plain, gz, bz2, xz) or a zip")
    return int(done.stdout)


def to_tar(archive: Path, tar: Path, url: str) -> int:
    """Write an archive's content as an uncompressed tar.

    Returns how many leading folders to drop: 1 if all stands in one top folder, else 0. Raises Fault if the
    file is no tar (plain, gzip, bzip2, xz) and no zip.
    """
    try:
        # In this order: a plain tar that holds a zip near its end passes for a zip too.
        if tarfile.is_tarfile(archive):
            _decompress(archive, tar)
        else:
            _from_zip(archive, tar)
        return _leading(tar)
    except _BROKEN as error:
        raise Fault(f"{url}: cannot be unpacked: {str(error) or type(error).__name__}",
                    hint="a source to unpack is a tar (plain, gz, bz2, xz) or a zip") from error


def _decompress(archive: Path, tar: Path) -> None:
    with tarfile.open(archive, "r:*") as opened, tar.open("xb") as target:
        stream = cast("IO[bytes]", opened.fileobj)
        stream.seek(0)
        _copy(stream, target)


def _copy(stream: IO[bytes], target: IO[bytes]) -> None:
    count = 0
    while chunk := stream.read(1 << 20):
        count += len(chunk)
        if count > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES >> 30} GiB when unpacked")
        target.write(chunk)


def _from_zip(archive: Path, tar: Path) -> None:
    with zipfile.ZipFile(archive) as opened, tarfile.open(tar, "x") as target:
        if sum(entry.file_size for entry in opened.infolist()) > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES >> 30} GiB when unpacked")
        for entry in opened.infolist():
            info = tarfile.TarInfo(entry.filename)
            info.size = 0 if entry.is_dir() else entry.file_size
            info.type = tarfile.DIRTYPE if entry.is_dir() else tarfile.REGTYPE
            executable = stat.S_IMODE(entry.external_attr >> 16) & 0o100
            info.mode = 0o755 if entry.is_dir() or executable else 0o644
            with opened.open(entry) as content:
                target.addfile(info, content)


def _leading(tar: Path) -> int:
    tops: set[str] = set()
    deeper = False
    with tarfile.open(tar, "r:") as opened:
        for member in opened:
            top, _, rest = member.name.removeprefix("./").partition("/")
            tops.add(top)
            deeper = deeper or bool(rest)
    tops.discard(".")
    tops.discard("")
    return 1 if len(tops) == 1 and deeper else 0


def _main(archive: str, tar: str, url: str) -> int:
    try:
        sys.stdout.write(f"{to_tar(Path(archive), Path(tar), url)}\n")
    except Fault as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
