"""What no schema can say: paths stay beside the recipe, stages are there when they are copied from, locks are locks."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, Final

from builder.recipe.problem import Problem, Span
from builder.recipe.source import MAX_BYTES, Document, Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCHIVES: Final = ("debian", "ubuntu")
_SITE_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def check(document: Document, folder: Path) -> None:
    """Report to the document what is wrong with the image and with each stage; ``folder`` is the recipe's."""
    values: Any = document.values
    if not isinstance(values, dict):
        return
    for route, part, before in _parts(values):
        for inner in [(*route, "packages", "pip", "requirements"), *_each(part, route, "files", "from")]:
            _check_file(document, inner, folder)
        _check_base(document, (*route, "base"), folder)
        _check_sources(document, (*route, "sources"))
        _check_requirements(document, (*route, "packages", "pip", "requirements"), folder)
        _check_dnf(document, route, part.get("base", values.get("base")))
        for inner in _each(part, route, "copy", "from"):
            _check_copy(document, inner, before)
    for inner in _each(values, (), "tests", "expect"):
        _check_expression(document, (*inner, "output"))
    _check_budget(document, values.get("budget"), values.get("tests"))


def _parts(values: dict[str, Any]) -> Iterator[tuple[Route, dict[str, Any], list[str]]]:
    """The image and every stage, each with the stages that stand before it."""
    stages = values.get("stages")
    before: list[str] = []
    for name, stage in stages.items() if isinstance(stages, dict) else ():
        if isinstance(stage, dict):
            yield ("stages", name), stage, before
        before = [*before, name]
    yield (), values, before


def _check_budget(document: Document, budget: object, tests: object) -> None:
    """A budget is for something: its own command, or a test that runs wherever the image is checked."""
    plain = [one for one in tests if isinstance(one, dict) and not one.get("needs") and not one.get("host_libraries")] \
        if isinstance(tests, list) else []
    if isinstance(budget, dict) and "run" not in budget and not plain:
        document.report("SCH004", document.span(("budget",), key=True), "the budget is for no command: no test runs everywhere",
                        "name the command: budget: {run: ..., ...}")


def _each(part: dict[str, Any], route: Route, key: str, field: str) -> list[Route]:
    found = part.get(key)
    return [(*route, key, index, field) for index in range(len(found) if isinstance(found, list) else 0)]


def _check_file(document: Document, route: Route, folder: Path) -> None:
    named = _text(document, route)
    if named is not None:
        _check_inside(document, route, folder, named)


def _check_base(document: Document, base: Route, folder: Path) -> None:
    """A tree or a layout lies beside the recipe, or is the site's; the links within a tree are followed within it."""
    tree, image = _text(document, (*base, "tree")), _text(document, (*base, "image"))
    if tree is not None:
        _check_local(document, (*base, "tree"), folder, tree, deep=False)
    elif image is not None and image.startswith("oci:"):
        _check_local(document, (*base, "image"), folder, image.removeprefix("oci:").partition("@")[0], deep=True)


def _check_local(document: Document, route: Route, folder: Path, named: str, *, deep: bool) -> None:
    if _SITE_NAME.fullmatch(named) is None or (folder / named).is_symlink() or (folder / named).exists():
        _check_inside(document, route, folder, named, deep=deep)


def _check_inside(document: Document, route: Route, folder: Path, named: str, *, deep: bool = True) -> None:
    try:
        root = folder.resolve()
        for problem in _problems_of(root, root / named, deep=deep):
            document.report("SCH004", document.span(route), problem, "put the file itself beside the recipe")
    except (OSError, RuntimeError, ValueError) as error:       # RuntimeError: links in a circle
        document.report("SCH004", document.span(route), f"{named[:200]}: cannot be read: {getattr(error, 'strerror', error)}")


def _problems_of(root: Path, target: Path, *, deep: bool) -> Iterator[str]:
    if not target.exists():
        yield f"{target.relative_to(root)}: no such file beside the recipe"
        return
    if not target.resolve().is_relative_to(root):
        yield f"{target.relative_to(root)}: this link leaves the recipe's folder"
        return
    inner = sorted(target.rglob("*")) if deep and target.is_dir() else []
    for path in [target, *inner]:
        name = path.relative_to(root)
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            yield f"{name}: this link leaves the recipe's folder"
        elif not (path.is_symlink() or path.is_dir() or path.is_file()):
            yield f"{name}: neither a file nor a folder"


def _check_sources(document: Document, route: Route) -> None:
    sources = _at(document.values, route)
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(source, dict) and ("unpack" in source) == ("to" in source):
            document.report("SCH004", document.span((*route, index)), "a source needs either 'unpack' or 'to'",
                            "unpack: the folder for an archive's content; to: the path for the file itself")


def _check_requirements(document: Document, route: Route, folder: Path) -> None:
    named = _text(document, route)
    if named is None:
        return
    path = folder / named
    try:
        readable = path.is_file() and path.stat().st_size <= MAX_BYTES      # a fifo would keep us waiting
        text = path.read_text(encoding="utf-8") if readable else None
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        document.report("SCH004", document.span(route), f"{named}: not a readable text file")
        return
    from builder.recipe import requirements  # few recipes have one

    for line in requirements.parse(text):
        if isinstance(line, requirements.Refused):
            span = Span(line.line, 1, line.line, 1)
            document.problems.append(Problem(code="SCH004", message=line.message, file=str(path), span=span,
                                             help="write it with: pip-compile --generate-hashes, or uv export"))


def _check_dnf(document: Document, route: Route, base: object) -> None:
    archive = next((name for name in ARCHIVES if isinstance(base, dict) and name in base), None)
    if archive is not None and _at(document.values, (*route, "packages", "dnf")):
        document.report("SCH004", document.span((*route, "packages", "dnf"), key=True),
                        f"a base made from {archive} has no dnf", "name them under 'apt', or start from an image that brings dnf")


def _check_copy(document: Document, route: Route, before: list[str]) -> None:
    stage = _at(document.values, route)
    if isinstance(stage, str) and stage not in before:
        known = f"stages to copy from here: {', '.join(before)}" if before else "no stage stands before this"
        document.report("SCH004", document.span(route), f"there is no stage '{stage[:60]}' before this", known)


def _check_expression(document: Document, route: Route) -> None:
    """What a test looks for in its output; its length has a limit, so that reading it takes no time."""
    wanted = _text(document, route)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # of what may mean something else in a later Python
            re.compile(wanted or "", re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        document.report("SCH004", document.span(route),
                        f"'tests[{route[1]}].expect.output' is not a regular expression: {error}",
                        "to look for it as it stands, write 'text' instead of 'output'")


def _text(document: Document, route: Route) -> str | None:
    """The text at a route, unless it has been refused already."""
    found = _at(document.values, route)
    refused = any(problem.span == document.span(route) for problem in document.problems)
    return found if isinstance(found, str) and not refused else None


def _at(values: Any, route: Route) -> object:  # noqa: ANN401
    for part in route:
        fits = (isinstance(values, dict) and part in values) or (isinstance(values, list) and isinstance(part, int))
        if not fits:
            return None
        values = values[part]
    return values
