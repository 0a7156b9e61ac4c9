"""The roots of sandboxes that are more than the image: completed with places for mounts, or writable until the end."""

from __future__ import annotations

import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from certify.sandbox import mount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.sandbox.plan import Plan

ROOT: Final = ".root"           # below the folder of what a sandbox shows beside the image
_POINTS, _WRITTEN = ".points", ".written"
_SIZE: Final = 1 << 30          # bytes that may be written, in the machine's memory


@contextmanager
def prepared(plan: Plan, image: Path, texts: Path) -> Iterator[None]:
    """Make the root of a plan that needs one, at ``texts``/ROOT; ``image`` is where the squashfs is mounted. Raises Error."""
    kind = next((place.kind for place in plan.places if place.path == "/"), "image")
    if kind == "image":
        yield
        return
    for name in (ROOT, _POINTS, _WRITTEN):
        (texts / name).mkdir(parents=True, exist_ok=True)
    if kind == "completed":
        _points(plan, image, texts / _POINTS)
        with mount.layered([texts / _POINTS, image], texts / ROOT):
            yield
        return
    with mount.scratch(texts / _WRITTEN, _SIZE):
        upper, work = texts / _WRITTEN / "upper", texts / _WRITTEN / "work"
        upper.mkdir()
        work.mkdir()
        upper.chmod(stat.S_IMODE(image.stat().st_mode))
        with mount.layered([image], texts / ROOT, upper=upper, work=work):
            yield


def _points(plan: Plan, image: Path, folder: Path) -> None:
    """The places that the image lacks; the folders that lead to them keep the image's modes."""
    folder.chmod(stat.S_IMODE(image.stat().st_mode))
    for path, kind in plan.lacking.items():
        target, way = folder / path.lstrip("/"), folder
        for part in path.strip("/").split("/")[:-1]:
            way = way / part
            way.mkdir(exist_ok=True)
            way.chmod(_mode(image / way.relative_to(folder)))
        target.mkdir(exist_ok=True) if kind == "folder" else target.touch()


def _mode(place: Path) -> int:
    try:
        return stat.S_IMODE(place.lstat().st_mode)
    except OSError:
        return 0o755
