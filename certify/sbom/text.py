"""A bill of materials as a file: ASCII, in an order that people can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST: Final = ("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata")


def dumped(document: Mapping[str, Any]) -> bytes:
    """The bytes; the same for equal documents, however their keys are ordered."""
    ordered = {key: _sorted(document[key]) for key in (*_FIRST, *sorted(document)) if key in document}
    return json.dumps(ordered, indent=2).encode("ascii") + b"\n"


def _sorted(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
