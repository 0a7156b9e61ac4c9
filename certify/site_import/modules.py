"""``module_<name>_<what>``: the site's modules, as parse_ShifterModule_key in Shifter's source takes them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify.site_import import keys, mounts
from certify.site_import.conf import left
from certify.site_import.environment import OPERATIONS, Environment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from certify.site_import.conf import Left, Setting

_NAME: Final = re.compile(r"[A-Za-z0-9.+-]+")


@dataclass(slots=True, kw_only=True)
class Module:
    """What the settings of one module add up to; ``off`` is the setting that disables it."""

    changes: Environment = field(default_factory=Environment)
    mounted: dict[str, mounts.Mount] = field(default_factory=dict)
    copy_path: str | None = None
    conflicts: list[str] = field(default_factory=list)
    off: Setting | None = None

    @property
    def plain(self) -> dict[str, Any]:
        """The module as a profile has it, without what is empty."""
        values = {"copy_path": self.copy_path, **mount_fields(self.mounted.values()), **self.changes.plain,
                  "conflicts": list(self.conflicts)}
        return {key: value for key, value in values.items() if value}


def mount_fields(found: Collection[mounts.Mount]) -> dict[str, dict[str, Any]]:
    """Mounts as a module has them: sources by target, and flags by target where there are any."""
    return {"mounts": {one.target: one.source for one in found},
            "mount_flags": {one.target: list(one.flags) for one in found if one.flags}}


class Modules:
    """Collects the settings of modules."""

    def __init__(self) -> None:
        self.found: dict[str, Module] = {}

    def take(self, setting: Setting) -> Iterator[Left]:
        """Add a setting; yields what of it means nothing. The runtime cuts the key at every underscore."""
        parts = [part for part in setting.key.split("_") if part]
        if len(parts) < 3:
            yield left(setting, "it is no module_<name>_<what>, and the runtime skips it")
            return
        name, what = parts[1], parts[2]
        if what not in keys.OF_MODULES:
            more = ": a module's name holds no underscore" if parts[-1] in keys.OF_MODULES else ""
            yield left(setting, f"the runtime takes it for '{what}' of a module '{name}', which means nothing{more}")
            return
        if len(parts) > 3:
            yield left(setting, f"the runtime reads it as module_{name}_{what}", matters=False)
        if not _NAME.fullmatch(name):
            yield left(setting, "its name holds other characters than letters, digits, '.', '+' and '-'")
            return
        yield from self._add(self.found.setdefault(name, Module()), what, setting)

    def disabled(self) -> Iterator[Left]:
        """Takes those out that the site has turned off."""
        for name, module in list(self.found.items()):
            if module.off is not None:
                del self.found[name]
                yield left(module.off, f"the module {name} is off, and left out", matters=False)

    def _add(self, module: Module, what: str, setting: Setting) -> Iterator[Left]:
        match what:
            case "siteFs":
                yield from take_mounts(module.mounted, setting)
            case "copyPath":
                yield from _copied(module, setting)
            case "conflict":
                module.conflicts = [one for one in dict.fromkeys(setting.value.split(" ")) if _NAME.fullmatch(one)]
            case "enabled":         # as strtol reads it: no number is 0
                number = re.match(r"[+-]?[0-9]+", setting.value)
                module.off = None if number and number[0].strip("+-0") else setting
            case _ if what in OPERATIONS:
                module.changes.clear(OPERATIONS[what])
                yield from module.changes.take(setting, OPERATIONS[what])
            case _:
                yield left(setting, keys.UNTOLD[what])


def take_mounts(found: dict[str, mounts.Mount], setting: Setting) -> Iterator[Left]:
    """Add the mounts of a value to those that are found, by target."""
    for entry, notes in mounts.split(setting.value):
        try:
            mount = mounts.parse(entry)
        except Fault as fault:
            yield left(setting, fault.message, value=entry)
            continue
        again = (f"it is mounted over what stood at {mount.target}",) if mount.target in found else ()
        found[mount.target] = mount
        for note in (*notes, *mount.notes, *again):
            yield left(setting, note, value=entry)


def _copied(module: Module, setting: Setting) -> Iterator[Left]:
    path = setting.value
    if not path.startswith("/") or not path.isprintable() or len(path) > mounts.MAX_PATH:
        yield left(setting, "it is no absolute path")
        return
    module.copy_path = "/" + posixpath.normpath(path).lstrip("/")
