"""What the stages of a build need from outside: bases, packages, wheels, sources. All of it is fetched here, by hash."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from builder import apt, crew, disk, fetch, used, wheels
from builder.bases import archive, image, rpm, tree, upon
from builder.lock import Lock
from builder.progress import human_size
from builder.recipe.model import ArchiveBase, ImageBase, TreeBase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from builder.apt import Package
    from builder.bases.foundation import Foundation
    from builder.layers import Layers
    from builder.links import Link
    from builder.locked import ImageLock
    from builder.outside import Outside
    from builder.progress import Progress
    from builder.recipe.model import Recipe, Source, Stage


@dataclass(slots=True, kw_only=True)
class Materials:
    """What went into an image, for its record; ``resolved`` is what each recipe, the parents too, was made of."""

    packages: list[Package] = field(default_factory=list)
    wheels: list[dict[str, str]] = field(default_factory=list)
    bases: list[Mapping[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    resolved: dict[str, ImageLock] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The materials as the record keeps them: each once, sorted."""
        packages = {package.exact: asdict(package) for package in self.packages}
        found = {wheel["file"]: wheel for wheel in self.wheels}
        return {"packages": [packages[name] for name in sorted(packages)], "wheels": [found[name] for name in sorted(found)],
                "bases": [dict(one) for one in self.bases], "notes": list(dict.fromkeys(self.notes)),
                "resolved": json.loads(Lock(images=self.resolved).to_json())}


@dataclass(slots=True, kw_only=True)
class Supply:
    """The ways of one build to what is outside. ``heard`` takes what the tools say."""

    layers: Layers
    cache: Path
    outside: Outside
    progress: Progress
    heard: Callable[[str], None]
    materials: Materials = field(default_factory=Materials)
    archives: dict[ArchiveBase, apt.Apt] = field(default_factory=dict)
    coming: dict[Path, Future[Path]] = field(default_factory=dict)      # wheels, by the working folder of their stage

    def base(self, recipe: Recipe, base: ImageBase | TreeBase, work: Path, label: str) -> Foundation:
        """The layers of an image or of a tree of files."""
        with self.progress.stage(f"{label}base") as notes:
            if isinstance(base, ImageBase):
                found = image.provide(base, recipe.folder, self.outside, self.layers, self.cache / "images", work, self.heard)
            else:
                found = tree.provide(base, recipe.folder, self.outside, self.layers, work, self.heard)
            notes.extend(found.notes)
        self.materials.bases += found.materials
        self.materials.notes += found.notes
        return found

    def archive(self, recipe: Recipe, stage: Stage, base: ArchiveBase, lock: ImageLock | None, work: Path,
                label: str) -> tuple[Foundation, list[Package]]:
        """The layer of a distribution with the stage's packages: those that are locked, or the archive's of this moment.

        The stage's wheels come down meanwhile; where they do not, ``wheels`` says why.
        """
        if base not in self.archives:       # one index serves every stage
            self.archives[base] = apt.Apt(work / "apt", base, self.outside)
        private = self.archives[base]
        with self.progress.stage(f"{label}resolve") as notes:
            locked = lock.packages_for(stage.name) if lock else None
            packages = list(locked or private.resolve([*stage.apt, *(("python3",) if stage.wheels else ())]))
            notes.append(f"{len(packages)} packages{', locked' if locked else ''}")
        with self.progress.stage(f"{label}base") as notes:
            cached = self.layers.has(archive.key(base, packages))
            with ExitStack() as stack:
                if stage.wheels:
                    fetched = crew.beside(lambda: self._fetched(recipe, stage, packages, lock, work))
                    self.coming[work] = stack.enter_context(fetched)
                found = archive.provide(private, packages, self.layers, self.cache / "debs", work, self.heard)
            notes.append(f"{base.suite}{', from the cache' if cached else ''}")
        self.materials.packages += packages
        return found, packages

    def upon(self, stage: Stage, foundation: Foundation, lock: ImageLock | None, work: Path,
             label: str) -> tuple[list[Link], list[Package]]:
        """The layer of packages upon a base that is a tree already, and all packages that are then there."""
        trees = [self.layers.tree(name) for name in foundation.layers]
        links = self._rpms(stage, trees, work, label) if stage.dnf else []
        there = list(upon.installed(trees))
        if not stage.apt:
            return links, there
        with self.progress.stage(f"{label}resolve") as notes:
            locked = lock.packages_for(stage.name) if lock else None
            private, more = upon.resolve(stage, trees, work, self.outside, locked)
            notes.append(f"{len(more)} packages{', locked' if locked else ''}")
        private.note_use(more, self.cache / "debs")
        self.materials.packages += more
        names = {package.name for package in more}
        left = [package for package in there if package.name not in names]
        return [*upon.link(stage, private, more, self.cache / "debs", work), *links], [*more, *left]

    def _rpms(self, stage: Stage, trees: list[Path], work: Path, label: str) -> list[Link]:
        with self.progress.stage(f"{label}resolve rpm packages") as notes:
            private = rpm.Dnf(trees, work / "dnf", self.cache / "rpms", self.outside)
            packages = private.resolve(stage.dnf)
            private.note_use(packages)
            notes.append(f"{len(packages)} packages")
        self.materials.packages += packages
        self.materials.notes += private.notes
        return list(rpm.link(stage, private, packages))

    def wheels(self, recipe: Recipe, stage: Stage, packages: list[Package], lock: ImageLock | None, work: Path,
               label: str) -> Path | None:
        """The folder with a stage's wheels, for the Python among its packages; None if it has none."""
        if stage.wheels is None:
            return None
        with self.progress.stage(f"{label}fetch wheels") as notes:
            coming = self.coming.get(work)
            folder = coming.result() if coming else self._fetched(recipe, stage, packages, lock, work)
            size = sum(path.stat().st_size for path in folder.iterdir())
            notes.append(human_size(size))
            disk.require_room(work, 5 * size, "to install the wheels")
        self.materials.wheels += wheels.files(folder)
        return folder

    def _fetched(self, recipe: Recipe, stage: Stage, packages: list[Package], lock: ImageLock | None, work: Path) -> Path:
        assert stage.wheels is not None
        locked = lock.wheels_for(stage.name) if lock else None
        return wheels.fetch(stage.wheels, recipe.folder, wheels.target(packages), self.cache, work,
                            outside=self.outside, locked=locked)

    def note_use(self, sources: Iterable[Source]) -> None:
        """Note that sources are of use, also where their layer is there."""
        for source in sources:
            used.touch(self.cache / "sources" / source.sha256)

    def source(self, source: Source, work: Path) -> Path:
        """The file of a source."""
        with self.progress.stage("fetch source"):
            return fetch.source(source, self.cache / "sources", work, self.heard, self.outside)
