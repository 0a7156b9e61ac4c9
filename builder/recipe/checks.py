"""What no schema can say: paths stay beside the recipe, stages are there when they are copied from, locks are locks."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.recipe import expressions
from builder.recipe.problem import Problem, Span
from builder.recipe.source import MAX_BYTES, Document, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe.requirements import Refused

MAX_SHELL: Final = 262_144       # characters; the longest known recipes have 30,000
ARCHIVES: Final = ("debian", "ubuntu")
_SITE_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def check(document: Document, folder: Path, seen: set[Path] | None = None) -> None:
    """Report to the document what is wrong with the image and with each stage; ``folder`` is the recipe's.

    ``seen`` has the folders that were looked through for another variant.
    """
    seen = set() if seen is None else seen
    values: Any = document.values
    if not isinstance(values, dict):
        return
    for route, part, before in _parts(values):
        for inner in [(*route, "packages", "pip", "requirements"), *_each(part, route, "files", "from")]:
            _check_file(document, inner, folder, seen)
        _check_base(document, (*route, "base"), folder, seen)
        _check_sources(document, (*route, "sources"))
        _check_requirements(document, (*route, "packages", "pip", "requirements"), folder)
        _check_dnf(document, route, part.get("base", values.get("base")))
        for inner in _each(part, route, "copy", "from"):
            _check_copy(document, inner, before)
    _check_expressions(document, values.get("tests"))
    _check_budget(document, values.get("budget"), values.get("tests"))
    _check_shell(document, values)


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


def _check_file(document: Document, route: Route, folder: Path, seen: set[Path]) -> None:
    named = _text(document, route)
    if named is not None:
        _check_inside(document, route, folder, named, seen)


def _check_base(document: Document, base: Route, folder: Path, seen: set[Path]) -> None:
    """A tree or a layout lies beside the recipe, or is the site's; the links within a tree are followed within it."""
    tree, image = _text(document, (*base, "tree")), _text(document, (*base, "image"))
    if tree is not None:
        _check_local(document, (*base, "tree"), folder, tree, None)
    elif image is not None and image.startswith("oci:"):
        _check_local(document, (*base, "image"), folder, image.removeprefix("oci:").partition("@")[0], seen)


def _check_local(document: Document, route: Route, folder: Path, named: str, seen: set[Path] | None) -> None:
    if _SITE_NAME.fullmatch(named) is None or (folder / named).is_symlink() or (folder / named).exists():
        _check_inside(document, route, folder, named, seen)


def _check_inside(document: Document, route: Route, folder: Path, named: str, seen: set[Path] | None) -> None:
    """Without ``seen``, what lies in a folder is not looked at."""
    try:
        root = folder.resolve()
        for problem in _problems_of(root, root / named, seen):
            document.report("SCH004", document.span(route), problem, "put the file itself beside the recipe")
    except (OSError, RuntimeError, ValueError) as error:       # RuntimeError: links in a circle
        document.report("SCH004", document.span(route), f"{named[:200]}: cannot be read: {getattr(error, 'strerror', error)}")


def _problems_of(root: Path, target: Path, seen: set[Path] | None) -> Iterator[str]:
    if not target.exists():
        yield f"{target.relative_to(root)}: no such file beside the recipe"
        return
    if not target.resolve().is_relative_to(root):
        yield f"{target.relative_to(root)}: this link leaves the recipe's folder"
        return
    if not (target.is_symlink() or target.is_dir() or target.is_file()):
        yield f"{target.relative_to(root)}: neither a file nor a folder"
    for entry in _below(target, seen) if seen is not None and target.is_dir() else ():
        path = Path(entry.path)
        if entry.is_symlink() and not path.resolve().is_relative_to(root):
            yield f"{path.relative_to(root)}: this link leaves the recipe's folder"
        elif not (entry.is_symlink() or entry.is_dir() or entry.is_file()):
            yield f"{path.relative_to(root)}: neither a file nor a folder"


def _below(folder: Path, seen: set[Path]) -> Iterator[os.DirEntry[str]]:
    """What lies below a folder, but for what lies below the folders that were seen before: a recipe may name one often."""
    pending = [folder]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        try:
            with os.scandir(current) as entries:
                inner = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:     # whoever builds may read it
            continue
        yield from inner
        pending += [Path(entry.path) for entry in inner if entry.is_dir(follow_symlinks=False)]


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

    refused = _told_once([line for line in requirements.parse(text) if isinstance(line, requirements.Refused)])
    document.note(Problem(code="SCH004", message=line.message, file=str(path), span=Span(line.line, 1, line.line, 1),
                          help=line.help) for line in refused)


def _told_once(refused: list[Refused]) -> Iterator[Refused]:
    """A file that nobody has locked is one mistake, however long it is."""
    bare = [line for line in refused if line.bare]
    for line in refused:
        if not line.bare:
            yield line
        elif line is bare[0]:
            more = f", and neither have {len(bare) - 1} more" if len(bare) > 1 else ""
            yield replace(line, message=line.message + more)


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


def _check_expressions(document: Document, tests: Any) -> None:  # noqa: ANN401
    for fault in expressions.faults(tests):
        route = ("tests", fault.number, "expect", "output")
        if _text(document, route) is not None:
            document.report("SCH004", document.span(route), fault.message, fault.advice)


def _check_shell(document: Document, values: dict[str, Any]) -> None:
    """All shell text together: every rule reads it, and nobody writes as much by hand."""
    total = 0
    for route in [*(inner for at, part, _ in _parts(values) for inner in _each(part, at, "steps", "run")),
                  *_each(values, (), "tests", "run")]:
        total += len(_text(document, route) or "")
        if total > MAX_SHELL:
            document.report("SCH004", document.span(route), f"this recipe has more than {MAX_SHELL:,} characters of shell text",
                            "put long scripts into files beside the recipe")
            return


def _text(document: Document, route: Route) -> str | None:
    """The text at a route, unless it has been refused already."""
    found, span = _at(document.values, route), document.span(route)
    refused = any(problem.span == span for problem in document.problems)
    return found if isinstance(found, str) and not refused else None


def _at(values: Any, route: Route) -> object:  # noqa: ANN401
    for part in route:
        fits = (isinstance(values, dict) and part in values) or (isinstance(values, list) and isinstance(part, int))
        if not fits:
            return None
        values = values[part]
    return values
