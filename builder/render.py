"""A recipe as a Containerfile: the same build by plain ``buildah build``, so that nobody is locked in.

What comes from outside is not fetched here. It stands there as files of the build's context, which context.py fills:

base.tar          the tree that a stage starts from          source-<n>/, files/<n>   sources and the recipe's files
packages/         .deb files for a base that is a tree       image.json               what the image says of itself
wheels/           wheels, and the pip that installs them     certify/                 the compiler of bytecode, fixed files

A stage has its files in ``stages/<name>``, a recipe that another stands on in ``parents/<name>``. Every Debian image has
what the instructions use beyond the recipe's own programs: sh, env, coreutils. What no instruction can say is different:
WORKDIR makes its folder where the image has none; programs see the network and the host's name that buildah gives them;
and of several hard links that one step made, a later step that writes to one changes all, where a layer would part them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder import finish, instructions, key, links
from builder.image import PATH as IMAGE_JSON
from builder.normalise import FIXED, MOUNTED
from builder.parts import parts
from builder.recipe.model import DEFAULT_PATH, ArchiveBase, ImageBase, RecipeBase, TreeBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.parts import Part
    from builder.plan import Action
    from builder.recipe.model import Recipe

TOOLS: Final = "certify"        # the folder of the context with what every image needs
_PYTHON: Final = "/usr/bin/python3"
_COMPILE: Final = f"test ! -e {_PYTHON} || exec {_PYTHON} -IS {MOUNTED}/compile_bytecode.py --{{}}=/"


def containerfile(recipe: Recipe, inherited: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The Containerfile of a recipe; ``inherited`` as in ``parts``."""
    name = f"{recipe.name}:{recipe.tag}"
    lines = [f"# The recipe of {name}, for buildah 1.28 or newer: buildah build --tag {name} DIR",
             "# with DIR made by: certify render --context DIR RECIPE"]
    found = parts(recipe, inherited)
    names = {part.chain: part.name for part in found}
    for part in found:
        lines += ["", *_stage(part, names, known=inherited is not None)]
    return "\n".join((*lines, *_settings(found[-1]))) + "\n"


def _stage(part: Part, names: Mapping[str, str], *, known: bool) -> Iterator[str]:
    yield instructions.comment(_title(part))
    named = f" AS {part.name}" if part.name else ""
    if part.parent:
        yield f"FROM {names[part.parent]}{named}"
    else:
        yield f"FROM scratch{named}"
        yield instructions.add(f"{part.place}base.tar")
    if links.adopts(part.stage):
        yield _compile(part, "adopt")
    if isinstance(part.stage.base, ImageBase) and not known:
        yield "# The environment that this base brings is known only when it is fetched: certify render --context DIR"
    steps = [action for action in part.actions if "steps" in action.route[-2:]]
    for action in part.actions:
        if action not in steps:
            yield _instruction(part, action, names)
    if not part.stage.name and steps:       # they may copy what is there, and see what is compiled as in the build
        yield _compile(part, "missing" if links.adopts(part.stage) else "all")
    for action, step in zip(steps, part.stage.steps, strict=True):
        yield instructions.comment(f"step: {step.name}")
        yield _instruction(part, action, names)
    if not part.stage.name:
        yield from _finish(part)


def _title(part: Part) -> str:
    base = part.stage.base
    of = {ArchiveBase: "{0.distribution} {0.suite}", ImageBase: "image {0.reference}", TreeBase: "tree {0.tree}",
          RecipeBase: "recipe {0.recipe}"}[type(base)].format(base)
    what = f"stage {part.stage.name}" if part.stage.name else f"{part.recipe.name}:{part.recipe.tag}"
    return f"{what}, on {of}"


def _instruction(part: Part, action: Action, names: Mapping[str, str]) -> str:
    if action.kind == "copy":
        return instructions.copy(action.source, action.to, action.mode)
    if action.kind == "take":
        return instructions.copy(action.source, action.to, stage=names[action.chain])
    return instructions.run(action.command, {**part.env, **(action.env or {})}, action.bind)


def _compile(part: Part, mode: str) -> str:
    return instructions.run(("/bin/sh", "-c", _COMPILE.format(mode)), part.env, TOOLS)


def _finish(part: Part) -> Iterator[str]:
    """The last layer of an image. The fixed files are copied: in a container the machine's own are in their places."""
    yield "# The tree gets its one form."
    yield _compile(part, "missing" if links.adopts(part.stage) else "all")
    yield instructions.run(("/bin/sh", "-e", "-c", finish.script()), {"PATH": DEFAULT_PATH})
    for path in FIXED:
        yield instructions.copy(f"{TOOLS}{path}", path, "0644")
    yield instructions.copy(f"{part.place}image.json", IMAGE_JSON, "0644")


def _settings(part: Part) -> Iterator[str]:
    config = key.config(part.recipe, part.inherited)
    for name, value in sorted(config.environment.items()):
        yield instructions.env(name, value)
    if config.workdir:
        yield instructions.workdir(config.workdir)
    if config.entrypoint:
        yield instructions.entrypoint(config.entrypoint)
