"""Tests of recipes: what counts as a pass, what is searched, and that nothing which was not run can pass."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Error, Fault
from builder.image import ImageConfig
from builder.lines import Lines
from builder.recipe import load, schema
from builder.recipe.model import SUCCESS, TEST_SECONDS, Expect, Test
from certify import attest, evidence
from certify.cli import output
from certify.examination import Examination, TestResult
from certify.sandbox import bubblewrap, inside, testing
from certify.sandbox.identity import ORDINARY
from certify.sandbox.places import Place
from certify.sandbox.plan import Plan
from tests.texts import BARE

ASKED = Test(name="t", run="x", expect=Expect(exit=2, output="a+", text="b"), needs=("gpu",), timeout=5)


def result(**fields):
    return TestResult(**{"name": "t", "run": "x", "code": 0, "seconds": 0.5, "output": "", **fields})


def test_the_limits_that_are_told_twice_are_the_same():
    items = json.loads(schema.text())["properties"]["tests"]["items"]["properties"]
    assert set(items["needs"]["items"]["enum"]) == set(testing.CAPABILITIES)
    assert items["needs"]["maxItems"] == len(testing.CAPABILITIES)
    assert testing.SECONDS == TEST_SECONDS <= items["timeout"]["maximum"]


# --- what was asked for, and what arrived

def test_a_test_and_its_result_are_known_as_the_same():
    plain = json.loads(json.dumps(testing.plain(ASKED)))
    assert testing.asked(plain) == ("t", "x", 2, "a+", "b", ("gpu",), 5, None)
    assert testing.asked({"name": "t", "run": "x"}) == testing.asked(testing.plain(Test(name="t", run="x")))
    event = {**plain, "code": 2, "seconds": 0.5, "output": "ab", "late": False, "matched": True}
    assert TestResult.from_event(event).test == ASKED


@pytest.mark.parametrize("change", [
    {"expect": {"exit": 3, "output": "a+", "text": "b"}}, {"expect": {"exit": 2, "output": "a*", "text": "b"}}, {"expect": {}},
    {"expect": {"exit": 2, "output": "a+", "text": None}}, {"needs": []}, {"needs": ["gpu", "network"]}, {"timeout": 6},
    {"name": "u"}, {"run": "y"}], ids=str)
def test_another_wish_is_another_test(change):
    assert testing.asked({**testing.plain(ASKED), **change}) != testing.asked(testing.plain(ASKED))


def test_what_was_skipped_without_need_is_no_result():
    event = {**testing.plain(ASKED), "code": -1, "seconds": 0.0, "output": ""}
    assert TestResult.from_event({**event, "lacking": ["gpu"]}).skipped == "needs gpu, which the simulated site does not have"
    with pytest.raises(Error, match="nothing that it needs is missing"):
        TestResult.from_event({**event, "lacking": ["network"]})


# --- what counts as a pass

@pytest.mark.parametrize(("fields", "said"), [
    ({}, None), ({"code": 3}, "exit code 3"), ({"code": -1}, "did not start, or was killed with its sandbox"),
    ({"expect": Expect(exit=3), "code": 3}, None), ({"expect": Expect(exit=3)}, "exit code 0, not 3"),
    ({"code": -1, "late": True, "timeout": 7}, "not over after 7 s"),
    ({"expect": Expect(exit=137), "code": 137, "late": True, "timeout": 7}, "not over after 7 s"),
    ({"expect": Expect(text="a"), "matched": True}, None),
    ({"expect": Expect(text="a"), "matched": False}, "its output is not what was expected"),
    ({"expect": Expect(output="a"), "matched": None}, "the search in its output came to no end"),
    ({"expect": Expect(exit=1, output="a"), "matched": True}, "exit code 0, not 1"),
], ids=lambda one: None if isinstance(one, dict) else str(one))
def test_what_counts_as_a_pass(fields, said):
    made = result(**fields)
    assert (made.failure, made.passed, made.skipped) == (said, said is None, None)


@given(st.integers(-1, 255), st.booleans(), st.sampled_from([True, False, None]), st.sampled_from([(), ("gpu",)]),
       st.sampled_from([SUCCESS, Expect(exit=1), Expect(text="a"), Expect(exit=255, output="a")]))
def test_a_result_is_exactly_one_of_passed_failed_and_skipped(code, late, matched, lacking, expect):
    made = result(code=code, late=late, matched=matched, lacking=lacking, needs=("gpu",), expect=expect)
    assert [made.passed, made.failure is not None, made.skipped is not None].count(True) == 1
    if made.passed:
        assert (made.code, made.late) == (expect.exit, False)
        assert made.matched is True or expect.output is expect.text is None
    seen = examined(made)
    assert [*seen.passed, *seen.failed, *seen.skipped] == [made]


# --- what is searched

@pytest.mark.parametrize(("expect", "found"), [
    ({}, None), ({"text": "b.c"}, True), ({"text": "b?c"}, False), ({"output": "b.c$"}, True), ({"output": "^a"}, True),
    ({"output": r"\Ab"}, False), ({"output": "a\nb"}, True), ({"output": "é"}, True), ({"text": "a", "output": "no"}, False),
    ({"text": "no", "output": "a"}, False), ({"text": "a", "output": "a"}, True), ({"output": "["}, None)], ids=str)
def test_the_output_is_searched_as_text_or_as_an_expression(expect, found):
    assert testing.matches(expect, "a\nb.c\né\n") is found


def test_a_search_that_comes_to_no_end_has_found_nothing(monkeypatch):
    monkeypatch.setattr(testing, "_SEARCH_SECONDS", 1)
    begin = time.monotonic()
    assert testing.matches({"output": "(a|a)*$"}, "a" * 200 + "b\n") is None
    assert time.monotonic() - begin < 30


def test_a_search_gets_no_more_memory_than_it_may(monkeypatch):
    monkeypatch.setattr(testing, "_SEARCH_MEMORY", 4 << 20)
    assert testing.matches({"output": "a"}, "a") is None        # not even the interpreter has room


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=40), max_size=30))
def test_short_output_is_kept_whole(lines):
    log = testing.Log()
    for line in lines:
        log(line)
    assert log.text == log.told == "\n".join(lines)


def test_of_long_output_the_end_is_kept():
    log = testing.Log()
    lines = Lines(log, 16_384, log)
    for number in range(3000):
        lines.take(b"%d " % number + b"x" * 9000 + b"\n")
    lines.take(b"y" * 100_000 + b"\nend")
    lines.end()
    assert log.full and log.text.endswith("end") and log.told.endswith("end") and "\n1000 x" not in log.text
    assert len(log.text) <= testing._KEPT + 1 and len(log.told) <= testing._TOLD
    assert sum(map(len, log.lines)) + len(log.lines) == log.kept


# --- what a test needs

@pytest.mark.parametrize(("needs", "network", "missing"), [
    ((), False, []), (("network",), True, []), (("network",), False, ["network"]),
    (("gpu", "mpi-launcher"), True, ["gpu", "mpi-launcher"]), (("anything",), True, ["anything"])])
def test_what_the_simulated_site_does_not_show_is_missing(needs, network, missing):
    assert testing.lacking(needs, sketch(network=network)) == missing


def test_a_gpu_counts_where_devices_are_shown(monkeypatch):
    devices = Place(path="/dev", kind="devices", why="", content="/dev")
    for there, missing in ((True, []), (False, ["gpu"])):
        monkeypatch.setattr(testing, "_GPUS", ("/dev/null",) if there else ("/dev/no-such",))
        assert testing.lacking(["gpu"], sketch(devices)) == missing
        assert testing.lacking(["gpu"], sketch()) == ["gpu"]


def test_what_is_skipped_is_not_started(tmp_path):
    def never(*_words):
        raise AssertionError

    [told] = testing.run([testing.plain(ASKED)], sketch(), tmp_path, never, lambda _who: ())
    assert TestResult.from_event(told).skipped
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("said", "code"), [
    (b"", -1), (b'{ "child-pid": 7 }\n', -1), (b'{ "child-pid": 7 }\n{ "exit-code": 3 }\n', 3), (b'{ "exit-code": 0 }\n', 0),
    (b'{ "child-pid": 7 }\n{ "exit-', -1), (b'{ "exit-code": "0" }\n', -1)])
def test_only_an_exit_code_that_is_reported_is_one(said, code):
    assert testing._exit_code(said) == code


# --- in a real sandbox

def sketch(*places, **more):
    values = {"environment": {"PATH": "/usr/bin"}, "identity": ORDINARY, "workdir": "/", "command": (), "network": False, **more}
    return Plan(places=places, **values)


def machines():
    """A plan that shows this machine's programs."""
    merged = [path for name in ("bin", "lib", "lib64") if (path := Path("/", name)).is_symlink()]
    links = [Place(path=str(path), kind="link", why="", content=str(path.readlink())) for path in merged]
    return sketch(*links, Place(path="/proc", kind="proc", why=""), Place(path="/usr", kind="host", why="", content="/usr"),
                  Place(path="/etc/passwd", kind="text", why="", content="x"))


