"""What no schema can say of a profile: whether its parts fit each other, and this machine."""

from __future__ import annotations

import posixpath
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error
from certify.site_import.fault import Found, Route, Weight, named
from certify.site_import.safety import unsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

RUNTIMES: Final = ("shifter", "podman-hpc", "charliecloud", "apptainer")
_LISTS: Final = ("runtime_owned", "replaced_files", "site_mounts")
_WHOLE: Final = ("/", "/bin", "/etc", "/lib", "/lib64", "/opt", "/sbin", "/usr", "/var")
_CHANGES: Final = ("environment", "environment_append", "environment_prepend")
_COMPARED: Final = 100      # names, for one that is close
_USUAL: Final = ("bin", "etc", "usr", "lib64")       # names that every image has


def check(values: Mapping[str, Any]) -> Iterator[Found]:
    """Everything; the values have passed the schema."""
    for part in _CHECKS:
        yield from part(values)


def _paths(values: Mapping[str, Any]) -> Iterator[Found]:
    routes: list[tuple[Route, str]] = [((key, number), path) for key in _LISTS for number, path in enumerate(values[key])]
    routes += [(("modules", name, "mounts", path), path) for name, module in values.get("modules", {}).items()
               for path in module.get("mounts", {})]
    for route, path in routes:
        plain = "/" + posixpath.normpath(path).lstrip("/")
        if plain != path:
            yield Found(route=route, message=f"{named(route)}: {path} is not in its plain form", help=f"write {plain}")
        elif path in _WHOLE and route[0] != "replaced_files":
            yield Found(route=route, message=f"{named(route)}: it would hide all that images have in {path}",
                        weight=Weight.ERROR if path == "/" else Weight.WARNING, help="name what stands over images below it")


def _overlaps(values: Mapping[str, Any]) -> Iterator[Found]:
    seen: dict[str, Route] = {}
    for key in _LISTS:
        for number, path in enumerate(values[key]):
            if path in seen:
                yield Found(route=(key, number), message=f"{path} is in {named(seen[path])} already",
                            help="one thing stands at a path: take one of the two out")
            else:
                seen[path] = (key, number)
    for path, route in seen.items():
        above = next((one for one in _parents(path) if one in seen), None)
        if above is not None and (route[0] == "replaced_files" or route[0] == seen[above][0]):
            yield Found(route=route, weight=Weight.WARNING,
                        message=f"{path} lies below {above}, which {named(seen[above])} puts over images already",
                        help="one of the two can go, unless they are two mounts" if route[0] == "site_mounts" else "one can go")


def _names(values: Mapping[str, Any]) -> Iterator[Found]:
    pattern = values["first_level_names"]
    route: Route = ("first_level_names",)
    if why := unsafe(pattern):
        yield Found(route=route, message=f"{named(route)}: {why}", help="Shifter keeps [A-Za-z0-9_:.+-]+, others [\\s\\S]+")
        return
    lost = [name for name in _USUAL if not re.fullmatch(pattern, name)]
    if lost:
        yield Found(route=route, message=f"{named(route)}: {', '.join(lost)} would be missing in every image",
                    help="Shifter keeps [A-Za-z0-9_:.+-]+, others [\\s\\S]+")


def _limit(values: Mapping[str, Any]) -> Iterator[Found]:
    if values["etc_file_limit"] == 0:
        yield Found(route=("etc_file_limit",), message="with a limit of 0 every file of /etc would be missing",
                    help="for a runtime that drops none: 9223372036854775807", weight=Weight.WARNING)


def _runtime(values: Mapping[str, Any]) -> Iterator[Found]:
    runtime = values["runtime"]
    if runtime not in RUNTIMES:
        close = get_close_matches(runtime, RUNTIMES, 1)
        yield Found(route=("runtime",), message=f"the runtime '{runtime}' is not known here", weight=Weight.WARNING,
                    help=f"did you mean '{close[0]}'?" if close else "known: " + ", ".join(RUNTIMES))


