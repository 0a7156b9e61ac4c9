"""Read the packages out of a bill of materials again; it was verified before, but may be another tool's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.packages.model import Kind

_KINDS: Final[Mapping[str, Kind]] = {"pkg:deb/": "deb", "pkg:rpm/": "rpm", "pkg:pypi/": "python", "pkg:conda/": "conda"}
_PATH: Final = "certify:path"


class Component(NamedTuple):
    """A package as a bill of materials has it."""

    kind: Kind
    name: str
    version: str
    purl: str
    path: str


def packages(document: Mapping[str, Any]) -> Iterator[Component]:
    """The packages of the kinds that are known here; others, and what is of no form that is known, are left out."""
    for one in _list(document.get("components")):
        purl, name, version = (one.get(key) for key in ("purl", "name", "version"))
        if isinstance(purl, str) and isinstance(name, str) and isinstance(version, str):
            kind = _KINDS.get(purl[:purl.find("/") + 1])
            if kind is not None:
                yield Component(kind, name, version, purl, _path(one))


def _path(one: Mapping[str, Any]) -> str:
    said = [each.get("value") for each in _list(one.get("properties")) if each.get("name") == _PATH]
    return next((value for value in said if isinstance(value, str)), "")


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