@pytest.fixture
def ran(tmp_path):
    """Run tests in sandboxes that show this machine's programs."""
    def run(*tests, made=None):
        asked = [testing.plain(Test(**{"name": f"t{number}", **one})) for number, one in enumerate(tests)]
        made = made or machines()
        return [TestResult.from_event(json.loads(json.dumps(one)))
                for one in testing.run(asked, made, tmp_path / "texts", inside._bwrap, lambda _who: ())]
    return run


@pytest.mark.integration
def test_all_run_and_are_told_in_their_order(ran, tmp_path):
    made = ran({"run": "sleep 0.3; echo one"}, {"run": "echo two >&2; exit 7"}, {"run": "false | true; echo three"},
               {"run": "echo $0 four; exit 3", "expect": Expect(exit=3, output="f.ur$", text="four")},
               {"run": "echo five", "expect": Expect(output="six")}, {"run": "x", "needs": ("mpi-launcher",)})
    assert [one.name for one in made] == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert [one.failure for one in made] == [
        None, "exit code 7", "exit code 1", None, "its output is not what was expected", None]
    assert [one.output for one in made] == ["one", "two", "", "/bin/bash four", "five", ""]
    assert made[5].skipped
    assert list((tmp_path / "texts").iterdir()) == []


@pytest.mark.integration
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor")
def test_they_run_side_by_side(ran):
    text = "cat /proc/uptime; sleep 0.8; cat /proc/uptime"
    times = [[float(line.split()[0]) for line in one.output.splitlines()] for one in ran({"run": text}, {"run": text})]
    assert max(start for start, _ in times) < min(end for _, end in times)


