"""The words of linking: what a loader was asked, what it found and why, and what a runtime adds to an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.elf.reader import Elf

NOT_FOUND = "not found"
ABSOLUTE, CACHE, DEFAULT, LOADED = "absolute path", "ld.so.cache", "default folder", "already loaded"
LIBRARY_PATH = "LD_LIBRARY_PATH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One library that an object needs, and how the loader decided.

    ``needed`` is the name as it is written, ``by`` the object that needs it, ``found`` the path as the loader names it, None
    if there is none. ``how`` is one of ``absolute path``, ``RPATH of /x``, ``LD_LIBRARY_PATH``, ``RUNPATH of /x``,
    ``ld.so.cache``, ``default folder``, ``already loaded``; without a file ``not found``, or ``no library: /x`` where
    a file of that name stops the loader. ``tried`` are the folders that it looked into before, at most some dozen;
    ``of_site`` tells a file that the site brings.
    """

    needed: str
    by: str
    found: str | None
    how: str
    of_site: bool = False
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """What a runtime brings into a container when it starts it. Paths are those in the container.

    ``files`` are the site's libraries, by each path they can be found under. ``library_path`` is LD_LIBRARY_PATH then,
    ``cache_first`` are folders that the runtime puts first into ld.so.conf.d before it runs ldconfig (they win over the
    rest of the cache), ``hidden`` what is mounted over.
    """

    files: Mapping[str, Elf] = field(default_factory=dict)
    library_path: tuple[str, ...] = ()
    cache_first: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All that the loader would load with an object, in its order."""

    path: str
    steps: tuple[Step, ...]

    @property
    def missing(self) -> tuple[Step, ...]:
        """The steps that found nothing."""
        return tuple(step for step in self.steps if step.found is None)

    def by_soname(self, name: str) -> Step | None:
        """The step that decided about a name: the first one that asked for it."""
        return next((step for step in self.steps if step.needed == name), None)
