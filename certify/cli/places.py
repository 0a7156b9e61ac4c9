"""certify run --plan and --why: what stands where in the simulated site, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from certify.cli import output
from certify.report.safe import escaped, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a reader calls the kinds of places.
_KINDS: Final = {"image": "image", "copy": "copy, writable", "host": "machine, writable", "library": "machine", "text": "file",
                 "devices": "machine's devices", "link": "link", "folder": "folder", "blank": "empty folder",
                 "completed": "image", "writable": "image, writable",
                 "scratch": "scratch, writable", "proc": "processes", "dev": "devices"}
_COLUMN: Final = 34     # a longer path or name pushes its line only


def show(found: Mapping[str, Any], *, as_json: bool, answer: bool) -> None:
    """Print a plan, or the answer about a path."""
    if as_json:
        output.as_json([found])
        return
    for line in _answer(found) if answer else _plan(found):
        print(line)


def _plan(found: Mapping[str, Any]) -> Iterator[str]:
    who = found["identity"]
    groups = ", ".join(f"{one['name']} ({one['gid']})" for one in who["groups"])
    yield _line("runs", " ".join(found["command"]))
    yield _line("in", found["workdir"])
    powers = ", ".join(found["capabilities"])
    said = f"with {powers} over what is the caller's own" if powers else "no privilege, and none to be had"
    yield _line("as", f"{who['name']} ({who['uid']}), of {groups}; {said}")
    yield _line("network", "this machine's" if found["network"] else "none")
    yield from ("", "paths")
    for one in found["places"]:
        leads = f" -> {one['content']}" if one["kind"] == "link" else ""
        yield _row(one["path"] + leads, _KINDS[one["kind"]], one["why"])
    yield from _section("not shown", [(one["path"], one["why"]) for one in found["dropped"]])
    yield from _section("environment", [(f"{one['name']}={one['value']}", one["why"]) for one in found["environment"]])
    yield from _section("of the caller's environment, but not passed", [(one["name"], one["why"]) for one in found["missing"]])


def _answer(found: Mapping[str, Any]) -> Iterator[str]:
    for path, target in found["links"]:
        yield _line(path, f"a link to {target}")
    place = f", at {found['place']}" if found["place"] != found["leads_to"] else ""
    stands = {True: _KINDS[found["kind"]] + place, False: "nothing", None: f"what is there on this machine{place}"}
    yield _line(found["leads_to"], stands[found["stands"]])
    yield _line("  why", found["why"])
    if found["source"] and found["stands"] is not False:
        yield _line("  from", found["source"])
    if found["hidden"]:
        yield _line("  hidden", f"the image has a {found['hidden']} of its own there, which nobody sees")


def _section(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield from ("", title)
        for name, why in rows:
            yield f"  {_padded(name, _COLUMN)}  {escaped(why)}"


def _row(path: str, kind: str, why: str) -> str:
    return f"  {_padded(path, _COLUMN)}  {kind:<18} {escaped(why)}"


def _line(name: str, value: str) -> str:
    return f"{_padded(name, 10)}  {escaped(value)}"


def _padded(text: str, columns: int) -> str:
    shown = escaped(text)
    return shown + " " * (columns - width(shown))
