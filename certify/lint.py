"""Judges recipes: reads a file, asks every rule, and tells where each hit stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder import recipe as recipes
from builder.errors import RecipeError
from certify.finding import Finding
from certify.rules import registry
from certify.rules.subject import of_recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from builder.recipe import Document, Problem, Recipe, Span
    from certify.rules.hit import Hit
    from certify.rules.registry import Rule
    from certify.rules.subject import Subject
    from certify.site import Site


def lint_file(path: Path, site: Site) -> list[Finding]:
    """The findings on a recipe's file or folder; raises Error if there is none to read."""
    try:
        document, recipe = recipes.load(path)
    except RecipeError as error:
        return _in_order(map(refused, error.problems))
    return lint_recipe(document, recipe, site)


def lint_recipe(document: Document, recipe: Recipe, site: Site) -> list[Finding]:
    """The findings on a recipe that could be read, in the order of the file, none twice."""
    return _in_order(_found(document, of_recipe(recipe), site))


def refused(problem: Problem) -> Finding:
    """The finding for what the reader of recipes refused."""
    module = registry.pages()[problem.code]
    return Finding(code=problem.code, name=module.NAME, severity=module.SEVERITY, message=problem.message,
                   help=problem.help, file=problem.file, span=problem.span)


def _found(document: Document, subject: Subject, site: Site) -> Iterator[Finding]:
    told = set()        # a loop over three folders is one cause, in one place of the text
    for rule in registry.RULES:
        for hit in rule.check(subject, site):
            place = (rule.CODE, hit.route, hit.within)
            if hit.within is None or place not in told:
                told.add(place)
                yield _finding(rule, hit, document)


def _finding(rule: Rule, hit: Hit, document: Document) -> Finding:
    severity = rule.SEVERITY if hit.shipped else rule.SEVERITY.weaker
    return Finding(code=rule.CODE, name=rule.NAME, severity=severity, message=hit.message, help=hit.help,
                   file=document.path, span=_span(hit, document))


def _span(hit: Hit, document: Document) -> Span:
    if hit.within is None:
        return document.span(hit.route)
    return document.inside(hit.route, hit.within.line, hit.within.column, hit.within.length)


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by place and code; of findings that are equal but for their help, the first."""
    kept: dict[tuple[str, int, int, str, str], Finding] = {}
    for finding in findings:
        span, file = finding.span, finding.file or ""
        place = (file, span.line, span.column) if span is not None else (file, 0, 0)
        kept.setdefault((*place, finding.code, finding.message), finding)
    return [kept[key] for key in sorted(kept)]
