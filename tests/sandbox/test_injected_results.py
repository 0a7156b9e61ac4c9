"""Tests that run with the site's libraries: what is told of them, what counts as a pass, and what is signed."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from builder.errors import Error
from builder.image import ImageConfig
from builder.recipe.model import Expect, Test
from certify import evidence, predicates, retest
from certify import site as sites
from certify.examination import Examination, TestResult
from certify.finding import Severity
from certify.sandbox import proving, testing
from certify.sandbox.injecting import Injection, Injector, Proven

SUM = "0" * 64
SEEN = {"library": "mpich", "folder": "/mnt", "files": {"libmpi.so.12.1": SUM}, "loaded": {"libmpi.so.12": "/mnt/libmpi.so.12.1"}}
ASKED = Test(name="t", run="x", host_libraries=("mpich",))
EVENT = {**testing.plain(ASKED), "code": 0, "seconds": 0.5, "output": ""}
CONFIG = ImageConfig(name="tool", version="1.0", revision=1, platform="linux/amd64", environment={})


def result(**fields):
    return TestResult.from_event(json.loads(json.dumps({**EVENT, **fields})))


def without(*keys):
    return {key: value for key, value in EVENT.items() if key not in keys}


def test_a_result_has_what_the_test_ran_with():
    made = result(injected=[SEEN])
    assert made.passed and made.test == ASKED
    assert made.injected == (Injection(**SEEN),)


@pytest.mark.parametrize("libraries", [None, (), ("mpich",), ("mpich", "cuda"), ("cuda",)])
def test_which_libraries_it_asks_for_is_part_of_a_test(libraries):
    other = replace(ASKED, host_libraries=libraries)
    assert (testing.asked(testing.plain(other)) == testing.asked(testing.plain(ASKED))) is (libraries == ("mpich",))


def test_one_that_loads_nothing_of_the_library_shows_nothing():
    assert result(injected=[{**SEEN, "loaded": {}}]).failure == "no program loaded the site's mpich, which it runs with"


def test_what_goes_wrong_by_itself_is_told_first():
    unused = [{**SEEN, "loaded": {}}]
    assert result(injected=unused, code=3).failure == "exit code 3"
    assert result(injected=unused, expect={"text": "a"}, matched=False).failure == "its output is not what was expected"


def test_what_a_user_has_anyway_may_be_left_alone():
    event = {**without("host_libraries"), "injected": [{**SEEN, "loaded": {}}]}
    assert TestResult.from_event(event).passed


@pytest.mark.parametrize("injected", [[], [{**SEEN, "library": "cuda"}], [SEEN, {**SEEN, "library": "cuda"}]], ids=len)
def test_one_that_ran_with_other_libraries_is_no_result(injected):
    with pytest.raises(Error, match="other libraries of the site than it names"):
        result(injected=injected)


def test_one_that_wants_none_ran_with_none():
    assert result(host_libraries=[]).passed
    with pytest.raises(Error, match="other libraries"):
        result(host_libraries=[], injected=[SEEN])


def test_a_library_that_is_not_here_skips_the_test_and_is_named():
    made = result(lacking=["mpich"], code=-1)
    assert made.skipped == "runs with the site's mpich, whose files are not on this machine"
    both = result(lacking=["gpu", "mpich"], needs=["gpu"], code=-1)
    assert both.skipped == "needs gpu, which the simulated site does not have; " + made.skipped
    with pytest.raises(Error, match="nothing that it needs is missing"):
        result(lacking=["cuda"], code=-1)


def test_nothing_is_injected_where_no_file_is_here():
    def never(*_words):
        raise AssertionError

    injector = Injector(sites.load("cray-example"), never)
    assert injector.lacking(["mpich", "cuda", "unknown"]) == ["mpich", "cuda", "unknown"]
    assert injector.lacking([]) == []


def test_without_an_injector_libraries_are_lacking(tmp_path):
    [told] = testing.run([testing.plain(ASKED)], None, tmp_path, None, lambda _who: ())
    assert TestResult.from_event(told).lacking == ("mpich",)


PROVEN = Proven(library="mpich", lacking=False, folder="/mnt", files={"libmpi.so.12.1": SUM},
                loaded={"/usr/bin/free": ("libmpi.so.12",)}, refused=("/usr/bin/odd",))
LACKING = Proven(library="cuda", lacking=True)


def test_what_is_signed_names_the_libraries_and_the_files():
    skipped = result(lacking=["mpich"], code=-1)
    made = Examination(digest="a" * 64, size=1, config=CONFIG, looked=True, proven=[PROVEN, LACKING], tests=[
        result(injected=[SEEN]), skipped, result(host_libraries=[], expect={"exit": 2}, code=2)])
    told = evidence._results(made)
    jsonschema.validate(json.loads(json.dumps(told)), json.loads(predicates.text("test-result-0.1")))
    annotations = [one["annotations"] for one in told["configuration"]]
    assert annotations == [{"host_libraries": ["mpich"], "injected": [SEEN]},
                           {"host_libraries": ["mpich"], "skipped": skipped.skipped},
                           {"expect": {"exit": 2}, "host_libraries": []}]
    assert told["host_libraries"] == [
        {"library": "mpich", "folder": "/mnt", "files": {"libmpi.so.12.1": SUM}, "loaded": {"/usr/bin/free": ["libmpi.so.12"]},
         "refused": ["/usr/bin/odd"]},
        {"library": "cuda", "skipped": "not tried: its files are not on this machine"}]
    assert retest.tests(told) == (ASKED, ASKED, replace(ASKED, host_libraries=(), expect=Expect(exit=2)))


def test_evidence_without_host_libraries_is_as_ever():
    plain = TestResult.from_event(without("host_libraries"))
    told = evidence._results(Examination(digest="a" * 64, size=1, config=CONFIG, tests=[plain], looked=True))
    assert told == {"result": "PASSED", "configuration": [{"name": "t", "content": "x"}], "passedTests": ["t"],
                    "failedTests": [], "warnedTests": []}


# --- what is asked of the loader

def test_a_file_that_is_not_loaded_is_an_error_in_the_image():
    told = {"library": "mpich", "refused": {"/usr/bin/odd": "ld.so: odd", "/usr/bin/still": ""}}
    first, second = proving.findings(told)
    assert (first.code, first.severity, first.path) == ("LNK414", Severity.ERROR, "/usr/bin/odd")
    assert first.message.endswith("opened nothing of it; it said: ld.so: odd") and second.message.endswith("opened nothing of it")
    assert list(proving.findings({"library": "mpich", "lacking": True})) == []


@pytest.mark.parametrize("told", [None, 3, "x", [1], {"mpich": 3}, {"mpich": [1]}, {"mpich": [["a"]]},
                                  {"mpich": [["a", "b", "c"]]}, {"mpich": {"a": 1}}], ids=str)
def test_only_pairs_of_texts_are_files_to_ask_for(told):
    with pytest.raises(Error, match="could not be looked at"):
        proving.programs(told)


def test_what_the_reader_says_is_taken_as_texts():
    assert proving.programs({}) == {}
    assert proving.programs({"mpich": [["/a", "/lib/ld.so"]]}) == {"mpich": [("/a", "/lib/ld.so")]}


@pytest.mark.parametrize(("proven", "told"), [
    (PROVEN, "loaded by 1 of 2 files that need it"), (LACKING, "not tried: its files are not on this machine"),
    (replace(PROVEN, loaded={}, refused=()), "nothing to try")], ids=lambda one: one if isinstance(one, str) else "")
def test_what_came_of_it_in_words(proven, told):
    assert proven.told == told
