"""certify rebuild: make a published image a second time, and say whether it is the same."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import differences, options, output
from certify.cli.options import Format
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.provenance import Made
    from certify.rebuild import Original, Rebuilt


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rebuild")(rebuild)


def rebuild(
    image: Annotated[str, typer.Argument(metavar="REF|OUT", help="A reference into the store, or a build's folder.")],
    recipe: options.RecipeOption = None,
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    out: Annotated[Path | None, typer.Option("--out", help="Keep the second image in <out>/<name>/<tag>/.")] = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Build a published image again, as root, from its recipe and from exactly what it was made of then, and compare.

    Nothing of an earlier build is used but what was downloaded. The exit code is 0 for the same bytes. Otherwise the
    files that differ are shown, and why, as far as their bytes tell: that is what the recipe leaves to chance.
    """
    from builder.recipe import load_all
    from certify import rebuild as rebuilding
    from certify.cli.screen import Screen
    from certify.ship import default_cache

    outside = options.load_site(site).outside
    with _original(image, store, trust) as original:
        document, variants = load_all(recipe or _named(original.made))
        with Screen(title=original.made.title) as screen:
            done = rebuilding.rebuild(original, document, variants, outside=outside, cache=default_cache(), progress=screen,
                                      on_note=lambda note: print(f"note: {escaped(note)}", file=sys.stderr), out=out)
    if form is Format.JSON:
        output.as_json([done.as_json(image)])
    else:
        _show(done)
    if not done.equal:
        raise typer.Exit(1)


@contextmanager
def _original(image: str, store: Path | None, trust: Path | None) -> Iterator[Original]:
    from builder import key
    from builder.record import FILE_NAME
    from certify import rebuild as rebuilding
    from certify.reference import Reference

    path = Path(image)
    if (path / FILE_NAME).is_file() or ("/" in image and path.is_dir()):
        with rebuilding.built(path) as original:
            yield original
    else:
        with rebuilding.published(options.need_store(store), Reference.parse(image), options.need_trust(trust),
                                  now=datetime.now(UTC), platform=key.platform()) as original:
            yield original


def _named(made: Made) -> Path:
    """The recipe in the repository that bears the image's name."""
    from builder.errors import UsageError

    path = Path("recipes") / made.name
    if not (path / "recipe.yaml").exists():
        raise UsageError(f"{path}: the recipe of {made.title} is not here", hint="name its folder with --recipe DIR")
    return path


def _show(done: Rebuilt) -> None:
    title = f"{done.made.title}  rebuilt"
    if done.comparison is None:
        print(f"{title}  the same bytes: sha256:{done.digest}")
        return
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(done.comparison.kinds.items()))
    print(f"{title}  " + (f"not the same: {counted}" if counted else "the same files in another squashfs"))
    print(f"  published: sha256:{done.made.digest}\n  rebuilt:   sha256:{done.digest}")
    if done.tree_equal:
        _packers(done)
    else:
        differences.show(done.comparison)


def _packers(done: Rebuilt) -> None:
    """Where the files are equal, the packer made the difference."""
    then, now = done.made.tools.get("mksquashfs", "unknown"), done.tools["mksquashfs"]
    if then == now:
        print(f"  the packer is the same, {escaped(now)}: but not the library that it compresses with, or the files' owners")
    else:
        print(f"  the packer was {escaped(then)}\n  and here it is {escaped(now)}")
