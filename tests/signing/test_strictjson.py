"""JSON from strangers has one meaning or none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from certify import strictjson
from certify.strictjson import Reader, dumps, loads

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
def test_what_is_written_is_read_again_and_written_the_same(value):
    assert loads(dumps(value)) == value
    assert dumps(loads(dumps(value))) == dumps(value)
    assert dumps(loads(json.dumps(value).encode())) == dumps(value)


@given(st.binary(max_size=200) | st.text('{}[]",:\\u0d8aNI1e.- ', max_size=80).map(str.encode))
def test_anything_is_read_or_is_a_fault(data):
    try:
        value = loads(data)
    except Fault:
        return
    dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"\\u0061":2}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b'"\xff"',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"\xef\xbb\xbf{}",
        b"",
        b"{} {}",
        b'{"a":1,}',
        b"'a'",
        b"[" * 100_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b'["\\"' * 200_000,
        b"1" * 5000,
    ],
)
def test_refused(data):
    with pytest.raises(Fault):
        loads(data)


def test_limits():
    with pytest.raises(Fault, match="more than 10"):
        loads(b'"0123456789"', 10)
    depth = strictjson.DEPTH
    assert loads(b"[" * depth + b"]" * depth)
    with pytest.raises(Fault, match="deeper"):
        loads(b"[" * (depth + 1) + b"]" * (depth + 1))
    assert loads(b'["' + b"[" * 1000 + b'"]') == ["[" * 1000]


def test_canonical():
    assert dumps({"b": "ü", "a": [1, None]}) == '{"a":[1,null],"b":"ü"}'.encode()


def test_the_reader_wants_all_and_nothing_else():
    reader = Reader({"a": 1, "b": True, "c": "x\n"}, "thing")
    assert reader.integer("a") == 1
    with pytest.raises(Fault, match="unknown keys: b, c"):
        reader.done()
    for wrong in (lambda: reader.integer("b"), lambda: reader.integer("z"), lambda: reader.text("c", "x"),
                  lambda: reader.array("a"), lambda: reader.child("a"), lambda: Reader([], "thing"),
                  lambda: reader.keys("a")):
        with pytest.raises(Fault, match="thing"):
            wrong()
