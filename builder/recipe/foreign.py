"""Recipes of other programs: several call their file recipe.yaml, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from builder.recipe.source import Document

_OURS: Final = ("schema", "base", "steps")

# The top keys of conda-build's and rattler-build's, BlueBuild's, DataHub's and AWS Greengrass' recipes that ours have not.
_THEIRS: Final = frozenset({"package", "build", "requirements", "outputs", "about", "context", "recipe", "base-image",
                            "image-version", "modules", "source", "sink", "RecipeFormatVersion", "ComponentName"})


def is_foreign(values: object) -> bool:
    """Whether a document is plainly another program's recipe: it has keys of theirs, and none that makes it one of ours."""
    return isinstance(values, dict) and not any(key in values for key in _OURS) and not _THEIRS.isdisjoint(values)


def refuse(document: Document) -> None:
    """Say so once, in place of what the schema would say of each key."""
    values = document.values
    theirs = [key for key in values if key in _THEIRS] if isinstance(values, dict) else []
    document.report("SCH004", document.span((theirs[0],), key=True),
                    f"this is another program's recipe: it has '{theirs[0]}', and no 'schema'",
                    "leave it out, or begin with schema: 1 if it is to be one of ours")
