"""The quick validator says yes exactly where the reference does, on the recipe's schema and documents near to recipes."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe import quick, schema

SCHEMA = json.loads(schema.text())
VALID = {
    "schema": 1, "name": "tool", "version": "1.0", "revision": 2, "summary": "A tool", "license": "MIT", "access": "public",
    "base": {"debian": "bookworm"}, "packages": {"apt": ["gcc", "g++", "make=4.3-4.1"],
                                                 "pip": {"requirements": "requirements.txt", "venv": "/opt/v"}},
    "sources": [{"url": "https://example.org/a.tar", "sha256": "0" * 64, "unpack": "/opt/a"}],
    "files": [{"from": "etc", "to": "/opt/etc", "mode": "0644"}], "steps": [{"name": "a", "run": "true", "env": {"A": "b"}}],
    "env": {"PATH": "/opt/bin"}, "workdir": "/opt", "entrypoint": ["sh"], "host_libraries": ["mpich"],
    "tests": [{"run": "true", "host_libraries": ["mpich"]}], "budget": {"seconds": 2.5, "bytes": "100 MB", "requests": 5000},
    "copy": [{"from": "compile", "path": "/opt/a", "to": "/opt/b"}],
    "stages": {
        "compile": {"base": {"image": f"registry.example.org/gcc:14@sha256:{'0' * 64}"}, "packages": {"dnf": ["gcc-c++"]},
                    "sources": [{"url": "https://example.org/b.tar", "sha256": "0" * 64, "to": "/opt/b"}],
                    "files": [{"from": "etc", "to": "/opt/etc"}], "steps": [{"run": "make"}], "env": {"CC": "gcc"}},
        "docs": {"base": {"tree": "site-tree"}, "copy": [{"from": "compile", "path": "/opt/a"}]},
        "more": {"base": {"ubuntu": {"suite": "noble", "snapshot": "20260101T000000Z", "mirror": "https://example.org/ubuntu"}}},
        "last": {"base": {"recipe": "other:1.0-1"}},
    },
    "vars": {"prefix": "/opt/a", "jobs": 4}, "matrix": {"python": ["3.11", 3.12]},
}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 5), st.floats(allow_nan=False), st.text(max_size=5),
    st.sampled_from(["public", "/", "/a", "/a/../b", "a\n", "../a", "x" * 101, "1.0-1", "latest", {}, [], {"a": "b"}, ["a", "a"],
                     {"users": [1, True]}, {"users": [1, 1]}, {"users": ["a"], "groups": [5]}, {"users": []}, {"suite": "trixie"},
                     {"debian": {"suite": "bookworm"}}, ["a\\"], {"A": "b\\ "}, [1, 1.0], ["http://a"],
                     {"ubuntu": "jammy"}, {"tree": "a", "recipe": "b"}, {"Stage": {}},
                     f"oci:layout@sha256:{'0' * 64}", f"oci:../layout@sha256:{'0' * 64}", {"a": [[]]}, 1.5, "20261301T000000Z"]),
)


def reference(value):
    return schema._validator().is_valid(value)


def routes(value, route=()):
    yield route
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from routes(below, (*route, key))


ROUTES = list(routes(VALID))


def changed(route, odd):
    value = copy.deepcopy(VALID)
    if not route:
        return odd
    place = value
    for part in route[:-1]:
        place = place[part]
    place[route[-1]] = odd
    return value


def test_a_full_recipe_is_valid_for_both():
    assert quick.surely_valid(VALID, SCHEMA, SCHEMA)
    assert reference(VALID)


@given(st.sampled_from(ROUTES), ODD)
def test_a_recipe_with_one_odd_value_is_judged_as_the_reference_does(route, odd):
    value = changed(route, odd)
    assert quick.surely_valid(value, SCHEMA, SCHEMA) <= reference(value)


@given(st.sampled_from(ROUTES), ODD.filter(lambda odd: not isinstance(odd, float) and "1.0" not in repr(odd)))
def test_what_the_reference_accepts_is_accepted_at_once(route, odd):
    value = changed(route, odd)
    assert quick.surely_valid(value, SCHEMA, SCHEMA) == reference(value)


@given(st.sampled_from([route for route in ROUTES if route and isinstance(route[-1], str)]))
def test_a_recipe_without_one_key_is_judged_as_the_reference_does(route):
    value = copy.deepcopy(VALID)
    place = value
    for part in route[:-1]:
        place = place[part]
    del place[route[-1]]
    assert quick.surely_valid(value, SCHEMA, SCHEMA) == reference(value)


@pytest.mark.parametrize("odd", [{"if": {}}, {"oneOf": [{"type": "string"}, {"not": {}}]}, {"type": ["string", "null"]},
                                 {"format": "uri"}])
def test_a_schema_that_is_not_understood_is_left_to_the_reference(odd):
    assert not quick.surely_valid("text", odd, odd)
