"""What a rule looks at: a recipe or a Containerfile, as the same few kinds of things.

Every thing has a route to its place; the engine turns routes into lines and columns with the file's own document.
``shipped`` is false for what belongs to a stage that does not become the image: it counts less.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from builder.recipe.model import ArchiveBase, ImageBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from builder.recipe import Recipe, Route
    from builder.recipe.model import Stage


_Text = TypeVar("_Text", "Script", "Written")

# Characters of all texts together: one alone could not even be given to a shell (MAX_ARG_STRLEN, linux/binfmts.h).
MOST_TEXT: Final = 131_072

# Characters of environment that all scripts of a recipe may start with together, each variable with what it costs to look up.
MOST_KNOWN: Final = 1_000_000
_EACH: Final = 20

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Script(NamedTuple):
    """Shell text. ``where`` names it for people (``step 'compile'``), ``known`` is the environment it starts with.

    ``kind`` is step (it makes the image) or test (it runs in the finished one). ``shell`` is the program that reads it,
    ``folder`` where it starts, as far as that is told.
    """

    route: Route
    text: str
    where: str
    kind: str = "step"
    known: Mapping[str, str] = NOTHING
    shipped: bool = True
    shell: str = "bash"
    folder: str = ""


class Variable(NamedTuple):
    """A variable that is set outside shell text; ``lasting`` if the image keeps it."""

    route: Route
    name: str
    value: str
    where: str
    lasting: bool = True
    shipped: bool = True

    @property
    def stays(self) -> bool:
        """Whether it is in the finished image: what a stage sets for itself never gets there."""
        return self.lasting and self.shipped


class Put(NamedTuple):
    """Something that is put at an absolute path of the image; ``what`` says by which means (files, COPY, workdir).

    ``given`` is the path as it is written, with its variables; ``owner`` is whom it is to belong to.
    """

    route: Route
    path: str
    what: str
    source: str | None = None
    mode: str | None = None
    shipped: bool = True
    given: str = ""
    owner: tuple[Route, str] | None = None


class Fetch(NamedTuple):
    """A file from the network, named outside shell text; ``sha256`` is what it is known by, if anything."""

    route: Route
    url: str
    sha256: str | None
    what: str
    shipped: bool = True


class Base(NamedTuple):
    """What an image or a stage starts from: an image ``reference``, or a distribution's ``suite``.

    ``copied`` marks an image that only files are taken from (``COPY --from=IMAGE``, ``RUN --mount=from=IMAGE``).
    """

    route: Route
    reference: str | None = None
    suite: str | None = None
    shipped: bool = True
    copied: bool = False


class Written(NamedTuple):
    """A file whose content stands in the recipe or Containerfile itself (``COPY <<EOF /etc/profile.d/x.sh``)."""

    route: Route
    path: str
    text: str
    shipped: bool = True


class Subject(NamedTuple):
    """A recipe or a Containerfile. ``folder`` is where its files are; ``recipe`` is None for a Containerfile.

    ``users`` and ``labels`` are (route, value) and (route, key, value); ``starts`` are the start commands, as words.
    """

    kind: str
    folder: Path | None = None
    recipe: Recipe | None = None
    scripts: tuple[Script, ...] = ()
    variables: tuple[Variable, ...] = ()
    puts: tuple[Put, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    written: tuple[Written, ...] = ()
    bases: tuple[Base, ...] = ()
    users: tuple[tuple[Route, str], ...] = ()
    labels: tuple[tuple[Route, str, str], ...] = ()
    starts: tuple[tuple[Route, tuple[str, ...]], ...] = ()


def of_recipe(recipe: Recipe) -> Subject:
    """A recipe as a subject: its stages in their order, the image last."""
    stages, left = recipe.all_stages, [MOST_KNOWN]
    workdir = () if recipe.workdir is None else (Put(route=("workdir",), path=recipe.workdir, what="workdir"),)
    return Subject(
        kind="recipe", folder=recipe.folder, recipe=recipe,
        scripts=(*(script for stage in stages for script in _steps(stage, left)), *_tests(recipe, left)),
        variables=tuple(variable for stage in stages for variable in _variables(stage)),
        puts=(*(put for stage in stages for put in _puts(stage)), *workdir),
        fetches=tuple(fetch for stage in stages for fetch in _fetches(stage)),
        bases=tuple(_base(stage) for stage in stages if stage.shipped or stage.base != recipe.base),
        starts=((("entrypoint",), recipe.entrypoint),) if recipe.entrypoint else (),
    )


def _base(stage: Stage) -> Base:
    """What it starts from; a tree and another recipe's image are neither of a registry nor of an archive."""
    base, route = stage.base, (*stage.route, "base")
    if isinstance(base, ImageBase):
        return Base(route=(*route, "image"), reference=base.reference, shipped=stage.shipped)
    return Base(route=route, suite=base.suite if isinstance(base, ArchiveBase) else None, shipped=stage.shipped)


