"""A profile against its JSON Schema, with messages that a person can act on."""

from __future__ import annotations

import functools
import json
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from certify.site_import.fault import Found, named

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = Path(__file__).parent.with_name("sites") / "site-1.schema.json"
_TYPES: Final = {"object": "an object", "array": "a list", "string": "text", "integer": "a whole number", "null": "null",
                 "boolean": "true or false"}
_LISTED: Final = 12         # keys that a reader takes in at a glance
_SAID: Final = {"minItems": "is empty", "minLength": "is empty", "maxLength": "is too long", "uniqueItems": "holds an item twice",
                "minimum": "is too small", "maximum": "is too large"}


def check(values: object) -> list[Found]:
    """Whatever the schema refuses, in the order of the routes."""
    validator = _validator()
    found = [one for error in validator.iter_errors(values) for leaf in _leaves(error) for one in _found(leaf, validator.schema)]
    return sorted(dict.fromkeys(found), key=lambda one: [str(part) for part in one.route])


@functools.cache
def _validator() -> Any:  # noqa: ANN401
    from builder.recipe.reference import without_formats

    with without_formats():
        from jsonschema import Draft7Validator  # 70 ms: only where a profile is judged

    return Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))


def _leaves(error: Any) -> Iterator[Any]:  # noqa: ANN401  jsonschema's errors have no types
    """Of a failed oneOf only the branch of the value's own type: one typo, one message."""
    if error.validator != "oneOf":
        yield error
        return
    wrong = {item.schema_path[0] for item in error.context if item.validator == "type" and not item.path}
    yield from [item for item in error.context if item.schema_path[0] not in wrong] or [error]


def _found(error: Any, schema: Any) -> Iterator[Found]:  # noqa: ANN401
    route = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown(route, error)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance and f"'{key}'" in error.message:
                yield Found(route=route, message=f"the key '{key}' is missing", help=_described(key, schema))
    elif "propertyNames" in error.absolute_schema_path:
        yield Found(route=(*route, str(error.instance)), message=f"'{_short(error.instance)}' is not a name here",
                    help=_expected(error), key=True)
    else:
        yield Found(route=route, message=f"{named(route)} {_said(error)}", help=_expected(error))


def _unknown(route: tuple[str | int, ...], error: Any) -> Iterator[Found]:  # noqa: ANN401
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            close = get_close_matches(key[:100], known, 1)
            listed = "known here: " + ", ".join(known) if len(known) < _LISTED else "certify site show prints all that there are"
            tip = f"did you mean '{close[0]}'?" if close else listed
            yield Found(route=(*route, key), message=f"unknown key '{_short(key)}'", help=tip, key=True)


def _said(error: Any) -> str:  # noqa: ANN401
    if error.validator == "type":
        return f"must be {_TYPES.get(str(error.validator_value), 'something else')}, not {_type_of(error.instance)}"
    if error.validator == "oneOf":
        return f"cannot be {_type_of(error.instance)}"
    if error.validator == "enum":
        return f"must be one of {', '.join(map(str, error.validator_value))}, not '{_short(error.instance)}'"
    return _SAID.get(error.validator) or f"is not valid: '{_short(error.instance)}'"


def _expected(error: Any) -> str | None:  # noqa: ANN401
    if error.validator == "enum":
        close = get_close_matches(str(error.instance)[:100], [str(one) for one in error.validator_value], 1)
        return f"did you mean '{close[0]}'?" if close else None
    described = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"expected {described}" if error.validator == "pattern" and described else described


def _described(key: str, schema: Any) -> str | None:  # noqa: ANN401
    described = schema["properties"].get(key, {}).get("description")
    return f"{key}: {described}" if described else None


def _type_of(value: object) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a whole number", float: "a number",
            type(None): "null"}[type(value)]


def _short(value: object) -> str:
    shown = str(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
