"""What a recipe was locked to, and whether it still is what the recipe says.

``recipe.lock`` lies beside recipe.yaml. It comes with the recipe and is believed no more than that: packages are still
fetched from the signed archive, and all that is fetched is compared with its sha256.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder import digest, lockfile, lockreader
from builder.errors import Fault
from builder.image import host_platform
from builder.locked import ImageLock, Inputs, StageLock
from builder.recipe.model import ArchiveBase, ImageBase, RecipeBase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from builder.recipe.model import Base, Recipe, Stage

__all__ = ["FILE_NAME", "ImageLock", "Inputs", "Lock", "StageLock", "fitting", "unfit"]

FILE_NAME: Final = lockfile.FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A recipe.lock: images by ``<name>:<version> <platform>``. A new revision alone needs no new lock."""

    images: Mapping[str, ImageLock] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Lock | None:
        """The lock beside a recipe, None where there is none; raises Fault for what cannot be read."""
        text = lockfile.read(folder)
        return None if text is None else cls(images=lockreader.parse(text, folder / FILE_NAME))

    def write(self, folder: Path) -> None:
        """Write the lock beside a recipe, whole or not at all; raises Fault if a link stands there."""
        lockfile.write(folder, self.to_json())

    def to_json(self) -> str:
        """The file's text: the same for equal locks, with one package a line."""
        return lockfile.dump(self.images)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that something is locked for."""
        return tuple(sorted({name.rpartition(" ")[2] for name in self.images}))

    def of(self, recipe: Recipe, platform: str | None = None) -> ImageLock | None:
        """The image of a recipe: that of its name and version, else one that was made from the same words."""
        platform = platform or here()
        found = self.images.get(key(recipe, platform))
        if found is not None:
            return found
        others = [image for name, image in self.images.items() if name.endswith(f" {platform}")]
        same = [image for image in others if not _differences(recipe, image)]
        if not same and len(others) == 1:
            return others[0]    # it can only be this one, and tells what has changed
        return same[0] if same else None


def fitting(recipe: Recipe) -> ImageLock | None:
    """The lock that a build is to use, None where there is none; raises Fault for one that does not fit the recipe."""
    lock = Lock.read(recipe.folder)
    if lock is None:
        return None
    if differences := unfit(recipe, lock):
        raise Fault("\n".join((f"{recipe.folder / FILE_NAME}: the lock does not fit the recipe any more", *differences)),
                    hint=f"look at the differences, then: certify lock {recipe.folder}")
    return lock.of(recipe)


def digest_of(recipe: Recipe) -> str:
    """The digest of what a recipe is locked to, for the content key; empty without a lock."""
    locked = Lock.read(recipe.folder)
    image = locked and locked.of(recipe)
    return digest.of_data(Lock(images={"": image}).to_json()) if image else ""


def unfit(recipe: Recipe, lock: Lock, platform: str | None = None) -> list[str]:
    """What of the recipe has changed since it was locked for a platform, in words; empty if the lock fits."""
    image = lock.of(recipe, platform)
    return _differences(recipe, image) if image else [f"{key(recipe, platform)} is not in it"]


def key(recipe: Recipe, platform: str | None = None) -> str:
    """Under which name an image stands in its lock. Packages differ from platform to platform."""
    return f"{recipe.name}:{recipe.version} {platform or here()}"


def here() -> str:
    """The OCI platform that a build is for: this machine's."""
    return host_platform(os.uname().machine)


def inputs(recipe: Recipe, stage: Stage) -> Inputs:
    """The words of a stage that decide what is fetched for it."""
    pip = f"sha256:{digest.of_file(recipe.folder / stage.wheels.requirements)}" if stage.wheels else ""
    return Inputs(base=base_in_words(stage.base), apt=tuple(sorted(stage.apt)), dnf=tuple(sorted(stage.dnf)), pip=pip)


def sources(stage: Stage) -> tuple[tuple[str, str], ...]:
    """Address and sha256 of the sources of a stage."""
    return tuple(sorted({(one.url, one.sha256) for one in stage.sources}))


def base_in_words(base: Base) -> str:
    """A base in one line. A mirror is not told: behind it is the same signed archive."""
    if isinstance(base, ArchiveBase):
        return f"{base.distribution} {base.suite}" + (f" of {base.snapshot}" if base.snapshot else "")
    if isinstance(base, ImageBase):
        return f"image {base.reference}"
    return f"recipe {base.recipe}" if isinstance(base, RecipeBase) else f"tree {base.tree}"


def changes(recipe: Recipe, stage: Stage, locked: StageLock) -> list[str]:
    """What of a stage has changed since it was locked, in words."""
    old, new = locked.inputs, inputs(recipe, stage)
    words = [f"base: {old.base} -> {new.base}"] if old.base != new.base else []
    words += _moved("packages.apt", old.apt, new.apt) + _moved("packages.dnf", old.dnf, new.dnf)
    words += ["packages.pip: the requirements file has changed"] if old.pip != new.pip else []
    was, now = ([f"{url} sha256:{sha256}" for url, sha256 in pairs] for pairs in (locked.sources, sources(stage)))
    return words + _moved("sources", was, now)


def _differences(recipe: Recipe, image: ImageLock) -> list[str]:
    stages = {stage.name: stage for stage in recipe.all_stages}
    locked = {stage.name: stage for stage in image.stages}
    words = [f"stages: - {name or 'the image'}" for name in locked if name not in stages]
    for name, stage in stages.items():
        before = f"stages.{name}." if name else ""
        if name not in locked:
            words.append(f"stages: + {name or 'the image'}")
        else:
            words += [before + text for text in changes(recipe, stage, locked[name])]
    return words


def _moved(title: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    words = [f"+ {one}" for one in new if one not in old] + [f"- {one}" for one in old if one not in new]
    return [f"{title}: {', '.join(words)}"] if words else []
