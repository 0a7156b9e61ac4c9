"""Judges one file: reads it, asks every rule, and tells where each hit stands.

``lint_recipe`` is what the certificate goes by: nothing in a recipe silences it. ``lint_file`` and ``judge`` give what
``certify lint`` shows, without what the file itself silences.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.errors import Error, RecipeError
from builder.recipe import variants
from builder.recipe.decode import decode_views, is_foreign, split, tagged
from builder.recipe.decode import find as find_recipe
from builder.recipe.problem import Problem
from builder.recipe.source import MAX_BYTES, Document
from builder.recipe.variants import view_of
from certify.finding import Finding, Related, Severity
from certify.lint.lines import names_us
from certify.lint.target import Kind, kind_of
from certify.policy import Policy
from certify.rules import registry
from certify.rules.subject import MOST_TEXT, bounded, of_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from builder.recipe import Recipe, Span
    from certify.containerfile import ContainerDocument
    from certify.rules.hit import Hit, Second
    from certify.rules.registry import Rule
    from certify.rules.subject import Subject
    from certify.site import Site

    Placed = Document | ContainerDocument


# Characters of a recipe's text in all of its variants together that are judged: half a second's worth, and 64 variants of 6 KB.
MOST_VARIANTS: Final = 393_216

_USUAL = Policy()


def _all(_code: str) -> bool:
    return True


class Silenced(NamedTuple):
    """A finding that is not shown, and why: by a comment in the source, or by a baseline outside of it."""

    finding: Finding
    reason: str
    in_source: bool = True


class Judged(NamedTuple):
    """What is to be shown of a file, and what is not; and whether it is another program's."""

    findings: list[Finding]
    silenced: list[Silenced]
    foreign: bool = False


def lint_file(path: Path, site: Site) -> list[Finding]:
    """The findings on a recipe's file or folder, or on a Containerfile; raises Error if there is none to read."""
    if not path.is_dir() and kind_of(path.name) is Kind.CONTAINERFILE:
        return judge(read(path), path, Kind.CONTAINERFILE, site).findings
    plain, tag = split(path)
    file = find_recipe(plain)
    return judge(read(file), file, Kind.RECIPE, site, tags=() if tag is None else (tag,)).findings


def lint_recipe(document: Document, recipe: Recipe, site: Site, policy: Policy = _USUAL) -> list[Finding]:
    """All findings on a recipe that could be read, silenced or not, in the order of the file, none twice."""
    return in_order(_found(view_of(document, recipe), of_recipe(recipe), site, policy))


def refused(problem: Problem) -> Finding:
    """The finding for what the reader of recipes refused."""
    module = registry.pages()[problem.code]
    first = () if problem.first is None else (Related(message="first here", file=problem.file, span=problem.first),)
    return Finding(code=problem.code, name=module.NAME, severity=module.SEVERITY, message=problem.message,
                   help=problem.help, file=problem.file, span=problem.span, related=first)


def read(path: Path) -> bytes:
    """A file's bytes, at most one more than may be; raises Error."""
    try:
        if not path.is_file():      # a pipe would make us wait
            raise Error(f"{path}: no such recipe or Containerfile", hint="give files, or folders that hold them")
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from error


def judge(data: bytes, path: Path, kind: Kind, site: Site, policy: Policy = _USUAL,
          chosen: Callable[[str], bool] = _all, tags: Sequence[str] = ()) -> Judged:
    """What is to be said about a file of those bytes. ``chosen`` tells which codes are wanted.

    With ``tags``, nothing is said that is so only of a recipe's other variants; raises Fault for a tag that none has.
    What cannot be read is always told: nobody should take a file for clean that no rule has seen.
    """
    document, subjects, aside, problems = _recipe(data, path, tags) if kind is Kind.RECIPE else _containerfile(data, path)
    found = [refused(problem) for problem in problems]
    if isinstance(document, Document) and is_foreign(document):
        return Judged(found, [], foreign=True)
    if kind is Kind.RECIPE and found:
        return _of_parts(found, document, subjects, site, policy, chosen)
    for placed, subject in subjects:
        found += _found(placed, subject, site, policy, chosen)
    if document is None:
        return Judged(in_order(found), [])
    if not tags:
        found += _unseen(document, len(subjects))
    found = in_order(found)
    if not names_us(document.text):      # most files need no search for comments
        return Judged(found, [])
    from certify.suppress import silence

    # A comment may be for another variant: that it silences something is told by all of them.
    others = [one for placed, subject in aside for one in _found(placed, subject, site, policy, chosen)]
    of_others = {_place(one) for one in others} - {_place(one) for one in found}
    shown, silenced = silence(document, _written(document, subjects[0][1]), in_order([*found, *others]), chosen, policy)
    return Judged(in_order(one for one in shown if _place(one) not in of_others),
                  [Silenced(finding, reason) for finding, reason in silenced if _place(finding) not in of_others])


