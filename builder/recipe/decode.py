"""From a document to a recipe: everything is checked, and every problem of the file is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.errors import Error, RecipeError
from builder.recipe import schema
from builder.recipe.model import Access, DebianBase, File, Recipe, Source, Step, Test, Wheels
from builder.recipe.problem import Problem, Span
from builder.recipe.source import MAX_BYTES, Document, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_NAME = "recipe.yaml"


def find(path: Path) -> Path:
    """The recipe's file, for a path that names it or its folder; raises Error where there is none."""
    try:
        target = path / FILE_NAME if path.is_dir() else path
        there = target.is_file()
    except (OSError, ValueError) as error:
        raise Error(f"{str(path)[:200]}: {error}", hint="give a recipe's folder or its recipe.yaml") from error
    if not there:
        raise Error(f"{target}: no such recipe", hint="give a recipe's folder or its recipe.yaml")
    return target


def load(path: Path) -> tuple[Document, Recipe]:
    """Read a recipe's file or folder; raises RecipeError with every problem, in the order of the file."""
    file = find(path)
    document = Document.read(file)
    return document, decode(document, file.parent)


def decode(document: Document, folder: Path) -> Recipe:
    """Make the recipe of a document; paths are looked up in ``folder``. Raises RecipeError."""
    if not any(problem.code in ("SCH001", "SCH003") for problem in document.problems):
        schema.check(document)
        if isinstance(document.values, dict):
            _check_paths(document, folder)
            _check_sources(document)
            _check_requirements(document, folder)
    if document.problems:
        raise RecipeError(sorted(set(document.problems), key=_order))
    assert isinstance(document.values, dict)
    return _recipe(document.values, folder)


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.span.line, problem.span.column, problem.code, problem.message


def _check_paths(document: Document, folder: Path) -> None:
    values: Any = document.values
    routes: list[Route] = [("packages", "pip", "requirements")]
    files = values.get("files")
    routes += [("files", index, "from") for index in range(len(files) if isinstance(files, list) else 0)]
    for route in routes:
        named = _at(values, route)
        if isinstance(named, str) and not _is_refused(document, route):
            _check_inside(document, route, folder, named)


def _check_inside(document: Document, route: Route, folder: Path, named: str) -> None:
    try:
        root = folder.resolve()
        for problem in _problems_of(root, root / named):
            document.report("SCH004", document.span(route), problem, "put the file itself beside the recipe")
    except (OSError, RuntimeError, ValueError) as error:       # RuntimeError: links in a circle
        document.report("SCH004", document.span(route), f"{named[:200]}: cannot be read: {getattr(error, 'strerror', error)}")


def _problems_of(root: Path, target: Path) -> Iterator[str]:
    if not target.exists():
        yield f"{target.relative_to(root)}: no such file beside the recipe"
        return
    if not target.resolve().is_relative_to(root):
        yield f"{target.relative_to(root)}: this link leaves the recipe's folder"
        return
    inner = sorted(target.rglob("*")) if target.is_dir() else []
    for path in [target, *inner]:
        name = path.relative_to(root)
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            yield f"{name}: this link leaves the recipe's folder"
        elif not (path.is_symlink() or path.is_dir() or path.is_file()):
            yield f"{name}: neither a file nor a folder"


def _check_sources(document: Document) -> None:
    values: Any = document.values
    sources = values.get("sources")
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(source, dict) and ("unpack" in source) == ("to" in source):
            document.report("SCH004", document.span(("sources", index)), "a source needs either 'unpack' or 'to'",
                            "unpack: the folder for an archive's content; to: the path for the file itself")


def _check_requirements(document: Document, folder: Path) -> None:
    route: Route = ("packages", "pip", "requirements")
    named = _at(document.values, route)
    if not isinstance(named, str) or _is_refused(document, route):
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


def _at(values: Any, route: Route) -> object:  # noqa: ANN401
    for part in route:
        fits = (isinstance(values, dict) and part in values) or (isinstance(values, list) and isinstance(part, int))
        if not fits:
            return None
        values = values[part]
    return values


def _is_refused(document: Document, route: Route) -> bool:
    return any(problem.span == document.span(route) for problem in document.problems)


def _recipe(values: Any, folder: Path) -> Recipe:  # noqa: ANN401
    packages = values.get("packages") or {}
    pip = packages.get("pip")
    return Recipe(
        folder=folder,
        name=values["name"],
        version=values["version"],
        revision=values.get("revision", 1),
        summary=values["summary"],
        license=values["license"],
        access=_access(values["access"]),
        base=_base(values["base"]),
        apt=tuple(packages.get("apt", ())),
        wheels=Wheels(**pip) if pip else None,
        sources=tuple(Source(**source) for source in values.get("sources", ())),
        files=tuple(File(source=one["from"], to=one["to"], mode=one.get("mode")) for one in values.get("files", ())),
        steps=tuple(Step(name=step.get("name", f"step {number}"), run=step["run"], env=step.get("env", {}))
                    for number, step in enumerate(values.get("steps", ()), 1)),
        env=values.get("env", {}),
        workdir=values.get("workdir"),
        entrypoint=tuple(values.get("entrypoint", ())),
        host_libraries=tuple(values.get("host_libraries", ())),
        tests=tuple(Test(name=test.get("name", f"test {number}"), run=test["run"])
                    for number, test in enumerate(values.get("tests", ()), 1)),
    )


def _access(value: Any) -> Access:  # noqa: ANN401
    if value == "public":
        return Access(public=True)
    return Access(users=tuple(value.get("users", ())), groups=tuple(value.get("groups", ())))


def _base(value: Any) -> DebianBase:  # noqa: ANN401
    debian = value["debian"]
    return DebianBase(suite=debian if isinstance(debian, str) else debian["suite"])
