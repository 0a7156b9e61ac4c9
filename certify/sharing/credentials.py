"""Where the caller's credentials for a registry are: found by the names in the files, and read by nobody but skopeo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SMALL: Final = 1 << 20         # bytes; a file has a few hundred for each registry


def file_for(host: str, environ: Mapping[str, str], uid: int) -> Path | None:
    """The file that has credentials for a registry, None where the caller has none: then one asks as nobody.

    ``REGISTRY_AUTH_FILE`` is the only one that is looked at where it is set; else it is podman's and skopeo's, then docker's.
    """
    if given := environ.get("REGISTRY_AUTH_FILE"):
        return Path(given).absolute()
    return next((path for path in _usual(environ, uid) if _knows(path, host)), None)


def _usual(environ: Mapping[str, str], uid: int) -> Iterator[Path]:
    runtime, home = environ.get("XDG_RUNTIME_DIR"), environ.get("HOME")
    yield Path(runtime) / "containers" / "auth.json" if runtime else Path(f"/run/containers/{uid}/auth.json")
    if home:
        yield Path(home) / ".config" / "containers" / "auth.json"
    if docker := environ.get("DOCKER_CONFIG"):
        yield Path(docker) / "config.json"
    elif home:
        yield Path(home) / ".docker" / "config.json"


def _knows(path: Path, host: str) -> bool:
    """Whether a file names a registry, by itself or with a namespace of it. One that cannot be read knows nothing."""
    try:
        with path.open("rb") as file:
            content: Any = json.loads(file.read(_SMALL))
        named = {*content.get("auths", {}), *content.get("credHelpers", {})}
    except (OSError, ValueError, RecursionError, AttributeError, TypeError):
        return False
    hosts = {name.removeprefix("https://").removeprefix("http://").partition("/")[0] for name in named}
    return host in hosts or (host == "docker.io" and "index.docker.io" in hosts)
