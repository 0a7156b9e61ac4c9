"""From the values of a document that is in order to the frozen recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from builder.errors import RecipeError
from builder.recipe import expressions
from builder.recipe.model import (
    TEST_SECONDS,
    Access,
    ArchiveBase,
    Base,
    Budget,
    Copy,
    Expect,
    File,
    ImageBase,
    Recipe,
    RecipeBase,
    Source,
    Stage,
    Step,
    Test,
    TreeBase,
    Wheels,
)
from builder.recipe.problem import Problem, Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_UNITS: Final = {"kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def recipe(values: Any, folder: Path, variables: Mapping[str, str]) -> Recipe:  # noqa: ANN401
    """The recipe that valid values say; ``variables`` are those that they were rendered with."""
    _require_expressions(values.get("tests"), folder)
    base = _base(values["base"])
    image = _stage("", values, base)
    return Recipe(
        folder=folder,
        name=values["name"],
        version=values["version"],
        revision=values.get("revision", 1),
        summary=values["summary"],
        license=values["license"],
        access=_access(values["access"]),
        base=base, apt=image.apt, dnf=image.dnf, wheels=image.wheels, sources=image.sources, files=image.files,
        copies=image.copies, steps=image.steps, env=image.env,
        workdir=values.get("workdir"),
        entrypoint=tuple(values.get("entrypoint", ())),
        host_libraries=tuple(values.get("host_libraries", ())),
        tests=tuple(_test(number, test) for number, test in enumerate(values.get("tests", ()), 1)),
        stages=tuple(_stage(name, stage, base) for name, stage in values.get("stages", {}).items()),
        variables=dict(variables),
        budget=_budget(values["budget"]) if "budget" in values else None,
    )


def _stage(name: str, values: Any, base: Base) -> Stage:  # noqa: ANN401
    packages = values.get("packages", {})
    pip = packages.get("pip")
    return Stage(
        name=name,
        route=("stages", name) if name else (),
        base=_base(values["base"]) if "base" in values else base,
        apt=tuple(packages.get("apt", ())),
        dnf=tuple(packages.get("dnf", ())),
        wheels=Wheels(**pip) if pip else None,
        sources=tuple(Source(**source) for source in values.get("sources", ())),
        files=tuple(File(source=one["from"], to=one["to"], mode=one.get("mode")) for one in values.get("files", ())),
        copies=tuple(Copy(stage=one["from"], path=one["path"], to=one.get("to", one["path"])) for one in values.get("copy", ())),
        steps=tuple(Step(name=step.get("name", f"step {number}"), run=step["run"], env=step.get("env", {}))
                    for number, step in enumerate(values.get("steps", ()), 1)),
        env=values.get("env", {}),
    )


def _test(number: int, values: Any) -> Test:  # noqa: ANN401
    expect = Expect(**values.get("expect", {}))
    libraries = values.get("host_libraries")
    return Test(name=values.get("name", f"test {number}"), run=values["run"], expect=expect,
                needs=tuple(values.get("needs", ())), timeout=values.get("timeout", TEST_SECONDS),
                host_libraries=None if libraries is None else tuple(libraries))


def _budget(values: Any) -> Budget:  # noqa: ANN401
    return Budget(run=values.get("run"), seconds=float(values["seconds"]) if "seconds" in values else None,
                  bytes=_count(values["bytes"]) if "bytes" in values else None,
                  requests=int(values["requests"]) if "requests" in values else None)


def _count(size: float | str) -> int:
    """The bytes of a size as the schema lets it be written: ``100 MB``, ``1.5GiB`` or a number; parts of a byte are cut off."""
    if not isinstance(size, str):
        return int(size)
    unit = next(unit for unit in _UNITS if size.endswith(unit))
    whole, _, rest = size.removesuffix(unit).strip().partition(".")
    return int(whole + rest) * _UNITS[unit] // int(10 ** len(rest))


def _require_expressions(tests: Any, folder: Path) -> None:  # noqa: ANN401
    """Raise RecipeError for what is no regular expression: after the build would be too late to say so."""
    for fault in expressions.faults(tests):
        raise RecipeError([Problem(code="SCH004", message=fault.message, file=str(folder / "recipe.yaml"),
                                   span=Span(1, 1, 1, 1), help=fault.advice)])


def _access(value: Any) -> Access:  # noqa: ANN401
    if value == "public":
        return Access(public=True)
    return Access(users=tuple(value.get("users", ())), groups=tuple(value.get("groups", ())))


def _base(value: Any) -> Base:  # noqa: ANN401
    ((kind, said),) = value.items()
    if kind == "image":
        return ImageBase(reference=said)
    if kind == "tree":
        return TreeBase(tree=said)
    if kind == "recipe":
        return RecipeBase(recipe=said)
    return ArchiveBase(distribution=kind, **({"suite": said} if isinstance(said, str) else said))
