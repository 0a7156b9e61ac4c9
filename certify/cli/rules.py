"""certify rules: all rules and checks."""

from __future__ import annotations

import enum
import inspect
from dataclasses import asdict, dataclass
from typing import Annotated

import typer


class Table(enum.StrEnum):
    """How the table is written."""

    TEXT = "text"
    MARKDOWN = "md"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """One code; ``on`` is recipe, image, or both."""

    code: str
    name: str
    severity: str
    on: str
    what: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rules")(rules)


def rules(form: Annotated[Table, typer.Option("--format", help="How to write the table.")] = Table.TEXT) -> None:
    """List all rules on recipes and Containerfiles, and all checks on images."""
    found = rows()
    if form is Table.JSON:
        from certify.cli import output

        output.as_json(asdict(row) for row in found)
    elif form is Table.MARKDOWN:
        print(markdown(found), end="")
    else:
        wide = max(len(row.name) for row in found)
        for row in found:
            print(f"{row.code}  {row.name:<{wide}}  {row.severity:<7}  {row.on:<13}  {row.what}")


def rows() -> list[Row]:
    """The table, in the order of the codes."""
    from certify.codes import table

    return [Row(code, modules[0].NAME, str(modules[0].SEVERITY),
                ", ".join("image" if module.__name__.startswith("certify.checks") else "recipe" for module in modules),
                _first_line(modules[0])) for code, modules in table().items()]


def markdown(found: list[Row]) -> str:
    """The table as the README has it."""
    lines = [f"| {row.code} | {row.name} | {row.severity} | {row.on} | {row.what.replace('|', chr(92) + '|')} |" for row in found]
    return "\n".join(["| code | name | severity | on | what |", "|---|---|---|---|---|", *lines]) + "\n"


def _first_line(module: object) -> str:
    return (inspect.getdoc(module) or "").partition("\n")[0]
