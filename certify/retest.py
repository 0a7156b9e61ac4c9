"""What signed test results ask of an image again: the tests with all that they expect, and the start that has a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from builder.recipe.model import SUCCESS, TEST_SECONDS, Budget, Expect, Test
from certify import strictjson
from certify.startup import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 3600      # seconds, as recipe-1.schema.json has it


def tests(predicate: Mapping[str, Any]) -> tuple[Test, ...]:
    """The tests that a test-result predicate names, in its order; raises Fault."""
    listed = strictjson.Reader(predicate, "test results").array("configuration")
    return tuple(_test(strictjson.Reader(one, "test results")) for one in listed)


def wish(predicate: Mapping[str, Any]) -> Wish | None:
    """The start that has a budget, if there is one; raises Fault."""
    reader = strictjson.Reader(predicate, "test results")
    if not reader.has("start"):
        return None
    start = reader.child("start")
    limits, run = start.child("budget"), start.text("content")
    seconds = limits.integer("milliseconds") / 1000 if limits.has("milliseconds") else None
    budget = Budget(run=run, seconds=seconds, bytes=limits.integer("bytes") if limits.has("bytes") else None,
                    requests=limits.integer("requests") if limits.has("requests") else None)
    return Wish(test=Test(name="start", run=run, expect=_expect(start)), budget=budget)


def _test(reader: strictjson.Reader) -> Test:
    plain = Test(name=reader.text("name"), run=reader.text("content"))
    if not reader.has("annotations"):
        return plain
    more = reader.child("annotations")
    seconds = more.integer("timeout", 1, _LONGEST) if more.has("timeout") else TEST_SECONDS
    return Test(name=plain.name, run=plain.run, expect=_expect(more.child("expect")) if more.has("expect") else SUCCESS,
                needs=_words(more, "needs") or (), timeout=seconds, host_libraries=_words(more, "host_libraries"))


def _expect(reader: strictjson.Reader) -> Expect:
    return Expect(exit=reader.integer("exit", 0, 255) if reader.has("exit") else 0,
                  output=reader.text("output") if reader.has("output") else None,
                  text=reader.text("text") if reader.has("text") else None)


def _words(reader: strictjson.Reader, key: str) -> tuple[str, ...] | None:
    return tuple(str(one) for one in reader.array(key, 1000)) if reader.has(key) else None
