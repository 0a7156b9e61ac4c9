"""Shows by running that the site's libraries take the place of the image's: its own loader is asked, and what it opens is seen.

For each file that needs a library which the recipe names in ``host_libraries``, the image's loader is started as
``ld.so --list FILE`` in the sandbox with that library: it loads all that the file needs, and starts nothing. What it prints
is not believed; the kernel tells whether the site's file was opened, see certify.sandbox.injecting. It proves what this loader
does in the environment in which programs start at the site; not what a program does to its environment, what it opens by
itself later, or that the library works: that is for the recipe's tests.
"""

from __future__ import annotations

import functools
import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error
from certify.finding import Finding
from certify.sandbox import testing
from certify.sandbox.injecting import Injection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from certify.sandbox.injecting import Injector
    from certify.sandbox.testing import Sandboxed

_SECONDS: Final = 60        # that a loader may take; it takes a hundredth of one
_SAID: Final = 300          # characters of what it says when it fails


class Prover:
    """Asks the loader of one image; ``texts`` is a folder for what its sandboxes show."""

    def __init__(self, injector: Injector, texts: Path, sandboxed: Sandboxed, prefix: tuple[str, ...]) -> None:
        self._injector, self._texts, self._sandboxed, self._prefix = injector, texts, sandboxed, prefix

    def prove(self, name: str, files: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """What comes of a library: the files that are loaded with it, and those that are not with what their loader said.

        ``lacking`` says that the library is not on this machine, and nothing was asked.
        """
        if self._injector.lacking([name]):
            return {"library": name, "lacking": True, "seconds": 0.0}
        from concurrent.futures import ThreadPoolExecutor

        begin = time.monotonic()
        with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
            told = list(pool.map(functools.partial(self._ask, name), files, range(len(files))))
        paths = [path for path, _ in files]
        loaded = {path: list(seen.loaded) for path, (seen, _) in zip(paths, told, strict=True) if seen.loaded}
        refused = {path: said for path, (seen, said) in zip(paths, told, strict=True) if not seen.loaded}
        brought = {"folder": told[0][0].folder, "files": dict(told[0][0].files)} if told else {}
        return {"library": name, "lacking": False, "seconds": time.monotonic() - begin, "loaded": loaded, "refused": refused,
                **brought}

    def _ask(self, name: str, file: tuple[str, str], number: int) -> tuple[Injection, str]:
        (path, loader), texts, log = file, self._texts / f"proof-{number}", testing.Log()
        try:
            with self._injector.injected([name], texts.with_name(f"{texts.name}-libraries")) as given, \
                    self._sandboxed(replace(given.plan, command=(loader, "--list", path)), texts) as (argv, handles):
                testing.program(argv, handles, self._prefix, _SECONDS, log)
                [seen] = given.seen()
                return Injection(**seen), log.told.strip()[-_SAID:]
        finally:
            shutil.rmtree(texts, ignore_errors=True)


def findings(told: Mapping[str, Any]) -> Iterator[Finding]:
    """One for each file that is not loaded with the site's library, although nothing that can be read speaks against it."""
    from certify.checks import lnk414_host_library_unproven as check

    for path, said in told.get("refused", {}).items():
        yield Finding(code=check.CODE, name=check.NAME, severity=check.SEVERITY, path=path, help=check.HELP,
                      message=f"the image's loader was started for {path} with the site's {told['library']} and opened nothing "
                              f"of it" + (f"; it said: {said}" if said else ""))


def programs(told: object) -> dict[str, list[tuple[str, str]]]:
    """The files to ask for, by library, as the process says that read the image. Raises Error for anything else."""
    try:
        return {str(name): [(str(path), str(loader)) for path, loader in files] for name, files in dict(told).items()}  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise Error("the image could not be looked at", hint="certify doctor shows what is missing") from error
