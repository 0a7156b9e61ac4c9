"""certify ship: the main job, from recipes to signed images in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output, several, summary
from certify.cli.options import Format

if TYPE_CHECKING:
    from pathlib import Path

    from builder.errors import Error
    from builder.progress import Progress
    from builder.recipe import Recipe
    from certify.examination import Examination
    from certify.graph import Item
    from certify.ship import Desk, Shipped
    from certify.site import Site


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
    policy: options.PolicyPath = None,
    jobs: several.Jobs = several.JOBS,
    form: options.Output = Format.TEXT,
) -> None:
    """Lint, build, check, certify and publish recipes and what they stand on, each step only where it is not up to date."""
    import os

    from builder.errors import UsageError
    from certify import seen
    from certify.ship import Desk, Step, default_cache

    if until not in list(Step):
        raise UsageError(f"--until {until}: no such step", hint="one of: " + ", ".join(Step))
    step = Step(until)
    needs_key, needs_store = step in (Step.ATTEST, Step.PUBLISH), step is Step.PUBLISH
    profile = options.load_site(site)
    desk = Desk(site=profile, out=out, cache=default_cache(), until=step, widen=widen,
                policy=options.load_policy(policy), seen=seen.default_path(os.environ),
                report=lambda squashfs, examined, recipe: _page(squashfs, examined, recipe, profile),
                signer=options.need_signer(key) if needs_key else None,
                trust=options.need_trust(trust) if needs_store else None,
                store=options.need_store(store, create=True, site=profile) if needs_store else None)
    outcomes = several.run(options.expand(recipes), lambda item, progress: _ship(item, desk, progress), jobs)
    several.finish(outcomes, as_json=form is Format.JSON, show=summary.show,
                   explain=lambda item, error: _explain(item, error, desk, to_stderr=form is Format.JSON))


def _page(squashfs: Path, examined: Examination, recipe: Recipe, site: Site) -> str:
    from certify.cli import verdict

    return verdict.render(verdict.Seen(word=str(squashfs), examination=examined, recipe=recipe, site=site), verdict.Form.HTML)


def _ship(item: Item, desk: Desk, progress: Progress) -> Shipped:
    from certify import ship as shipping

    assert item.source is not None      # what cannot be read is not worked on
    return shipping.ship(item.path, *item.source, desk, progress)


def _explain(item: Item, error: Error, desk: Desk, *, to_stderr: bool) -> bool:
    """Show the findings and the tests for which an image was refused; whether this tells all that the error does."""
    from builder.errors import RecipeError
    from certify import ship as shipping
    from certify.attest import NotCertified
    from certify.lint import lint_file

    if isinstance(error, shipping.LintFailed):
        output.findings(error.findings, to_stderr=to_stderr)
    elif isinstance(error, RecipeError):
        output.findings(lint_file(item.path, desk.site), to_stderr=to_stderr)
    elif isinstance(error, NotCertified):
        output.findings(error.errors, to_stderr=to_stderr)
        output.tests(error.examination.tests, to_stderr=to_stderr)
        output.start(error.examination.start, to_stderr=to_stderr)
    return isinstance(error, RecipeError)
