"""What an image's settings mean for what is built on it: what is taken over, what is not, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# As in the recipe's schema: what every runtime can pass on. NUL and lone surrogates cannot be in any environment.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VALUE: Final = re.compile(r"(?!.*\\\s*$)[^\n\x00\ud800-\udfff]{0,32000}")
_MAX_NAMES: Final = 1000

# They fight the site's own libraries, which are put in the image's place when it runs.
_LOADER: Final = ("LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT")
_ROOT: Final = ("", "0", "root")


def environment(config: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The environment that is inherited, and a note on each variable that is not."""
    taken: dict[str, str] = {}
    notes = []
    for entry in _texts(config.get("Env")):
        name, given, value = entry.partition("=")
        if why := _refusal(name, given, value):
            notes.append(f"the base's {shown(name)}={shown(value)} is not inherited: {why}")
        else:
            taken[name] = value
    if len(taken) > _MAX_NAMES:
        raise Fault(f"the base's environment has {len(taken)} variables", hint=f"an image may have {_MAX_NAMES}")
    return taken, notes


def notes(config: Mapping[str, Any]) -> list[str]:
    """A note on each setting of the base that has no effect."""
    found = []
    user = config.get("User")
    if isinstance(user, str) and user.partition(":")[0] not in _ROOT:
        found.append(f"the base's USER {shown(user)} is ignored: steps run as root, programs as the caller")
    if triggers := _texts(config.get("OnBuild")):
        found.append(f"the base's ONBUILD triggers are not run: {_list(triggers)}")
    if volumes := _texts(config.get("Volumes")):
        found.append(f"the base's VOLUME has no effect: {_list(volumes)}: what is there stays in the image, read-only")
    return found


def shown(text: str) -> str:
    """A text of someone else's, short and safe for a terminal."""
    safe = text if text.isprintable() else ascii(text)[1:-1]
    return safe if len(safe) <= 100 else f"{safe[:97]}..."


def _refusal(name: str, given: str, value: str) -> str | None:
    if name in _LOADER:
        return "it would fight the libraries of the site"
    if not given or not _NAME.fullmatch(name):
        return "no shell knows such a name"
    if not _VALUE.fullmatch(value):
        return "not every runtime can pass on this value"
    return None


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | dict) else []


def _list(texts: Iterable[str]) -> str:
    listed = [shown(one) for one in texts]
    return ", ".join(listed[:10]) + (f" and {len(listed) - 10} more" if len(listed) > 10 else "")