def _of_parts(refusals: list[Finding], document: Placed | None, subjects: list[tuple[Placed, Subject]], site: Site,
              policy: Policy, chosen: Callable[[str], bool]) -> Judged:
    """Of a recipe that is refused: why, and what is to be said of the parts that can be read."""
    found = [one for placed, subject in subjects
             for one in _found(placed, subject, site, policy, lambda code: chosen(code) and code not in registry.OF_THE_WHOLE)]
    silenced: list[tuple[Finding, str]] = []
    if document is not None and subjects and names_us(document.text):
        from certify.suppress import silence

        # Whether a comment is of use can be told when all of the recipe can be read.
        found, silenced = silence(document, _written(document, subjects[0][1]), in_order(found), lambda _: False, policy)
    return Judged(in_order([*refusals, *found]), [Silenced(finding, reason) for finding, reason in silenced])


def _written(document: Placed, subject: Subject) -> Subject:
    """The subject with its shell text as it stands in the file, where templates are filled in: what comments are read from."""
    if not isinstance(document, Document):
        return subject
    scripts = (script._replace(text=document.scalars[script.route].text) for script in subject.scripts)
    return subject._replace(scripts=tuple(scripts))


# The file, what it holds with the places of each (a recipe has variants), the variants that nobody asked for, and what
# is wrong with it as a whole.
_Read = tuple["Placed | None", "list[tuple[Placed, Subject]]", "list[tuple[Placed, Subject]]", "Iterable[Problem]"]


def _recipe(data: bytes, path: Path, tags: Sequence[str]) -> _Read:
    try:
        document = Document.parse(data, str(path))
    except RecipeError as error:
        return None, [], [], error.problems
    try:
        found = decode_views(document, path.parent, None if tags else MOST_VARIANTS)
    except RecipeError as error:
        return document, [] if tags else _parts(document, path.parent), [], error.problems      # which variant, nobody knows
    recipes = [recipe for _, recipe in found]
    meant = {recipe.tag for tag in tags for recipe in tagged(recipes, tag, path)} if tags else {one.tag for one in recipes}
    subjects: list[tuple[Placed, Subject]] = []
    aside: list[tuple[Placed, Subject]] = []
    for view, recipe in _affordable(found, meant):
        (subjects if recipe.tag in meant else aside).append((view, of_recipe(recipe)))
    return document, subjects, aside, ()


def _affordable(found: Sequence[tuple[Document, Recipe]], meant: Container[str]) -> Iterator[tuple[Document, Recipe]]:
    """Those that are meant, from the first on, and then the others, while there is not too much shell text to read."""
    texts: set[str] = set()     # what several variants have is read once
    for number, one in enumerate(sorted(found, key=lambda one: one[1].tag not in meant)):
        texts.update(step.run for stage in one[1].all_stages for step in stage.steps)
        if number and sum(map(len, texts)) > MOST_TEXT:
            return
        yield one


def _unseen(document: Placed, seen: int) -> list[Finding]:
    """That variants were not looked at, which takes their tags to be told."""
    count = variants.count(document) if isinstance(document, Document) else seen
    if count <= seen:
        return []
    return [refused(Problem(code="SCH004", file=document.path, span=document.span(("matrix",), key=True),
                            message=f"{count - seen} of {count} variants are not looked at: all of them have too much text",
                            help="certify lint RECIPE:<tag> looks at one"))._replace(severity=Severity.INFO)]


def _parts(document: Document, folder: Path) -> list[tuple[Placed, Subject]]:
    from builder.recipe import salvage  # where there is a fault to tell

    found = salvage.readable(document, folder)
    return [] if found is None else [(found[0], bounded(of_recipe(found[1])))]


def _containerfile(data: bytes, path: Path) -> _Read:
    from certify import containerfile  # only where there is one

    try:
        document, subject = containerfile.read(data, str(path))
    except RecipeError as error:
        return None, [], [], error.problems
    return document, [(document, bounded(subject))], [], document.problems


def _found(document: Placed, subject: Subject, site: Site, policy: Policy,
           chosen: Callable[[str], bool] = _all) -> Iterator[Finding]:
    told = set()        # a loop over three folders is one cause, in one place of the text
    for rule in registry.RULES:
        for hit in rule.check(subject, site) if chosen(rule.CODE) else ():
            place = (rule.CODE, hit.route, hit.within)
            if hit.within is None or place not in told:
                told.add(place)
                yield _finding(rule, hit, document, policy)


def _finding(rule: Rule, hit: Hit, document: Placed, policy: Policy) -> Finding:
    severity = policy.severity(rule.CODE, rule.SEVERITY)
    return Finding(code=rule.CODE, name=rule.NAME, severity=severity.weaker if hit.weaker or not hit.shipped else severity,
                   message=hit.message, help=hit.help, file=document.path, span=_span(hit, document),
                   related=tuple(Related(message=one.message, file=document.path, span=_span(one, document))
                                 for one in hit.related))


def _span(hit: Hit | Second, document: Placed) -> Span:
    if hit.within is None:
        return document.span(hit.route)
    return document.inside(hit.route, hit.within.line, hit.within.column, hit.within.length)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by place and code; of findings that are equal but for their help, the first."""
    kept: dict[tuple[str, int, int, str, str], Finding] = {}
    for finding in findings:
        kept.setdefault(_place(finding), finding)
    return [kept[key] for key in sorted(kept)]


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    span, file = finding.span, finding.file or ""
    return (*((file, span.line, span.column) if span is not None else (file, 0, 0)), finding.code, finding.message)
