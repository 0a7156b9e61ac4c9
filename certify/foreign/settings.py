"""What an image made elsewhere says of how it is to be run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from builder.bases import oci
from builder.image import ImageConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"       # where runtimes are not told
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST: Final = 100


class Settings(NamedTuple):
    """The settings of an image, and its labels."""

    config: ImageConfig
    labels: dict[str, str]


def read(data: bytes, where: str, title: str) -> Settings:
    """Read a configuration of OCI's kind or Docker's. Raises Fault if it is for other machines.

    Nothing of its environment is dropped or mended: what is wrong with it is for the checks to say.
    """
    found = oci.configuration(data, where)
    environment = dict(_pairs(found.get("Env")))
    config = ImageConfig(name=_name(title), version="0", revision=1, platform=f"linux/{oci.architecture()}",
                         environment=environment or {"PATH": _PATH},
                         entrypoint=(*_texts(found.get("Entrypoint")), *_texts(found.get("Cmd"))), workdir=_workdir(found))
    return Settings(config, _labels(found))


def _pairs(value: object) -> Iterable[tuple[str, str]]:
    for entry in _texts(value):
        name, equals, text = entry.partition("=")
        if equals and name:
            yield name, text


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a list that can be arguments or variables at all."""
    return tuple(one for one in value if _passable(one)) if isinstance(value, list) else ()


def _passable(text: object) -> bool:
    return isinstance(text, str) and "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _workdir(found: Mapping[str, Any]) -> str | None:
    given = found.get("WorkingDir")
    return given if isinstance(given, str) and given.startswith("/") and _passable(given) else None


def _labels(found: Mapping[str, Any]) -> dict[str, str]:
    given = found.get("Labels")
    return {name: text for name, text in given.items() if isinstance(text, str)} if isinstance(given, dict) else {}


def _name(title: str) -> str:
    """A name for the image, made of what it was called by."""
    return _UNSAFE.sub("-", title.rpartition("/")[2])[:_LONGEST].strip("-.") or "unknown"
