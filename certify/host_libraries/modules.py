"""Modules that a program opens: for what they need, the loader looks into the program's DT_RPATH as well.

A module of Python needs MPI, and python has a DT_RPATH (conda's has): then that decides, and nothing in the module tells.
So the loader is asked about a program that does not exist: one like python, in the same folder, that needs the module too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.host_libraries.judging import Loss

_MARK: Final = "\0"     # in no name of a real file
_LIBRARY: Final = "/lib/python"


def opened(image: ImageTree, paths: Iterable[str]) -> dict[str, tuple[str, Elf]]:
    """Each module of a Python with DT_RPATH, by the path of a program to ask about; of what is no module there is none."""
    pairs = [(program, module) for module in paths for program in _pythons(image, module)]
    return {f"{program}{_MARK}{number}": (module, replace(image.elves[program], needed=(*image.elves[program].needed, module)))
            for number, (program, module) in enumerate(pairs)}


def of_module(loss: Loss, module: str) -> Loss:
    """What was lost by such a program, as the loss of its module."""
    return replace(loss, path=module, culprit=_real(loss.culprit), chain=tuple(map(_real, loss.chain)))


def _real(path: str) -> str:
    return path.partition(_MARK)[0]


def _pythons(image: ImageTree, module: str) -> Iterator[str]:
    """The Python whose module it is, if its run path counts for modules: DT_RUNPATH does not."""
    prefix, found, _ = module.partition(_LIBRARY)
    program = image.resolve(f"{prefix}/bin/python3") if found else None
    elf = image.elves.get(program or "")
    if program is not None and elf is not None and elf.rpath and elf.runpath is None:
        yield program
