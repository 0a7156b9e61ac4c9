"""certify diff: what became of one image in another."""

from __future__ import annotations

import enum
import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from certify.cli import images, options, output
from certify.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.image import ImageConfig
    from builder.progress import Progress
    from certify.difference.model import Difference, Look
    from certify.site import Site


class Form(enum.StrEnum):
    """How the difference is written."""

    TEXT = "text"
    JSON = "json"
    MD = "md"


class _Opened(NamedTuple):
    """An image that is open, and what an image made elsewhere says of itself."""

    handle: int
    config: ImageConfig | None
    labels: dict[str, str] | None


_IMAGE = "A reference into the store, a build's folder, a squashfs, oci:DIR[:TAG], docker-archive:FILE, or a folder with a tree."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(diff)


def diff(
    one: Annotated[str, typer.Argument(metavar="A", help=_IMAGE)],
    other: Annotated[str, typer.Argument(metavar="B", help="The image to compare it with, named alike.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    form: Annotated[Form, typer.Option("--format", help="How to write it; md is for the comment on a pull request.")] = Form.TEXT,
) -> None:
    """Show what became of image A in image B: packages, files by kind and size, environment, start command, findings.

    The exit code is 0 whether they differ or not.
    """
    if os.geteuid() != 0:
        print("note: you are not root: what only root can read in the images is not compared", file=sys.stderr)
    found = _difference(one, other, store, trust, options.load_site(site))
    if form is Form.JSON:
        output.as_json([found.as_json()])
    elif form is Form.MD:
        from certify.difference import markdown

        sys.stdout.write(markdown.render(found))
    else:
        from certify.difference import text

        sys.stdout.write(text.render(found))


def _difference(one: str, other: str, store: Path | None, trust: Path | None, site: Site) -> Difference:
    from certify.difference import compare, files

    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certify-diff-")))
        opened = [stack.enter_context(_opened(word, work, store, trust)) for word in (one, other)]
        with Screen(title="diff") as screen:
            before, after = (_look(word, image, site, screen) for word, image in zip((one, other), opened, strict=True))
            with screen.stage("compare files") as notes:
                changes = files.read(opened[0].handle, opened[1].handle)
                notes.append(f"{changes.count} changes")
    return compare.difference(before, after, changes)


def _look(word: str, image: _Opened, site: Site, progress: Progress) -> Look:
    from certify.difference.model import Look
    from certify.examination import examine_handle
    from certify.sandbox import enter

    found = examine_handle(image.handle, site, (), progress, look=enter.Look(labels=image.labels), config=image.config)
    for note in found.inventory.notes if found.inventory else ():
        print(f"note: {word}: {note}", file=sys.stderr)
    made_here = image.config is None    # else the squashfs is one that was made for this look, and says nothing
    return Look(name=word, digest=found.digest if made_here else "", size=found.size if made_here else 0, config=found.config,
                findings=tuple(found.findings), packages=found.inventory.packages if found.inventory else ())


@contextmanager
def _opened(word: str, work: Path, store: Path | None, trust: Path | None) -> Iterator[_Opened]:
    from certify.foreign import opening

    path = Path(word)
    if opening.is_foreign(word) or "/" in word or path.suffix == ".squashfs" or os.path.lexists(path):
        place = word if opening.is_foreign(word) else str(images.locate_any(path))
        with opening.opened(place, work) as found:
            yield _Opened(found.handle, found.config, None if found.labels is None else dict(found.labels))
    else:
        with _published(word, store, trust) as handle:
            yield _Opened(handle, None, None)


@contextmanager
def _published(word: str, store: Path | None, trust: Path | None) -> Iterator[int]:
    """An image of the store, proven through the handle that is then read."""
    from builder import key
    from certify.reference import Reference
    from certify.store.query import resolve
    from certify.verify import open_image, verify_reference

    wanted, place, platform = Reference.parse(word), options.need_store(store), key.platform()
    handle = open_image(resolve(place, wanted, platform).squashfs)
    try:
        verify_reference(place, wanted, options.need_trust(trust), now=datetime.now(UTC), platform=platform, fd=handle)
        yield handle
    finally:
        os.close(handle)
