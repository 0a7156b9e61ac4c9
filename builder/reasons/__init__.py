"""Why two files differ, told from nothing but their bytes, and what usually cures it.

Each reason is proven: with what it names taken out of both, the files are equal. Where more differs, it says so.
"""

from __future__ import annotations

import os
from functools import partial
from typing import IO, TYPE_CHECKING, Final

from builder.reasons import archives, elf, fields, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from builder.reasons.fields import Reader

    Teller: TypeAlias = Callable[[IO[bytes], IO[bytes]], str | None]

_LIMIT: Final = 256 << 20       # of a larger file nothing is told

_READERS: Final[tuple[Reader, ...]] = (archives.gzip, archives.ar, archives.zip, archives.tar, archives.bytecode)
_TELLERS: Final[tuple[Teller, ...]] = (*(partial(fields.told, reader) for reader in _READERS), elf.told, text.told)


def reason(path: str, first: IO[bytes], second: IO[bytes]) -> str | None:
    """What differs between two contents of a path, or None if nothing that is known. The streams may stand anywhere."""
    if max(os.fstat(stream.fileno()).st_size for stream in (first, second)) > _LIMIT:
        return None
    found = next(filter(None, (teller(first, second) for teller in _TELLERS)), None)
    if found is None and (path.startswith("/var/log/") or path.endswith(".log")):
        return "a log: delete it in the step that writes it"
    return found
