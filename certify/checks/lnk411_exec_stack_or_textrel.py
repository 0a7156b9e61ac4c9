"""Files that want an executable stack, or that change their own code while they are loaded.

One library with an executable stack makes the stack of the whole process executable, and with it every overflow of a buffer
a way in; hardened kernels refuse it, and glibc does so from version 2.41 on for libraries that are loaded later. It is mostly
an assembler file without a ``.note.GNU-stack`` section. Text relocations mean code that was not compiled with -fPIC: each
process has a copy of its own, on every rank of a node.

What the packages of a distribution bring is known and quiet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "LNK411"
NAME = "exec-stack-or-textrel"
SEVERITY = Severity.WARNING
HELP = "link with -z noexecstack (or patchelf --clear-execstack), compile with -fPIC"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each cause and kind."""
    own = {path: elf for path, elf in image.elves.items()
           if (elf.executable_stack or elf.text_relocations) and elf.kind in ("shared", "executable")
           and image.owner(path) is None}
    yield from grouped(image, [path for path, elf in own.items() if elf.executable_stack],
                       lambda path: f"{path} makes the stack executable")
    yield from grouped(image, [path for path, elf in own.items() if elf.text_relocations],
                       lambda path: f"{path} has text relocations: its code is changed when it is loaded")
