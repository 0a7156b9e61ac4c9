"""A site with a runtime of one's choice: what stays the place's own, and what becomes the runtime's."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from builder.errors import ToolMissing, UsageError
from certify import runtimes
from certify import site as sites
from certify.real import charliecloud, known


def test_every_runtime_has_a_profile_of_its_name():
    assert {"shifter", "podman-hpc", "charliecloud", "apptainer"} == set(runtimes.names())


@pytest.mark.parametrize("runtime", runtimes.names())
def test_a_profile_that_stands_for_no_place_becomes_that_of_the_runtime(runtime):
    for name in runtimes.names():
        assert runtimes.under(sites.load(name), runtime) == sites.load(runtime)


def test_nothing_changes_with_the_own_runtime_or_none():
    place = sites.load("cray-example")
    assert runtimes.under(place, None) is place
    assert runtimes.under(place, "shifter") is place


@pytest.mark.parametrize("runtime", ["podman-hpc", "charliecloud", "apptainer"])
def test_a_place_keeps_what_it_has_and_gets_what_the_runtime_does(runtime):
    place = replace(sites.load("cray-example"), registries=("registry.example.org",),
                    environment={"HERE": "x", "SHIFTER_RUNTIME": "1"})
    made, other = runtimes.under(place, runtime), sites.load(runtime)
    for one in fields(place):
        if one.name not in ("environment", "environment_unset"):
            owner = place if one.name in runtimes._PLACE else other
            assert getattr(made, one.name) == getattr(owner, one.name), one.name
    assert (made.name, made.runtime, made.registries) == ("cray-example", runtime, ("registry.example.org",))
    assert made.environment == {"HERE": "x", **other.environment}       # what Shifter itself sets is not the place's


def test_tests_run_with_the_images_variables_under_every_runtime():
    assert all(runtimes.tested(sites.load(name)).image_environment for name in runtimes.names())
    assert runtimes.tested(sites.load()) == sites.load()


@pytest.mark.parametrize("name", ["docker", "", "../shifter", "cray-example"])
def test_an_unknown_runtime_is_refused_with_those_that_are_known(name):
    with pytest.raises(UsageError) as told:
        runtimes.under(sites.load(), name)
    assert "shifter" in told.value.hint
    with pytest.raises(UsageError, match="is not known here") as told:
        known.need(name)
    assert "known: charliecloud" in told.value.hint


def test_a_runtime_that_is_not_installed_says_how_to_get_it():
    with pytest.raises(ToolMissing) as told:
        _ = replace(known.RUNTIMES["charliecloud"], program="no-such-runtime").path
    assert told.value.exit_code == 3
    assert "charliecloud-runtime" in told.value.hint


def test_the_command_names_the_images_variables_and_expands_nothing():
    made = charliecloud.command("/bin/ch-run", "/i.sqfs", {"PATH": "/b", "A": "$HOME x"}, ("true", "-x"))
    assert made == ("/bin/ch-run", "--env-no-expand", "--set-env=A=$HOME x", "--set-env=PATH=/b", "/i.sqfs", "--", "true", "-x")


@pytest.mark.parametrize(("said", "broken"), [
    ("ch-run[7]: error: can't init user+mount namespaces: Operation not permitted (ch_core.c:317)", True),
    ("ch-run[7]: error: can't bind: destination not found: /var/tmp/user.ch/mnt/dev (ch_core.c:111)", False),
    ("the namespace of the image's own program", False), ("", False)], ids=["machine", "image", "program", "nothing"])
def test_the_machines_fault_is_told_from_the_images(said, broken):
    assert charliecloud.broken(said) is broken
