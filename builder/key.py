"""The content key: one digest over everything that can change the bytes of an image."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Final

from builder import __version__, base, buildah, digest
from builder.image import ImageConfig, host_platform
from builder.normalise import EPOCH

if TYPE_CHECKING:
    from builder.recipe.model import Recipe

_FORMAT: Final = 1      # raise it when the builder makes other bytes of the same recipe
TOOLS: Final = ("buildah", "runc", "mmdebstrap", "apt-get", "dpkg-deb", "tar", "mksquashfs")


@functools.cache
def tools() -> dict[str, str]:
    """The versions of the tools that make an image."""
    return base.tool_versions(TOOLS)


def config(recipe: Recipe) -> ImageConfig:
    """What the image will say of itself."""
    return ImageConfig(name=recipe.name, version=recipe.version, revision=recipe.revision, platform=platform(),
                       environment=recipe.environment, entrypoint=recipe.entrypoint, workdir=recipe.workdir)


def platform() -> str:
    """The OCI platform of this machine."""
    return host_platform(os.uname().machine)


def inputs(recipe: Recipe) -> dict[str, object]:
    """All that goes into an image, as plain data.

    Summary, license, access, host libraries and tests are not among it: they can change without a build.
    """
    return {
        "builder": [_FORMAT, __version__, EPOCH, buildah.ISOLATION],
        "tools": tools(),
        "image": config(recipe).to_json(),
        "base": recipe.base.suite,
        "apt": sorted(recipe.apt),
        "wheels": recipe.wheels and [recipe.wheels.venv, digest.of_file(recipe.folder / recipe.wheels.requirements)],
        "sources": [[one.sha256, one.unpack, one.to] for one in recipe.sources],
        "files": [[one.to, one.mode, digest.of_folder(recipe.folder / one.source)] for one in recipe.files],
        "steps": [[one.run, dict(one.env)] for one in recipe.steps],
    }


def of(recipe: Recipe) -> str:
    """The content key of a recipe with the tools of this machine."""
    return digest.of_data(inputs(recipe))
