"""A site's own Shifter configuration as a profile, with a list of all that is not in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from certify import site as sites
from certify.site_import import conf, etc, keys, libraries
from certify.site_import.conf import left
from certify.site_import.environment import OPERATIONS, Environment
from certify.site_import.modules import Modules, mount_fields, take_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from certify.site import Site
    from certify.site_import.conf import Left, Setting
    from certify.site_import.mounts import Mount

_OTHER: Final = re.compile(r"[^a-z0-9._-]+")    # what the name of a profile does not hold
_LONGEST: Final = 100       # letters of such a name
_PROPAGATION: Final = ("private", "slave")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The profile, and what of the files is not in it, in the order of the lines. ``hints`` are what to do next."""

    site: Site
    left: tuple[Left, ...]
    hints: tuple[str, ...] = ()


def read(path: Path, more: Iterable[Path] = (), *, name: str | None = None) -> Imported:
    """The profile of a udiRoot.conf; ``more`` are files with further keys of it, such as those of modules.

    Raises Error for files that cannot be read, Fault for such as are no configuration.
    """
    settings, lines = conf.read(path)
    for one in more:
        further, also = conf.read(one)
        settings, lines = settings + further, lines + also
    return translated(settings, lines, name=name)


def translated(settings: Iterable[Setting], lines: Iterable[Left] = (), *, name: str | None = None) -> Imported:
    """The profile of these settings; ``lines`` is what was none."""
    translation = _Translation()
    found = [*lines]
    for setting in settings:
        found += translation.take(setting)
    found += translation.finish()
    site, hints = translation.site(name)
    order = {file: number for number, file in enumerate(dict.fromkeys(one.file for one in found))}
    return Imported(site=site, left=tuple(sorted(found, key=lambda one: (order[one.file], one.line))), hints=hints)


class _Translation:
    def __init__(self) -> None:
        self._mounts: dict[str, Mount] = {}
        self._environment = Environment()
        self._modules = Modules()
        self._default: Setting | None = None
        self._etc: list[str] = []
        self._defaults: list[str] = []
        self._foes: dict[str, str] = {}     # which of these is in conflict with a module
        self._system = ""

    def take(self, setting: Setting) -> Iterator[Left]:
        """Add a setting; yields what of it is not in the profile."""
        match setting.key:
            case "siteFs":
                yield from take_mounts(self._mounts, setting)
            case "etcPath":
                self._etc, lost = etc.files(setting)
                yield from lost
            case "defaultModules":
                self._default = setting
            case key if key in OPERATIONS:
                yield from self._environment.take(setting, OPERATIONS[key])
            case key if key.startswith("module_"):
                yield from self._modules.take(setting)
            case _:
                yield from self._other(setting)

    def finish(self) -> Iterator[Left]:
        """What can be told once all is read."""
        yield from self._modules.disabled()
        if self._default is None or self._default.value.lower() == "none":
            return
        for name in dict.fromkeys(filter(None, (one.strip() for one in self._default.value.split(",")))):
            if why := self._no_default(name):
                yield left(self._default, f"{why}: the runtime would not start", value=name)
            else:
                self._defaults.append(name)
                self._foes.update(dict.fromkeys(self._modules.found[name].conflicts, name))

    def site(self, name: str | None) -> tuple[Site, tuple[str, ...]]:
        """The profile, and what to do next."""
        base = sites.load("shifter")
        named = name or _OTHER.sub("-", self._system.lower())[:_LONGEST].strip("-._") or "imported"
        modules = {one: module.plain for one, module in self._modules.found.items()}
        known, hints = libraries.of(modules, base.host_libraries)
        made = mount_fields(self._mounts.values())
        values: dict[str, Any] = {**self._environment.plain}
        values["environment_unset"] = tuple(values["environment_unset"])
        return replace(
            base, name=named, summary=f"{self._system or named}, from its Shifter configuration", site_mounts=tuple(self._mounts),
            mount_sources={target: source for target, source in made["mounts"].items() if source != target},
            mount_flags=made["mount_flags"], runtime_owned=self._without(base.runtime_owned),
            replaced_files=self._without(dict.fromkeys((*base.replaced_files, *self._etc))),
            host_libraries=known, modules=modules, default_modules=tuple(self._defaults), **values), hints

    def _without(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The paths that the site mounts nothing of its own over."""
        return tuple(path for path in paths if path not in self._mounts)

    def _no_default(self, name: str) -> str | None:
        found = self._modules.found
        if name not in found:
            return "there is no such module, or it is off"
        foe = self._foes.get(name) or next((one for one in found[name].conflicts if one in self._defaults), None)
        return f"it is in conflict with {foe}" if foe else None

    def _other(self, setting: Setting) -> Iterator[Left]:
        key = setting.key
        if key == "mountPropagationStyle" and setting.value not in _PROPAGATION:
            yield left(setting, "the runtime knows private and slave, and refuses the whole file for another")
        elif key in keys.UNTOLD and key not in keys.OF_MODULES:
            yield left(setting, keys.UNTOLD[key])
        elif key in keys.UNSEEN:
            if key == "system" and setting.value.isprintable():
                self._system = setting.value        # in the summary, and the name unless another is given
                return
            yield left(setting, keys.UNSEEN[key], matters=False)
        else:
            close = get_close_matches(key[:100], keys.KNOWN, 1)
            tip = f"; did you mean {close[0]}?" if close else ""
            yield left(setting, f"the runtime knows no such key, and refuses the whole file for it{tip}")
