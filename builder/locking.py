"""Makes locks: asks the archives and indexes what a recipe's words mean today. Needs apt, but neither root nor a build."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from builder import lock, wheels, workspace
from builder.apt import Apt
from builder.errors import Fault
from builder.layers import Layers
from builder.lock import ImageLock, Lock, StageLock
from builder.outside import Outside
from builder.recipe.model import ArchiveBase, ImageBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from builder.apt import Package
    from builder.recipe import Recipe
    from builder.recipe.model import Stage

_NOTE = "what is installed on a base that is no archive depends on what the base brings: it is not locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two locks: of a package, a wheel, a source or a base; "" is what is not there."""

    image: str
    stage: str
    kind: str
    name: str
    old: str
    new: str


def make(recipes: Sequence[Recipe], *, cache: Path, outside: Outside | None = None, old: Lock | None = None,
         upgrade: bool = False) -> Lock:
    """The lock of a recipe, in all its variants. Of the old one stays what still fits, unless all is to be upgraded.

    Raises Fault for what cannot be had, Error where the network or a tool fails. Other platforms' images stay.
    """
    cache = workspace.prepare(cache)
    names = {f"{recipe.name}:{recipe.version}" for recipe in recipes}
    images = {name: image for name, image in (old.images if old else {}).items()
              if name.split()[0] in names and not name.endswith(f" {lock.here()}")}
    outside = outside or Outside()
    with workspace.workspace(cache) as work, Layers(cache / "layers").shared(), outside.discreet():
        maker = _Maker(cache, work, outside, upgrade)
        for recipe in recipes:
            image = maker.image(recipe, old.of(recipe) if old else None)
            if images.setdefault(lock.key(recipe), image) != image:
                raise Fault(f"{recipe.folder}: two variants are {recipe.name}:{recipe.version}, made of different things",
                            hint="let the version tell them apart, not the revision alone")
    return Lock(images=images)


def changes(old: Lock | None, new: Lock) -> list[Change]:
    """What two locks differ in, in the order of the file."""
    found = []
    for image, stages in new.images.items():
        before = _stages(old, image, len(new.images))
        for stage in stages.stages:
            was, now = dict(_things(before.get(stage.name))), dict(_things(stage))
            for kind, name in sorted({*was, *now}):
                pair = was.get((kind, name), ("", "")), now.get((kind, name), ("", ""))
                if pair[0] != pair[1]:
                    found.append(_change(image, stage.name, kind, name, *pair))
    return found


@dataclass(slots=True)
class _Maker:
    """One run: an archive's index is fetched once, and asked for equal packages once."""

    cache: Path
    work: Path
    outside: Outside
    upgrade: bool
    apts: dict[ArchiveBase, Apt] = field(default_factory=dict)
    known: dict[object, tuple[Package, ...]] = field(default_factory=dict)
    count: int = 0

    def image(self, recipe: Recipe, old: ImageLock | None) -> ImageLock:
        before = {stage.name: stage for stage in old.stages} if old else {}
        return ImageLock(stages=tuple(self._stage(recipe, stage, before.get(stage.name)) for stage in recipe.all_stages))

    def _stage(self, recipe: Recipe, stage: Stage, old: StageLock | None) -> StageLock:
        if old is not None and not self.upgrade and not lock.changes(recipe, stage, old):
            return old
        plain = StageLock(name=stage.name, inputs=lock.inputs(recipe, stage), sources=lock.sources(stage),
                          base=f"sha256:{stage.base.digest}" if isinstance(stage.base, ImageBase) else "")
        if not isinstance(stage.base, ArchiveBase):
            return replace(plain, note=_NOTE if stage.apt or stage.dnf or stage.wheels else "")
        same = old is not None and not self.upgrade and old.inputs.base == plain.inputs.base
        packages = self._packages(stage, stage.base, old.packages if old and same else ())
        return replace(plain, packages=packages, wheels=self._wheels(recipe, stage, packages))

    def _packages(self, stage: Stage, base: ArchiveBase, keep: Sequence[Package]) -> tuple[Package, ...]:
        wanted = tuple(dict.fromkeys((*stage.apt, *(("python3",) if stage.wheels else ()))))
        asked = (base, wanted, tuple(keep))
        if asked not in self.known:
            if base not in self.apts:
                self.apts[base] = Apt(self.work / f"apt-{len(self.apts)}", base, self.outside)
            self.known[asked] = tuple(self.apts[base].resolve(wanted, keep=keep))
        return self.known[asked]

    def _wheels(self, recipe: Recipe, stage: Stage, packages: Sequence[Package]) -> tuple[tuple[str, str], ...]:
        if stage.wheels is None:
            return ()
        self.count += 1
        work = self.work / f"wheels-{self.count}"
        return wheels.chosen(wheels.fetch(stage.wheels, recipe.folder, wheels.target(packages), self.cache, work,
                                          outside=self.outside))


def _stages(old: Lock | None, image: str, count: int) -> dict[str, StageLock]:
    """The stages of an image in the old lock; where both have a single one, that is it, whatever its version was."""
    if old is None:
        return {}
    found = old.images.get(image) or (next(iter(old.images.values())) if len(old.images) == count == 1 else None)
    return {stage.name: stage for stage in found.stages} if found else {}


def _things(stage: StageLock | None) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Kind and name of all that is locked, each with its version and its sha256."""
    if stage is None:
        return
    if stage.base or stage.inputs.base:
        yield ("base", "base"), (stage.inputs.base, stage.base)
    for package in stage.packages:
        yield ("package", package.name), (package.version, package.sha256)
    for file, sha256 in stage.wheels:
        name, version = file.split("-")[:2]
        yield ("wheel", re.sub(r"[-_.]+", "-", name).lower()), (version, sha256)
    for url, sha256 in stage.sources:
        yield ("source", url), ("", sha256)


def _change(image: str, stage: str, kind: str, name: str, old: tuple[str, str], new: tuple[str, str]) -> Change:
    """Versions, or where they are the same the hashes tell the difference."""
    same = old[0] == new[0]
    shown = [(f"{version} sha256:{sha256[-64:][:12]}".strip() if same else version) if version or sha256 else ""
             for version, sha256 in (old, new)]
    return Change(image=image, stage=stage, kind=kind, name=name, old=shown[0], new=shown[1])
