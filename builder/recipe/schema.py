"""A document against the JSON Schema of recipes, with messages that a person can act on."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.recipe import quick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe.source import Document, Route

_TYPES = {"object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number",
          "number": "a number", "boolean": "true or false", "null": "nothing"}

# Messages in words for patterns that would tell nobody anything; the key is the end of the schema path.
_EXPECTED = {
    "name": "lower-case letters and digits, joined by '.', '_' or '-'",
    "version": "letters, digits, '.', '_' or '-', not ending in -<number> (that is the revision's place)",
    "inside": "a path inside the recipe's folder: relative, without '..'",
    "absolute": "an absolute path in the image, without '.', '..', ':' or a final '/'",
    "url": "an http or https address without a user name",
    "sha256": "64 hexadecimal digits",
    "apt": "the name of a Debian package, at most with =version",
    "dnf": "the name of an RPM package, at most with -version",
    "image": "<registry>/<name>:<tag>@sha256:<digest>, or oci:<layout>@sha256:<digest>; "
             "skopeo inspect --format '{{.Digest}}' docker://<image>:<tag> tells the digest",
    "tree": "a path inside the recipe's folder, or a name of the site",
    "recipe": "the name of a recipe, at most with :tag",
    "snapshot": "a moment such as 20260101T000000Z",
    "mirror": "an http or https address",
    "line": "text of one line, or a number",
    "bytes": "a size such as 100 MB or 64 MiB, or a whole number of bytes",
    "host_libraries": "the name of a library in the site's profile: lower-case letters, digits, '.', '_' or '-'",
    "mode": "an octal mode in quotes, such as \"0644\"",
    "environment": "one line that does not end in a backslash",
}

_LONGEST = 60       # characters of a value or a key that are shown

# What a key that may be chosen is, and how it may be written, where it is not a variable of the environment.
_CHOSEN = {
    "stages": ("a stage", "use a-z, 0-9, '-' and '_', a letter first, at most 40 of them"),
    "vars": ("a variable of templates", "use a-z, 0-9 and '_'"),
    "matrix": ("a variable of templates", "use a-z, 0-9 and '_'"),
}


@functools.cache
def text() -> str:
    """The schema itself, as shipped."""
    return Path(__file__).with_name("recipe-1.schema.json").read_text(encoding="utf-8")


def check(document: Document) -> None:
    """Report to the document whatever the schema refuses."""
    for error in errors(document.values):
        for leaf in _leaves(error):
            _report(document, leaf)
            if document.full:
                return


def errors(values: object) -> Iterator[Any]:
    """What the schema refuses of these values, as jsonschema tells it; that is asked only where there may be something."""
    schema = _schema()
    if not quick.surely_valid(values, schema, schema):
        yield from _validator().iter_errors(values)


@functools.cache
def _schema() -> Any:  # noqa: ANN401
    return json.loads(text())


@functools.cache
def _validator() -> Any:  # noqa: ANN401
    from builder.recipe.reference import without_formats  # only when there is a fault to tell: 70 ms

    with without_formats():
        from jsonschema import Draft7Validator, ValidationError, validators

    def pattern(_validator: object, wanted: str, instance: object, _schema: object) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not quick.compiled(wanted).search(instance):
            yield ValidationError(f"{instance!r} does not match")

    def unique(_validator: object, wanted: bool, instance: object, _schema: object) -> Iterator[ValidationError]:
        if wanted and isinstance(instance, list) and not quick.all_different(instance):
            yield ValidationError("has non-unique elements")

    extended: Any = validators.extend     # it has no types
    return extended(Draft7Validator, {"pattern": pattern, "uniqueItems": unique})(json.loads(text()))


def _leaves(error: Any) -> Iterator[Any]:  # noqa: ANN401
    """Of a failed oneOf only the branch of the value's own type: one typo, one message."""
    if error.validator != "oneOf" or not error.context:
        yield error
        return
    wrong_type = {item.schema_path[0] for item in error.context if item.validator == "type" and len(item.path) == 0}
    fitting = [item for item in error.context if item.schema_path[0] not in wrong_type]
    yield from fitting or [error]


