"""What a rule looks at: a recipe or a Containerfile, as the same few kinds of things.

Every thing has a route to its place; the engine turns routes into lines and columns with the file's own document.
``shipped`` is false for what belongs to a stage that does not become the image: it counts less.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from builder.recipe import Recipe, Route


_Text = TypeVar("_Text", "Script", "Written")

# Characters of one text: a longer one could not even be given to a shell (MAX_ARG_STRLEN, linux/binfmts.h).
MOST_TEXT: Final = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Shell text. ``where`` names it for people (``step 'compile'``), ``known`` is the environment it starts with.

    ``kind`` is step (it makes the image) or test (it runs in the finished one).
    """

    route: Route
    text: str
    where: str
    kind: str = "step"
    known: Mapping[str, str] = field(default_factory=dict)
    shipped: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable that is set outside shell text; ``lasting`` if the image keeps it."""

    route: Route
    name: str
    value: str
    where: str
    lasting: bool = True
    shipped: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Something that is put at an absolute path of the image; ``what`` says by which means (files, COPY, workdir)."""

    route: Route
    path: str
    what: str
    source: str | None = None
    mode: str | None = None
    shipped: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A file from the network, named outside shell text; ``sha256`` is what it is known by, if anything."""

    route: Route
    url: str
    sha256: str | None
    what: str
    shipped: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What an image or a stage starts from: an image ``reference``, or a distribution's ``suite``.

    ``copied`` marks an image that only files are taken from (``COPY --from=IMAGE``, ``RUN --mount=from=IMAGE``).
    """

    route: Route
    reference: str | None = None
    suite: str | None = None
    shipped: bool = True
    copied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file whose content stands in the recipe or Containerfile itself (``COPY <<EOF /etc/profile.d/x.sh``)."""

    route: Route
    path: str
    text: str
    shipped: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
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
    """A recipe as a subject."""
    wheels = () if recipe.wheels is None else (
        Put(route=("packages", "pip", "venv"), path=recipe.wheels.venv, what="venv"),)
    workdir = () if recipe.workdir is None else (Put(route=("workdir",), path=recipe.workdir, what="workdir"),)
    return Subject(
        kind="recipe", folder=recipe.folder, recipe=recipe, scripts=_scripts(recipe), variables=_variables(recipe),
        puts=(*_puts(recipe), *wheels, *workdir), bases=(Base(route=("base",), suite=recipe.base.suite),),
        fetches=tuple(Fetch(route=("sources", index, "url"), url=source.url, sha256=source.sha256, what="sources")
                      for index, source in enumerate(recipe.sources)),
        starts=((("entrypoint",), recipe.entrypoint),) if recipe.entrypoint else (),
    )


def _scripts(recipe: Recipe) -> tuple[Script, ...]:
    steps = [Script(route=("steps", index, "run"), text=step.run, where=f"step '{step.name}'",
                    known={**recipe.environment, **step.env}) for index, step in enumerate(recipe.steps)]
    tests = [Script(route=("tests", index, "run"), text=test.run, where=f"test '{test.name}'", kind="test",
                    known=recipe.environment) for index, test in enumerate(recipe.tests)]
    return (*steps, *tests)


def _variables(recipe: Recipe) -> tuple[Variable, ...]:
    lasting = [Variable(route=("env", name), name=name, value=value, where="the image's environment")
               for name, value in recipe.env.items()]
    steps = [Variable(route=("steps", index, "env", name), name=name, value=value, lasting=False,
                      where=f"the environment of step '{step.name}'")
             for index, step in enumerate(recipe.steps) for name, value in step.env.items()]
    return (*lasting, *steps)


def _puts(recipe: Recipe) -> tuple[Put, ...]:
    files = [Put(route=("files", index, "to"), path=file.to, what="files", source=file.source, mode=file.mode)
             for index, file in enumerate(recipe.files)]
    sources = [Put(route=("sources", index, key), path=path, what="sources") for index, source in enumerate(recipe.sources)
               for key, path in (("to", source.to), ("unpack", source.unpack)) if path is not None]
    return (*files, *sources)


def bounded(subject: Subject) -> Subject:
    """The subject without the shell text that nobody writes by hand: reading it would take longer than it is worth.

    Silent, as whatever cannot be decided is: the check of the image sees what comes of it.
    """
    return replace(subject, scripts=_up_to(subject.scripts), written=_up_to(subject.written))


def _up_to(texts: tuple[_Text, ...]) -> tuple[_Text, ...]:
    kept: list[_Text] = []
    total = 0
    for one in texts:
        if len(one.text) <= MOST_TEXT and total + len(one.text) <= 2 * MOST_TEXT:
            kept.append(one)
            total += len(one.text)
    return tuple(kept)
