"""The text of a recipe.lock as data: anything that no lock of ours says is refused."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from builder.apt import Package
from builder.locked import ImageLock, Inputs, StageLock
from builder.lockfile import SCHEMA, refuse
from builder.recipe.source import FORBIDDEN

if TYPE_CHECKING:
    from pathlib import Path

_MOST: Final = {"images": 1000, "stages": 200, "packages": 20_000, "wheels": 5_000, "sources": 5_000, "words": 2_000}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_TEXT: Final = re.compile(r"[^\n]{0,4000}")
_FORMS: Final = {"image": re.compile(r"[a-z0-9._-]{1,100}:[A-Za-z0-9._-]{1,100} linux/[a-z0-9/]{1,40}"),
                 "stage": re.compile(r"[A-Za-z0-9._-]{0,100}"), "name": re.compile(r"[a-z0-9][a-z0-9+.-]{0,199}"),
                 "version": re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:~-]{0,199}"), "architecture": re.compile(r"[a-z0-9-]{1,40}"),
                 "file": re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!-]{0,250}\.whl"), "sha256": _SHA256, "url": _TEXT, "words": _TEXT}


class _Odd(ValueError):
    """Something that no lock of ours says."""


def parse(text: str, path: Path) -> dict[str, ImageLock]:
    """The images of a lock's text; raises Fault for anything that ``dump`` does not write."""
    try:
        values = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_no_number)
        return _images(values)
    except (ValueError, RecursionError) as error:
        refuse(path, str(error) if isinstance(error, _Odd | json.JSONDecodeError) else "not what a lock says", error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Odd("a key stands there twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise _Odd(f"{word[:40]} is no number of a lock")


def _images(values: Any) -> dict[str, ImageLock]:  # noqa: ANN401
    top = _mapping(values, "it", ("schema", "images"))
    if type(top["schema"]) is not int or top["schema"] != SCHEMA:
        raise _Odd("it is of a version that is not known here")
    if not isinstance(top["images"], dict) or len(top["images"]) > _MOST["images"]:
        raise _Odd("'images' is no mapping of a lock")
    images = {}
    for name, stages in top["images"].items():
        read = tuple(_stage(stage) for stage in _list(stages, "stages"))
        _no_twice([stage.name for stage in read], "a stage")
        images[_text(name, "image")] = ImageLock(stages=read)
    return images


def _stage(value: Any) -> StageLock:  # noqa: ANN401
    plain = _mapping(value, "a stage", ("stage", "inputs", "base", "note", "packages", "wheels", "sources"))
    packages = tuple(_package(one) for one in _list(plain["packages"], "packages"))
    _no_twice([(one.name, one.architecture) for one in packages], "a package")
    wheels = _pairs(plain["wheels"], "file", "wheels")
    _no_twice([file for file, _ in wheels], "a wheel")
    base, note = (_text(plain[name], "words") for name in ("base", "note"))
    return StageLock(name=_text(plain["stage"], "stage"), inputs=_inputs(plain["inputs"]), packages=packages, wheels=wheels,
                     sources=_pairs(plain["sources"], "url", "sources"), base=base, note=note)


def _inputs(value: Any) -> Inputs:  # noqa: ANN401
    plain = _mapping(value, "'inputs'", ("base", "apt", "dnf", "pip"))
    base, pip = (_text(plain[name], "words") for name in ("base", "pip"))
    return Inputs(base=base, apt=_words(plain["apt"]), dnf=_words(plain["dnf"]), pip=pip)


def _package(value: Any) -> Package:  # noqa: ANN401
    plain = _mapping(value, "a package", ("name", "version", "architecture", "sha256"))
    fields = {name: _text(one, name) for name, one in plain.items()}
    return Package(**fields, file=file_of(**fields))


def file_of(*, name: str, version: str, architecture: str, **_: str) -> str:
    """The name of a package's file as apt writes it."""
    return f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"


def _pairs(value: Any, name: str, limit: str) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    plain = [_mapping(one, f"a {name}", (name, "sha256")) for one in _list(value, limit)]
    return tuple((_text(one[name], name), _text(one["sha256"], "sha256")) for one in plain)


def _mapping(value: Any, what: str, names: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(value, dict) or set(value) != set(names):
        raise _Odd(f"{what} needs {', '.join(names)} and nothing else")
    return value


def _list(value: Any, limit: str) -> list[Any]:  # noqa: ANN401
    if not isinstance(value, list) or len(value) > _MOST[limit]:
        raise _Odd(f"{limit} are a list of at most {_MOST[limit]}")
    return value


def _text(value: Any, form: str) -> str:  # noqa: ANN401
    if not isinstance(value, str) or _FORMS[form].fullmatch(value) is None or FORBIDDEN.search(value):
        raise _Odd(f"{str(value)[:60]!r} is no {form} of a lock")
    return value


def _words(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(_text(one, "words") for one in _list(value, "words"))


def _no_twice(names: list[Any], what: str) -> None:
    if len(set(names)) != len(names):
        raise _Odd(f"{what} stands there twice")
