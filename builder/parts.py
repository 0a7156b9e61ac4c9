"""The stages of a build as they are rendered: what each is called, what it stands on, and what is done in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from builder import family, links
from builder.bases import upon
from builder.plan import Action
from builder.recipe.model import ArchiveBase, RecipeBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.recipe.model import Recipe, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stage as it is rendered. ``chain`` is its name among all stages of the build, those of parents included.

    ``inherited`` is what its base brings to its environment; ``parent`` is the chain of the recipe that it stands on.
    """

    chain: str
    recipe: Recipe
    stage: Stage
    inherited: Mapping[str, str]
    parent: str | None

    @property
    def place(self) -> str:
        """Its folder in the context, with a slash at the end; the image's own is the context itself."""
        *parents, own = self.chain.split("/")
        return "".join(f"parents/{name}/" for name in parents) + (f"stages/{own}/" if own else "")

    @property
    def env(self) -> dict[str, str]:
        """What its programs see."""
        return {**self.stage.environment, **self.inherited, **self.stage.env}

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is done in it, as the build does it; files and folders are those of the context."""
        return tuple(self._actions())

    def _actions(self) -> Iterator[Action]:
        stage, place = self.stage, Path(self.place)
        if stage.apt and not isinstance(stage.base, ArchiveBase):
            yield upon.install(stage, place / "packages")
        for link in links.of_wheels(stage, None, place / "wheels"):
            yield from link.ready()
        for index, source in enumerate(stage.sources):
            folder, route = place / f"source-{index}", (*stage.route, "sources", index)
            yield (Action(kind="copy", route=route, source=str(folder / source.sha256), to=source.to, mode="0644") if source.to
                   else links.unpack(stage, index, folder))
        for index, file in enumerate(stage.files):
            yield Action(kind="copy", route=(*stage.route, "files", index), source=str(place / "files" / str(index)), to=file.to)
        prefix = self.chain[:len(self.chain) - len(stage.name)]
        for link in (*links.of_copies(stage, lambda copy: (f"{prefix}{copy.stage}", "")), *links.of_steps(stage)):
            yield from link.ready()


def parts(recipe: Recipe, inherited: Mapping[str, Mapping[str, str]] | None = None) -> list[Part]:
    """Every stage of a build in the order in which they can be made; the image is the last.

    ``inherited`` gives, by chain, what bases bring to the environment: of images only those who fetched them know.
    """
    found: dict[str, Part] = {}
    _collect(recipe, "", inherited or {}, found)
    return list(found.values())


def stage_name(chain: str) -> str:
    """The name of a chain in the Containerfile: a stage's own, but for parents, whose recipes' names may hold dots."""
    *parents, own = chain.split("/")
    named = f"{own}.." if own == "scratch" else own     # FROM scratch must go on to mean nothing
    return "..".join((*(f"recipe..{name}" for name in parents), *((named,) if named else ())))


def _collect(recipe: Recipe, prefix: str, inherited: Mapping[str, Mapping[str, str]], found: dict[str, Part]) -> None:
    for stage in recipe.all_stages:
        chain, parent = f"{prefix}{stage.name}", None
        brought = inherited.get(chain, {})
        if isinstance(stage.base, RecipeBase):
            parent = f"{prefix}{stage.base.name}/"
            if parent not in found:
                _collect(family.parent(recipe, stage.base)[1], parent, inherited, found)
            brought = {**found[parent].inherited, **found[parent].recipe.env}
        found[chain] = Part(chain=chain, recipe=recipe, stage=stage, inherited=brought, parent=parent)
