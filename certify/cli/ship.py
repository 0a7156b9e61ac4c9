"""certify ship: the main job, from recipes to signed images in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output, summary
from certify.cli.options import Format
from certify.cli.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from certify.ship import Desk, Shipped


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ship")(ship)


def ship(
    recipes: options.Recipes,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    out: options.Out = options.OUT,
    until: Annotated[str, typer.Option("--until", metavar="STEP",
                                       help="Stop after: lint, build, check, attest, publish.")] = "publish",
    widen: options.Widen = False,
    form: options.Output = Format.TEXT,
) -> None:
    """Lint, build, check, certify and publish recipes, each step only where it is not up to date."""
    from builder.errors import UsageError
    from certify.ship import Desk, Step, default_cache

    if until not in list(Step):
        raise UsageError(f"--until {until}: no such step", hint="one of: " + ", ".join(Step))
    step = Step(until)
    needs_key, needs_store = step in (Step.ATTEST, Step.PUBLISH), step is Step.PUBLISH
    desk = Desk(site=options.load_site(site), out=out, cache=default_cache(), until=step, widen=widen,
                signer=options.need_signer(key) if needs_key else None,
                trust=options.need_trust(trust) if needs_store else None,
                store=options.need_store(store, create=True) if needs_store else None)
    shipped = [_one(path, desk, form) for path in options.expand(recipes)]
    if form is Format.JSON:
        output.as_json(one.as_json() for one in shipped)


def _one(path: Path, desk: Desk, form: Format) -> Shipped:
    from builder.errors import RecipeError
    from certify import ship as shipping
    from certify.attest import NotCertified
    from certify.lint import lint_file

    try:
        with Screen(title=path.resolve().name) as screen:
            done = shipping.ship(path, desk, screen)
    except shipping.LintFailed as error:
        output.findings(error.findings, to_stderr=form is Format.JSON)
        raise
    except RecipeError:
        output.findings(lint_file(path, desk.site), to_stderr=form is Format.JSON)
        raise typer.Exit(1) from None
    except NotCertified as error:
        output.findings(error.examination.errors, to_stderr=form is Format.JSON)
        output.tests(error.examination.tests, to_stderr=form is Format.JSON)
        raise
    if form is Format.TEXT:
        summary.show(done)
    return done