def _steps(stage: Stage, left: list[int]) -> Iterator[Script]:
    of_stage = "" if stage.shipped else f" of stage '{stage.name}'"
    for index, step in enumerate(stage.steps):
        yield Script(route=(*stage.route, "steps", index, "run"), text=step.run, where=f"{_titled('step', step.name)}{of_stage}",
                     known=_known({**stage.environment, **step.env}, left), shipped=stage.shipped)


def _known(environment: Mapping[str, str], left: list[int]) -> Mapping[str, str]:
    """The environment, or nothing where there was too much of it before: each rule looks at it with each script."""
    left[0] -= sum(_EACH + len(value) for value in environment.values())
    return environment if left[0] >= 0 else NOTHING


def _titled(kind: str, name: str) -> str:
    """How people are told of a step or a test: one without a name has been given its number."""
    return name if name.startswith(f"{kind} ") and name[len(kind) + 1:].isdecimal() else f"{kind} '{name}'"


def _tests(recipe: Recipe, left: list[int]) -> Iterator[Script]:
    for index, test in enumerate(recipe.tests):
        yield Script(route=("tests", index, "run"), text=test.run, where=_titled("test", test.name), kind="test",
                     known=_known(recipe.environment, left))


def _variables(stage: Stage) -> Iterator[Variable]:
    """Those of the image last; its steps' after its own, as they are told apart by their number."""
    of_stage = "" if stage.shipped else f" of stage '{stage.name}'"
    own = "the image's environment" if stage.shipped else f"the environment{of_stage}"
    for name, value in stage.env.items():
        yield Variable(route=(*stage.route, "env", name), name=name, value=value, where=own, lasting=stage.shipped,
                       shipped=stage.shipped)
    for index, step in enumerate(stage.steps):
        for name, value in step.env.items():
            yield Variable(route=(*stage.route, "steps", index, "env", name), name=name, value=value, lasting=False,
                           where=f"the environment of {_titled('step', step.name)}{of_stage}", shipped=stage.shipped)


def _puts(stage: Stage) -> Iterator[Put]:
    route, shipped = stage.route, stage.shipped
    for index, file in enumerate(stage.files):
        yield Put(route=(*route, "files", index, "to"), path=file.to, what="files", source=file.source, mode=file.mode,
                  shipped=shipped)
    for index, copy in enumerate(stage.copies):
        yield Put(route=(*route, "copy", index, "to"), path=copy.to, what="copy", shipped=shipped)
    for index, source in enumerate(stage.sources):
        key, path = ("unpack", source.unpack) if source.to is None else ("to", source.to)
        if path is not None:
            yield Put(route=(*route, "sources", index, key), path=path, what="sources", shipped=shipped)
    if stage.wheels is not None:
        yield Put(route=(*route, "packages", "pip", "venv"), path=stage.wheels.venv, what="venv", shipped=shipped)


def _fetches(stage: Stage) -> Iterator[Fetch]:
    for index, source in enumerate(stage.sources):
        yield Fetch(route=(*stage.route, "sources", index, "url"), url=source.url, sha256=source.sha256, what="sources",
                    shipped=stage.shipped)


def bounded(subject: Subject) -> Subject:
    """The subject without the shell text that nobody writes by hand: reading it would take longer than it is worth.

    Silent, as whatever cannot be decided is: the check of the image sees what comes of it.
    """
    return subject._replace(scripts=_up_to(subject.scripts), written=_up_to(subject.written))


def _up_to(texts: tuple[_Text, ...]) -> tuple[_Text, ...]:
    kept: list[_Text] = []
    total = 0
    for one in texts:
        if total + len(one.text) <= MOST_TEXT:
            kept.append(one)
            total += len(one.text)
    return tuple(kept)
