"""What an image says of itself: the file /.certify/image.json inside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/.certify/image.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What running an image needs; nothing here may change without packing the image anew.

    ``platform`` is an OCI platform such as ``linux/amd64``.
    """

    name: str
    version: str
    revision: int
    platform: str
    environment: Mapping[str, str]
    entrypoint: tuple[str, ...] = ()
    workdir: str | None = None

    @property
    def tag(self) -> str:
        """The immutable tag, ``<version>-<revision>``."""
        return f"{self.version}-{self.revision}"

    def to_json(self) -> str:
        """The file's text, the same for equal images."""
        return json.dumps({"schema": 1, **asdict(self)}, sort_keys=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ImageConfig:
        """Read the file's text; it comes from an image and may be anything. Raises Fault."""
        try:
            values: Any = json.loads(text)
            if values.pop("schema") != 1:
                raise Fault(f"{PATH} has a schema that this version does not know")
            config = cls(**{**values, "entrypoint": tuple(values["entrypoint"])})
            strings = [config.name, config.version, config.platform, *config.environment, *config.environment.values(),
                       *config.entrypoint, "" if config.workdir is None else config.workdir]
            shaped = type(config.revision) is int and isinstance(values["entrypoint"], list)
            if not shaped or not all(_can_be_passed(text) for text in strings):
                raise Fault(f"{PATH} holds values of the wrong type")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Fault(f"{PATH} cannot be read: {type(error).__name__}", hint="build the image with this version") from error
        return config


def _can_be_passed(text: object) -> bool:
    """Whether it is text that a program can get as an argument or a variable."""
    return isinstance(text, str) and "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def host_platform(machine: str) -> str:
    """The OCI platform of a kernel's machine name (``uname -m``)."""
    names = {"x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64"}
    return f"linux/{names.get(machine, machine)}"
