"""A small, fixed share of ``make fuzz``, and that it would find what it looks for."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from certify.lint.target import Kind
from tests.fuzz import lint as fuzz
from tests.fuzz import small


@pytest.fixture
def patient(monkeypatch):
    """Time is for make fuzz, on a machine that does nothing else."""
    monkeypatch.setattr(fuzz, "LIMIT_SECONDS", 30)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_broken_input_gives_no_traceback(seed, patient, tmp_path):
    told: list[str] = []
    counts = fuzz.run(600, seed, 60, tmp_path, told.append)
    assert told == []
    assert counts["inputs"] == 60 == sum(counts[language] for language in fuzz.LANGUAGES)
    assert all(counts[language] > 10 for language in fuzz.LANGUAGES)


def test_every_language_is_changed_in_every_way():
    dice, start = random.Random(1), fuzz.seeds()
    assert all(len(texts) >= 20 for texts in start.values()), {language: len(texts) for language, texts in start.items()}
    for language in fuzz.LANGUAGES:
        changes = Counter(fuzz.made(language, start, dice)[0] for _ in range(50))
        assert set(changes) == {*(one.__name__ for one in fuzz.OF_ANY), fuzz.BY_GRAMMAR[language].__name__}
    kinds = Counter((given.kind, bool(given.beside)) for given in (fuzz.wrapped(b"a\n", dice) for _ in range(100)))
    assert set(kinds) == {(Kind.RECIPE, False), (Kind.RECIPE, True), (Kind.CONTAINERFILE, False)}


@pytest.mark.parametrize(("promise", "fault"), [
    ("raised: ValueError: x", lambda: (_ for _ in ()).throw(ValueError("x"))),
    ("slow: ", lambda: [None for _ in range(3_000_000)]),
    ("large", lambda: b"x" * (300 << 20))], ids=["a traceback", "time", "memory"])
def test_what_breaks_a_promise_is_found_made_small_and_kept(promise, fault, monkeypatch, tmp_path):
    def judge(data, *_):
        if b"FROM" in data:
            fault()
        raise fuzz.Error("other")

    monkeypatch.setattr(fuzz, "judge", judge)
    monkeypatch.setattr(fuzz, "LIMIT_SECONDS", 0.02 if promise == "slow: " else 30)
    monkeypatch.setattr(small, "SECONDS", 2)
    monkeypatch.setattr(fuzz, "LIMIT_MEMORY", 100 << 20)
    told: list[str] = []
    counts = fuzz.run(600, 4, 5, tmp_path, told.append)
    assert counts["broken"] == len(told) > 0 and told[0].startswith(promise)
    if promise != "large":      # a peak is reached once
        assert next(tmp_path.glob("broken-*")).read_bytes() == b"FROM"


def test_making_it_small_ends_with_what_cannot_be_left_out():
    given = fuzz.Input(Kind.RECIPE, bytes(range(256)) * 20)
    assert small.smaller(given, lambda one: one.data.count(b"a") >= 3 and b"z" in one.data).data.count(b"a") == 3
