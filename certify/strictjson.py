"""JSON from strangers: one meaning for every reader, or a Fault.

And JSON to be signed: one text for equal values.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT: Final = 16 << 20         # bytes
DEPTH: Final = 64               # levels; in-toto statements need about ten

# The closing quote is optional and no part can be read in two ways: no text makes the search take quadratic time.
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
HEX64: Final = re.compile(r"[0-9a-f]{64}")


def loads(data: bytes, limit: int = LIMIT) -> Any:  # noqa: ANN401
    """Give the value of a JSON text of at most ``limit`` bytes.

    Raises Fault for duplicate keys, NaN and Infinity, numbers that overflow to it, text that is not UTF-8 or
    holds half a surrogate pair, and nesting beyond DEPTH.
    """
    if len(data) > limit:
        raise Fault(f"JSON of {len(data)} bytes: more than {limit} are not read")
    _check_depth(data)
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
        )
        if _SURROGATE.search(data):
            dumps(value)        # a lone surrogate cannot be written as UTF-8
    except (ValueError, RecursionError) as error:
        raise Fault(f"not valid JSON: {error}") from error
    return value


def dumps(value: object) -> bytes:
    """Give the canonical text of a value: sorted keys, no spaces, UTF-8.

    Raises ValueError for NaN and Infinity.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= DEPTH:
        return                  # as in all that is small: nothing to be counted exactly
    depth = 0
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        depth += (first in b"[{") - (first in b"]}")
        if depth > DEPTH:
            raise Fault(f"JSON nested deeper than {DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Fault(
            f"JSON with the key {next(key for key in keys if keys.count(key) > 1)!r} twice in one object"
        )
    return value


def _refuse(word: str) -> NoReturn:
    raise Fault(f"JSON with {word}, which is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Fault(f"JSON with a number that is too large: {text[:40]}")
    return value


class Reader:
    """Takes a JSON object apart, key by key; whatever is missing, of the wrong type or left over is a Fault.

    ``what`` names the object in messages.
    """

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise Fault(f"{what}: not a JSON object")
        self._values: Mapping[str, Any] = value
        self._what = what
        self._left = set(value)

    def keys(self, pattern: str | re.Pattern[str]) -> list[str]:
        """Give the keys, which the pattern must match as a whole."""
        if odd := [key for key in self._values if not re.fullmatch(pattern, key)]:
            raise Fault(f"{self._what}: odd key: {odd[0][:80]!r}")
        return list(self._values)

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self._values

    def value(self, key: str) -> Any:  # noqa: ANN401
        """Give the value of a key, of any type."""
        if key not in self._values:
            raise Fault(f"{self._what}: {key!r} is missing")
        self._left.discard(key)
        return self._values[key]

    def text(self, key: str, pattern: str | re.Pattern[str] = r"(?s).*") -> str:
        """Give a string that the pattern matches as a whole."""
        value = self.value(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Fault(f"{self._what}: {key!r} is not what it should be: {str(value)[:80]!r}")
        return value

    def integer(self, key: str, low: int = 0, high: int = 2**53) -> int:
        """Give a whole number between the two limits, both included; true and false are none."""
        value = self.value(key)
        if type(value) is not int or not low <= value <= high:
            raise Fault(f"{self._what}: {key!r} is not a whole number from {low} to {high}")
        return value

    def array(self, key: str, most: int = 10_000) -> list[Any]:
        """Give a list of at most ``most`` items."""
        value = self.value(key)
        if not isinstance(value, list) or len(value) > most:
            raise Fault(f"{self._what}: {key!r} is not a list of at most {most} items")
        return value

    def child(self, key: str) -> Reader:
        """Give the object under a key."""
        return Reader(self.value(key), f"{self._what}: {key}")

    def digest(self, key: str) -> str:
        """Give the hex of ``sha256:<hex>``."""
        return self.text(key, r"sha256:[0-9a-f]{64}").removeprefix("sha256:")

    def version(self, known: int = 1) -> None:
        """Refuse an object of another version: what a later one means is not known here."""
        if self.integer("version") != known:
            raise Fault(f"{self._what}: of a version that is not known here", hint="use a newer certify")

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        if self._left:
            raise Fault(f"{self._what}: unknown keys: {', '.join(sorted(self._left))[:200]}")
