"""The stages of a build as they are rendered: what each is called, what it stands on, and what is done in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from builder import family, links
from builder.bases import rpm, upon
from builder.plan import Action
from builder.recipe.model import ArchiveBase, RecipeBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.recipe.model import Recipe, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stage as it is rendered. ``chain`` is its name among all stages of the build, those of parents included.

    ``name`` is what the Containerfile calls it. ``inherited`` is what its base brings to its environment; ``parent`` is
    the chain of the recipe that it stands on.
    """

    chain: str
    recipe: Recipe
    stage: Stage
    inherited: Mapping[str, str]
    parent: str | None
    name: str = ""

    @property
    def prefix(self) -> str:
        """What stands before its name in that of its chain: the recipe that it belongs to."""
        return self.chain[:len(self.chain) - len(self.stage.name)]

    @property
    def place(self) -> str:
        """Its folder in the context, with a slash at the end; the image's own is the context itself."""
        *parents, own = self.chain.split("/")
        return "".join(f"parents/{name.replace(':', '+')}/" for name in parents) + (f"stages/{own}/" if own else "")

    @property
    def env(self) -> dict[str, str]:
        """What its programs see."""
        return self.stage.environment_upon(self.inherited)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is done in it, as the build does it; files and folders are those of the context."""
        return tuple(self._actions())

    def _actions(self) -> Iterator[Action]:
        stage, place = self.stage, Path(self.place)
        if stage.apt and not isinstance(stage.base, ArchiveBase):
            yield upon.install(stage, place / "packages")
        if stage.dnf:
            yield rpm.install(stage, place / "rpms")
        for link in links.of_wheels(stage, None, place / "wheels"):
            yield from link.ready()
        for index, source in enumerate(stage.sources):
            folder, route = place / f"source-{index}", (*stage.route, "sources", index)
            yield (Action(kind="copy", route=route, source=str(folder / source.sha256), to=source.to, mode="0644") if source.to
                   else links.unpack(stage, index, folder))
        for index, file in enumerate(stage.files):
            yield Action(kind="copy", route=(*stage.route, "files", index), source=str(place / "files" / str(index)), to=file.to)
        for link in (*links.of_copies(stage, lambda copy: (f"{self.prefix}{copy.stage}", "")), *links.of_steps(stage)):
            yield from link.ready()


def parts(recipe: Recipe, inherited: Mapping[str, Mapping[str, str]] | None = None) -> list[Part]:
    """Every stage of a build in the order in which they can be made; the image is the last.

    ``inherited`` gives, by chain, what bases bring to the environment: of images only those who fetched them know.
    """
    found: dict[str, Part] = {}
    _collect(recipe, "", inherited or {}, found)
    names = _names(found)
    return [replace(part, name=names[chain]) for chain, part in found.items()]


def _names(found: Mapping[str, Part]) -> dict[str, str]:
    """The name of each chain in the Containerfile, which is unlike every other.

    A stage has its own. Those of parents are numbered, as a tag may hold what a name may not.
    """
    parents = list(dict.fromkeys(part.prefix for part in found.values() if part.prefix))
    names = {}
    for chain, part in found.items():
        own = f"{part.stage.name}." if part.stage.name == "scratch" else part.stage.name     # FROM scratch has to stay empty
        names[chain] = f"recipe.{parents.index(part.prefix) + 1}.{own}".rstrip(".") if part.prefix else own
    return names


def _collect(recipe: Recipe, prefix: str, inherited: Mapping[str, Mapping[str, str]], found: dict[str, Part]) -> None:
    for stage in recipe.all_stages:
        chain, parent = f"{prefix}{stage.name}", None
        brought = inherited.get(chain, {})
        if isinstance(stage.base, RecipeBase):
            parent = f"{prefix}{stage.base.recipe}/"
            if parent not in found:
                _collect(family.parent(recipe, stage.base)[1], parent, inherited, found)
            brought = {**found[parent].inherited, **found[parent].recipe.env}
        found[chain] = Part(chain=chain, recipe=recipe, stage=stage, inherited=brought, parent=parent)
