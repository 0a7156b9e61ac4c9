"""certify check: look into a finished image, our own or one made elsewhere, and run its recipe's tests on it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError
from certify.cli import images, options, output, verdict
from certify.cli.screen import Screen
from certify.cli.verdict import Form

if TYPE_CHECKING:
    from certify.foreign.opening import Foreign
    from certify.real.known import Runtime
    from certify.site import Site


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A build's folder, a squashfs file, oci:DIR[:TAG], "
                                                               "docker-archive:FILE, or a folder with an image's tree.")],
    recipe: options.RecipeOption = None,
    site: options.SiteName = "shifter",
    form: Annotated[Form, typer.Option("--format", help="How to write the results.")] = Form.TEXT,
    also: Annotated[list[str] | None, typer.Option("--output", metavar="FORMAT=FILE",
                                                   help="Write a report to a file as well, such as html=report.html.")] = None,
    runtime: Annotated[str | None, typer.Option("--runtime", metavar="NAME", help="Judge it for this runtime of the site "
                                                "[default: the site's own].")] = None,
    real: Annotated[bool, typer.Option("--real", help="Run the tests with that runtime itself, which is installed here, and not "
                                       "in the simulated site. It is less of a cage: the image sees /sys and devices of this "
                                       "machine. Only for images that you would run.")] = False,
    libs: Annotated[str | None, typer.Option("--libs", metavar="FILE", help="Show what the loader would load for a program or "
                                                                            "library of the image, and why.")] = None,
) -> None:
    """Look into an image, and run its recipe's tests on it as an ordinary user of the site."""
    from certify import runtimes
    from certify.foreign import opening

    files = output.files(also or (), Form)
    profile = runtimes.under(options.load_site(site), runtime)
    really = _real(runtime) if real else None
    if os.geteuid() != 0:
        print("note: you are not root: what only root can read in the image is not looked into", file=sys.stderr)
    made_here = not opening.is_foreign(image)
    word = str(images.locate_any(Path(image))) if made_here else image
    with tempfile.TemporaryDirectory(prefix="certify-check-") as work, opening.opened(word, Path(work)) as found:
        if libs is not None:
            _libraries(found, libs, profile)
            return
        known = images.find_recipe(Path(word), recipe) if made_here and not found.is_tree else None
        seen = _examine(found, word, known, profile, really)
    verdict.show(seen, form)
    for one, file in files:
        output.save(verdict.render(seen, one), file)
    if seen.examination.unfit:
        raise typer.Exit(1)


def _real(name: str | None) -> Runtime:
    from certify.real import known

    if name is None:
        raise UsageError("--real: with which runtime?", hint="name it: --runtime " + " or ".join(sorted(known.RUNTIMES)))
    return known.need(name)


def _examine(found: Foreign, word: str, known: images.Found | None, site: Site, real: Runtime | None) -> verdict.Seen:
    from builder import origins
    from certify.examination import examine_handle
    from certify.sandbox.enter import Look
    from certify.startup import Wish

    recipe = known.recipe if known else None
    steps = origins.read(Path(word).parent) if recipe else {}
    look = Look(labels=found.labels, steps=steps, host_libraries=recipe.host_libraries if recipe else ())
    with Screen(title=recipe.name if recipe else Path(word).name) as screen:
        examined = examine_handle(found.handle, site, recipe.tests if recipe else (), screen, look=look, config=found.config,
                                  wish=None if real else Wish.of(recipe), real=real)
    return verdict.Seen(word=word, examination=examined, recipe=recipe, site=site)


def _libraries(found: Foreign, path: str, site: Site) -> None:
    from certify.examination import libraries

    for line in libraries(found.handle, path, site):
        print(line)
