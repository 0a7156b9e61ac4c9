"""What a site's modules say of its libraries: little, as the configuration names folders and no files in them."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE: Final = "LD_LIBRARY_PATH"


def of(modules: Mapping[str, Mapping[str, Any]], usual: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The descriptions for the modules that bring libraries, and what to do about them.

    A description of the same name among the ``usual`` ones is taken, with the folder that the module tells the loader;
    for others there is none before somebody reads the real files.
    """
    found: dict[str, Any] = {}
    hints = []
    for name, module in modules.items():
        told, how = _told(module)
        if not told:
            continue
        if name in usual:
            found[name] = json.loads(json.dumps(usual[name]))       # a copy of its own
            found[name]["runtimes"]["shifter"] = {"folder": told, "how": how}
        folder = module.get("copy_path") or next(iter(module.get("mounts", {}).values()), "DIR")
        hints.append(f"the module {name} brings libraries; where they are, have them described in the profile's FILE: "
                     f"certify site add-library {name} {shlex.quote(folder)} --site FILE --write")
    return found, tuple(hints)


def _told(module: Mapping[str, Any]) -> tuple[str | None, str]:
    """The first folder that a module puts into LD_LIBRARY_PATH, and how."""
    for key, how in (("environment_prepend", "prepend"), ("environment_append", "append"), ("environment", "replace")):
        for folder in module.get(key, {}).get(_VARIABLE, "").split(":"):
            if folder.startswith("/") and ".." not in folder.split("/"):
                return folder.rstrip("/") or None, how
    return None, ""
