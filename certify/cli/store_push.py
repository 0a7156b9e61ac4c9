"""certify store push: an image to a registry, with its certificate, or as an ordinary container image."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError
from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from builder.bases.reference import Place
    from certify.sharing.container import Exported
    from certify.sharing.push import Pushed
    from certify.sharing.repository import Repository


class As(enum.StrEnum):
    """What an image is pushed as."""

    CERTIFIED = "certified"
    IMAGE = "image"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("push")(push)


def push(
    image: Annotated[str, typer.Argument(metavar="REF", help="The image.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="docker://HOST/NAME[:TAG]; with --as image oci:DIR[:TAG] or "
                                          "docker-archive:FILE[:NAME:TAG], too.")],
    kind: Annotated[As, typer.Option("--as", help="The squashfs with its certificate, for certify store pull; or an ordinary "
                                     "container image for docker and podman, without.")] = As.CERTIFIED,
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    platform: Annotated[str | None, typer.Option("--platform", help="Of the image [default: this machine's].")] = None,
    widen: Annotated[bool, typer.Option("--widen", help="Push a private image, too, although whoever may read the registry can "
                                        "read it there.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Let the tag mean this, whatever it means now.")] = False,
    form: options.Output = Format.TEXT,
) -> None:
    """Send an image to a registry, once all of it is proven: with its certificate and who may use it, as one tag."""
    from builder import key
    from builder.bases.reference import DOCKER, place
    from certify.reference import Reference
    from certify.sharing import container
    from certify.sharing import push as pushing

    wanted, opened, trusted = Reference.parse(image), options.need_store(store), options.need_trust(trust)
    now, platform = datetime.now(UTC), platform or key.platform()
    done: Pushed | Exported
    if not target.startswith(DOCKER) and kind is As.CERTIFIED:
        raise UsageError(f"{target}: not a place in a registry",
                         hint="write it as docker://HOST/NAME[:TAG]; certify store export writes files")
    with _work() as work:
        if not target.startswith(DOCKER):
            done = container.write(opened, wanted, target, work, trusted, now=now, platform=platform)
        else:
            send = pushing.push if kind is As.CERTIFIED else container.send
            done = send(opened, wanted, repository(place(target), site, work), trusted, now=now, platform=platform,
                        widen=widen, replace=replace)
    _show(done, form)


def repository(place: Place, site: str, work: Path) -> Repository:
    """A repository as the site lets it be reached, with the caller's own credentials."""
    import os

    from certify.sharing import credentials
    from certify.sharing.repository import Repository

    return Repository(place=place, outside=options.load_site(site).outside, work=work, on_line=output.note,
                      credentials=credentials.file_for(place.host, os.environ, os.getuid()))


def _work() -> AbstractContextManager[Path]:
    import tempfile
    from contextlib import contextmanager
    from pathlib import Path

    @contextmanager
    def folder() -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="certify-push-", ignore_cleanup_errors=True) as made:
            yield Path(made)

    return folder()


def _show(done: Pushed | Exported, form: Format) -> None:
    if form is Format.JSON:
        output.as_json([{"place": str(done.place), "manifest": f"sha256:{done.manifest}", "digest": f"sha256:{done.digest}",
                         "status": str(done.status)}])
    else:
        print(f"{done.place}  {done.status}  sha256:{done.manifest}")
