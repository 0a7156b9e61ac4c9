"""Whether a recipe, and all that goes into its image, is still what a published image was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder import __version__, digest, family, key, lock, tools
from builder.errors import Fault
from builder.recipe.model import RecipeBase, TreeBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.outside import Outside
    from builder.recipe import Document, Recipe
    from certify.provenance import Made

_AGAIN = "check out the commit that it was published from, or name such a folder with --recipe DIR"


def recipe_of(made: Made, document: Document, variants: Sequence[Recipe]) -> Recipe:
    """The recipe, or the variant, that an image was made from; raises Fault if the file is not the one of then."""
    if document.sha256 != made.recipe:
        raise Fault(f"{document.path}: not the recipe that {made.title} was made from\nhere:      sha256:{document.sha256}\n"
                    f"published: sha256:{made.recipe}", hint=_AGAIN)
    found = [one for one in variants if (one.name, one.tag) == (made.name, made.tag)]
    if len(found) != 1:
        raise Fault(f"{document.path}: no variant of it is {made.title}", hint=_AGAIN)
    return found[0]


def require_same(made: Made, recipe: Recipe, outside: Outside) -> tuple[str, ...]:
    """Raise Fault if anything that goes into the image has changed since.

    Tools are the machine's, so other versions of them are no fault; gives them, as notes for people.
    """
    if made.platform != key.platform():
        raise Fault(f"{made.title} is for {made.platform}, and this machine is {key.platform()}",
                    hint="build it again on such a machine")
    if changed := [*_unfit(made, recipe), *_files(made, recipe)]:
        raise Fault("\n".join((f"{made.title}: what it was made from has changed since", *changed)), hint=_AGAIN)
    if key.of(recipe, outside) == made.key:
        return ()
    notes = tuple(_tools(made))
    if _key(made, recipe, outside) == made.key:
        return notes
    if _key(made, recipe, outside, unlocked=True) == made.key:
        return (*notes, "recipe.lock was written since; what the image was made of then is taken again")
    suspects = list(_suspects(made, recipe))
    if suspects and made.version in ("", __version__):
        raise Fault(f"{made.title}: its content key is another here, so something that goes into it has changed since\n"
                    f"it may be: {', '.join(suspects)}", hint=_AGAIN)
    # Nothing of the recipe's can have changed, or not be told: what counts as an input has.
    return (*notes, "the content key is another here: this certify counts other inputs, and may make other bytes")


def differing(made: Made) -> dict[str, tuple[str, str]]:
    """The tools that are not of the same version: the version of then, and the one here."""
    here = tools.versions()
    return {name: (made.tools.get(name, "none"), here.get(name, "none")) for name in {**made.tools, **here}
            if made.tools.get(name) != here.get(name)}


def _tools(made: Made) -> Iterator[str]:
    for name, (then, now) in differing(made).items():
        yield f"another {name} may make other bytes; here: {now}; published: {then}"
    if made.version not in ("", __version__):
        yield f"another certify may make other bytes; here: {__version__}; published: {made.version}"


def _family(recipe: Recipe) -> Iterator[Recipe]:
    """A recipe, those that it stands on, and those that they stand on."""
    yield recipe
    for base in family.parents(recipe):
        yield from _family(family.parent(recipe, base)[1])


def _unfit(made: Made, recipe: Recipe) -> Iterator[str]:
    """Where the recipes ask for other things than the image and its parents were made of."""
    for one in _family(recipe):
        before = "" if one is recipe else f"recipe {one.name}: "
        yield from (before + words for words in lock.unfit(one, made.resolved))


def _files(made: Made, recipe: Recipe) -> Iterator[str]:
    for stage in recipe.all_stages:
        for file in stage.files:
            if made.files.get(file.source) != digest.of_folder(recipe.folder / file.source):
                yield f"files: {file.source} is not what it was"


def _suspects(made: Made, recipe: Recipe) -> Iterator[str]:
    """What the key knows and the provenance does not tell by itself."""
    for one in _family(recipe):
        now, then = lock.Lock.read(one.folder), made.resolved.of(one)
        packages = [[stage.packages for stage in image.stages] for image in (now and now.of(one), then) if image]
        if now and (len(packages) < 2 or packages[0] != packages[1]):
            yield f"{one.folder / lock.FILE_NAME}"
        if one is not recipe:
            yield f"recipe {one.name} or its files"
        yield from (f"the tree {stage.base.tree}" for stage in one.all_stages if isinstance(stage.base, TreeBase))


def _key(made: Made, recipe: Recipe, outside: Outside, *, unlocked: bool = False) -> str:
    """The content key that a recipe would have with the tools of then."""
    plain: dict[str, Any] = key.inputs(recipe, outside)
    plain["tools"] = dict(made.tools)
    plain["builder"] = [plain["builder"][0], made.version or __version__, *plain["builder"][2:]]
    plain["lock"] = "" if unlocked else plain["lock"]
    for stage in recipe.all_stages:
        if isinstance(stage.base, RecipeBase):
            inputs = plain["stages"][stage.name] if stage.name else plain
            inputs["base"]["key"] = _key(made, family.parent(recipe, stage.base)[1], outside, unlocked=unlocked)
    return digest.of_data(plain)