@pytest.mark.integration
@pytest.mark.parametrize("text", [
    "sleep 99", "trap '' TERM INT HUP; sleep 99 & sleep 98; sleep 97", "kill -STOP $$", "(setsid sleep 99 &); sleep 98",
    "while :; do echo y; done"],
    ids=["waits", "ignores", "stops", "daemon", "prints"])
def test_when_its_time_is_over_all_of_it_ends(ran, text):
    begin = time.monotonic()
    [made] = ran({"run": text, "timeout": 1, "expect": Expect(exit=137)})
    assert (made.late, made.code, made.failure) == (True, -1, "not over after 1 s")
    assert time.monotonic() - begin < 15


@pytest.mark.integration
def test_a_program_killed_by_itself_is_not_late(ran):
    [killed, expected] = ran({"run": "kill -KILL $$"}, {"run": "kill -KILL $$", "expect": Expect(exit=137)})
    assert (killed.failure, expected.failure) == ("exit code 137", None)


@pytest.mark.integration
@pytest.mark.parametrize("code", [1, 126, 127, 255])
def test_a_sandbox_that_does_not_start_passes_for_nothing(ran, code):
    for made in (sketch(), sketch(Place(path="/x", kind="host", why="", content="/no/such"))):
        [told] = ran({"run": "true", "expect": Expect(exit=code)}, made=made)
        assert (told.code, told.passed, told.late) == (-1, False, False)


@pytest.mark.integration
def test_a_test_cannot_write_its_own_verdict(ran):
    """Where bubblewrap writes the exit code is open in no process that the test can see."""
    write = "{ echo '{ \"exit-code\": 0 }' > $one; } 2>/dev/null || :"
    [made] = ran({"run": f"for one in /proc/[0-9]*/fd/*; do readlink $one || :; {write}; done; exit 3"})
    assert made.code == 3 and "status" not in made.output


