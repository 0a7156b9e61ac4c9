"""What a file is, as far as its name, its mode and its first bytes tell."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

FOLDER: Final = "folder"
HEAD: Final = 20            # bytes of a file that are looked at: ELF's type stands at 16

_ELF, _ARCHIVE, _SCRIPT = b"\x7fELF", b"!<arch>\n", b"#!"
_LIBRARY: Final = re.compile(r"\.so(?:\.[0-9.]*)?\Z|\.a\Z")
_PYTHON: Final = (".py", ".pyc", ".pyi", ".pth")
_DOCUMENTATION: Final = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/info/", "/usr/share/locale/", "/usr/local/share/man/")
_CONFIGURATION: Final = ("/etc/",)


def kind(path: str, status: os.stat_result, head: Callable[[], bytes]) -> str:
    """A word for what is at a path; ``head`` gives its first bytes, and is called where they matter."""
    if not stat.S_ISREG(status.st_mode):
        return FOLDER if stat.S_ISDIR(status.st_mode) else "link" if stat.S_ISLNK(status.st_mode) else "device"
    named = _LIBRARY.search(path) is not None
    if named or status.st_mode & 0o111:
        start = head()
        if start.startswith((_ELF, _ARCHIVE)):
            return "library" if named else "program"
        if start.startswith(_SCRIPT) and status.st_mode & 0o111:
            return "program"
    return _by_name(path)


def _by_name(path: str) -> str:
    if path.endswith(_PYTHON):
        return "python"
    if path.startswith(_CONFIGURATION):
        return "configuration"
    return "documentation" if path.startswith(_DOCUMENTATION) else "data"
