"""The content key: one digest over everything in a recipe that can change the bytes of its image."""

from __future__ import annotations

import functools
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import __version__, buildah, digest, family, lock, tools
from builder.image import ImageConfig, host_platform
from builder.normalise import EPOCH
from builder.outside import Outside
from builder.recipe.model import ImageBase, RecipeBase, TreeBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.recipe.model import Recipe, Stage

_FORMAT: Final = 2      # raise it when the builder makes other bytes of the same recipe


def config(recipe: Recipe, environment: Mapping[str, str] | None = None) -> ImageConfig:
    """What the image will say of itself; ``environment`` is what its base brings with it."""
    return ImageConfig(name=recipe.name, version=recipe.version, revision=recipe.revision, platform=platform(),
                       environment=recipe.image.environment_upon(environment or {}), entrypoint=recipe.entrypoint,
                       workdir=recipe.workdir)


def inherited(recipe: Recipe) -> dict[str, str] | None:
    """What a recipe's image has from its base's environment; None where only the base's bytes can tell."""
    if isinstance(recipe.base, ImageBase):
        return None
    if not isinstance(recipe.base, RecipeBase):
        return {}
    parent = family.parent(recipe, recipe.base)[1]
    above = inherited(parent)
    return None if above is None else {**above, **parent.env}


def platform() -> str:
    """The OCI platform of this machine."""
    return host_platform(os.uname().machine)


def inputs(recipe: Recipe, outside: Outside | None = None) -> dict[str, object]:
    """All that goes into an image, as plain data.

    Summary, license, access, host libraries and tests are not among it: they can change without a build.
    """
    return {
        "builder": [_FORMAT, __version__, EPOCH, buildah.ISOLATION, finishing()],
        "tools": tools.versions(),
        "image": config(recipe).to_json(),
        **_stage(recipe, recipe.image, outside),
        "lock": lock.digest_of(recipe),
        "stages": {stage.name: _stage(recipe, stage, outside) for stage in recipe.stages},
    }


@functools.cache
def finishing() -> str:
    """The digest of the code that gives every tree its one form: other code may make other bytes."""
    folder = Path(__file__).parent
    return digest.of_data([digest.of_file(folder / name) for name in ("bytecode.py", "compile_bytecode.py", "normalise.py")])


def of(recipe: Recipe, outside: Outside | None = None) -> str:
    """The content key of a recipe with the tools of this machine."""
    return digest.of_data(inputs(recipe, outside))


def _stage(recipe: Recipe, stage: Stage, outside: Outside | None) -> dict[str, object]:
    folder = recipe.folder
    return {
        "base": _base(recipe, stage, outside),
        "apt": sorted(stage.apt),
        "dnf": sorted(stage.dnf),
        "wheels": stage.wheels and [stage.wheels.venv, digest.of_file(folder / stage.wheels.requirements)],
        "sources": [[one.sha256, one.unpack, one.to] for one in stage.sources],
        "files": [[one.to, one.mode, digest.of_folder(folder / one.source)] for one in stage.files],
        "copy": [[one.stage, one.path, one.to] for one in stage.copies],
        "env": dict(stage.env),
        "steps": [[one.run, dict(one.env)] for one in stage.steps],
    }


def _base(recipe: Recipe, stage: Stage, outside: Outside | None) -> dict[str, Any]:
    plain: dict[str, Any] = asdict(stage.base)
    if isinstance(stage.base, RecipeBase):
        plain["key"] = of(family.parent(recipe, stage.base)[1], outside)
    elif isinstance(stage.base, TreeBase):
        from builder.bases import tree  # few recipes have one

        plain["digest"] = tree.digest_of(stage.base, recipe.folder, outside or Outside())
    return plain
