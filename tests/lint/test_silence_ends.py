"""When a silence ends, and names in other letters: no comment is passed over without a word."""

from __future__ import annotations

import pytest

SET = "env: {LD_LIBRARY_PATH: /x}  "


def codes(outcome) -> list[str]:
    return sorted(finding.code for finding in outcome.findings)


@pytest.mark.parametrize("reason", [
    "self test until=2025-01-01", "self test, until = 2025-01-01.", "self test (until=2025-01-01)", "self test UNTIL=2025-01-01",
    "until=2025-01-01 self test", "self -- test -- until=2025-01-01", "self until=2999-01-01 test until=2025-01-01"])
def test_an_end_in_the_reason_is_one(snippet, reason):
    outcome = snippet(f"{SET}# certify: ignore[ENV101] -- {reason}\n")
    assert codes(outcome) == ["ENV101", "SCH008"]
    (told,) = [finding for finding in outcome.findings if finding.code == "SCH008"]
    assert told.message.endswith("it ended on 2025-01-01")
    assert told.help == "remove it or set a later date"
    later = snippet(f"{SET}# certify: ignore[ENV101] -- {reason.replace('2025', '2999')}\n")
    assert codes(later) == []
    assert later.silenced[0].reason in ("self test", "self -- test", "self  test")


@pytest.mark.parametrize(("reason", "said"), [
    ("self test until=soon", "until=soon"), ("self test until=2025-02-30", "until=2025-02-30"),
    ("until=2999-01-01", "no reason"), ("until=soon", "no reason")])
def test_an_end_that_is_not_understood_is_told(snippet, reason, said):
    outcome = snippet(f"{SET}# certify: ignore[ENV101] -- {reason}\n")
    assert codes(outcome) == ["ENV101", "SCH008"]
    (told,) = [finding for finding in outcome.findings if finding.code == "SCH008"]
    assert said in told.message and told.help.startswith("write: ")


@pytest.mark.parametrize("reason", ["kept until the vendor mends it", "until=soon it is mended", "wait_until=3 is its option"])
def test_other_words_are_a_reason(snippet, reason):
    outcome = snippet(f"{SET}# certify: ignore[ENV101] -- {reason}\n")
    assert codes(outcome) == []
    assert [one.reason for one in outcome.silenced] == [reason]


def test_two_faults_have_the_form_as_help(snippet):
    outcome = snippet(f"{SET}# certify: ignore[ENV101, until=2020-01-01]\n")
    assert "no reason; it ended" in outcome.findings[1].message
    assert outcome.findings[1].help.startswith("write: ")


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("comment", ["# Certify: Ignore[ENV102] -- ok", "#CERTIFY: ignore[ENV102] -- ok"])
def test_a_capital_is_no_other_name(snippet, comment, container):
    file = "Containerfile" if container else "recipe.yaml"
    start = "FROM debian:12\nRUN true; \\\n  " if container else "steps:\n  - run: |\n      "
    outcome = snippet(f"{start}export LD_LIBRARY_PATH=/x  {comment}\n", file)
    assert codes(outcome) == [] and [one.reason for one in outcome.silenced] == ["ok"]
    outcome = snippet(f"{start}export LD_LIBRARY_PATH=/x  {comment.replace('ENV', 'env')}\n", file)
    assert codes(outcome) == ["ENV102", "SCH008"]
    (told,) = [finding for finding in outcome.findings if finding.code == "SCH008"]
    assert told.message == "env102: no such rule" and "ENV102" in told.help


def test_a_capital_in_a_here_document(snippet):
    lines = ("bash <<'EOF'", "# Certify: Ignore[ENV102] -- ok", "export LD_LIBRARY_PATH=/x", "EOF")
    assert codes(snippet("steps:\n  - run: |\n" + "".join(f"      {line}\n" for line in lines))) == []
