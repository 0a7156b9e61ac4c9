"""The image that a path means, and the recipe that it was made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from builder.errors import Fault, UsageError

if TYPE_CHECKING:
    from builder.image import ImageConfig
    from builder.recipe import Document, Recipe


class Found(NamedTuple):
    """A recipe, or the one of its variants that an image was made from."""

    document: Document
    recipe: Recipe


def locate(path: Path) -> Path:
    """The squashfs of a build's folder, or the file itself."""
    return path / "image.squashfs" if path.is_dir() else path


def locate_any(path: Path) -> Path:
    """As ``locate``, but a folder that is no build's stands for itself: it may hold an image's tree."""
    squashfs = locate(path)
    return squashfs if squashfs.exists() else path


def need_recipe(squashfs: Path, given: Path | None) -> Found:
    """The recipe that was named, or recipes/<name> for what the image says it is; raises UsageError if it is not there."""
    path = given or _named(_config(squashfs))
    if path is None:
        raise UsageError("the image's recipe is not here in recipes/", hint="name it with --recipe")
    return _read(path, squashfs)


def find_recipe(squashfs: Path, given: Path | None) -> Found | None:
    """As ``need_recipe``, but None for an image whose recipe is not known here."""
    try:
        path = given or _named(_config(squashfs))
    except Fault:
        return None     # an image made elsewhere says nothing of itself
    return _read(path, squashfs) if path else None


def _config(squashfs: Path) -> ImageConfig:
    from builder import image
    from builder.squashfs import read_text

    return image.ImageConfig.from_json(read_text(squashfs, image.PATH))


def _named(config: ImageConfig) -> Path | None:
    path = Path("recipes") / config.name
    return path if (path / "recipe.yaml").exists() else None


def _read(path: Path, squashfs: Path) -> Found:
    from builder.recipe import load_all

    document, variants = load_all(path)
    if len(variants) == 1:
        return Found(document, variants[0])
    tag = _config(squashfs).tag
    fitting = [one for one in variants if one.tag == tag]
    if not fitting:
        raise UsageError(f"{path}: none of its variants is {tag}, as the image is",
                         hint="they are: " + ", ".join(one.tag for one in variants))
    return Found(document, fitting[0])
