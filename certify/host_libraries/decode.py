"""The host libraries of a site profile, from plain data and back; what is wrong in a profile is told with its place."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from builder.errors import Error
from certify.host_libraries.model import HostLibrary, How, SiteFile, Way

if TYPE_CHECKING:
    from collections.abc import Mapping

HINT: Final = "certify site add-library NAME DIR describes the libraries in a folder; certify site show shows an example"
_Described = TypeVar("_Described", HostLibrary, SiteFile, Way)


def decode(values: object, profile: str, runtime: str) -> Mapping[str, HostLibrary]:
    """The libraries by name; ``runtime`` is the site's own, which has to bring each of them. Raises Error."""
    where = f"site profile {profile}: host_libraries"
    return {name: _library(name, value, f"{where}.{name}", runtime) for name, value in _mapping(values, where).items()}


def plain(library: HostLibrary) -> dict[str, Any]:
    """A library as the profile has it, without what has its default value."""
    values = _short(HostLibrary, asdict(library))
    del values["name"]
    return {**values, "files": {path: _short(SiteFile, file) for path, file in values["files"].items()},
            "runtimes": {name: _short(Way, way) for name, way in values["runtimes"].items()}}


def _short(kind: type[HostLibrary | SiteFile | Way], values: Mapping[str, Any]) -> dict[str, Any]:
    default = {one.name: one.default_factory() if one.default_factory is not MISSING else one.default for one in fields(kind)}
    return {name: value for name, value in values.items() if value != default[name]}


def _library(name: str, value: object, where: str, runtime: str) -> HostLibrary:
    values = _mapping(value, where)
    ways = {one: _way(way, f"{where}.runtimes.{one}") for one, way in _part(values, "runtimes", where).items()}
    files = {path: _file(file, f"{where}.files.{path}") for path, file in _part(values, "files", where).items()}
    lists = _lists(values, where, "replaces", "search")
    links = {link: _text(target, f"{where}.links.{link}") for link, target in _part(values, "links", where).items()}
    made = _made(HostLibrary, {**lists, "name": name, "runtimes": ways, "files": files, "links": links}, where)
    _check(made, where, runtime)
    return made


def _check(made: HostLibrary, where: str, runtime: str) -> None:
    _text(made.summary, f"{where}.summary")
    for path in (*made.files, *made.links, *made.search):
        if path.startswith("/") or ".." in path.split("/") or not path:
            raise Error(f"{where}: {path or 'an empty name'} is no path below the library's folder", hint=HINT)
    for link, target in made.links.items():
        if target not in made.files:
            raise Error(f"{where}.links.{link}: it leads to {target}, which is none of the files", hint=HINT)
    for name in made.replaces:
        if name not in made.findable:
            raise Error(f"{where}.replaces: {name} is none of the files in the folders of search", hint=HINT)
    if not made.replaces:
        raise Error(f"{where}.replaces: it names no library", hint=HINT)
    if runtime not in made.runtimes:
        raise Error(f"{where}.runtimes: nothing says how {runtime}, the site's runtime, brings it in", hint=HINT)


def _way(value: object, where: str) -> Way:
    values = dict(_mapping(value, where))
    if values.get("how") not in list(How):
        raise Error(f"{where}.how: it is one of {', '.join(How)}", hint=HINT)
    folder = _text(values.get("folder"), f"{where}.folder")
    if not folder.startswith("/") or ".." in folder.split("/") or ":" in folder:
        raise Error(f"{where}.folder: {folder} is no absolute path that can stand in LD_LIBRARY_PATH", hint=HINT)
    source = values.get("source")
    if source is not None and (not _text(source, f"{where}.source").startswith("/") or ".." in source.split("/")):
        raise Error(f"{where}.source: {source} is no absolute path of a folder on this machine", hint=HINT)
    return _made(Way, {**values, "folder": folder.rstrip("/"), "how": How(values["how"])}, where)


def _file(value: object, where: str) -> SiteFile:
    values = _lists(_mapping(value, where), where, "needed")
    for name in ("soname", "rpath", "runpath", "machine"):
        if values.get(name) is not None:
            _text(values[name], f"{where}.{name}")
    if values.get("bits", 64) not in (32, 64):
        raise Error(f"{where}.bits: it is 32 or 64", hint=HINT)
    versions = _part(values, "versions", where)
    return _made(SiteFile, {**values, "versions": {name: _texts(given, f"{where}.versions.{name}")
                                                   for name, given in versions.items()}}, where)


def _made(kind: type[_Described], values: Mapping[str, Any], where: str) -> _Described:
    known = {one.name for one in fields(kind)}
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    if wrong := sorted((set(values) - known) | (needed - set(values))):
        raise Error(f"{where}: keys missing or unknown: {', '.join(wrong)}", hint=HINT)
    return kind(**values)


def _part(values: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    return _mapping(values.get(key, {}), f"{where}.{key}")


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Error(f"{where}: it is not an object", hint=HINT)
    return value


def _lists(values: Mapping[str, Any], where: str, *keys: str) -> dict[str, Any]:
    return {key: _texts(value, f"{where}.{key}") if key in keys else value for key, value in values.items()}


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise Error(f"{where}: it is not a list", hint=HINT)
    return tuple(_text(one, where) for one in value)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise Error(f"{where}: it is no text", hint=HINT)
    return value