@pytest.mark.integration
def test_what_one_may_write_no_other_sees(tmp_path, monkeypatch):
    image = tmp_path / "image"
    (image / "etc/open").mkdir(parents=True)
    (image / "etc/open").chmod(0o777)
    monkeypatch.setattr(inside, "_IMAGE", image)
    made = machines()
    copied = Place(path="/etc/open", kind="copy", why="", content="/etc/open")
    made = Plan(**{**{name: getattr(made, name) for name in Plan.__slots__}, "places": (*made.places, copied)})
    assert ("--bind", str(tmp_path / "t/etc/open"), "/etc/open") <= bubblewrap.options(made, image, tmp_path / "t")
    plain = [testing.plain(Test(name=name, run="ls /etc/open; sleep 0.2; touch /etc/open/$$x")) for name in "abcd"]
    told = list(testing.run(plain, made, tmp_path / "texts", inside._bwrap, lambda _who: ()))
    assert [(one["code"], one["output"]) for one in told] == [(0, "")] * 4


@pytest.mark.integration
def test_a_sandbox_that_cannot_be_made_is_an_error(tmp_path):
    @contextmanager
    def broken(_made, _texts):
        raise OSError("no room")
        yield

    tests = [testing.plain(Test(name=str(number), run="true")) for number in range(5)]
    with pytest.raises(OSError, match="no room"):
        list(testing.run(tests, sketch(), tmp_path, broken, lambda _who: ()))


# --- what is said of it, and signed

CONFIG = ImageConfig(name="tool", version="1.0", revision=1, platform="linux/amd64", environment={})
SKIPPED = result(name="on a GPU", needs=("gpu",), lacking=("gpu",), code=-1, timeout=60)
REFUSES = result(name="refuses", code=2, expect=Expect(exit=2, output="^usage"), matched=True)


def examined(*tests):
    return Examination(digest="a" * 64, size=1, config=CONFIG, tests=list(tests), looked=True)


def test_the_signed_evidence_says_what_was_skipped_and_what_was_expected():
    assert evidence._results(examined(result(), REFUSES, SKIPPED)) == {
        "result": "PASSED", "passedTests": ["t", "refuses"], "failedTests": [], "warnedTests": [],
        "configuration": [
            {"name": "t", "content": "x"},
            {"name": "refuses", "content": "x", "annotations": {"expect": {"exit": 2, "output": "^usage"}}},
            {"name": "on a GPU", "content": "x", "annotations": {
                "needs": ["gpu"], "timeout": 60, "skipped": "needs gpu, which the simulated site does not have"}}]}


def test_a_skipped_test_hides_no_failed_one():
    told = evidence._results(examined(SKIPPED, result(code=1)))
    assert (told["result"], told["failedTests"], told["passedTests"]) == ("FAILED", ["t"], [])


TESTS = """\
tests:
  - {name: t, run: x}
  - {name: on a GPU, run: x, needs: [gpu], timeout: 60}
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def make(tests=TESTS):
        (tmp_path / "recipe.yaml").write_text(BARE + tests)
        return load(tmp_path)[1]
    return make


def test_an_image_is_whole_if_something_was_tested(recipe):
    attest.require_whole(examined(result(), SKIPPED), recipe())
    with pytest.raises(Fault, match="all of the recipe's tests were skipped"):
        attest.require_whole(examined(SKIPPED), recipe("tests: [{name: on a GPU, run: x, needs: [gpu], timeout: 60}]\n"))
    attest.require_whole(examined(), recipe(""))


@pytest.mark.parametrize("field", [{"timeout": 61}, {"needs": ("gpu", "network")}, {"expect": Expect(exit=1)}], ids=str)
def test_a_test_that_was_asked_otherwise_is_not_the_recipes(recipe, field):
    other = result(**{"name": "on a GPU", "needs": ("gpu",), "lacking": ("gpu",), "timeout": 60, **field})
    with pytest.raises(Fault, match="not all of the recipe's tests were run"):
        attest.require_whole(examined(result(), other), recipe())


def test_the_command_line_says_what_failed_and_what_was_skipped(capsys):
    output.tests([result(), SKIPPED, result(code=3, output="why"), result(code=-1, late=True, timeout=9, name="a\x1b[31m")])
    assert capsys.readouterr().out.splitlines() == [
        "test 'on a GPU' was skipped: needs gpu, which the simulated site does not have",
        "test 't' failed with exit code 3: x", "  | why",
        "test 'a\\x1b[31m' failed (not over after 9 s): x"]
