"""How to load the reference validator, jsonschema, without what it loads for formats, which no schema here asks for.

It imports every checker of formats that is installed beside it, as they are with Jupyter and many others. One of them
(rfc3987_syntax) builds a grammar when it is imported: 1.1 seconds, where all the rest takes 0.1.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS: Final = ("fqdn", "idna", "isoduration", "rfc3339_validator", "rfc3986_validator", "rfc3987", "rfc3987_syntax",
                   "uri_template", "webcolors")


@contextlib.contextmanager
def without_formats() -> Iterator[None]:
    """While jsonschema is imported: its checkers of formats look as if they were not installed."""
    modules: dict[str, Any] = sys.modules       # None is what the import system takes for "there is none"
    hidden = [name for name in _FORMATS if name not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]