def _powers(values: Mapping[str, Any]) -> Iterator[Found]:
    if values.get("user", "caller") == "root":
        if values.get("owner", "root") == "root":
            yield Found(route=("owner",), weight=Weight.WARNING, help="write caller, unless it is so",
                        message="root of a user namespace owns what the caller owns, and the image's files are another one's")
    elif values.get("capabilities"):
        yield Found(route=("capabilities",), message="only root in a user namespace has capabilities, and the user is the caller",
                    help='write "user": "root", or take them out')


def _libraries(values: Mapping[str, Any]) -> Iterator[Found]:
    from certify.host_libraries.decode import decode

    try:
        decode(values.get("host_libraries", {}), values["name"], values["runtime"])
    except Error as error:
        where, _, said = error.message.removeprefix(f"site profile {values['name']}: ").partition(": ")
        yield Found(route=tuple(where.split(".")), message=f"'{where}': {said}", help=error.hint)
    except (TypeError, ValueError) as error:
        yield Found(route=("host_libraries",), message=f"'host_libraries': {error}")


def _environment(values: Mapping[str, Any]) -> Iterator[Found]:
    layers: list[tuple[Route, Mapping[str, Any]]] = [((), values)]
    layers += [(("modules", name), module) for name, module in values.get("modules", {}).items()]
    for route, layer in layers:
        for number, name in enumerate(layer.get("environment_unset", ())):
            for key in _CHANGES:
                if name in layer.get(key, {}):
                    yield Found(route=(*route, "environment_unset", number), weight=Weight.WARNING,
                                message=f"{name} is in {named((*route, key))} as well, and unset after that",
                                help="take one of the two out")


def _mounts(values: Mapping[str, Any]) -> Iterator[Found]:
    for key in ("mount_sources", "mount_flags"):
        known = (*values["site_mounts"], *values["runtime_owned"]) if key == "mount_sources" else values["site_mounts"]
        yield from _strangers((key,), values.get(key, {}), known, "site_mounts")
    for name, module in values.get("modules", {}).items():
        yield from _strangers(("modules", name, "mount_flags"), module.get("mount_flags", {}), module.get("mounts", {}), "mounts")


def _strangers(route: Route, keys: Iterable[str], known: Iterable[str], where: str) -> Iterator[Found]:
    for path in keys:
        if path not in known:
            yield Found(route=(*route, path), message=f"{path} is not in {where}", key=True,
                        help=f"add it there, or take it out of {route[-1]}")


def _modules(values: Mapping[str, Any]) -> Iterator[Found]:
    modules = values.get("modules", {})
    defaults = values.get("default_modules", ())
    for number, name in enumerate(defaults):
        if name not in modules:
            close = get_close_matches(name, list(modules)[:_COMPARED], 1)
            yield Found(route=("default_modules", number), message=f"there is no module '{name}'",
                        help=f"did you mean '{close[0]}'?" if close else None)
            continue
        for other in modules[name].get("conflicts", ()):
            if other in defaults and other in modules and other != name:
                yield Found(route=("default_modules", number), message=f"{name} and {other} are in conflict, and both on",
                            help="the runtime would not start: take one of the two out")


def _machine(values: Mapping[str, Any]) -> Iterator[Found]:
    """What is named of this machine: a profile may be written on another one."""
    certificates = values.get("certificates")
    places: list[tuple[Route, str]] = [(("certificates",), certificates)] if certificates else []
    places += [((key, name), path) for key in ("layouts", "trees") for name, path in values.get(key, {}).items()]
    for route, path in places:
        if not path.startswith("/"):
            yield Found(route=route, message=f"{named(route)}: {path} depends on where certify is called",
                        help="give the whole path", weight=Weight.WARNING)
        elif not _is_there(path, file=route[0] == "certificates"):
            yield Found(route=route, message=f"{named(route)}: {path} is not on this machine", weight=Weight.WARNING)


def _is_there(path: str, *, file: bool) -> bool:
    try:
        return Path(path).is_file() if file else Path(path).exists()
    except (OSError, ValueError):
        return False


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts))]


_CHECKS: Final[tuple[Callable[[Mapping[str, Any]], Iterator[Found]], ...]] = (
    _paths, _overlaps, _names, _limit, _runtime, _powers, _libraries, _environment, _mounts, _modules, _machine)
