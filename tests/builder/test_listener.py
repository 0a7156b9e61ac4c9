"""What programs say is passed on up to a limit; of more, the end is kept, and what is missing is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import listener
from builder.listener import Listener


@pytest.fixture
def passed():
    return []


@pytest.fixture
def small(passed, monkeypatch):
    """A listener that takes ten characters and keeps three lines."""
    monkeypatch.setattr(listener, "_LIMIT", 10)
    monkeypatch.setattr(listener, "_END", 3)
    return Listener(passed.append)


def test_lines_come_at_once(small, passed):
    for line in ("one", "", "two"):
        small.heard(line)
    assert passed == ["one", "", "two"]
    small.rest()
    assert passed == ["one", "", "two"]


def test_every_line_counts_with_its_end(small, passed):
    for line in ("1234", "5678", "9"):
        small.heard(line)
    assert passed == ["1234", "5678"]
    small.rest()
    assert passed == ["1234", "5678", "9"]


def test_of_more_the_end_comes_last_and_the_size_of_the_gap_is_told(small, passed):
    for number in range(100, 110):
        small.heard(str(number))
    assert passed == ["100", "101"]
    small.rest()
    assert passed == ["100", "101", "[... 20 B of output left out ...]", "107", "108", "109"]


def test_a_long_line_holds_back_all_that_follows_even_what_would_fit(small, passed):
    for line in ("x" * 11, "a", "b"):
        small.heard(line)
    assert passed == []
    small.rest()
    assert passed == ["x" * 11, "a", "b"]


def test_after_the_rest_it_begins_anew(small, passed):
    for number in range(50):
        small.heard(str(number))
    small.rest()
    passed.clear()
    for line in ("a", "b"):
        small.heard(line)
    assert passed == ["a", "b"]
    small.rest()
    small.rest()
    assert passed == ["a", "b"]


@given(st.lists(st.text(max_size=8), max_size=30))
def test_nothing_is_lost_without_being_told_and_the_order_stays(lines):
    passed = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "_LIMIT", 20)
        patch.setattr(listener, "_END", 4)
        one = Listener(passed.append)
        for line in lines:
            one.heard(line)
        one.rest()
    gaps = [number for number, line in enumerate(passed) if line.startswith("[... ") and line not in lines]
    if not gaps:
        assert passed == lines
        return
    begin, end = passed[:gaps[0]], passed[gaps[0] + 1:]
    assert (begin, end) == (lines[:len(begin)], lines[-4:])
    left = sum(len(line) + 1 for line in lines[len(begin):-4])
    assert passed[gaps[0]] == f"[... {left} B of output left out ...]"


def test_a_gigabyte_costs_no_more_than_its_end(passed):
    one = Listener(passed.append)
    line = "x" * 16_383
    for _ in range(1 << 16):
        one.heard(line)
    one.rest()
    assert len(passed) == 1024 + 1 + 200
    assert passed[1024] == "[... 1.1 GB of output left out ...]"
