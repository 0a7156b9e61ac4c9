"""Whether a value surely fits a JSON Schema: the quick answer for the usual case, a recipe without a fault.

jsonschema is the reference and words every message, but loading it takes longer than all the rest of a lint. What
this module does not know, or does not accept, goes there. A test compares the two.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "null": (type(None),)}
_SILENT: Final = {"$schema", "$id", "title", "description", "definitions", "$comment"}


def surely_valid(value: Any, schema: Any, root: Any) -> bool:  # noqa: ANN401
    """True only if the reference validator would accept; False may also mean that this schema is not understood here."""
    if "$ref" in schema:        # in draft-07 its siblings do not count
        return surely_valid(value, _resolved(schema["$ref"], root), root)
    for keyword, wanted in schema.items():
        if keyword not in _SILENT:
            check = _CHECKS.get(keyword)
            if check is None or not check(value, wanted, schema, root):
                return False
    return True


def _resolved(reference: str, root: Any) -> Any:  # noqa: ANN401
    for part in reference.removeprefix("#/").split("/"):
        root = root[part]
    return root


def _type(value: Any, wanted: Any, _schema: Any, _root: Any) -> bool:  # noqa: ANN401
    known = _TYPES.get(wanted) if isinstance(wanted, str) else None
    return known is not None and type(value) in known


def _properties(value: Any, wanted: Any, _schema: Any, root: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict):
        return True
    return all(surely_valid(value[key], schema, root) for key, schema in wanted.items() if key in value)


def _additional(value: Any, wanted: Any, schema: Any, root: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict):
        return True
    extra = [key for key in value if key not in schema.get("properties", {})]
    if isinstance(wanted, bool):
        return wanted or not extra
    return all(surely_valid(value[key], wanted, root) for key in extra)


def _pattern(value: Any, wanted: str, _schema: Any, _root: Any) -> bool:  # noqa: ANN401
    return not isinstance(value, str) or compiled(wanted).search(value) is not None


def _names(value: Any, wanted: Any, _schema: Any, root: Any) -> bool:  # noqa: ANN401
    return not isinstance(value, dict) or all(surely_valid(key, wanted, root) for key in value)


def _items(value: Any, wanted: Any, _schema: Any, root: Any) -> bool:  # noqa: ANN401
    return not isinstance(value, list) or all(surely_valid(item, wanted, root) for item in value)


def _unique(value: Any, wanted: Any, _schema: Any, _root: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, list) or wanted is not True:
        return not wanted
    return all_different(value)


def all_different(items: list[Any]) -> bool:
    """Whether no item stands twice. jsonschema compares each with each, which takes a second for a thousand mappings."""
    return len({json.dumps(_comparable(item), sort_keys=True) for item in items}) == len(items)


def _comparable(item: Any) -> Any:  # noqa: ANN401
    """A value of which equal ones have one text: in JSON 1 and 1.0 are equal, and 1 and true are not."""
    if isinstance(item, dict):
        return {key: _comparable(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_comparable(value) for value in item]
    return int(item) if isinstance(item, float) and item.is_integer() else item


def _one_of(value: Any, wanted: Any, _schema: Any, root: Any) -> bool:  # noqa: ANN401
    return sum(surely_valid(value, schema, root) for schema in wanted) == 1 and _understood(json.dumps(wanted))


@functools.cache
def _understood(text: str) -> bool:
    """Whether every keyword below is known: a branch that is merely not understood could be a second one that fits."""
    pending = [*json.loads(text)]
    while pending:
        schema = pending.pop()
        if any(key not in _CHECKS and key not in _SILENT and key != "$ref" for key in schema):
            return False
        pending += [*schema.get("properties", {}).values()]
        inner = (schema.get(key) for key in ("items", "propertyNames", "additionalProperties"))
        pending += [one for one in inner if isinstance(one, dict)]
    return True


def _size(kind: type[list[Any] | str | dict[str, Any]], fits: Callable[[int, int], bool]) -> Callable[[Any, Any, Any, Any], bool]:
    return lambda value, wanted, _schema, _root: not isinstance(value, kind) or fits(len(value), wanted)


def _bound(fits: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Any, Any], bool]:
    return lambda value, wanted, _schema, _root: isinstance(value, bool) or not isinstance(value, (int, float)) \
        or fits(value, wanted)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    return type(one) is type(other) and one == other


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A schema's pattern: there ``$`` is the very end; in Python it also matches before a final newline."""
    return re.compile(pattern.replace("$", r"\Z"))


_CHECKS: Final[dict[str, Callable[[Any, Any, Any, Any], bool]]] = {
    "type": _type, "properties": _properties, "additionalProperties": _additional, "pattern": _pattern,
    "propertyNames": _names, "items": _items, "uniqueItems": _unique, "oneOf": _one_of,
    "const": lambda value, wanted, _schema, _root: _same(value, wanted),
    "enum": lambda value, wanted, _schema, _root: any(_same(value, one) for one in wanted),
    "required": lambda value, wanted, _schema, _root: not isinstance(value, dict) or all(key in value for key in wanted),
    "minItems": _size(list, int.__ge__), "maxItems": _size(list, int.__le__),
    "minLength": _size(str, int.__ge__), "maxLength": _size(str, int.__le__),
    "minProperties": _size(dict, int.__ge__), "maxProperties": _size(dict, int.__le__),
    "minimum": _bound(lambda value, wanted: value >= wanted), "maximum": _bound(lambda value, wanted: value <= wanted),
}
