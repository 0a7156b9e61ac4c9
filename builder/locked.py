"""What a recipe was locked to, as plain frozen data: stage by stage, the exact packages, wheels and sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.apt import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The words of a stage that decide what is fetched for it. ``pip`` is the digest of its requirements file."""

    base: str
    apt: tuple[str, ...] = ()
    dnf: tuple[str, ...] = ()
    pip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLock:
    """What one stage is made of. ``inputs`` are the words of the recipe that it was locked from.

    ``wheels`` are file names, ``sources`` addresses, both with their sha256; ``base`` is the digest of a base that is an
    image. A ``note`` says why packages and wheels are not locked.
    """

    name: str
    inputs: Inputs
    packages: tuple[Package, ...] = ()
    wheels: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    base: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLock:
    """One image, of the recipe or of one of its variants, for one platform: its stages in their order."""

    stages: tuple[StageLock, ...]

    def stage(self, name: str) -> StageLock:
        """The lock of a stage; "" is the image itself."""
        return next(stage for stage in self.stages if stage.name == name)

    def packages_for(self, name: str) -> tuple[Package, ...] | None:
        """The packages of a stage, or None where they are not locked."""
        found = self.stage(name)
        return None if found.note else found.packages

    def wheels_for(self, name: str) -> tuple[tuple[str, str], ...] | None:
        """File name and sha256 of a stage's wheels, or None where they are not locked."""
        found = self.stage(name)
        return None if found.note else found.wheels
