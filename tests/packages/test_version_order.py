"""Which version is later: agreed with dpkg and rpm themselves, with the tables of PEP 440 and conda, and always a total order."""

from __future__ import annotations

import itertools
import random
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.packages.model import KINDS
from certify.packages.versions import KEYS, comparable
from tests.tools import need

ORDERS = {kind: words.split() for kind, words in {
    "python": """
        1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456
        1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1
        1!0.1
    """,
    "conda": """
        0.4 0.4.1.rc 0.4.1 0.5a1 0.5b3 0.5C1 0.5 0.9.6 0.960923 1.0 1.0.1dev 1.0.1_ 1.0.1a 1.0.1b 1.0.1 1.0.1post.a
        1.0.1post.b 1.0.1post.z 1.0.1post.za 1.0.2 1.1dev1 1.1_ 1.1a1 1.1.0dev1 1.1.a1 1.1.0rc1 1.1.0 1.1.0post1
        1.1post1 1996.07.12 1!0.4.1 1!3.1.1.6 2!0.4.1
    """,
    "deb": """
        0~ 0 0.1~~ 0.1~~a 0.1~ 0.1-0~bpo1 0.1 0.1-0+ 0.1-1 0.1a 0.1.1 0.2 0.10 1.0~rc1-1 1.0-1 1.0-1+b1 1.0-1.1
        1.0+dfsg-1 1.0-2-1 1.0. 1:0
    """,
    "rpm": """
        1.0~rc1-1 1.0~rc2-1 1.0-1 1.0-2.el9 1.0-2.el10 1.0^20260101-1 1.0a-1 1.0.1-1 1.0.2-1 1.0.10-1 1:0.1-1
    """,
}.items()}
EQUAL = {
    "python": [("1.0", "1"), ("1.0-1", "1.0.post1"), ("1.0alpha1", "1.0a1"), ("v1.0", "1.0")],
    "conda": [("0.4", "0.4.0"), ("0.4.1.rc", "0.4.1.RC"), ("1.1.0dev1", "1.1.dev1"), ("1.1.0post1", "1.1.post1"),
              ("1.1", "1.1.0.0"), ("1.0-1", "1.0_1")],
    "deb": [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.0", "1.00"), ("1.a", "1.a0"), ("0", "00")],
    "rpm": [("1.0", "0:1.0"), ("1.0", "1.00"), ("1.0", "1_0"), ("1.0", "1.0."), ("1a", "1.a"), ("2.0.1", "2_0_1")],
}

@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_order(kind):
    keys = [KEYS[kind](version) for version in ORDERS[kind]]
    for (early, before), (late, after) in itertools.combinations(zip(ORDERS[kind], keys, strict=True), 2):
        assert before < after, (early, late)
        assert after > before and before != after


@pytest.mark.parametrize(("kind", "first", "second"), [(kind, *pair) for kind, pairs in EQUAL.items() for pair in pairs])
def test_what_is_written_in_two_ways_is_one_version(kind, first, second):
    assert KEYS[kind](first) == KEYS[kind](second)
    assert not KEYS[kind](first) < KEYS[kind](second)
    assert not KEYS[kind](second) < KEYS[kind](first)


def sign(key, first, second):
    return (key(first) > key(second)) - (key(first) < key(second))


def odd(letters, count, seed):
    """Pairs of odd versions that begin alike, so that they differ at all places."""
    dice = random.Random(seed)
    for _ in range(count):
        start = "1" + "".join(dice.choices(letters, k=dice.randrange(4)))
        yield tuple(start + "".join(dice.choices(letters, k=dice.randrange(4))) for _ in "ab")


def test_dpkg_says_the_same(tool):
    need("dpkg")
    pairs = [*itertools.combinations(ORDERS["deb"], 2), *odd("019az~+.-", 250, 1), *EQUAL["deb"]]
    pairs = [pair for pair in pairs if not any(version.endswith("-") for version in pair)]      # an error to dpkg
    chosen = random.Random(2).sample(pairs, 200)
    asked = "\n".join(f"if dpkg --compare-versions {shlex.quote(a)} lt {shlex.quote(b)}; then echo -1; "
                      f"elif dpkg --compare-versions {shlex.quote(a)} eq {shlex.quote(b)}; then echo 0; else echo 1; fi"
                      for a, b in chosen)
    said = [int(line) for line in tool("sh", "-c", asked).splitlines()]
    assert [(pair, sign(KEYS["deb"], *pair)) for pair in chosen] == list(zip(chosen, said, strict=True))


def test_rpm_says_the_same(tool):
    need("rpm")
    pairs = [*itertools.combinations(ORDERS["rpm"], 2), *odd("019azA~^._+", 1500, 3), *EQUAL["rpm"]]
    asked = " ".join(f'print(rpm.vercmp("{a}", "{b}"), "")' for a, b in pairs)
    said = [int(word) for word in tool("rpm", "--eval", f"%{{lua: {asked}}}").split()]
    assert [(pair, sign(KEYS["rpm"], *pair)) for pair in pairs] == list(zip(pairs, said, strict=True))


KNOWN = sorted({version for versions in ORDERS.values() for version in versions})
VERSIONS = st.text("0123459abzAZ~^.+-_:!*", max_size=12) | st.sampled_from(KNOWN)


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_every_kind_is_a_total_order_of_any_text(kind, data):
    first, second, third = (KEYS[kind](data.draw(VERSIONS)) for _ in range(3))
    assert (first < second) + (second < first) + (first == second) == 1
    if first <= second <= third:
        assert first <= third


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_any_length_are_compared(kind):
    long = "9" * 5000
    assert KEYS[kind](f"1.{long}") < KEYS[kind](f"1.{long}1")
    assert KEYS[kind](f"{long}:1") != KEYS[kind]("1")


@pytest.mark.parametrize(("kind", "version", "wanted", "compared"), [
    ("rpm", "1:3.0.7-2.el9", "3.0.7", "1:3.0.7"), ("rpm", "3.0.7-2.el9", "3.0.7-1", "3.0.7-2.el9"),
    ("python", "2.1+cu118", "2.1", "2.1"), ("python", "2.1+cu118", "2.1+cpu", "2.1+cu118"),
    ("deb", "1.0-1+b1", "1.0", "1.0-1+b1"), ("conda", "1.0+local", "1.0", "1.0+local"),
])
def test_what_is_compared_with_a_wanted_version(kind, version, wanted, compared):
    assert comparable(kind, version, wanted) == compared
