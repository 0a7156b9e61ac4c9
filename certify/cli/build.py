"""certify build: from recipes to squashfs images."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from builder.errors import UsageError
from builder.progress import human_size
from certify.cli import options, several, why
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.outside import Outside
    from builder.progress import Progress
    from certify.graph import Item


@dataclass(frozen=True, slots=True)
class Built:
    """What became of a recipe: ``status`` is built or up to date."""

    recipe: Path
    name: str
    tag: str
    digest: str
    size: int
    status: str
    folder: Path

    def as_json(self) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        return {"recipe": str(self.recipe), "name": self.name, "tag": self.tag, "digest": f"sha256:{self.digest}",
                "size": self.size, "status": self.status, "folder": str(self.folder)}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("build")(build)


def build(
    recipes: options.Recipes,
    out: options.Out = options.OUT,
    site: options.SiteName = "shifter",
    jobs: several.Jobs = several.JOBS,
    explain: Annotated[bool, typer.Option("--explain", help="Build nothing; say why it would be built again, or not.")] = False,
    shell: Annotated[bool, typer.Option("--shell-on-failure", help="Open a shell in the container where a step failed.")] = False,
    form: options.Output = Format.TEXT,
) -> None:
    """Build recipes as root into <out>/<name>/<tag>/: image.squashfs, build.json, build.log."""
    outside = options.load_site(site).outside
    if explain:
        why.show(options.expand(recipes), out, outside, as_json=form is Format.JSON)
        return
    with _terminal(wanted=shell) as terminal:
        jobs = jobs if terminal is None else 1
        outcomes = several.run(options.expand(recipes),
                               lambda item, progress: _build(item, out, outside, terminal, progress), jobs)
    several.finish(outcomes, as_json=form is Format.JSON, show=_show)


@contextmanager
def _terminal(*, wanted: bool) -> Iterator[int | None]:
    """The terminal of whoever called, for a shell; None if no shell is wanted."""
    if not wanted:
        yield None
        return
    try:
        handle = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise UsageError("--shell-on-failure needs a terminal, and here is none", hint="leave it out in CI") from error
    try:
        yield handle
    finally:
        os.close(handle)


def _build(item: Item, out: Path, outside: Outside, terminal: int | None, progress: Progress) -> Built:
    from builder import pipeline, workspace

    assert item.source is not None      # what cannot be read is not worked on
    (document, recipe), cache = item.source, workspace.default_cache(os.environ)
    record = pipeline.up_to_date(recipe, out, cache, outside)
    status = "up to date" if record else "built"
    record = record or pipeline.build(document, recipe, out=out, cache=cache, progress=progress, outside=outside,
                                      terminal=terminal)
    return Built(item.path, record.name, record.tag, record.digest, record.size, status, pipeline.folder_of(recipe, out))


def _show(done: Built) -> None:
    print(f"{done.name}:{done.tag}  {done.status}  {human_size(done.size)}  sha256:{done.digest}")
    print(f"  {done.folder}")