def _report(document: Document, error: Any) -> None:  # noqa: ANN401
    route: Route = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        _unknown_keys(document, route, error)
    elif error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance and key in error.message)
        named = bool(route) and isinstance(route[-1], str)      # an item of a list has no key to point at
        document.report("SCH004", document.span(route, key=named), f"the key '{missing}' is missing", _why(missing))
    elif error.validator == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        span = document.span((*route, str(error.instance)), key=True)
        what, advice = _CHOSEN.get(str(route[-1]), ("a variable", "use A-Z, 0-9 and _"))
        document.report("SCH004", span, f"'{_cut(error.instance)}' is not a name of {what}", advice)
    elif error.validator in ("type", "oneOf") and _is_unquoted(document, route, error):
        scalar = document.scalars[route]
        document.report("SCH005", document.span(route), f"{_named(route)} is read as {_type_of(error.instance)}, not as text",
                        f'quote it: "{_cut(scalar.text)}"' if scalar.text else "give it a value")
    else:
        document.report("SCH004", document.span(route), f"{_named(route)} {_said(error)}", _expected(error))


def _unknown_keys(document: Document, route: Route, error: Any) -> None:  # noqa: ANN401
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known and not document.full:
            close = _closest(key, known)
            tip = f"did you mean '{close}'?" if close else "known here: " + ", ".join(known)
            document.report("SCH004", document.span((*route, key), key=True), f"unknown key '{_cut(key)}'", tip)


def _closest(word: str, known: list[str]) -> str | None:
    from difflib import get_close_matches  # only when there is a fault to tell

    return next(iter(get_close_matches(word, known, 1)), None) if len(word) <= _LONGEST else None


def _is_unquoted(document: Document, route: Route, error: Any) -> bool:  # noqa: ANN401
    wants_text = error.validator_value == "string" or error.validator == "oneOf"
    scalar = document.scalars.get(route)
    return wants_text and scalar is not None and not scalar.style and not isinstance(error.instance, (str, dict, list))


def _said(error: Any) -> str:  # noqa: ANN401
    limits = {"minItems": "is empty", "maxItems": "is too long", "minLength": "is empty", "maxLength": "is too long",
              "uniqueItems": "holds the same item twice", "minProperties": "is empty", "minimum": "is too small",
              "maximum": "is too large", "maxProperties": "has too many keys"}
    if error.validator == "type":
        return f"must be {_TYPES.get(str(error.validator_value), 'something else')}, not {_type_of(error.instance)}"
    if error.validator == "oneOf":
        return f"cannot be {_type_of(error.instance)}"
    if error.validator == "const":
        return f"must be {error.validator_value!r}"
    if error.validator == "enum":
        return "must be one of " + ", ".join(map(str, error.validator_value))
    return limits.get(error.validator, f"is not valid: {_short(error.instance)}")


def _expected(error: Any) -> str | None:  # noqa: ANN401
    where = [str(part) for part in error.absolute_schema_path]
    if error.validator == "pattern":
        return next((f"expected {words}" for part in reversed(where) for key, words in _EXPECTED.items() if part == key), None) \
            or _by_pattern(error.validator_value)
    if error.validator == "enum":
        close = _closest(str(error.instance), [str(one) for one in error.validator_value])
        return f"did you mean '{close}'?" if close else None
    return error.schema.get("description") if isinstance(error.schema, dict) else None


def _by_pattern(wanted: str) -> str | None:
    definitions = _schema()["definitions"]
    for name, words in _EXPECTED.items():
        definition = definitions.get(name, {})
        if wanted in (definition.get("pattern"), definition.get("additionalProperties", {}) and
                      definition["additionalProperties"].get("pattern")):
            return f"expected {words}"
    return None


def _why(key: str) -> str | None:
    description = _schema()["properties"].get(key, {}).get("description")
    return f"{key}: {description}" if description else None


def _named(route: Route) -> str:
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route).lstrip(".")
    return f"'{shown}'" if shown else "the recipe"


def _type_of(value: object) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a whole number",
             float: "a number", type(None): "nothing"}
    return names[type(value)]


def _short(value: object) -> str:
    return _cut(repr(value))


def _cut(shown: str) -> str:
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST - 3] + "..."
