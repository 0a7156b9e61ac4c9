"""certify lint: judge recipes and Containerfiles without building them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import findings
from certify.lint.settings import FailOn, Given
from certify.report.formats import Form

if TYPE_CHECKING:
    from certify.policy import Policy

# What cannot be read is told of by the run itself, with the findings of the other files.
Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH...", show_default=False, readable=False,
                  help="Recipes, Containerfiles, folders that hold them, or - for standard input [default: this folder].")]
Codes = Annotated[list[str] | None, typer.Option(metavar="CODES", show_default=False, help="Only these: codes, or their starts.")]
More = Annotated[list[str] | None, typer.Option(metavar="CODES", show_default=False, help="These as well.")]
Less = Annotated[list[str] | None, typer.Option(metavar="CODES", show_default=False, help="Not these.")]
Also = Annotated[list[str] | None, typer.Option("--output", metavar="FORMAT=FILE", show_default=False,
                                                help="Write a report to a file as well; may be given several times.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(lint)


def lint(
    paths: Paths = None,
    site: Annotated[str | None, typer.Option("--site", envvar="CERTIFY_SITE", show_default=False,
                                             help="The site's profile: a name or a file [default: shifter].")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", show_default=False,
                                                help="What is asked for: min, shared or production [default: shared].")] = None,
    policy: Annotated[Path | None, typer.Option("--policy", metavar="FILE", envvar="CERTIFY_POLICY", show_default=False,
                                                help="Weigh findings as this policy of a site does, as ship would.")] = None,
    form: Annotated[Form | None, typer.Option("--format", show_default=False,
                                              help="How to write the findings [default: full; github in its Actions].")] = None,
    also: Also = None,
    select: Codes = None,
    extend_select: More = None,
    ignore: Less = None,
    fail_on: Annotated[FailOn | None, typer.Option(show_default=False,
                                                   help="The least severity that fails [default: error].")] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings do not fail.")] = False,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="Leave out what this file knows.")] = None,
    write_baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what is found now to such a file.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Only count the findings, by code.")] = False,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no certify.toml and no pyproject.toml.")] = False,
    force_exclude: Annotated[bool, typer.Option("--force-exclude", help="Leave out what the configuration excludes "
                                                "even where it is named, as pre-commit does.")] = False,
    stdin_filename: Annotated[Path | None, typer.Option(metavar="FILE", help="What standard input is to be taken for.")] = None,
) -> None:
    """Find what would go wrong at the site. Needs neither root nor any tool.

    A comment silences: # certify: ignore[CODE] -- reason. Exit codes: 0 clean, 1 findings (see --fail-on), 2 usage,
    3 something could not be read.
    """
    given = Given(select=_split(select, "--select"), extend=_split(extend_select, "--extend-select"),
                  ignore=_split(ignore, "--ignore"), fail_on=fail_on, site=site, profile=_profile(profile),
                  policy=_weights(policy), isolated=isolated, force_exclude=force_exclude)
    code = findings.run(paths or [], given, form=form, also=also or [], stdin_filename=stdin_filename, baseline=baseline,
                        new_baseline=write_baseline, fix=fix, diff=diff, statistics=statistics, exit_zero=exit_zero)
    if code:
        raise typer.Exit(code)


def _split(values: list[str] | None, option: str) -> tuple[str, ...]:
    from certify.lint.selection import split

    return split(values or (), option)


def _profile(name: str | None) -> str | None:
    from builder.errors import UsageError
    from certify.policy import PROFILES

    if name is not None and name not in PROFILES:
        raise UsageError(f"--profile {name}: no such profile", hint="one of: " + ", ".join(PROFILES))
    return name


def _weights(path: Path | None) -> Policy | None:
    from certify import sitepolicy

    return None if path is None else sitepolicy.load(path).weights
